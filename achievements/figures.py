"""A mentor's figures as statements over many rows: derived from activities, pairs and trainings, and written.

Nothing here decides when. Whoever calls holds the mentors' stats rows (`hold`) before anything is derived, in a
statement of its own: only so does it see what somebody else, who held them before, has just committed. Rows are locked
in the order of the mentors' ids, after the mentors and the assignments.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.enums import Module
from accounts.services.modules import module_is_on_sql
from achievements.counting import COMPLETED_SQL, number_sql
from achievements.rules import UNITS, Unit
from mentoring.querysets import COUNTABLE_SQL

#: What is derived, in the order of the statements below.
FIGURES = (
    "activity_count",
    "minutes",
    "contact_count",
    "assignment_count",
    "event_count",
    "training_count",
    "longest_day_streak",
    "latest_day_streak",
    "longest_week_streak",
    "latest_week_streak",
    "longest_month_streak",
    "latest_month_streak",
    "counts_by_type",
    "last_activity_on",
)

_MODULE_IS_ON = module_is_on_sql(Module.ACHIEVEMENTS, "mentor.organization_id")


#: What courses are a training by themselves: completed, and no certificate is given for them.
_BY_ITSELF = """
enrollment.completed_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM certifications_certificationtype gives WHERE gives.course_id = enrollment.course_id)
"""

_NUMBERED = ", ".join(f"{number_sql(unit, 'activity.local_date')} AS {unit}" for unit in UNITS)
_BEFORE = ", ".join(f"lag({unit}) OVER by_day AS {unit}_before" for unit in UNITS)
#: Where the run of days, weeks or months began that a row belongs to. Runs begin one after the other, so the latest
#: beginning so far is this row's: no join, and no other order than the index has.
_RUN_FROM = ", ".join(
    f"max({unit}) FILTER (WHERE {unit}_before IS NULL OR {unit} - {unit}_before > 1) OVER by_day AS {unit}_from"
    for unit in UNITS
)
_RUNS = ", ".join(
    f"coalesce(max({unit} - {unit}_from) + 1, 0) AS longest_{unit}_streak,"
    f" coalesce(max({unit}) - max({unit}_from) + 1, 0) AS latest_{unit}_streak"
    for unit in UNITS
)

#: The figures of each mentor of organisations that use the module; narrowed by a condition on `mentor`.
# One mentor after the other along the covering index, whatever the planner thinks of how many there are.
DERIVED = f"""
SELECT mentor.id AS mentor_id, mentor.organization_id, {", ".join(FIGURES)}
FROM accounts_mentorprofile mentor
CROSS JOIN LATERAL (
    SELECT count(*) AS activity_count, coalesce(sum(minutes), 0) AS minutes,
           count(DISTINCT contact_id) FILTER (WHERE reached) AS contact_count,
           count(*) FILTER (WHERE event) AS event_count, {_RUNS}, max(local_date) AS last_activity_on,
           array_agg(type_id) AS type_ids
    FROM (
        SELECT *, {_RUN_FROM}
        FROM (
            SELECT *, {_BEFORE}
            FROM (
                SELECT activity.local_date, activity.minutes, activity.contact_id, activity.reached, activity.event,
                       activity.type_id, {_NUMBERED}
                FROM mentoring_activity activity
                WHERE activity.mentor_id = mentor.id AND {COUNTABLE_SQL}
            ) counted
            WINDOW by_day AS (ORDER BY local_date)
        ) dated
        WINDOW by_day AS (ORDER BY local_date)
    ) running
) done
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_object_agg(slug, count), '{{}}') AS counts_by_type
    FROM (SELECT type.slug, sum(counted.count)::int AS count
          FROM (SELECT type_id, count(*) FROM unnest(done.type_ids) each(type_id) GROUP BY type_id) counted
          JOIN mentoring_activitytype type ON type.id = counted.type_id GROUP BY type.slug) named
) kinds
CROSS JOIN LATERAL (
    SELECT count(*) AS assignment_count FROM mentoring_assignment assignment
    WHERE assignment.mentor_id = mentor.id AND assignment.deleted_at IS NULL
) pairs
CROSS JOIN LATERAL (
    SELECT (SELECT count(DISTINCT certificate.type_id) FROM certifications_certificate certificate
            WHERE certificate.mentor_id = mentor.id AND {COMPLETED_SQL})
         + (SELECT count(*) FROM training_enrollment enrollment
            WHERE enrollment.mentor_id = mentor.id AND {_BY_ITSELF}) AS training_count
) trainings
WHERE {_MODULE_IS_ON}
"""  # noqa: S608 (constants of ours)

_COLUMNS = ", ".join(FIGURES)
_STORED = ", ".join(f"stats.{name}" for name in FIGURES)
_GIVEN = ", ".join(f"EXCLUDED.{name}" for name in FIGURES)


def drifted_sql(condition: str = "true") -> str:
    """Selects those whose stored figures are not the derived ones; `condition` narrows `mentor`.

    No row is as good as one that says nothing.
    """
    derived = ", ".join(f"derived.{name}" for name in FIGURES)
    stored = ", ".join(f"stats.{name} AS stored_{name}" for name in FIGURES)
    return f"""
    SELECT derived.mentor_id AS id, derived.*, {stored}
    FROM ({DERIVED} AND {condition}) derived
    LEFT JOIN achievements_mentorstats stats ON stats.mentor_id = derived.mentor_id
    WHERE ({derived}) IS DISTINCT FROM ({_STORED})
      AND (stats.id IS NOT NULL OR derived.activity_count + derived.assignment_count + derived.training_count > 0)
    """  # noqa: S608 (constants of ours)


_HOLD = f"""
INSERT INTO achievements_mentorstats AS stats (id, organization_id, mentor_id)
SELECT varde_uuid7(), mentor.organization_id, mentor.id
FROM accounts_mentorprofile mentor WHERE mentor.id = ANY(%(mentors)s) AND {_MODULE_IS_ON}
ORDER BY mentor.id
ON CONFLICT (mentor_id) DO UPDATE SET computed_at = stats.computed_at
"""  # noqa: S608 (constants of ours)

_REBUILD = f"""
INSERT INTO achievements_mentorstats AS stats (id, organization_id, mentor_id, {_COLUMNS})
SELECT varde_uuid7(), organization_id, mentor_id, {_COLUMNS}
FROM ({DERIVED} AND mentor.id = ANY(%(mentors)s)) derived
ON CONFLICT (mentor_id) DO UPDATE SET ({_COLUMNS}, computed_at, updated_at) = ({_GIVEN}, now(), now())
WHERE ({_STORED}) IS DISTINCT FROM ({_GIVEN})
"""  # noqa: S608 (constants of ours)

_COUNT_PAIRS = """
UPDATE achievements_mentorstats stats SET assignment_count = counted.pairs, computed_at = now(), updated_at = now()
FROM (SELECT id, (SELECT count(*) FROM mentoring_assignment assignment
                  WHERE assignment.mentor_id = mentor.id AND assignment.deleted_at IS NULL) AS pairs
      FROM accounts_mentorprofile mentor WHERE mentor.id = ANY(%(mentors)s)) counted
