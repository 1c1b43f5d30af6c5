"""The one door from a request to a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

if TYPE_CHECKING:
    from accounts.access import Access
    from accounts.models import User


class TenantQuerySet(models.QuerySet[Any]):
    """Rows of an organisation. Subclasses say in `scope` which of them a mentor and a coordinator may see."""

    def visible_to(self, user: User) -> Self:
        """The rows that exist for `user`; everything else is "not found", never "forbidden"."""
        access = user.access
        if access.is_platform_staff:
            return self
        return self.filter(Q(organization_id__in=access.administers) | self.scope(access))

    def scope(self, access: Access) -> Q:
        """What coordinators and mentors see beside what administrators see: nothing, unless said."""
        return Q(pk__in=[])


def mentor_in_care(access: Access, mentor: str = "mentor_id") -> Q:
    """What belongs to a mentor: mentors see their own, coordinators that of the associations in their care.

    `mentor` is the path from the row to the mentor's id.
    """
    from accounts.models import MentorAffiliation

    in_care = MentorAffiliation.objects.filter(mentor=OuterRef(mentor), local_association_id__in=access.cares_for)
    return Q(**{f"{mentor}__in": access.mentors_as}) | Q(Exists(in_care))
