"""The query language of achievements."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.db.models import F, Q, QuerySet

from accounts.base.querysets import TenantQuerySet, mentor_in_care
from accounts.enums import Module

if TYPE_CHECKING:
    from accounts.access import Access
    from accounts.models import User


def _using_the_module() -> QuerySet[Any]:
    from accounts.models import Organization

    return Organization.objects.with_module(Module.ACHIEVEMENTS)


class MentorStatsQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        return mentor_in_care(access)

    def with_people(self) -> Self:
        return self.select_related("mentor__user", "organization")


class BadgeDefinitionQuerySet(QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """Those for everybody, and those of the user's organisations."""
        access = user.access
        if access.is_platform_staff:
            return self
        return self.filter(Q(organization=None) | Q(organization_id__in=access.organizations))

    def usable_in(self, organization_id: UUID) -> Self:
        """What mentors of the organisation can earn."""
        return self.filter(Q(organization=None) | Q(organization_id=organization_id), is_active=True)


class EarnedBadgeQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        return mentor_in_care(access)

    def valid(self) -> Self:
        """Not revoked."""
        return self.filter(revoked_at=None)

    def with_people(self) -> Self:
        return self.select_related("mentor__user", "definition", "organization", "awarded_by_user", "revoked_by")


class BadgeEvaluationQuerySet(TenantQuerySet):
    """Only administrators see the log."""


class RecognitionTiersQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        """Everybody in the organisation knows its tiers."""
        return Q(organization_id__in=access.organizations)


class AnnualSummaryQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        """A mentor's year is theirs, and their coordinators'."""
        return mentor_in_care(access)

    def in_use(self) -> Self:
        """Those of organisations that use the module."""
        return self.filter(organization__in=_using_the_module())

    def to_generate(self) -> Self:
        """Those that are not what they should be."""
        return self.filter(requested_version__gt=F("done_version"))

    def with_people(self) -> Self:
        return self.select_related("user", "mentor__user", "organization")


class SummaryShareQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        """A link is the mentor's own affair."""
        return Q(summary__mentor_id__in=access.mentors_as)

    def in_use(self) -> Self:
        """Those of organisations that use the module."""
        return self.filter(organization__in=_using_the_module())

    def live(self, at: datetime) -> Self:
        """Neither withdrawn nor expired."""
        return self.filter(withdrawn_at=None, expires_at__gt=at)
