"""Annual summaries as a queue of rows: marked, claimed, written with what `yearly` derives, and given back.

Nothing here decides when, and nothing waits for a lock: a row that somebody holds, or that has been marked again since
it was claimed, is left to whoever claims it next. So no correction ever waits for a summary to be derived.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from achievements.highlights import YEAR_TO_DATE
from achievements.models.summaries import EARLIEST_YEAR, LATEST_YEAR, MOST_HIGHLIGHTS
from achievements.yearly import AMONG, FIGURES, FIRST, KINDS, MODULE_IS_ON, best_sql, derived_sql
from mentoring.querysets import COUNTABLE_SQL

_MARK = f"""
INSERT INTO achievements_annualsummary AS summary (id, organization_id, user_id, mentor_id, year)
SELECT varde_uuid7(), organization_id, user_id, mentor_id, year
FROM (
    SELECT DISTINCT ON (mentor.user_id, marked.year)
           mentor.organization_id, mentor.user_id, mentor.id AS mentor_id, marked.year
    FROM unnest(%(mentors)s::uuid[], %(years)s::int[]) AS marked(mentor_id, year)
    JOIN accounts_mentorprofile mentor ON mentor.id = marked.mentor_id
    WHERE marked.year BETWEEN {EARLIEST_YEAR} AND {LATEST_YEAR} AND {MODULE_IS_ON}
    ORDER BY mentor.user_id, marked.year
) ordered
ORDER BY user_id, year
ON CONFLICT (user_id, year) DO UPDATE
SET requested_version = summary.requested_version + 1, generation_status = 'pending', claimed_version = NULL,
    claimed_at = NULL, attempts = 0, failure = '', updated_at = now()
WHERE NOT (summary.generation_status = 'pending' AND summary.requested_version > summary.done_version)
"""  # noqa: S608 (constants of ours)

# What a worker took and never gave back is free again after this long; a failed attempt is repeated after as long.
_LEASE = "interval '10 minutes'"
ATTEMPTS = 3

_CLAIM = f"""
UPDATE achievements_annualsummary summary
SET generation_status = 'generating', claimed_version = summary.requested_version, claimed_at = now(),
    attempts = summary.attempts + 1
FROM (
    SELECT id FROM achievements_annualsummary waiting
    WHERE requested_version > done_version AND generation_status IN ('pending', 'generating')
      AND attempts < {ATTEMPTS} AND (claimed_at IS NULL OR claimed_at <= now() - {_LEASE}) {{condition}}
      AND EXISTS (SELECT FROM accounts_mentorprofile mentor WHERE mentor.user_id = waiting.user_id AND {MODULE_IS_ON})
    FOR NO KEY UPDATE SKIP LOCKED
    LIMIT %(limit)s
) due
WHERE summary.id = due.id
RETURNING summary.id::text, summary.year, summary.claimed_at::text,
          array_to_string(ARRAY(SELECT id FROM accounts_mentorprofile WHERE user_id = summary.user_id), ',')
"""  # noqa: S608 (constants of ours)

_GIVE_UP = f"""
UPDATE achievements_annualsummary summary SET generation_status = 'failed', failure = 'worker_died'
FROM (SELECT id FROM achievements_annualsummary
      WHERE generation_status = 'generating' AND attempts >= {ATTEMPTS} AND claimed_at <= now() - {_LEASE}
      FOR NO KEY UPDATE SKIP LOCKED) dead
WHERE summary.id = dead.id
"""  # noqa: S608 (constants of ours)

# Those of a claim that are still ours: in the hope that nobody holds them, and sure that nobody has marked them since.
# The planner would take so many conditions for very few rows, and so join them in a loop; within CASE it does not.
_STILL_OURS = """
summary.id = ANY(%(ids)s::uuid[])
AND CASE WHEN summary.generation_status = 'generating' AND summary.claimed_at = %(claimed_at)s::timestamptz
              AND summary.claimed_version = summary.requested_version THEN true END
"""

_BACK = f"""
UPDATE achievements_annualsummary summary
SET generation_status = CASE WHEN %(failure)s <> '' AND attempts >= {ATTEMPTS} THEN 'failed' ELSE 'pending' END,
    claimed_at = CASE WHEN %(failure)s = '' THEN NULL ELSE claimed_at END, claimed_version = NULL,
    attempts = CASE WHEN %(failure)s = '' THEN 0 ELSE attempts END, failure = %(failure)s