WHERE stats.mentor_id = counted.id AND stats.assignment_count <> counted.pairs
"""


# No `hold` before it: a mentor's certificates and courses change under the mentor's lock alone, so whoever has it sees
# them all.
_COUNT_TRAININGS = f"""
INSERT INTO achievements_mentorstats AS stats (id, organization_id, mentor_id, training_count)
SELECT varde_uuid7(), mentor.organization_id, mentor.id, completed.trainings
FROM accounts_mentorprofile mentor
LEFT JOIN achievements_mentorstats known ON known.mentor_id = mentor.id
LEFT JOIN (SELECT certificate.mentor_id, count(DISTINCT certificate.type_id) AS trainings
           FROM certifications_certificate certificate
           WHERE certificate.mentor_id = ANY(%(mentors)s) AND {COMPLETED_SQL}
           GROUP BY certificate.mentor_id) given ON given.mentor_id = mentor.id
LEFT JOIN (SELECT enrollment.mentor_id, count(*) AS trainings
           FROM training_enrollment enrollment
           WHERE enrollment.mentor_id = ANY(%(mentors)s) AND {_BY_ITSELF}
           GROUP BY enrollment.mentor_id) taken ON taken.mentor_id = mentor.id
CROSS JOIN LATERAL (SELECT coalesce(given.trainings, 0) + coalesce(taken.trainings, 0) AS trainings) completed
WHERE mentor.id = ANY(%(mentors)s) AND completed.trainings <> coalesce(known.training_count, 0) AND {_MODULE_IS_ON}
ORDER BY mentor.id
ON CONFLICT (mentor_id) DO UPDATE
    SET (training_count, computed_at, updated_at) = (EXCLUDED.training_count, now(), now())
    WHERE stats.training_count <> EXCLUDED.training_count
