"""The mathematics of streaks: runs of days, ISO weeks or months, in each of which something was done.

Pure: local dates in, numbers out. `achievements.figures` says the same in SQL, for thousands of mentors at once; a
property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

Unit = Literal["day", "week", "month"]

UNITS: tuple[Unit, ...] = ("day", "week", "month")


@dataclass(frozen=True)
class Streak:
    """Lengths in units: the longest run, and the one that ends with the last thing done. Both 0 when nothing was."""

    longest: int
    latest: int


def _week(day: date) -> int:
    """1 January of the year 1 was a Monday, so whole weeks since then are ISO weeks, over New Year too."""
    return (day.toordinal() - 1) // 7


def _month(day: date) -> int:
    return day.year * 12 + day.month


_NUMBER: dict[Unit, Callable[[date], int]] = {"day": date.toordinal, "week": _week, "month": _month}


def number_of(day: date, unit: Unit) -> int:
    """Which day, week or month a date lies in, counted so that the next one is one more."""
    return _NUMBER[unit](day)


def streak(days: Iterable[date], unit: Unit) -> Streak:
    """The streaks of these dates, in any order and however often each comes up."""
    longest = latest = before = 0
    for number in sorted({number_of(day, unit) for day in days}):
        latest = latest + 1 if number == before + 1 else 1
        longest, before = max(longest, latest), number
    return Streak(longest, latest)


def current(latest: int, last_on: date | None, today: date, unit: Unit) -> int:
    """How long the streak is on the local day `today`, given the run that ends on `last_on`.

    It does not end before the day (the week, the month) is over: what was done yesterday still counts today.
    """
    if last_on is None or number_of(today, unit) - number_of(last_on, unit) > 1:
        return 0
    return latest