FROM (SELECT id FROM achievements_annualsummary summary WHERE {_STILL_OURS} FOR NO KEY UPDATE SKIP LOCKED) ours
WHERE summary.id = ours.id
"""  # noqa: S608 (constants of ours)

# The rows are locked when everything is computed, so that a correction never waits for that; what it has marked by then
# is not ours any more. Rows and figures are brought together once, for all three that follow: each would join them in a
# way of its own, and some in a loop. While the year is running where the organisation is, the row is a preview.
_WRITE = f"""
WITH {KINDS}, computed AS MATERIALIZED (
    SELECT derived.*, local.today, local.today >= ({FIRST} + interval '1 year')::date AS is_over,
           jsonb_build_object('type', '{YEAR_TO_DATE}', 'date', local.today)::text AS marker
    FROM ({derived_sql(FIRST, AMONG)}) derived
    JOIN (SELECT id, (%(at)s::timestamptz AT TIME ZONE time_zone)::date AS today FROM accounts_organization) local
        ON local.id = derived.organization_id
), free AS MATERIALIZED (
    SELECT summary.id, summary.user_id, summary.organization_id
    FROM achievements_annualsummary summary
    WHERE {_STILL_OURS} AND (SELECT count(*) FROM computed) >= 0
    FOR NO KEY UPDATE SKIP LOCKED
), outcome AS MATERIALIZED (
    SELECT free.id, free.organization_id AS was_of, computed.* FROM free LEFT JOIN computed USING (user_id)
), written AS (
    UPDATE achievements_annualsummary summary
    SET organization_id = outcome.organization_id, mentor_id = outcome.mentor_id,
        {", ".join(f"{name} = outcome.{name}" for name in FIGURES)},
        highlight_moments = CASE WHEN is_over THEN {best_sql("candidates")}
                                 ELSE {best_sql("marker || candidates")} END,
        generation_status = CASE WHEN is_over THEN 'ready' ELSE 'pending' END,
        as_of = CASE WHEN is_over THEN NULL ELSE today END, done_version = summary.claimed_version,
        generated_at = %(at)s, updated_at = now(), claimed_version = NULL, claimed_at = NULL, attempts = 0, failure = ''
    FROM outcome
    WHERE summary.id = outcome.id AND outcome.mentor_id IS NOT NULL
    RETURNING summary.id, cardinality(candidates) + CASE WHEN is_over THEN 0 ELSE 1 END AS moments
), gone AS (
    DELETE FROM achievements_annualsummary summary USING outcome
    WHERE summary.id = outcome.id AND outcome.mentor_id IS NULL
    RETURNING summary.id
), unshared AS (
    DELETE FROM achievements_summaryshare share USING outcome
    WHERE share.summary_id = outcome.id AND outcome.organization_id IS DISTINCT FROM outcome.was_of
)
SELECT id::text, moments FROM written UNION ALL SELECT id::text, 0 FROM gone
"""  # noqa: S608 (constants of ours)


# The years of an organisation: those in which something was done (skipping through the index from one to the next would
# be cheaper, and this is asked seldom), and those that have a summary.
_ACTIVE = f"""
SELECT mentor_id, year FROM (
    SELECT DISTINCT activity.mentor_id, date_part('year', activity.local_date)::int AS year
    FROM mentoring_activity activity JOIN accounts_mentorprofile mentor ON mentor.id = activity.mentor_id
    WHERE mentor.organization_id = %(organization)s AND {COUNTABLE_SQL}
      AND (%(year)s::int IS NULL
           OR activity.local_date BETWEEN make_date(%(year)s, 1, 1) AND make_date(%(year)s, 12, 31))
    UNION
    SELECT mentor_id, year FROM achievements_annualsummary
    WHERE organization_id = %(organization)s AND (%(year)s::int IS NULL OR year = %(year)s)
) known
ORDER BY mentor_id, year
"""  # noqa: S608 (constants of ours)

# The year before the one that has begun, where the organisation is; on 1 January it is left alone, so that what was
# done on New Year's Eve can be recorded first.
_ENDED = f"""
WITH place AS (
    SELECT id, date_part('year', (%(at)s::timestamptz AT TIME ZONE time_zone)::date - 1)::int - 1 AS year
    FROM accounts_organization
)
SELECT summary.mentor_id, summary.year
FROM achievements_annualsummary summary
JOIN accounts_mentorprofile mentor ON mentor.id = summary.mentor_id
JOIN place ON place.id = summary.organization_id
WHERE summary.as_of IS NOT NULL AND summary.generation_status = 'pending'
  AND summary.requested_version = summary.done_version AND summary.year <= place.year AND {MODULE_IS_ON}
