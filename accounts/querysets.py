"""The query language of organisations and people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.base.querysets import TenantQuerySet
from accounts.enums import MentorStatus, Role

if TYPE_CHECKING:
    from accounts.access import Access
    from accounts.models import User


class OrganizationQuerySet(QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """The organisations the user has an active role in."""
        access = user.access
        return self if access.is_platform_staff else self.filter(pk__in=access.organizations)

    def with_module(self, module: str) -> Self:
        """The organisations that use `module`."""
        return self.filter(pk__in=_enabled(module).values("organization_id"))


class LocalAssociationQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        """Coordinators see those in their care, mentors those they belong to."""
        own = _affiliations().filter(mentor_id__in=access.mentors_as)
        return Q(pk__in=access.cares_for) | Q(pk__in=own.values("local_association_id"))


class ModuleSettingQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        return Q(organization_id__in=access.organizations)


class UserQuerySet(QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """Oneself; for administrators everybody in their organisation, for coordinators also their mentors."""
        access = user.access
        if access.is_platform_staff:
            return self
        in_organization = _memberships().filter(user=OuterRef("pk"), organization_id__in=access.administers)
        in_care = _affiliations().filter(mentor__user=OuterRef("pk"), local_association_id__in=access.cares_for)
        return self.filter(Q(pk=user.pk) | Exists(in_organization) | Exists(in_care))

    def coordinators_of(self, organization_id: UUID, local_association_id: UUID | None = None) -> Self:
        """Active coordinators of the organisation; given an association, those who care for it or one above it."""
        memberships = _memberships().filter(
            user=OuterRef("pk"), organization_id=organization_id, role=Role.COORDINATOR, is_active=True
        )
        if local_association_id is not None:
            memberships = memberships.caring_for(local_association_id)
        return self.filter(Exists(memberships), is_active=True)

    def administrators_of(self, organization_id: UUID) -> Self:
        """Active administrators of the organisation."""
        memberships = _memberships().filter(
            user=OuterRef("pk"), organization_id=organization_id, role=Role.ORG_ADMIN, is_active=True
        )
        return self.filter(Exists(memberships), is_active=True)


class MembershipQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        """Coordinators see the mentor roles of the mentors in their care."""
        in_care = _affiliations().filter(
            mentor__user=OuterRef("user"),
            organization_id=OuterRef("organization_id"),
            local_association_id__in=access.cares_for,
        )
        return Q(Exists(in_care), role=Role.PEER_MENTOR)

    def active(self) -> Self:
        return self.filter(is_active=True)

    def caring_for(self, local_association_id: UUID) -> Self:
        """The coordinators' memberships whose care reaches the association: it, or one above it in the tree."""
        from accounts.models import CareArea

        upwards = LocalAssociationPath(local_association_id)
        return self.filter(pk__in=CareArea.objects.filter(local_association_id__in=upwards).values("membership_id"))


class LocalAssociationPath(models.expressions.RawSQL):
    """The association and all above it, as a sub-query of ids."""

    def __init__(self, local_association_id: UUID) -> None:
        super().__init__(
            """
            WITH RECURSIVE path AS (
                SELECT id, parent_id FROM accounts_localassociation WHERE id = %s
                UNION
                SELECT above.id, above.parent_id FROM accounts_localassociation above
                JOIN path ON above.id = path.parent_id
            ) SELECT id FROM path
            """,
            (local_association_id,),
        )


class CareAreaQuerySet(TenantQuerySet):
    pass


class MentorProfileQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        """Mentors see themselves, coordinators the mentors of the associations in their care."""
        in_care = _affiliations().filter(mentor=OuterRef("pk"), local_association_id__in=access.cares_for)
        return Q(pk__in=access.mentors_as) | Q(Exists(in_care))

    def active(self) -> Self:
        return self.filter(status=MentorStatus.ACTIVE)

    def listed(self) -> Self:
        """Those on public lists."""
        return self.filter(status=MentorStatus.ACTIVE, is_listed=True)

    def with_people(self) -> Self:
        """With the user and the primary local association, in one query more at most."""
        return self.select_related("user", "organization")


class MentorAffiliationQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        return Q(mentor_id__in=access.mentors_as) | Q(local_association_id__in=access.cares_for)


class MentorStatusChangeQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        in_care = _affiliations().filter(mentor=OuterRef("mentor_id"), local_association_id__in=access.cares_for)
        return Q(mentor_id__in=access.mentors_as) | Q(Exists(in_care))


class ChangeEntryQuerySet(TenantQuerySet):
    def of(self, subject: models.Model) -> Self:
        """The history of one row. Whoever may see the row may see how it came about."""
        return self.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk).select_related("user")

    def told_to(self, user: User) -> Self:
        """The lines of the user's own organisations. A person in two of them has a line in each: it is told once."""
        access = user.access
        own = self if access.is_platform_staff else self.filter(organization_id__in=access.organizations)
        once = own.order_by("subject_id", "at", "action", "user_id", "before", "after", "reason", "id")
        once = once.distinct("subject_id", "at", "action", "user_id", "before", "after", "reason")
        return self.model.objects.filter(pk__in=once.values("pk")).select_related("user")  # type: ignore[no-any-return]


# The models import this file, so it reaches them when it is called.
def _memberships() -> MembershipQuerySet:
    from accounts.models import Membership

    return Membership.objects.all()


def _affiliations() -> MentorAffiliationQuerySet:
    from accounts.models import MentorAffiliation

    return MentorAffiliation.objects.all()


def _enabled(module: str) -> QuerySet[Any]:
    from accounts.models import ModuleSetting

    return ModuleSetting.objects.filter(module=module, is_enabled=True)
