"""The mathematics of certificates: when a series of reminders fires, and what is due. Plain values in and out."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from accounts.local_time import moment_at, start_of_day
from certifications.enums import EXPIRY_TYPES, ReminderType

#: Days before the expiry on which an association may remind, with the type that says so.
OFFSETS: dict[int, ReminderType] = {
    90: ReminderType.DAYS_90,
    60: ReminderType.DAYS_60,
    30: ReminderType.DAYS_30,
    14: ReminderType.DAYS_14,
    7: ReminderType.DAYS_7,
    1: ReminderType.DAYS_1,
}

#: The reminder at which the coordinators are told as well.
COORDINATOR_TYPE = ReminderType.DAYS_30

#: Hours at which reminders may go out: never while the clocks are put forward or back.
EARLIEST_HOUR, LATEST_HOUR = 6, 20


@dataclass(frozen=True, slots=True)
class Slot:
    """One reminder of a series: its type and the moment (UTC) at which it comes due."""

    reminder_type: ReminderType
    scheduled_at: datetime


def expiry_moment(expires_on: date, zone: str) -> datetime:
    """When a certificate with this expiry date stops being valid (UTC): as the day begins, local time."""
    return start_of_day(expires_on, zone)


def series(expires_on: date, zone: str, hour: int, offsets: Iterable[int] = OFFSETS) -> list[Slot]:
    """The reminders of a certificate: on so many days before the expiry date, and on it, at the local `hour`."""
    clock = time(hour)
    slots = [
        Slot(OFFSETS[days], moment_at(expires_on - timedelta(days=days), clock, zone))
        for days in sorted(offsets, reverse=True)
    ]
    return [*slots, Slot(ReminderType.ON_EXPIRY, moment_at(expires_on, clock, zone))]


def pause_moment(expires_on: date, grace_days: int, zone: str, hour: int) -> datetime:
    """From when on a lapse pauses its mentor (UTC): the expiry date and the days of grace, at the local `hour`."""
    return moment_at(expires_on + timedelta(days=grace_days), time(hour), zone)


def expiry_date(issued_on: date, validity_months: int | None) -> date | None:
    """The expiry date of a certificate that is valid for so many months; None for life.

    Months end where they end: issued on 31 August for six months, it expires on the last day of February.
    """
    if validity_months is None:
        return None
    months = issued_on.month - 1 + validity_months
    year, month = issued_on.year + months // 12, months % 12 + 1
    return date(year, month, min(issued_on.day, monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the due reminders of one certificate.

    `speaks` is the one whose message goes out; `overtaken` are the others. `tells_coordinator` is the one for which
    the coordinators are told, whether or not it speaks itself.
    """

    speaks: Slot | None
    overtaken: Sequence[Slot]
    tells_coordinator: Slot | None


def decide(due: Iterable[Slot]) -> Decision:
    """Only the most urgent of what is due speaks, so that a gap of the clock brings no burst.

    The notice of expiry outranks everything before it. `certifications.due` says the same in SQL.
    """
    ordered = sorted(due, key=lambda slot: (slot.scheduled_at, slot.reminder_type in EXPIRY_TYPES))
    told = next((slot for slot in ordered if slot.reminder_type == COORDINATOR_TYPE), None)
    return Decision(ordered[-1] if ordered else None, ordered[:-1], told)
