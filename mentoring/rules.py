"""The mathematics of following up: plain values in and out, no database, no clock, no language.

`mentoring.evaluation` holds the same rule as one SQL statement for thousands of assignments; a property test holds
the two against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

#: A phone's clock may be this many minutes fast before an activity counts as "in the future".
CLOCK_TOLERANCE_MINUTES = 5


@dataclass(frozen=True)
class Thresholds:
    """Days without contact after which the mentor is reminded, and after which the coordinator is told."""

    reminder: int
    escalation: int


DEFAULT = Thresholds(reminder=10, escalation=20)


class Silence(StrEnum):
    """Why nothing is sent about an assignment today."""

    CLOSED = "closed"
    SNOOZED = "snoozed"
    IN_TOUCH = "in_touch"
    REMINDED_LATELY = "reminded_lately"


@dataclass(frozen=True)
class Facts:
    """What the rule knows of one assignment; days are local days of the organisation."""

    started_on: date
    last_contact_on: date | None = None
    last_reminded_on: date | None = None
    last_escalated_on: date | None = None
    snoozed_until: date | None = None
    is_open: bool = True
    mentor_is_active: bool = True


@dataclass(frozen=True)
class Evaluation:
    """What the rule says about one assignment today, with all that a sentence about it needs."""

    facts: Facts
    thresholds: Thresholds
    today: date
    days: int
    reminder_due: bool
    escalation_due: bool
    silence: Silence | None

    @property
    def days_since_contact(self) -> int | None:
        """Whole local days since the last contact; None when there has been none."""
        return None if self.facts.last_contact_on is None else self.days

    @property
    def is_overdue(self) -> bool:
        """Open and without contact for as long as the reminder waits, whether or not one has gone out."""
        return self.facts.is_open and self.days >= self.thresholds.reminder

    @property
    def recommendation(self) -> str:
        if self.escalation_due:
            return "dispatch_escalation"
        return "dispatch_reminder" if self.reminder_due else "none"


def evaluate(facts: Facts, thresholds: Thresholds, today: date) -> Evaluation:
    """Decide what is due for one assignment on the local day `today`.

    Without a contact yet, the clock starts on the first day of the assignment. Boundary days are included. A mentor
    who is not active is not reminded; the coordinator is told instead, as soon as the mentor would have been.
    """
    days = max(0, (today - (facts.last_contact_on or facts.started_on)).days)
    escalate_after = thresholds.escalation if facts.mentor_is_active else thresholds.reminder
    reaches_reminder = facts.mentor_is_active and days >= thresholds.reminder
    reaches_escalation = days >= escalate_after
    awake = facts.is_open and not is_snoozed(facts, today)
    reminder_due = awake and reaches_reminder and may_repeat(facts.last_reminded_on, thresholds, today)
    escalation_due = awake and reaches_escalation and may_repeat(facts.last_escalated_on, thresholds, today)
    silence = None
    if not facts.is_open:
        silence = Silence.CLOSED
    elif not awake:
        silence = Silence.SNOOZED
    elif not (reaches_reminder or reaches_escalation):
        silence = Silence.IN_TOUCH
    elif not (reminder_due or escalation_due):
        silence = Silence.REMINDED_LATELY
    return Evaluation(facts, thresholds, today, days, reminder_due, escalation_due, silence)


def is_snoozed(facts: Facts, today: date) -> bool:
    """Snoozed up to, and not including, `snoozed_until`."""
    return facts.snoozed_until is not None and today < facts.snoozed_until


def may_repeat(last_on: date | None, thresholds: Thresholds, today: date) -> bool:
    """The same kind again not within (reminder days − 1) days, and never twice on a day."""
    return last_on is None or (today - last_on).days >= max(1, thresholds.reminder - 1)
