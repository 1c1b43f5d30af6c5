"""What the answer desk shows: the reflections that a person may answer or has answered, and where each stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.local_time import local_date
from accounts.models import User
from timeline.enums import ResponseStatus
from timeline.late import limits_at
from timeline.models import AnswerClaim, TimelineEntry
from timeline.promises import promises_of
from timeline.rules import Level, Promise, due_at, level
from training.models import Reflection

REFLECTIONS = Reflection._meta.db_table


@dataclass(frozen=True)
class Standing:
    """A reflection on the desk: how long it has waited, by when it is due, and who is at it.

    `level`, `due_on` and what follows from them are None when it does not wait.
    """

    entry: TimelineEntry
    level: Level | None
    due_at: datetime | None
    escalates_at: datetime | None
    due_on: date | None
    today: date
    claim: AnswerClaim | None


def on_desk(rows: QuerySet[Any], user: User) -> QuerySet[Any]:
    """Those of `rows`, all visible to the person, that they may answer: reflections, but never their own."""
    return rows.filter(source_table=REFLECTIONS, source_deleted_at=None).exclude(mentor__user=user)


def waiting(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those that wait, the longest first: the order of `entry_awaiting_answer`."""
    return rows.filter(response_status=ResponseStatus.PENDING).order_by("waiting_since", "id")


def answered(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those that have been answered, the newest answer first: the order of `entry_answered`."""
    return rows.filter(response_status=ResponseStatus.RESPONDED).order_by("-responded_at", "-id")


def with_places(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With who wrote them, and where in the training."""
    return rows.select_related("mentor__user", "organization", "video", "lesson", "course", "responded_by")


def of_level(rows: QuerySet[Any], wanted: Level, organizations: Collection[UUID], at: datetime) -> QuerySet[Any]:
    """Those of waiting `rows` that stand at this level now, as far as they are of `organizations`."""
    found = Q(pk__in=[])
    for key, promise in promises_of(organizations).items():
        limits = limits_at(at, promise)
        by_level = {
            Level.WAITING: Q(waiting_since__gte=limits.overdue_before),
            Level.OVERDUE: Q(waiting_since__lt=limits.overdue_before, waiting_since__gte=limits.escalated_before),
            Level.ESCALATED: Q(waiting_since__lt=limits.escalated_before),
        }
        found |= Q(organization_id=key) & by_level[wanted]
    return rows.filter(found)


def standings(entries: Iterable[TimelineEntry], at: datetime) -> list[Standing]:
    """Where each of the entries stands at `at`; three queries, however many."""
    entries = list(entries)
    promises = promises_of({entry.organization_id for entry in entries})
    live = AnswerClaim.objects.live(at).select_related("by")
    claims = {claim.reflection_id: claim for claim in live.filter(reflection__in=[each.source_id for each in entries])}
    return [_standing(each, promises[each.organization_id], claims.get(each.source_id), at) for each in entries]


def _standing(entry: TimelineEntry, promise: Promise, claim: AnswerClaim | None, at: datetime) -> Standing:
    today = local_date(at, promise.zone)
    if entry.waiting_since is None:
        return Standing(entry, None, None, None, None, today, claim)
    zone, holidays = promise.zone, promise.holidays
    due = due_at(entry.waiting_since, promise.answer_within_days, zone, holidays)
    return Standing(
        entry,
        level(entry.waiting_since, at, promise),
        due,
        due_at(entry.waiting_since, promise.escalates_within_days, zone, holidays),
        local_date(due - timedelta(microseconds=1), zone),
        today,
        claim,
    )
