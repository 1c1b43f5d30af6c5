"""Duties and invariants: what must be done by when, and what must always be true. Each app declares its own.

An app writes them in `<app>/invariants.py`; the file is found by itself. Both are SQL, so that they look at what is
stored and not at what the code believes. They give ids and counts, never personal data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.module_loading import autodiscover_modules

#: How many offending ids are shown.
SAMPLE = 5


@dataclass(frozen=True)
class Invariant:
    """Something that must always be true.

    `sql` selects `id` of the rows for which it is not; `%(at)s` is the moment of the check.
    """

    name: str
    sentence: str
    sql: str


@dataclass(frozen=True)
class Duty:
    """Work that waits in rows.

    `sql` selects `id` and `due_at` of the rows that nobody is doing although they are due at `%(at)s`. Longer than
    `patience` (two sweeps) must none of them wait; that is an invariant too.
    """

    name: str
    sentence: str
    sql: str
    patience: timedelta


@dataclass(frozen=True)
class Finding:
    """What a check found: how many rows break the promise, and some of their ids."""

    invariant: Invariant
    count: int
    sample: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return self.count == 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.invariant.name,
            "sentence": self.invariant.sentence,
            "count": self.count,
            "sample": list(self.sample),
        }


_invariants: dict[str, Invariant] = {}
_duties: dict[str, Duty] = {}


def invariant(name: str, sentence: str, sql: str) -> None:
    """Declare an invariant under a name that is used once."""
    _declare(_invariants, Invariant(name, sentence, sql))


def duty(name: str, sentence: str, sql: str, *, patience: timedelta) -> None:
    """Declare a duty under a name that is used once."""
    _declare(_duties, Duty(name, sentence, sql, patience))


def _declare(declared: dict[str, Any], one: Any) -> None:
    if declared.setdefault(one.name, one) != one:
        raise ValueError(f"{one.name!r} is declared twice.")


def invariants() -> list[Invariant]:
    """All of them, in the order of their names; every duty is one."""
    autodiscover_modules("invariants")
    overdue = [
        Invariant(
            f"{duty.name}_in_time",
            duty.sentence,
            f"SELECT id FROM ({duty.sql}) duty WHERE due_at < %(at)s - interval '{duty.patience.total_seconds()} s'",  # noqa: S608 declared in our own files
        )
        for duty in _duties.values()
    ]
    return sorted([*_invariants.values(), *overdue], key=lambda one: one.name)


def check(*, at: datetime) -> list[Finding]:
    """Check every invariant, all against one picture of the database."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            if not _inside_another_transaction():
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = '10min'")
        found = [_check(one, at) for one in invariants()]
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
    return found


def _inside_another_transaction() -> bool:
    return len(connection.savepoint_ids) > 0 or len(connection.atomic_blocks) > 1


def _check(one: Invariant, at: datetime) -> Finding:
    statement = f"SELECT count(*), (array_agg(id::text))[1:{SAMPLE}] FROM ({one.sql}) offending"  # noqa: S608 declared in our own files
    with connection.cursor() as cursor:
        cursor.execute(statement, {"at": at})
        count, sample = cursor.fetchone()
    return Finding(one, count, tuple(sample or ()))


def oldest_due(*, at: datetime) -> datetime | None:
    """Since when the longest waiting duty has been due; None when nothing is."""
    autodiscover_modules("invariants")
    moments = []
    for one in _duties.values():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT min(due_at) FROM ({one.sql}) duty", {"at": at})  # noqa: S608 declared in our own files
            moments.append(cursor.fetchone()[0])
    return min((moment for moment in moments if moment is not None), default=None)
