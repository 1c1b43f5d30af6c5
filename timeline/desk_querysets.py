"""The query language of the answer desk."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db.models import Q

from accounts.base.querysets import TenantQuerySet

if TYPE_CHECKING:
    from accounts.access import Access


class AnswerClaimQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        """Staff see who is answering; learners see the answer."""
        return Q(organization_id__in=access.coordinates)

    def live(self, at: datetime) -> Self:
        """Those that have not lapsed."""
        return self.filter(until__gt=at)


class AnswerSettingsQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        return Q(organization_id__in=access.coordinates)


class AnswerMorningQuerySet(TenantQuerySet):
    pass