UNION
SELECT mentor.id, place.year
FROM accounts_mentorprofile mentor
JOIN place ON place.id = mentor.organization_id
WHERE NOT EXISTS (SELECT FROM achievements_annualsummary summary
                  WHERE summary.user_id = mentor.user_id AND summary.year = place.year)
  AND EXISTS (SELECT FROM mentoring_activity activity
              WHERE activity.mentor_id = mentor.id AND {COUNTABLE_SQL}
                AND activity.local_date >= make_date(place.year, 1, 1)
                AND activity.local_date < make_date(place.year + 1, 1, 1))
  AND place.year BETWEEN {EARLIEST_YEAR} AND {LATEST_YEAR} AND {MODULE_IS_ON}
ORDER BY 1, 2
"""  # noqa: S608 (constants of ours)


@dataclass(frozen=True)
class Claim:
    """A summary that this worker has taken; `mentors` are its user's mentor profiles, in whichever organisation.

    The keys are left as the database writes them, as it alone reads them again: turning thousands of them into objects
    and back would take longer than claiming them.
    """

    id: str
    year: int
    claimed_at: str
    mentors: str


@dataclass(frozen=True)
class Written:
    """What came of writing: the summaries that are made, and in how many of them not every moment had room."""

    ids: frozenset[str]
    trimmed: int


def mark(years: Collection[tuple[UUID, int]]) -> int:
    """Ask for these mentors' years, in the order of users and years; returns how many were not asked for already.

    Those that were are locked all the same, until the transaction ends: so nobody claims them before it is seen.
    """
    mentors, numbers = zip(*years, strict=True)
    return _run(_MARK, {"mentors": list(mentors), "years": list(numbers)})


def give_up() -> int:
    """Fail the summaries at which workers have died as often as is allowed; returns how many."""
    return _run(_GIVE_UP, {})


def claim(limit: int, ids: Collection[UUID] | None = None) -> list[Claim]:
    """Take up to `limit` summaries that are to be made (of `ids`, if given) and that nobody holds."""
    condition = "" if ids is None else "AND waiting.id = ANY(%(ids)s)"
    rows = _rows(_CLAIM.format(condition=condition), {"limit": limit, "ids": list(ids or ())})
    return [Claim(*row) for row in rows]


def write(claims: Collection[Claim], *, at: datetime) -> Written:
    """Derive claimed summaries of one year, and write those that are still ours; a year without anything is deleted.

    `at` decides whether the year is over where the organisation is. A link to a summary that is gone, or that tells of
    another organisation now, goes with it.
    """
    values = _of(claims) | {
        "at": at,
        "first": date(next(iter(claims)).year, 1, 1),
        "mentors": _array(claim.mentors for claim in claims),
    }
    rows = _rows(_WRITE, values)
    trimmed = sum(moments > MOST_HIGHLIGHTS for _, moments in rows)
    return Written(frozenset(key for key, _ in rows), trimmed)


def give_back(claims: Collection[Claim], *, failure: str = "") -> int:
    """Let others claim these; after a `failure` later, and when it was the last attempt not until they are marked."""
    return _run(_BACK, _of(claims) | {"failure": failure})


def active(organization_id: UUID, year: int | None) -> list[tuple[UUID, int]]:
    """The years (or the one) in which mentors of an organisation did something, or that have a summary."""
    return _rows(_ACTIVE, {"organization": organization_id, "year": year})


def ended(at: datetime) -> list[tuple[UUID, int]]:
    """Years that are over at `at` and have only a preview; and the one before the running one where it has none."""
    return _rows(_ENDED, {"at": at})


def _of(claims: Collection[Claim]) -> dict[str, Any]:
    return {"ids": _array(claim.id for claim in claims), "claimed_at": next(iter(claims)).claimed_at}


def _array(keys: Iterable[str]) -> str:
    """Keys as the database writes an array of them."""
    return f"{{{','.join(keys)}}}"


def _run(statement: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _rows(statement: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
