"""Figures of mentors that are not stored: of one calendar year, of some activity types, of certain courses.

Counted from the rows themselves, one mentor after the other along the index that begins with the mentor, whatever the
planner thinks of how many there are; so the cost follows what is asked for and not how much the table holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from achievements.criteria import YEAR, Figure
from achievements.rules import UNITS, Unit
from certifications.enums import CertificateStatus
from mentoring.querysets import COUNTABLE_SQL

#: The figures that are streaks, each with its unit.
STREAKS: dict[str, Unit] = {f"{unit}_streak": unit for unit in UNITS}

# 1 January of the year 1 was a Monday.
_NUMBER: dict[Unit, str] = {
    "day": "({day} - date '0001-01-01')",
    "week": "(({day} - date '0001-01-01') / 7)",
    "month": "(date_part('year', {day})::int * 12 + date_part('month', {day})::int)",
}


def number_sql(unit: Unit, day: str) -> str:
    """Which day, week or month the date `day` (SQL) lies in, counted so that the next one is one more: the twin of
    `rules.number_of`."""
    return _NUMBER[unit].format(day=day)


#: What certificates a mentor has completed a training with: those that lapsed or were renewed too.
COMPLETED_SQL = f"certificate.status <> '{CertificateStatus.REVOKED.value}'"


@dataclass(frozen=True)
class Source:
    """The rows of one mentor (`mentor.id`) in which something is counted.

    `moment` is when a row became one, `day` that moment's local date, `key` settles ties.
    """

    rows: str
    day: str
    moment: str
    key: str


ACTIVITIES = Source(
    rows=f"mentoring_activity activity WHERE activity.mentor_id = mentor.id AND {COUNTABLE_SQL}",
    day="activity.local_date",
    moment="activity.occurred_at",
    key="activity.id",
)
# What began before it was written down counts from its first day; what begins later, from when it was agreed.
ASSIGNMENTS = Source(
    rows="mentoring_assignment assignment JOIN accounts_organization home ON home.id = assignment.organization_id"
    " WHERE assignment.mentor_id = mentor.id AND assignment.deleted_at IS NULL",
    day="least(assignment.start_date, (assignment.created_at AT TIME ZONE home.time_zone)::date)",
    moment="least(assignment.start_date::timestamp AT TIME ZONE home.time_zone, assignment.created_at)",
    key="assignment.id",
)
# Certificates by kind, and the completed courses for which none is given.
TRAININGS = Source(
    rows=f"""(
        SELECT certificate.id, certificate.type_id AS kind, type.code AS name, certificate.issued_on AS day,
               certificate.issued_on::timestamp AT TIME ZONE home.time_zone AS moment
        FROM certifications_certificate certificate
        JOIN certifications_certificationtype type ON type.id = certificate.type_id
        JOIN accounts_organization home ON home.id = certificate.organization_id
        WHERE certificate.mentor_id = mentor.id AND {COMPLETED_SQL}
        UNION ALL
        SELECT enrollment.id, enrollment.course_id, course.slug,
               (enrollment.completed_at AT TIME ZONE home.time_zone)::date, enrollment.completed_at
        FROM training_enrollment enrollment
        JOIN training_course course ON course.id = enrollment.course_id
        JOIN accounts_organization home ON home.id = enrollment.organization_id
        WHERE enrollment.mentor_id = mentor.id AND enrollment.completed_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM certifications_certificationtype gives WHERE gives.course_id = enrollment.course_id)
    ) training WHERE true""",  # noqa: S608 (constants of ours)
    day="training.day",
    moment="training.moment",
    key="training.id",
)

_SOURCES = defaultdict(lambda: ACTIVITIES, assignments=ASSIGNMENTS, trainings=TRAININGS)

_COUNTED = {
    "activities": "count(*)",
    "minutes": "coalesce(sum(activity.minutes), 0)",
    "contacts": "count(DISTINCT activity.contact_id) FILTER (WHERE activity.reached)",
    "events": "count(*) FILTER (WHERE activity.event)",
    "assignments": "count(*)",
    # Named ones by their names: a certificate and a course that are called the same are one.
    "trainings": "count(DISTINCT training.kind)",
    "named trainings": "count(DISTINCT training.name)",
}


_TYPES_CALLED = "SELECT type.id FROM mentoring_activitytype type WHERE type.slug ="


class Parameters(dict[str, Any]):
    """The values of a statement that is put together: each is bound, none is written into it."""

    def bind(self, value: Any) -> str:
        name = f"value_{len(self)}"
        self[name] = value
        return f"%({name})s"


def source_of(figure: Figure) -> Source:
    return _SOURCES[figure.what]


def rows_of(figure: Figure, values: Parameters) -> str:
    """`FROM` what, with the condition of what is counted in a figure."""
    source = source_of(figure)
    parts = [source.rows]
    if isinstance(figure.span, int):
        first, after = values.bind(date(figure.span, 1, 1)), values.bind(date(figure.span + 1, 1, 1))
        parts.append(f"{source.day} >= {first}::date AND {source.day} < {after}::date")
    if figure.types:
        slugs = values.bind(list(figure.types))
        parts.append(f"activity.type_id = ANY(ARRAY({_TYPES_CALLED} ANY({slugs}::text[])))")
    if figure.courses:
        parts.append(f"training.name = ANY({values.bind(list(figure.courses))}::text[])")
    return " AND ".join(parts)


def year_of(figure: Figure) -> str:
    """What keeps the years apart, where the best of them counts."""
    return f"date_part('year', {source_of(figure).day})" if figure.span == YEAR else "0"


def counted(mentors: Collection[UUID], figures: Iterable[Figure]) -> dict[Figure, dict[UUID, int]]:
    """These figures of these mentors; who has nothing of it is missing. One statement."""
    scopes: dict[Any, list[Figure]] = defaultdict(list)
    for figure in dict.fromkeys(figures):
        scopes[_scope(figure)].append(figure)
    found: dict[Figure, dict[UUID, int]] = {figure: {} for group in scopes.values() for figure in group}
    if not mentors or not scopes:
        return found
    values = Parameters(mentors=list(mentors))
    groups = list(scopes.values())
    parts = [
        f"SELECT {place} AS place, mentor.id, done.numbers FROM unnest(%(mentors)s::uuid[]) mentor(id)"  # noqa: S608
        f" CROSS JOIN LATERAL ({_numbers(group, values)}) done"
        for place, group in enumerate(groups)
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        for place, mentor_id, numbers in cursor.fetchall():
            for figure, number in zip(groups[place], numbers, strict=True):
                if number:
                    found[figure][mentor_id] = number
    return found


def _scope(figure: Figure) -> Any:
    """Figures of the same rows are counted in one pass; a streak needs one of its own."""
    name = figure.what if figure.what in STREAKS else source_of(figure).key
    return name, figure.span, figure.types, figure.courses


def _numbers(group: Sequence[Figure], values: Parameters) -> str:
    figure = group[0]
    if figure.what in STREAKS:
        return f"SELECT ARRAY[coalesce(max(length), 0)]::bigint[] AS numbers FROM ({_runs(figure, values)}) runs"  # noqa: S608 (constants of ours)
    names = [f"{each.what}_{place}" for place, each in enumerate(group)]
    measured = [_COUNTED["named trainings" if each.courses else each.what] for each in group]
    measures = ", ".join(f"{each} AS {name}" for each, name in zip(measured, names, strict=True))
    highest = ", ".join(f"coalesce(max({name}), 0)" for name in names)
    grouping = f"GROUP BY {year_of(figure)}" if figure.span == YEAR else ""
    rows = rows_of(figure, values)
    return f"SELECT ARRAY[{highest}]::bigint[] AS numbers FROM (SELECT {measures} FROM {rows} {grouping}) scope"  # noqa: S608 (constants of ours)


def _runs(figure: Figure, values: Parameters) -> str:
    """How long each run of days, weeks or months is."""
    year, number, rows = year_of(figure), number_of(figure), rows_of(figure, values)
    return f"""
    SELECT count(*) AS length FROM (
        SELECT year, number - row_number() OVER (PARTITION BY year ORDER BY number) AS run
        FROM (SELECT DISTINCT {year} AS year, {number} AS number FROM {rows}) units
    ) numbered GROUP BY year, run
    """  # noqa: S608 (constants of ours)


def number_of(figure: Figure) -> str:
    """Which day, week or month a row lies in."""
    return number_sql(STREAKS[figure.what], source_of(figure).day)


#: Where a mentor's stored figures hold what is counted.
_COLUMNS = {
    "activities": "activity_count",
    "minutes": "minutes",
    "contacts": "contact_count",
    "assignments": "assignment_count",
    "events": "event_count",
    "trainings": "training_count",
    **{what: f"longest_{what}" for what in STREAKS},
}


def ceiling(figure: Figure, values: Parameters) -> str:
    """What a figure is at most, from `stats`: exactly it where `is_stored`."""
    if figure.types and figure.what == "activities":
        each = (f"coalesce((stats.counts_by_type ->> {values.bind(slug)}::text)::int, 0)" for slug in figure.types)
        return f"({' + '.join(each)})"
    return f"stats.{_COLUMNS[figure.what]}"


def ceiling_of(figure: Figure, stats: Mapping[str, Any]) -> int:
    """The same of figures that are in hand, by the names of `MentorStats`' fields."""
    if figure.types and figure.what == "activities":
        return sum(stats["counts_by_type"].get(slug, 0) for slug in figure.types)
    return int(stats[_COLUMNS[figure.what]])


#: What `ceiling_of` looks at.
STORED = (*dict.fromkeys(_COLUMNS.values()), "counts_by_type")


def stored(mentors: Collection[UUID], figures: Iterable[Figure]) -> dict[Figure, dict[UUID, int]]:
    """What the stored figures say of these mentors. One statement, or none."""
    wanted = list(dict.fromkeys(figures))
    found: dict[Figure, dict[UUID, int]] = {figure: {} for figure in wanted}
    if not mentors or not wanted:
        return found
    values = Parameters(mentors=list(mentors))
    columns = ", ".join(ceiling(figure, values) for figure in wanted)
    statement = (
        f"SELECT stats.mentor_id, {columns} FROM achievements_mentorstats stats WHERE mentor_id = ANY(%(mentors)s)"  # noqa: S608 (constants of ours)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for mentor_id, *numbers in cursor.fetchall():
            for figure, number in zip(wanted, numbers, strict=True):
                found[figure][mentor_id] = number
    return found
