"""What learners are owed: by when an answer is due, in the working days of their association. Plain values in and out.

An answer is in time until the end of the n-th working day after the day on which the question was written. Weekends and
public holidays count for nothing, so nothing is due on one of them, and nobody is reminded then or at night.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from accounts.local_time import local_date, moment_at, start_of_day

#: What an association promises that has not said anything else, in working days.
ANSWER_WITHIN_DAYS = 3
ESCALATE_AFTER_DAYS = 2
#: More than this is no promise.
MOST_DAYS = 60

#: The local hours between which people are told that something waits; what was missed is told the next working morning.
MORNING, EVENING = time(8), time(20)

#: How long a claim keeps others from answering. It lapses by itself: nobody has to remember to let go.
CLAIM_LASTS = timedelta(hours=1)

_SATURDAY = 5
_DAY = timedelta(days=1)


class Level(StrEnum):
    """How long somebody has waited."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class Promise:
    """What an association promises its learners: how soon, by which clock and which calendar."""

    zone: str
    holidays: Container[date]
    answer_within_days: int = ANSWER_WITHIN_DAYS
    escalate_after_days: int = ESCALATE_AFTER_DAYS

    @property
    def escalates_within_days(self) -> int:
        return self.answer_within_days + self.escalate_after_days


def is_working_day(day: date, holidays: Container[date]) -> bool:
    return day.weekday() < _SATURDAY and day not in holidays


def working_day_after(day: date, count: int, holidays: Container[date]) -> date:
    """The `count`-th working day after `day` (before it, when `count` is negative). At least one either way."""
    step = _DAY if count > 0 else -_DAY
    for __ in range(abs(count)):
        day += step
        while not is_working_day(day, holidays):
            day += step
    return day


def due_on(waiting_since: datetime, days: int, zone: str, holidays: Container[date]) -> date:
    """The last day on which an answer is in time."""
    return working_day_after(local_date(waiting_since, zone), days, holidays)


def due_at(waiting_since: datetime, days: int, zone: str, holidays: Container[date]) -> datetime:
    """The moment (UTC) from which an answer is late: the end of the `days`-th working day after the question."""
    return start_of_day(due_on(waiting_since, days, zone, holidays) + _DAY, zone)


def waiting_before(at: datetime, days: int, zone: str, holidays: Container[date]) -> datetime:
    """What has waited since before this moment (UTC) is late at `at`, and nothing else is.

    `due_at` turned round, so that an index finds what is late.
    """
    return start_of_day(working_day_after(local_date(at, zone), -days, holidays), zone)


def level(waiting_since: datetime, at: datetime, promise: Promise) -> Level:
    """Where somebody stands at `at` who has waited since `waiting_since`."""
    zone, holidays = promise.zone, promise.holidays
    if at < due_at(waiting_since, promise.answer_within_days, zone, holidays):
        return Level.WAITING
    if at < due_at(waiting_since, promise.escalates_within_days, zone, holidays):
        return Level.OVERDUE
    return Level.ESCALATED


def may_tell(at: datetime, zone: str, holidays: Container[date]) -> bool:
    """Is this a moment to tell somebody: by day, on a working day?"""
    local = at.astimezone(ZoneInfo(zone))
    return is_working_day(local.date(), holidays) and MORNING <= local.time() < EVENING


def next_morning(at: datetime, zone: str, holidays: Container[date]) -> datetime:
    """The beginning (UTC) of the first working morning after `at`."""
    today = local_date(at, zone)
    this_morning = moment_at(today, MORNING, zone)
    if is_working_day(today, holidays) and at < this_morning:
        return this_morning
    return moment_at(working_day_after(today, 1, holidays), MORNING, zone)
