"""What an association promises its learners."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Organization, User
from accounts.services.organizations import apply_changes
from timeline.models import AnswerMorning, AnswerSettings
from timeline.promises import promise_of
from timeline.rules import next_morning


def answer_settings_of(organization: Organization) -> AnswerSettings:
    """The organisation's settings; the defaults, not saved, when it has none."""
    found: AnswerSettings | None = AnswerSettings.objects.filter(organization=organization).first()
    return found or AnswerSettings(organization=organization)


@transaction.atomic
def change_answer_settings(
    *, organization: Organization, by: User | None, at: datetime, **changes: Any
) -> AnswerSettings:
    """Change `answer_within_days`, `escalate_after_days`, `holiday_country`: at once, also for what waits already."""
    stored, __ = AnswerSettings.objects.select_for_update().get_or_create(organization=organization)
    country = stored.holiday_country
    apply_changes(stored, changes, by=by, at=at)
    if stored.holiday_country != country:
        _follow_calendar(organization, at)
    return stored


def _follow_calendar(organization: Organization, at: datetime) -> None:
    """Another country has other holidays: a morning that has not come is another one."""
    promise = promise_of(organization.pk)
    morning = next_morning(at, promise.zone, promise.holidays)
    AnswerMorning.objects.filter(organization=organization, next_at__gt=at).update(next_at=morning)
