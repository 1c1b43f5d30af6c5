"""A mentor's calendar year as one statement over many mentors, derived from activities and badges.

One ordered pass along the covering index (mentor, local date, type): runs of days begin one after the other, so the
latest beginning so far is this row's, and nothing is sorted a second time or joined with itself. What a day is the
record of is packed with the day into one number, so that the largest is the best and, among equals, the earliest.

`generation` marks, claims and writes the rows that this fills.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.enums import Module, Role
from accounts.services.modules import module_is_on_sql
from achievements.highlights import LEAST_ON_BUSIEST_DAY, MILESTONES, RANKING, SHORTEST_STREAK
from achievements.models.summaries import MOST_HIGHLIGHTS
from mentoring.querysets import COUNTABLE_SQL

#: What is derived, by the names of `AnnualSummary`'s columns; beside `highlight_moments`, for which the candidates are.
FIGURES = (
    "total_activities",
    "total_hours",
    "total_contacts_reached",
    "total_events_attended",
    "badges_earned_count",
    "top_activity_type",
    "most_active_month",
    "streak_days",
    "monthly_activity_counts",
)

#: About a row of mentors that is called `mentor`.
MODULE_IS_ON = module_is_on_sql(Module.ACHIEVEMENTS, "mentor.organization_id")

# The same for whole years: asked once, and not joined. The planner knows little of how many organisations there are;
# with one in mind it would derive everybody's year anew for each of them.
_MODULE_IS_ON_THERE = f"""
mentor.organization_id = ANY(ARRAY(SELECT organization_id FROM accounts_modulesetting
                                   WHERE module = '{Module.ACHIEVEMENTS.value}' AND is_enabled))
"""  # noqa: S608 (constants of ours)

# Every short name has its place in the alphabet, so comparing types is comparing small numbers. Two types of the same
# short name (everybody's and an organisation's own) are one kind.
KINDS = """
kinds AS MATERIALIZED (
    SELECT array_agg(id) AS ids, array_agg(place) AS places, array_agg(DISTINCT slug) AS slugs
    FROM (SELECT id, slug COLLATE "C" AS slug, dense_rank() OVER (ORDER BY slug COLLATE "C")::int AS place
          FROM mentoring_activitytype) named
)
"""

_MONTHS = range(1, 13)
_UNTIL_MONTHS = ", ".join(
    f"count(*) FILTER (WHERE local_date < ({{first}} + interval '{month} months')::date)::int AS until_{month}"
    for month in _MONTHS
)
_BY_MONTH = ", ".join(["until_1", *(f"until_{month} - until_{month - 1}" for month in _MONTHS[1:])])

#: The numbers of each mentor in the year that begins on {first}; {mentors} narrows `mentor_id`. A mentor without
#: anything that counts is not among them.
_COUNTED = f"""
SELECT mentor_id, count(*)::int AS total_activities, round(sum(minutes) / 60.0, 2) AS total_hours,
       count(DISTINCT reached_id)::int AS total_contacts_reached,
       count(*) FILTER (WHERE event)::int AS total_events_attended,
       mode() WITHIN GROUP (ORDER BY (SELECT places FROM kinds)[array_position((SELECT ids FROM kinds), type_id)])
           AS kind,
       {_UNTIL_MONTHS},
       min(day) AS first_day, min(day) FILTER (WHERE event) AS first_event_day,
       max((day - run_from) * 512 + 511 - day) AS longest_run,
       max((number - first_of_day) * 512 + 511 - day) AS busiest,
       max(number * 512 + day) FILTER (WHERE number IN ({", ".join(map(str, MILESTONES))})) AS milestone
FROM (
    SELECT *, max(day) FILTER (WHERE day_before IS NULL OR day - day_before > 1) OVER by_day AS run_from,
           max(number) FILTER (WHERE day_before IS DISTINCT FROM day) OVER by_day AS first_of_day
    FROM (
        SELECT *, lag(day) OVER by_day AS day_before, (row_number() OVER by_day)::int AS number
        FROM (
            SELECT activity.mentor_id, activity.local_date, activity.local_date - {{first}} AS day, activity.type_id,
                   CASE WHEN activity.reached THEN activity.contact_id END AS reached_id, activity.minutes,
                   activity.event
            FROM mentoring_activity activity
            WHERE activity.mentor_id {{mentors}} AND activity.local_date >= {{first}}
              AND activity.local_date < ({{first}} + interval '1 year')::date AND {COUNTABLE_SQL}
        ) counted
        WINDOW by_day AS (PARTITION BY mentor_id ORDER BY local_date)
    ) numbered
    WINDOW by_day AS (PARTITION BY mentor_id ORDER BY local_date ROWS UNBOUNDED PRECEDING)
) running
GROUP BY mentor_id
"""  # noqa: S608 (constants of ours)

#: The badges of each mentor that were earned in that year, where their organisation is, and are not revoked. Nowhere is
#: it more than a day before or after UTC, which is cheaper to ask first; within CASE, because the planner would expect
#: none in a year of which it has seen none yet.
_BADGES = """
SELECT badge.mentor_id, count(*)::int AS badges_earned_count,
       array_agg(jsonb_build_object('type', 'badge', 'slug', definition.slug,
                                    'date', (badge.earned_at AT TIME ZONE organization.time_zone)::date)::text
                 ORDER BY badge.earned_at, definition.slug) AS moments
