"""Filling the timeline from what is there already, and putting right what was written while the triggers were off.

In parts: so many rows of one source in the order of their ids are one short transaction, which locks them as an edit
would, writes their lines with the statements of the triggers, and remembers how far it has come. Whatever stops it, the
next one goes on from there; done again it writes nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from accounts.models import Organization
from timeline.capture.comparing import no_longer_said, row_is_gone, unsaid_or_wrong
from timeline.capture.sources import SOURCES, Source
from timeline.capture.triggers import locked
from timeline.capture.writing import TABLE, redact, still_said, upsert
from timeline.models import BackfillCursor

#: So many rows are one transaction.
PART = 2_000
_BEFORE_ALL = UUID(int=0)
_AFTER_ALL = UUID(int=2**128 - 1)

ADDED, CHANGED, REDACTED = "added", "changed", "redacted"


class Change(NamedTuple):
    """What happens to how many lines of a type."""

    activity_type: str
    what: str


Counts = Counter[Change]
#: Told after every part: the source, how many of its rows are done, and how many there are.
Progress = Callable[[Source, int, int], None]


def quietly(source: Source, done: int, total: int) -> None:
    """Nobody wants to know."""


def source_called(name: str) -> Source:
    """The source by the name of its table, with or without the app's."""
    return next(source for source in SOURCES if name in (source.table, source.table.removeprefix("training_")))


def backfill(
    *,
    sources: Sequence[Source] = SOURCES,
    organization: Organization | None = None,
    restart: bool = False,
    progress: Progress = quietly,
    part: int = PART,
) -> Counts:
    """Make the lines of `sources`, of one organisation or of all, what their rows say; returns what was changed.

    One that was interrupted goes on where it was; `restart` begins anew. Two at the same time share the work.
    """
    mine = BackfillCursor.objects.filter(
        organization=organization, source_table__in=[name for source in sources for name in _steps(source)]
    )
    if restart:
        mine.delete()
    counts: Counts = Counter()
    for source in sources:
        for step, work, rows in zip(_steps(source), (_write_part, _redact_part), (source.table, TABLE), strict=True):
            scope = _Scope(source, rows, organization, part)
            total, done = scope.count(), scope.count(up_to=_place(step, organization))
            progress(source, done, total)
            while size := _one_part(step, scope, work, counts):
                done += size
                progress(source, done, total)
    mine.delete()
    return counts


def preview(
    *,
    sources: Sequence[Source] = SOURCES,
    organization: Organization | None = None,
    progress: Progress = quietly,
    part: int = PART,
    counts: Counts | None = None,
) -> Counts:
    """What a backfill would change; writes nothing. Counted in `counts`, where that is given."""
    counts = Counter() if counts is None else counts
    for source in sources:
        for rows, work in ((source.table, _compare_part), (TABLE, _compare_gone)):
            scope = _Scope(source, rows, organization, part)
            total, done, place = scope.count(), 0, _BEFORE_ALL
            while ids := scope.after(place):
                counts.update(work(source, ids))
                place, done = ids[-1], done + len(ids)
                progress(source, done, total)
    return counts


def glance(*, organization: Organization, seconds: float) -> tuple[Counts, bool]:
    """What `preview` has found after so many seconds, and whether it has seen everything by then."""
    counts: Counts = Counter()
    end = time.monotonic() + seconds

    def hurry(source: Source, done: int, total: int) -> None:
        if time.monotonic() > end:
            raise _Enough

    try:
        return preview(organization=organization, progress=hurry, counts=counts), True
    except _Enough:
        return counts, False


class _Enough(Exception):
    """The time is up."""


class _Scope(NamedTuple):
    """What one step walks through: the rows of a source, or the lines of it that are shown, in the order of row ids."""

    source: Source
    table: str
    organization: Organization | None
    part: int

    def after(self, place: UUID) -> list[UUID]:
        """The ids of the next part."""
        statement = (
            f"SELECT DISTINCT {self._id} {self._of} AND {self._id} > %(place)s ORDER BY {self._id} LIMIT {self.part}"
        )
        return [row[0] for row in _rows(statement, {"place": place, **self._values})]

    def count(self, up_to: UUID | None = None) -> int:
        statement = f"SELECT count(DISTINCT {self._id}) {self._of} AND {self._id} <= %(place)s"
        found: int = _rows(statement, {"place": up_to or _AFTER_ALL, **self._values})[0][0]
        return found

    @property
    def _id(self) -> str:
        return "source_id" if self.table == TABLE else "id"

    @property
    def _of(self) -> str:
        shown = f"source_table = '{self.source.table}' AND source_deleted_at IS NULL" if self.table == TABLE else "true"
        mine = "AND organization_id = %(organization)s" if self.organization else ""
        return f"FROM {self.table} WHERE {shown} {mine}"

    @property
    def _values(self) -> dict[str, Any]:
        return {"organization": self.organization.pk} if self.organization else {}


