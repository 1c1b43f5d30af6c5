"""How an earned badge stands now, for whoever holds its code.

Also where the organisation does not use the module any more: what was earned was earned, and a badge that is shown
around must not look forged because somebody turned a switch.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.local_time import local_date
from accounts.models import Organization
from achievements.models import BadgeDefinition, EarnedBadge
from achievements.openbadges import addresses
from achievements.openbadges.words import reason_of


@dataclass(frozen=True, slots=True)
class Checked:
    """An earned badge with what is said of it. Never the reason of a revocation, and never a note."""

    earned: EarnedBadge

    @property
    def is_valid(self) -> bool:
        return self.earned.is_valid

    @property
    def mentor(self) -> str:
        return self.earned.mentor.user.get_full_name()

    @property
    def description(self) -> str:
        return self.earned.definition.in_language("description")

    @property
    def alt_text(self) -> str:
        return self.earned.definition.in_language("alt_text")

    @property
    def image(self) -> str:
        return addresses.image_url(self.earned.definition.icon)

    @property
    def earned_on(self) -> date:
        return self._day(self.earned.earned_at)

    @property
    def revoked_on(self) -> date | None:
        return self._day(self.earned.revoked_at) if self.earned.revoked_at else None

    @property
    def headline(self) -> str:
        if self.revoked_on is None:
            return _("This badge is valid")
        return _("Revoked on %(day)s") % {"day": date_format(self.revoked_on, "DATE_FORMAT")}

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Labels and values, as the page shows them."""
        return [
            (_("Name"), self.mentor),
            (_("Awarded by"), self.earned.organization.name),
            (_("Earned on"), date_format(self.earned_on, "DATE_FORMAT")),
            (_("Why"), reason_of(self.earned)),
        ]

    def document(self, at: datetime) -> dict[str, Any]:
        """The same for a program."""
        organization = self.earned.organization
        return {
            "id": addresses.badge_url(self.earned),
            "status": "valid" if self.is_valid else "revoked",
            "revoked_on": self.revoked_on,
            "checked_at": at,
            "language": get_language(),
            "name": self.mentor,
            "badge": {
                "id": addresses.achievement_url(self.earned.definition, organization),
                "name": str(self.earned),
                "description": self.description,
                "image": self.image,
                "alt_text": self.alt_text,
            },
            "issuer": {"id": addresses.issuer_url(organization), "name": organization.name},
            "earned_on": self.earned_on,
            "reason": reason_of(self.earned),
        }

    def _day(self, at: datetime) -> date:
        return local_date(at, self.earned.organization.time_zone)


def find(code: UUID) -> EarnedBadge | None:
    """The earned badge with this code."""
    found: EarnedBadge | None = EarnedBadge.objects.with_people().filter(code=code).first()
    return found


def check(code: UUID) -> Checked | None:
    earned = find(code)
    return Checked(earned) if earned else None


def issuer(key: UUID) -> Organization | None:
    """An organisation that has awarded a badge: of others nobody learns that they are here."""
    awarded = EarnedBadge.objects.filter(organization=OuterRef("pk"))
    found: Organization | None = Organization.objects.filter(Exists(awarded), pk=key).first()
    return found


def achievement(organization_id: UUID, key: UUID) -> tuple[BadgeDefinition, Organization] | None:
    """A badge that the organisation has awarded, or can award."""
    organization = issuer(organization_id)
    if organization is None:
        return None
    awarded = EarnedBadge.objects.filter(definition=OuterRef("pk"), organization=organization)
    rows = BadgeDefinition.objects.filter(Q(organization=None) | Q(organization=organization), pk=key)
    definition: BadgeDefinition | None = rows.filter(Q(is_active=True) | Exists(awarded)).first()
    return (definition, organization) if definition else None
