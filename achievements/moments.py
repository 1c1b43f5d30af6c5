"""When a threshold fell: the moment of what brought a figure to what was required.

Asked for mentors who have newly reached it, one statement for each figure. What was counted goes with it, as the
evidence of the award: numbers, and the activity that made the difference; nothing about contacts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from achievements.counting import ACTIVITIES, STREAKS, Parameters, number_of, rows_of, source_of, year_of
from achievements.criteria import LIFETIME, AllOf, AnyOf, Criterion, Figure, Leaf, TierReached, Values
from achievements.qualifying import Qualified, figures_of, values_of


class Moment(NamedTuple):
    """When it was, and which activity it was, if it was one."""

    at: datetime
    activity_id: UUID | None


class Dated(NamedTuple):
    """An award to be: when it was earned, and by what."""

    mentor_id: UUID
    definition_id: UUID
    period: str
    version: int
    earned_at: datetime
    evidence: dict[str, Any]


#: When each leaf's threshold fell, of the mentors who are about to be awarded something.
_Reached = Mapping[tuple[Figure, int], Mapping[UUID, Moment]]


def dated(qualified: Sequence[Qualified], *, at: datetime) -> list[Dated]:
    """When each earned it: the latest of the parts of `all`, the earliest of those of `any`; never after `at`."""
    figures = figures_of({one.mentor_id for one in qualified}, dict.fromkeys(one.rule for one in qualified))
    wanted: dict[tuple[Figure, int], set[UUID]] = defaultdict(set)
    values = [values_of(one.mentor_id, one.rule.criterion, figures) for one in qualified]
    for one, known in zip(qualified, values, strict=True):
        for leaf in one.rule.criterion.leaves():
            if leaf.figure is not None and leaf.met(known):
                wanted[leaf.figure, leaf.required].add(one.mentor_id)
    fell = {key: reached(mentors, *key) for key, mentors in wanted.items()}
    return [_dated(one, known, fell, at) for one, known in zip(qualified, values, strict=True)]


def _dated(one: Qualified, values: Values, fell: _Reached, at: datetime) -> Dated:
    mentor_id, rule = one
    moment = _moment(rule.criterion, mentor_id, fell)
    evidence = _evidence(rule.criterion, mentor_id, values, fell)
    earned_at = min(moment, at) if moment else at
    return Dated(mentor_id, rule.definition_id, rule.period, rule.version, earned_at, evidence)


def _moment(criterion: Criterion, mentor_id: UUID, fell: _Reached) -> datetime | None:
    """None when a part of it is not met."""
    if isinstance(criterion, AllOf | AnyOf):
        moments = [_moment(part, mentor_id, fell) for part in criterion.of]
        known = [moment for moment in moments if moment is not None]
        if isinstance(criterion, AnyOf):
            return min(known, default=None)
        return max(known) if len(known) == len(moments) else None
    found = _fell(criterion, mentor_id, fell)
    return found and found.at


def _fell(leaf: Leaf, mentor_id: UUID, fell: _Reached) -> Moment | None:
    return fell.get((leaf.figure, leaf.required), {}).get(mentor_id) if leaf.figure else None


def _evidence(criterion: Criterion, mentor_id: UUID, values: Values, fell: _Reached) -> dict[str, Any]:
    if isinstance(criterion, AllOf | AnyOf):
        met = [part for part in criterion.of if part.met(values)]
        kind = "all" if isinstance(criterion, AllOf) else "any"
        return {"type": kind, "of": [_evidence(part, mentor_id, values, fell) for part in met]}
    figure = criterion.figure
    assert figure is not None  # or nobody would have met it
    found = _fell(criterion, mentor_id, fell)
    facts: dict[str, Any] = {
        "metric": figure.what,
        "current": values[figure],
        "required": criterion.required,
        "window": figure.span if figure.span != LIFETIME else None,
        "activity_types": list(figure.types),
        "courses": list(figure.courses),
        "tier": criterion.tier.value if isinstance(criterion, TierReached) else None,
        "activity": str(found.activity_id) if found and found.activity_id else None,
    }
    return {name: value for name, value in facts.items() if value or isinstance(value, int)}


def reached(mentors: Collection[UUID], figure: Figure, required: int) -> dict[UUID, Moment]:
    """When each of these mentors came to have `required` of a figure; who has less is missing.

    The n-th activity in the order of time, the minute that made the sum, the first time the n-th person was reached,
    the first activity of the day (the week, the month) by which a run had its length. Of the best year: the first
    year that came so far.
    """
    values = Parameters(mentors=list(mentors), required=required)
    running = _running_length(figure, values) if figure.what in STREAKS else _running_sum(figure, values)
    is_activity = source_of(figure) is ACTIVITIES
    statement = f"""
    SELECT mentor.id, first.moment, first.key
    FROM unnest(%(mentors)s::uuid[]) mentor(id)
    CROSS JOIN LATERAL (
        SELECT moment, key FROM ({running}) running WHERE total >= %(required)s ORDER BY moment, key LIMIT 1
    ) first
    """  # noqa: S608 (constants of ours)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {row[0]: Moment(row[1], row[2] if is_activity else None) for row in cursor.fetchall()}


def _running_sum(figure: Figure, values: Parameters) -> str:
    source = source_of(figure)
    return f"""
    SELECT moment, key, sum(step) OVER (PARTITION BY year ORDER BY moment, key) AS total
    FROM (
        SELECT {source.moment} AS moment, {source.key} AS key, {year_of(figure)} AS year, {_step(figure)} AS step
        FROM {rows_of(figure, values)}
    ) steps
    """  # noqa: S608 (constants of ours)


def _step(figure: Figure) -> str:
    """What a row adds to the figure."""

    def first_of(what: str) -> str:
        source = source_of(figure)
        order = f"PARTITION BY {year_of(figure)}, {what} ORDER BY {source.moment}, {source.key}"
        return f"row_number() OVER ({order}) = 1"

    return {
        "minutes": "activity.minutes",
        "events": "activity.event::int",
        "contacts": f"(activity.reached AND activity.contact_id IS NOT NULL"
        f" AND {first_of('activity.contact_id, activity.reached')})::int",
        "trainings": f"({first_of('training.name' if figure.courses else 'training.kind')})::int",
    }.get(figure.what, "1")


def _running_length(figure: Figure, values: Parameters) -> str:
    source = source_of(figure)
    year, number, rows = year_of(figure), number_of(figure), rows_of(figure, values)
    return f"""
    SELECT moment, key, count(*) OVER (PARTITION BY year, run ORDER BY number) AS total
    FROM (
        SELECT *, number - row_number() OVER (PARTITION BY year ORDER BY number) AS run
        FROM (
            SELECT DISTINCT ON (year, number) {year} AS year, {number} AS number, {source.moment} AS moment,
                   {source.key} AS key
            FROM {rows} ORDER BY year, number, moment, key
        ) units
    ) numbered
    """  # noqa: S608 (constants of ours)
