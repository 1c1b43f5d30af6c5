"""What one person may see: read once per request, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from accounts.enums import Role

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Access:
    """The reach of one person.

    `administers` and `coordinates` hold ids of organisations; `cares_for` ids of local associations, with everything
    below them in the tree; `mentors_as` ids of the person's own mentor profiles.
    """

    user_id: UUID
    is_platform_staff: bool
    administers: frozenset[UUID]
    coordinates: frozenset[UUID]
    cares_for: frozenset[UUID]
    mentors_as: frozenset[UUID]
    organizations: frozenset[UUID]

    @property
    def is_staff(self) -> bool:
        """May this person enter the coordinators' desk?"""
        return self.is_platform_staff or bool(self.administers or self.coordinates)

    def may_staff(self, organization_id: UUID) -> bool:
        """Does this person coordinate or administer the organisation?"""
        return self.is_platform_staff or organization_id in self.administers | self.coordinates

    def may_care_for(self, organization_id: UUID, local_association_id: UUID | None) -> bool:
        """Does the local association lie in this person's care? Administrators care for the whole organisation."""
        if self.is_platform_staff or organization_id in self.administers:
            return True
        return local_association_id is not None and local_association_id in self.cares_for


_REACH = """
WITH RECURSIVE member AS (
    SELECT id, organization_id, role FROM accounts_membership WHERE user_id = %(user)s AND is_active
), care AS (
    SELECT area.local_association_id AS id
    FROM accounts_carearea area JOIN member ON member.id = area.membership_id AND member.role = %(coordinator)s
    UNION
    SELECT child.id FROM accounts_localassociation child JOIN care ON child.parent_id = care.id
)
SELECT role, organization_id FROM member
UNION ALL SELECT 'cares_for', id FROM care
UNION ALL SELECT 'mentors_as', profile.id FROM accounts_mentorprofile profile
    JOIN member ON member.organization_id = profile.organization_id AND member.role = %(peer_mentor)s
    WHERE profile.user_id = %(user)s
"""


def access_of(user: User) -> Access:
    """Read what `user` may see. A disabled user sees nothing."""
    found: dict[str, set[UUID]] = {}
    if user.is_active and not user.is_superuser:
        with connection.cursor() as cursor:
            cursor.execute(_REACH, {"user": user.pk, "coordinator": Role.COORDINATOR, "peer_mentor": Role.PEER_MENTOR})
            for name, key in cursor.fetchall():
                found.setdefault(name, set()).add(key)

    def ids(*names: str) -> frozenset[UUID]:
        return frozenset().union(*(found.get(name, set()) for name in names))

    return Access(
        user_id=user.pk,
        is_platform_staff=user.is_active and user.is_superuser,
        administers=ids(Role.ORG_ADMIN),
        coordinates=ids(Role.COORDINATOR),
        cares_for=ids("cares_for"),
        mentors_as=ids("mentors_as"),
        organizations=ids(*Role.values),
    )