FROM achievements_earnedbadge badge
JOIN achievements_badgedefinition definition ON definition.id = badge.definition_id
JOIN accounts_organization organization ON organization.id = badge.organization_id
WHERE badge.mentor_id {mentors} AND badge.revoked_at IS NULL
  AND CASE WHEN badge.earned_at >= ({first} - interval '1 day') AT TIME ZONE 'UTC'
            AND badge.earned_at < ({first} + interval '1 year 1 day') AT TIME ZONE 'UTC'
           THEN date_trunc('year', badge.earned_at AT TIME ZONE organization.time_zone)::date = {first} END
GROUP BY badge.mentor_id
"""


def _moment(kind: str, day: str, **numbers: str) -> str:
    """The text of a moment; NULL as soon as something in it is."""
    more = "".join(f""" || ',"{name}":' || {value}""" for name, value in numbers.items())
    return f"""'{{{{"type":"{kind}","date":"' || {day} || '"'{more} || '}}}}'"""


_MOMENTS = {
    "milestone": _moment("milestone", "{first} + (milestone & 511)", count="milestone / 512"),
    "longest_streak": f"CASE WHEN streak_days >= {SHORTEST_STREAK} THEN "
    + _moment("longest_streak", "{first} + (511 - (longest_run & 511))", days="streak_days")
    + " END",
    "badge": "badge_moments[1]",
    "most_active_month": _moment(
        "most_active_month",
        "({first} + (most_active_month - 1) * interval '1 month')::date",
        month="most_active_month",
        count="in_best_month",
    ),
    "first_event": _moment("first_event", "{first} + first_event_day"),
    "busiest_day": f"CASE WHEN busiest / 512 + 1 >= {LEAST_ON_BUSIEST_DAY} THEN "
    + _moment("busiest_day", "{first} + (511 - (busiest & 511))", count="busiest / 512 + 1")
    + " END",
    "first_activity": _moment("first_activity", "{first} + first_day"),
}
_RANKED = ", ".join(_MOMENTS[kind] for kind in RANKING)

#: Everything about each user's year, with all candidates for its highlights, the best first. Of somebody who is a
#: mentor in two organisations the one with more activity in that year; the older membership when it is the same.
_DERIVED = f"""
SELECT DISTINCT ON (mentor.user_id) mentor.user_id, mentor.id AS mentor_id, mentor.organization_id,
       {", ".join(FIGURES)}, array_remove(ARRAY[{_RANKED}], NULL) || badge_moments[2:] AS candidates
FROM (
    SELECT *, array_position(monthly_activity_counts, in_best_month) AS most_active_month
    FROM (
        SELECT counted.*, (SELECT slugs FROM kinds)[kind] AS top_activity_type, longest_run / 512 + 1 AS streak_days,
               ARRAY[{_BY_MONTH}] AS monthly_activity_counts, greatest({_BY_MONTH}) AS in_best_month,
               coalesce(badges_earned_count, 0) AS badges_earned_count, moments AS badge_moments
        FROM ({_COUNTED}) counted LEFT JOIN ({_BADGES}) earned ON earned.mentor_id = counted.mentor_id
    ) measured
) done
JOIN accounts_mentorprofile mentor ON mentor.id = done.mentor_id
WHERE {_MODULE_IS_ON_THERE}
ORDER BY mentor.user_id, total_activities DESC, (
    SELECT granted_at FROM accounts_membership membership
    WHERE membership.organization_id = mentor.organization_id AND membership.user_id = mentor.user_id
      AND membership.role = '{Role.PEER_MENTOR.value}'
), mentor.id
"""  # noqa: S608 (constants of ours)


def derived_sql(first: str, mentors: str = "IS NOT NULL") -> str:
    """Selects every user's numbers in the year that begins on the date `first` (SQL); `mentors` narrows mentors' ids.

    It needs `KINDS` among the common tables before it.
    """
    return _DERIVED.format(first=first, mentors=mentors)


def best_sql(candidates: str) -> str:
    """As many of the candidates as there is room for, as they are stored."""
    return f"('[' || array_to_string(({candidates})[1:{MOST_HIGHLIGHTS}], ',') || ']')::jsonb"


def ready_and_wrong_sql() -> str:
    """Selects summaries of the last two years that are over at `at` and ready, and not what is derived now."""
    return " UNION ALL ".join(
        _wrong_sql(f"(date_trunc('year', %(at)s::timestamptz AT TIME ZONE 'UTC')::date - interval '{ago} years')::date")
        for ago in (1, 2)
    )


def _wrong_sql(first: str) -> str:
    columns = ("mentor_id", "organization_id", *FIGURES)
    stored, derived = (", ".join(f"{row}.{name}" for name in columns) for row in ("summary", "derived"))
    return f"""
    SELECT id FROM (
        WITH {KINDS}
        SELECT summary.id FROM achievements_annualsummary summary
        JOIN accounts_mentorprofile mentor ON mentor.id = summary.mentor_id
        LEFT JOIN ({derived_sql(first)}) derived ON derived.user_id = summary.user_id
        WHERE summary.year = date_part('year', {first}) AND summary.generation_status = 'ready' AND {MODULE_IS_ON}
          AND ({stored}, summary.highlight_moments) IS DISTINCT FROM ({derived}, {best_sql("derived.candidates")})
    ) wrong
    """  # noqa: S608 (constants of ours)


#: The first day of the year, and which mentors, as parameters of a statement.
FIRST = "%(first)s::date"
AMONG = "= ANY(%(mentors)s::uuid[])"


def derive(year: int, mentors: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """What would be written of these mentors' users, by user: `FIGURES`, `candidates`, mentor and organisation."""
    statement = f"WITH {KINDS} {derived_sql(FIRST, AMONG)}"
    with connection.cursor() as cursor:
        cursor.execute(statement, {"first": date(year, 1, 1), "mentors": list(mentors)})
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {row["user_id"]: row for row in rows}
