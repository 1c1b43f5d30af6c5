"""Statements that are compiled once: the query language says what they are, and each call only fills its values in.

Django takes longer to put one of these statements together than the database takes to answer it. So a queryset is made
once, for stand-ins in place of an id, a day or somebody's reach; its SQL is kept, and asked again with the real ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import QuerySet

from accounts.access import Access

#: A value for each name, unlike every other and unlike anything that a statement says itself.
STANDINS: dict[str, Any] = {
    "student": UUID(int=1),
    "video": UUID(int=2),
    "goal": UUID(int=3),
    "response_status": "?status",
    "activity_type": "?type",
    "occurred_at": datetime(1900, 1, 1, tzinfo=UTC),
    "video_order": 1_999_999_999,
    "id": UUID(int=4),
    "limit": 1_999_999_998,
    "administers": UUID(int=5),
    "cares_for": UUID(int=6),
    "mentors_as": UUID(int=7),
}
#: Several values: `IN (one)` becomes `= ANY(of them)`.
SETS = frozenset({"administers", "cares_for", "mentors_as"})
#: Days and moments that are reckoned from a day move with it.
DAY = date(2000, 6, 15)

_NAMES = {(type(value), value): name for name, value in STANDINS.items()}


def somebody(*, is_platform_staff: bool = False, is_student: bool = False) -> Any:
    """A stand-in for the person who asks, with what `visible_to` looks at."""
    sets = {name: frozenset({STANDINS["student" if is_student and name == "mentors_as" else name]}) for name in SETS}
    nobody: frozenset[UUID] = frozenset()
    access = Access(UUID(int=0), is_platform_staff, coordinates=nobody, organizations=nobody, **sets)
    return SimpleNamespace(access=access)


def reach(access: Access) -> dict[str, Any]:
    """The values of a real person's reach."""
    return {name: list(getattr(access, name)) for name in SETS}


class Statement:
    """SQL with stand-ins among its parameters, and the names of its columns."""

    def __init__(self, sql: str, parameters: Sequence[Any], columns: Sequence[str]) -> None:
        parts = sql.split("%s")
        self._columns = list(columns)
        self._names = [_NAMES.get((type(value), value)) for value in parameters]
        self._own = list(parameters)
        for place, name in enumerate(self._names):
            if name in SETS:
                parts[place], parts[place + 1] = _any(parts[place], parts[place + 1])
        self._sql = "%s".join(parts)

    @classmethod
    def of(cls, rows: QuerySet[Any], *, limited: bool = False) -> Statement:
        """What a queryset of `values()` asks; with a limit that is given each time."""
        sql, parameters = rows.query.sql_with_params()
        if limited:
            sql, parameters = f"{sql} LIMIT %s", (*parameters, STANDINS["limit"])
        return cls(sql, parameters, rows.query.values_select)

    def rows(self, values: Mapping[str, Any], day: date | None = None) -> list[dict[str, Any]]:
        """The rows as dictionaries. JSON comes as its text."""
        filled = [
            values[name] if name else _moved(own, day) if day else own
            for name, own in zip(self._names, self._own, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, filled)
            found = cursor.fetchall()
        columns = self._columns
        return [dict(zip(columns, row, strict=True)) for row in found]


def _any(before: str, after: str) -> tuple[str, str]:
    if not before.endswith("IN (") or not after.startswith(")"):
        raise ImproperlyConfigured("A set of ids is asked for with IN.")
    return before.removesuffix("IN (") + "= ANY(", after


def _moved(value: Any, day: date) -> Any:
    """A day or a moment, as far from `day` as it was from the stand-in; at the two ends of time, as far as it goes."""
    if not isinstance(value, date):
        return value
    try:
        return value + (day - DAY)
    except OverflowError:
        if isinstance(value, datetime):
            return datetime.min.replace(tzinfo=UTC) if day < DAY else datetime.max.replace(tzinfo=UTC)
        return date.min if day < DAY else date.max
