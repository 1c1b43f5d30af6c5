"""Who looks after the assignments that an import makes: nobody may be left without a coordinator."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from accounts import services as accounts
from accounts.enums import Role
from accounts.models import CareArea, LocalAssociation, User

if TYPE_CHECKING:
    from mentoring.roster.run import Run


class Overseers:
    """Finds a coordinator for each local association.

    In this order: the coordinator whose care lies nearest above the association; the one named for the import; the
    importing user, if they coordinate or administer; the organisation's first administrator; else an account is made
    that stands in until there is a coordinator. Whoever cares for the association sees the assignment in any case.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.parents = dict(
            LocalAssociation.objects.filter(organization=run.organization).values_list("pk", "parent_id")
        )
        self.caring: dict[UUID, User] = {}
        areas = CareArea.objects.filter(
            organization=run.organization,
            membership__role=Role.COORDINATOR,
            membership__is_active=True,
            membership__user__is_active=True,
        )
        for area in areas.select_related("membership__user").order_by("membership__granted_at", "membership_id"):
            self.caring.setdefault(area.local_association_id, area.membership.user)
        self.fallback: User | None = None
        self.uncared: set[UUID] = set()

    def of(self, local_association_id: UUID) -> User:
        """The coordinator for an assignment in this association. Writes only when the stand-in has to be made."""
        step: UUID | None = local_association_id
        while step is not None:
            if step in self.caring:
                return self.caring[step]
            step = self.parents.get(step)
        self.uncared.add(local_association_id)
        if self.fallback is None:
            self.fallback = self._named() or self._importing() or self._administrator() or self._stand_in()
        return self.fallback

    def notes(self) -> list[str]:
        """What the person who imports should know afterwards."""
        if not self.uncared or self.fallback is None:
            return []
        text = _("Nobody cares for %(count)d of the local associations; their contacts are looked after by %(who)s.")
        return [text % {"count": len(self.uncared), "who": self.fallback.email}]

    def _named(self) -> User | None:
        email = self.run.coordinator_email
        return self._make(email) if email else None

    def _importing(self) -> User | None:
        """An administrator; coordinators who may import care for the whole tree and have been found there."""
        by = self.run.by
        return by if by and self.run.organization.pk in by.access.administers else None

    def _administrator(self) -> User | None:
        found: User | None = User.objects.administrators_of(self.run.organization.pk).order_by("email").first()
        return found

    def _stand_in(self) -> User:
        return self._make(f"koordinator@{self.run.organization.slug}.invalid")

    def _make(self, email: str) -> User:
        """A coordinator of the whole organisation. A new account has no password; its owner sets one by e-mail."""
        run, email = self.run, email.strip().lower()
        known: User | None = User.objects.filter(email=email).first()
        if known and run.organization.pk in known.access.administers:
            return known
        user = known or accounts.add_user(
            email=email,
            first_name="Koordinator",
            last_name=run.organization.name[:100],
            language=run.organization.locale,
        )
        tops = [key for key, parent in self.parents.items() if parent is None]
        had = CareArea.objects.filter(membership__user=user, organization=run.organization)
        keys = {*tops, *had.values_list("local_association_id", flat=True)}
        accounts.grant_role(
            user=user,
            organization=run.organization,
            role=Role.COORDINATOR,
            care_areas=LocalAssociation.objects.filter(pk__in=keys),
            by=None,
            at=run.at,
        )
        if run.invite and known is None and not email.endswith(".invalid"):
            accounts.ask_in(user=user, organization_id=run.organization.pk, at=run.at)
        return user
