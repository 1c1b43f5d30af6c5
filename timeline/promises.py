"""What associations promise their learners, read from their settings."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from accounts.models import Organization
from timeline.calendars import DEFAULT_COUNTRY, PublicHolidays
from timeline.models import AnswerSettings
from timeline.rules import ANSWER_WITHIN_DAYS, ESCALATE_AFTER_DAYS, Promise


def promises_of(organizations: Collection[UUID]) -> dict[UUID, Promise]:
    """The promise of each organisation; two queries, however many."""
    own = {row.organization_id: row for row in AnswerSettings.objects.filter(organization_id__in=organizations)}
    zones = Organization.objects.filter(pk__in=organizations).values_list("pk", "time_zone")
    return {key: _promise(zone, own.get(key)) for key, zone in zones}


def promise_of(organization_id: UUID) -> Promise:
    """The promise of one organisation."""
    return promises_of([organization_id])[organization_id]


def _promise(zone: str, settings: AnswerSettings | None) -> Promise:
    if settings is None:
        return Promise(zone, PublicHolidays(DEFAULT_COUNTRY), ANSWER_WITHIN_DAYS, ESCALATE_AFTER_DAYS)
    return Promise(
        zone,
        PublicHolidays(settings.holiday_country),
        settings.answer_within_days,
        settings.escalate_after_days,
    )
