"""What follows from a fact of the apps below: the figures are right, badges are awarded, summaries are to be made anew.

All in the transaction of the fact, under the lock of the mentor, which whoever did it holds, and in this order. Where
the organisation does not use the module nothing is written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import MentorProfile, User
from achievements import figures
from achievements.services.evaluation import evaluate_mentor, evaluate_mentors, queue_evaluation
from achievements.services.marking import mark_years
from achievements.services.stats import rebuild
from mentoring.models import Activity
from mentoring.services.activities import is_countable

#: Up to so many mentors are evaluated in the transaction of the fact, beyond that the whole organisation in a job.
# The statements are as many for two as for two hundred (7 when nothing is new), so it is a matter of how long the
# mentors are locked: a course's badge for each takes 14 ms for 20, 20 ms for 50, 49 ms for 200; the whole starter set
# for mentors with 250 activities and no badge yet, the worst there is, 5 ms each. 50 is a large course, and at the
# worst a quarter of a second.
AT_ONCE = 50

#: What of an activity is counted, by the names that a correction has for it.
_COUNTED = frozenset({"type_id", "local_date", "minutes", "reached", "contact_id", "event", "status", "duplicate"})

# What fails here undoes the act itself, so there is nothing to come back to, and no savepoint to pay for.
_in_the_transaction_of_the_fact = transaction.atomic(savepoint=False)


@_in_the_transaction_of_the_fact
def follow_activity(*, activity: Activity, at: datetime) -> None:
    """An activity has been recorded. Call it once for each.

    The figures are one statement when it is the mentor's latest day so far; what is entered late may join two streaks,
    so then the mentor is derived anew.
    """
    if not is_countable(activity):
        return
    if not figures.add(activity):
        rebuild([activity.mentor_id])
    _follow(activity.mentor_id, {activity.local_date.year}, at)


@_in_the_transaction_of_the_fact
def follow_history(*, mentor_id: UUID, activities: Sequence[Activity], at: datetime) -> None:
    """Activities of one mentor have been recorded together."""
    rebuild([mentor_id])
    _follow(mentor_id, {activity.local_date.year for activity in activities}, at)


@_in_the_transaction_of_the_fact
def follow_correction(*, activity: Activity, before: Mapping[str, Any], at: datetime) -> None:
    """An activity has been changed: `before` has the old values. Nothing follows when nothing of it is counted."""
    if _COUNTED.isdisjoint(before):
        return
    rebuild([activity.mentor_id])
    days = {activity.local_date, before.get("local_date", activity.local_date)}
    _follow(activity.mentor_id, {day.year for day in days}, at)


@_in_the_transaction_of_the_fact
def follow_deletion(*, activity: Activity, at: datetime) -> None:
    """An activity has been deleted. That awards nothing, as less is never more."""
    rebuild([activity.mentor_id])
    mark_years(years={(activity.mentor_id, activity.local_date.year)})


@_in_the_transaction_of_the_fact
def follow_assignments(*, mentors: Collection[UUID], at: datetime) -> None:
    """These mentors have been given or have lost somebody."""
    if figures.hold(mentors):
        figures.count_pairs(mentors)
        evaluate_mentors(mentors=mentors, at=at)


@_in_the_transaction_of_the_fact
def follow_certificates(*, mentors: Collection[UUID], by: User | None, at: datetime) -> None:
    """Certificates of these mentors have been issued or revoked.

    Those whose count changed may have earned a badge: a few are evaluated at once, many in the background. That job is
    asked for now, however long ago the fact was: a job of long ago would be a late one.
    """
    changed = figures.count_trainings(mentors)
    if len(changed) <= AT_ONCE:
        evaluate_mentors(mentors=changed, at=at)
        return
    rows = MentorProfile.objects.filter(pk__in=changed).order_by("organization_id")
    for organization_id in rows.values_list("organization_id", flat=True).distinct():
        queue_evaluation(organization_id=organization_id, by=by, at=timezone.now())


def _follow(mentor_id: UUID, years: set[int], at: datetime) -> None:
    evaluate_mentor(mentor_id=mentor_id, at=at, years=years)
    mark_years(years={(mentor_id, year) for year in years})
