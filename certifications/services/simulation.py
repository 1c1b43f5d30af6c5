"""The dry run: what would happen on a day. The real verbs do it, and everything is rolled back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from accounts.local_time import moment_at, start_of_day
from accounts.models import MentorProfile, Organization
from certifications.models import ExpirySweep, RenewalReminder
from certifications.services import clockwork
from certifications.services.settings import reminder_hour_of
from notifications.models import Notification


@dataclass(frozen=True)
class Simulation:
    """What would happen on `on`: who is told what, who is paused, who is back.

    `messages` are notifications with their `recipient` and `reminder` (with certificate, type and mentor); they are
    not in the database any more.
    """

    on: date
    messages: Sequence[Any]
    paused: Sequence[MentorProfile]
    returned: Sequence[MentorProfile]


class _RolledBack(Exception):
    """Ends the transaction of a dry run."""


def simulate(*, organization: Organization, on: date) -> Simulation:
    """What the clockwork would do for an organisation on the local day `on`, if nobody did anything until then.

    Nothing is kept and nothing is sent. Mentors somebody is working on this moment are left out, as they would be.
    """
    found: list[Simulation] = []
    try:
        with transaction.atomic():
            _let_pass(organization, on)
            found.append(_day(organization, on))
            raise _RolledBack
    except _RolledBack:
        return found[0]


def _let_pass(organization: Organization, on: date) -> None:
    """Do what will have been done before the day begins: the sweep of its eve, unless that is over, and the rest."""
    zone, eve = organization.time_zone, on - timedelta(days=1)
    if not ExpirySweep.objects.filter(organization=organization, swept_on__gte=eve).exists():
        clockwork.sweep(organization=organization, at=moment_at(eve, time(reminder_hour_of(organization.pk)), zone))
    _process(organization, start_of_day(on, zone))


def _day(organization: Organization, on: date) -> Simulation:
    zone, hour = organization.time_zone, reminder_hour_of(organization.pk)
    statuses = _statuses(organization)
    written = set(Notification.objects.filter(organization=organization).values_list("pk", flat=True))
    clockwork.sweep(organization=organization, at=moment_at(on, time(hour), zone))
    _process(organization, start_of_day(on + timedelta(days=1), zone) - timedelta(seconds=1))
    after = _statuses(organization)
    changed = [key for key, status in after.items() if statuses.get(key) != status]
    mentors = MentorProfile.objects.filter(pk__in=changed).select_related("user").order_by("user__last_name", "pk")
    return Simulation(
        on,
        _messages(organization, written),
        [mentor for mentor in mentors if mentor.status == "paused"],
        [mentor for mentor in mentors if mentor.status == "active"],
    )


def _process(organization: Organization, at: datetime) -> None:
    while clockwork.process_batch([organization.pk], at=at):
        pass


def _statuses(organization: Organization) -> dict[Any, str]:
    return dict(MentorProfile.objects.filter(organization=organization).values_list("pk", "status"))


def _messages(organization: Organization, before: set[Any]) -> list[Any]:
    rows = Notification.objects.filter(organization=organization).exclude(pk__in=before)
    messages = list(rows.select_related("recipient").order_by("kind", "recipient__last_name", "pk"))
    reminders = RenewalReminder.objects.with_people().in_bulk([message.subject_id for message in messages])
    for message in messages:
        message.reminder = reminders.get(message.subject_id)
    return messages
