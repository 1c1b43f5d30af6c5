"""The verbs of activities. Recording is one verb with one transaction, whoever records and by whichever way.

Locks, in this order: the mentor's row (so two recordings for one mentor see each other's duplicates and numbers), then
the assignment's. The mentor lock does not hold up foreign keys that point at the mentor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.models import User
from accounts.services import log_change
from mentoring import signals
from mentoring.enums import ActivityStatus, Duplicate, Source
from mentoring.models import Activity, Assignment
from mentoring.services.contact_date import recompute_contact_dates
from mentoring.services.drafts import (
    Draft,
    OnDuplicate,
    PossibleDuplicate,
    build,
    check,
    draft_of,
    duplicate_state,
    lock_mentor,
)

__all__ = [
    "ActivityGone",
    "Draft",
    "NotSuspected",
    "PossibleDuplicate",
    "Recorded",
    "RowResult",
    "correct_activity",
    "delete_activity",
    "is_contact",
    "is_countable",
    "record_activity",
    "record_for_mentors",
    "record_rows",
    "resolve_duplicate",
]


class ActivityGone(Refusal):
    code = "activity_deleted"
    sentence = _("This activity has been deleted.")
    status = 409


class NotSuspected(Refusal):
    code = "not_suspected"
    sentence = _("Nobody suspects this activity of being a duplicate.")
    status = 409


@dataclass(frozen=True)
class Recorded:
    """An activity, and whether this call made it; False when the same `client_id` had been recorded before."""

    activity: Activity
    created: bool


@dataclass(frozen=True)
class RowResult:
    """What became of one row of a bulk recording: the activity, or why it was skipped."""

    mentor_id: UUID
    activity: Activity | None = None
    refusal: Refusal | None = None


@transaction.atomic
def record_activity(
    *,
    mentor_id: UUID,
    by: User | None,
    at: datetime,
    source: Source,
    client_id: UUID | None = None,
    on_duplicate: OnDuplicate = "refuse",
    status: ActivityStatus = ActivityStatus.SUBMITTED,
    **facts: Any,
) -> Recorded:
    """Record that a mentor did, or tried, something: check – insert – contact date – announce.

    `facts` are the fields of `Draft`. A `client_id` that the mentor already used answers with that activity and
    changes nothing, so a phone may send as often as it likes. Raises the refusals of this module.
    """
    mentor = lock_mentor(mentor_id)
    checked = check(mentor, Draft(**facts), at, client_id=client_id)
    if checked.replay_id:
        return Recorded(Activity.objects.get(pk=checked.replay_id), created=False)
    activity = build(mentor, checked, duplicate_state(checked, on_duplicate))
    activity.recorded_by, activity.recorded_at, activity.source = by, at, source
    activity.client_id, activity.status = client_id, status
    activity.save(force_insert=True)
    if checked.counts_as_contact and activity.assignment_id and is_contact(activity):
        Assignment.objects.touch(activity.assignment_id, activity.occurred_at, at)
    signals.activity_recorded.send(Activity, activity=activity, by=by, at=at)
    return Recorded(activity, created=True)


def record_for_mentors(
    *, mentor_ids: Iterable[UUID], by: User, at: datetime, source: Source = Source.BULK, **facts: Any
) -> list[RowResult]:
    """Record the same activity for several mentors, each on its own: one that is refused does not stop the others."""
    return record_rows(rows=[{"mentor_id": key, **facts} for key in mentor_ids], by=by, at=at, source=source)


def record_rows(*, rows: Iterable[Mapping[str, Any]], by: User | None, at: datetime, source: Source) -> list[RowResult]:
    """Record many rows, each `mentor_id` and the other arguments of `record_activity`; one result per row, in order."""
    results = []
    for row in rows:
        try:
            recorded = record_activity(by=by, at=at, source=source, **row)
        except Refusal as refusal:
            results.append(RowResult(row["mentor_id"], refusal=refusal))
        else:
            results.append(RowResult(row["mentor_id"], activity=recorded.activity))
    return results


@transaction.atomic
def correct_activity(
    *,
    activity: Activity,
    by: User | None,
    at: datetime,
    on_duplicate: OnDuplicate = "refuse",
    status: ActivityStatus | None = None,
    **changes: Any,
) -> Activity:
    """Change facts of an activity (fields of `Draft`) or its review `status`; contact dates follow in the transaction.

    An activity that moves to another assignment puts both right. Raises `ActivityGone` and what recording raises.
    """
    mentor = lock_mentor(activity.mentor_id)
    stored = _reload(activity)
    draft = replace(draft_of(stored), **changes)
    checked = check(mentor, draft, at, correcting=stored)
    moved = any(name in changes for name in ("type_id", "occurred_at", "contact_id", "assignment_id"))
    duplicate = duplicate_state(checked, on_duplicate) if moved else Duplicate(stored.duplicate)
    corrected = build(mentor, checked, duplicate)
    corrected.status = status or stored.status
    return _write(stored, corrected, by, at)


@transaction.atomic
def resolve_duplicate(*, activity: Activity, is_duplicate: bool, by: User, at: datetime) -> Activity:
    """Decide about a suspected duplicate: it is one (never counted), or it is distinct (counts from now on)."""
    lock_mentor(activity.mentor_id)
    stored = _reload(activity)
    if stored.duplicate != Duplicate.SUSPECTED:
        raise NotSuspected
    corrected = _copy(stored)
    corrected.duplicate = Duplicate.DUPLICATE if is_duplicate else Duplicate.DISTINCT
    return _write(stored, corrected, by, at)


@transaction.atomic
def delete_activity(*, activity: Activity, by: User | None, at: datetime, reason: str = "") -> Activity:
    """Delete an activity softly; its assignment's contact date follows. Deleting again changes nothing."""
    lock_mentor(activity.mentor_id)
    stored = Activity.objects.get(pk=activity.pk)
    if stored.deleted_at:
        return stored
    stored.deleted_at = at
    stored.save(update_fields=["deleted_at", "updated_at"])
    recompute_contact_dates([stored.assignment_id], at=at)
    log_change(stored, by=by, at=at, action="deleted", reason=reason)
    signals.activity_deleted.send(Activity, activity=stored, by=by, at=at)
    return stored