RETURNING mentor_id
"""  # noqa: S608 (constants of ours)


def _longer(unit: Unit) -> str:
    """The run of `unit` that ends on the new day, which is not before the last one."""
    latest = f"stats.latest_{unit}_streak"
    step = f"{number_sql(unit, '%(day)s::date')} - {number_sql(unit, 'stats.last_activity_on')}"
    return f"{latest} + CASE {step} WHEN 0 THEN 0 WHEN 1 THEN 1 ELSE 1 - {latest} END"


_LONGER = ", ".join(
    f"latest_{unit}_streak = {_longer(unit)},"
    f" longest_{unit}_streak = greatest(stats.longest_{unit}_streak, {_longer(unit)})"
    for unit in UNITS
)

# A contact is new when no other activity of this mentor reached them: asked of the few activities of that contact.
_ADD = f"""
UPDATE achievements_mentorstats stats
SET activity_count = stats.activity_count + 1, minutes = stats.minutes + %(minutes)s,
    event_count = stats.event_count + %(events)s,
    contact_count = stats.contact_count + CASE WHEN %(reached)s AND NOT EXISTS (
        SELECT FROM mentoring_activity activity
        WHERE activity.contact_id = %(contact)s AND activity.mentor_id = %(mentor)s AND activity.reached
          AND activity.id <> %(activity)s AND {COUNTABLE_SQL}
    ) THEN 1 ELSE 0 END,
    {_LONGER},
    counts_by_type = stats.counts_by_type || jsonb_build_object(
        type.slug, coalesce((stats.counts_by_type ->> type.slug)::int, 0) + 1),
    last_activity_on = %(day)s, computed_at = now(), updated_at = now()
FROM mentoring_activitytype type, accounts_mentorprofile mentor
WHERE stats.mentor_id = %(mentor)s AND stats.last_activity_on <= %(day)s
  AND type.id = %(type)s AND mentor.id = %(mentor)s AND {_MODULE_IS_ON}
"""  # noqa: S608 (constants of ours)


def add(activity: Any) -> bool:
    """Add an activity that counts and is not before the last one; False when it is, or the mentor has no figures yet.

    Call it under the mentor's lock.
    """
    facts = {
        "activity": activity.pk,
        "mentor": activity.mentor_id,
        "type": activity.type_id,
        "contact": activity.contact_id,
        "day": activity.local_date,
        "minutes": activity.minutes,
        "reached": activity.reached and activity.contact_id is not None,
        "events": int(bool(activity.event)),
    }
    return _run(_ADD, facts) > 0


def hold(mentors: Collection[UUID]) -> bool:
    """See to it that each of these mentors has a stats row, and lock it; False when none of them is to have one."""
    return _run(_HOLD, {"mentors": list(mentors)}) > 0


def rebuild(mentors: Collection[UUID]) -> int:
    """Derive the figures of these mentors anew; returns how many changed. Call it after `hold`."""
    return _run(_REBUILD, {"mentors": list(mentors)})


def count_pairs(mentors: Collection[UUID]) -> int:
    """Count the assignments of these mentors anew; returns how many changed. Call it after `hold`."""
    return _run(_COUNT_PAIRS, {"mentors": list(mentors)})


def count_trainings(mentors: Collection[UUID]) -> list[UUID]:
    """Count the completed trainings of these mentors anew; returns those whose count changed, in order.

    Call it under the mentors' locks.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_TRAININGS, {"mentors": list(mentors)})
        return [mentor_id for (mentor_id,) in cursor.fetchall()]


def drifted(mentors: Collection[UUID]) -> list[dict[str, Any]]:
    """Those of these mentors whose stored figures are not the derived ones, with both."""
    with connection.cursor() as cursor:
        cursor.execute(drifted_sql("mentor.id = ANY(%(mentors)s)"), {"mentors": list(mentors)})
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _run(statement: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