def _steps(source: Source) -> tuple[str, str]:
    """The names under which it is remembered how far the rows and the lines without rows have come."""
    return source.table, f"{source.table}/gone"


def _place(step: str, organization: Organization | None) -> UUID:
    row = BackfillCursor.objects.filter(organization=organization, source_table=step).first()
    return (row and row.last_id) or _BEFORE_ALL


def _one_part(
    step: str, scope: _Scope, work: Callable[[Source, list[UUID]], Iterator[tuple[Change, int]]], counts: Counts
) -> int:
    """The next part of a step, in a transaction of its own; returns how many rows it was, 0 when there are no more."""
    with transaction.atomic():
        cursor = _held_cursor(step, scope.organization)
        ids = scope.after(cursor.last_id or _BEFORE_ALL)
        changed = list(work(scope.source, ids)) if ids else []
        cursor.last_id = ids[-1] if ids else _AFTER_ALL
        cursor.save(update_fields=["last_id", "updated_at"])
    for change, number in changed:  # only what has been committed
        counts[change] += number
    return len(ids)


def _held_cursor(step: str, organization: Organization | None) -> BackfillCursor:
    """The row that says how far a step has come, locked. Another backfill that ends may take it away under us."""
    held = BackfillCursor.objects.select_for_update().filter(organization=organization, source_table=step)
    while not (found := held.first()):
        new = BackfillCursor(organization=organization, source_table=step)
        BackfillCursor.objects.bulk_create([new], ignore_conflicts=True)
    return found


def _these(source: Source) -> str:
    return f"(SELECT * FROM {source.table} WHERE id = ANY(%(ids)s::uuid[]))"  # noqa: S608


def _write_part(source: Source, ids: list[UUID]) -> Iterator[tuple[Change, int]]:
    rows, values = _these(source), {"ids": ids}
    _rows(f"SELECT count(*) FROM ({locked(f'{source.table} WHERE id = ANY(%(ids)s::uuid[])')}) held", values)  # noqa: S608
    written = f"""
        WITH written AS ({upsert(source, rows)} RETURNING activity_type, xmax = 0 AS is_new)
        SELECT activity_type, is_new, count(*) FROM written GROUP BY 1, 2
    """  # noqa: S608
    for activity_type, is_new, number in _rows(written, values):
        yield Change(activity_type, ADDED if is_new else CHANGED), number
    yield from _redacted(redact(source, "SELECT unnest(%(ids)s::uuid[])", unless=still_said(source, rows)), values)


def _redact_part(source: Source, ids: list[UUID]) -> Iterator[tuple[Change, int]]:
    there = f"EXISTS (SELECT FROM {source.table} row WHERE row.id = entry.source_id)"
    yield from _redacted(redact(source, "SELECT unnest(%(ids)s::uuid[])", unless=there), {"ids": ids})


def _redacted(statement: str, values: dict[str, Any]) -> Iterator[tuple[Change, int]]:
    counted = f"""
        WITH redacted AS ({statement} RETURNING activity_type)
        SELECT activity_type, count(*) FROM redacted GROUP BY 1
    """  # noqa: S608
    for activity_type, number in _rows(counted, values):
        yield Change(activity_type, REDACTED), number


def _compare_part(source: Source, ids: list[UUID]) -> Counts:
    rows, values = _these(source), {"ids": ids}
    wrong = f"SELECT activity_type, is_new, count(*) FROM ({unsaid_or_wrong(source, rows)}) wrong GROUP BY 1, 2"  # noqa: S608
    counts: Counts = Counter()
    for activity_type, is_new, number in _rows(wrong, values):
        counts[Change(activity_type, ADDED if is_new else CHANGED)] += number
    return counts + _counted(no_longer_said(source, rows), values)


def _compare_gone(source: Source, ids: list[UUID]) -> Counts:
    return _counted(row_is_gone(source, "entry.source_id = ANY(%(ids)s::uuid[])"), {"ids": ids})


def _counted(lines: str, values: dict[str, Any]) -> Counts:
    found = _rows(f"SELECT activity_type, count(*) FROM ({lines}) unsaid GROUP BY 1", values)  # noqa: S608
    return Counter({Change(activity_type, REDACTED): number for activity_type, number in found})


def _rows(statement: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