def is_contact(activity: Activity) -> bool:
    """Does it move the contact date, if its type counts as contact?"""
    return bool(activity.assignment_id and activity.reached and is_countable(activity))


def is_countable(activity: Activity) -> bool:
    """Does it count? The Python twin of `countable()`."""
    return bool(
        activity.deleted_at is None
        and activity.status != ActivityStatus.REJECTED
        and activity.duplicate in (Duplicate.NONE, Duplicate.DISTINCT)
    )


def _reload(activity: Activity) -> Activity:
    stored: Activity = Activity.objects.get(pk=activity.pk)
    if stored.deleted_at:
        raise ActivityGone
    return stored


#: The fields that a correction may change.
_FACTS = (*Draft.__dataclass_fields__, "local_date", "status", "duplicate")


def _copy(activity: Activity) -> Activity:
    return Activity(**{name: getattr(activity, name) for name in _FACTS})


def _write(stored: Activity, corrected: Activity, by: User | None, at: datetime) -> Activity:
    """Write the facts that differ, put contact dates right, log and announce."""
    changed = [name for name in _FACTS if getattr(stored, name) != getattr(corrected, name)]
    if not changed:
        return stored
    before = {name: getattr(stored, name) for name in changed}
    assignments = {stored.assignment_id, corrected.assignment_id}
    for name in changed:
        setattr(stored, name, getattr(corrected, name))
    stored.save(update_fields=[*changed, "updated_at"])
    recompute_contact_dates(assignments, at=at)
    log_change(stored, by=by, at=at, before=before)
    signals.activity_corrected.send(Activity, activity=stored, before=before, by=by, at=at)
    return stored
