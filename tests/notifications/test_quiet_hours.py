"""Quiet hours hold delivery; what is held goes out when they end, in the recipient's own zone."""

from datetime import UTC, datetime, time, timedelta

import pytest

from notifications.channels.memory import MemoryChannel
from notifications.enums import Channel as Name
from notifications.enums import State
from notifications.models import Notification
from tests.factories import OrganizationFactory
from tests.notifications.conftest import run


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def held_until(tell, at: datetime, kind: str = "greeting", **kwargs) -> datetime | None:
    """When a row that is due at `at` goes out; None when at once."""
    organization = OrganizationFactory(**kwargs.pop("of", {}))
    row = tell(kind, at=at, organization=organization, **kwargs)
    run(at=at, channels=[MemoryChannel(Name.EMAIL), MemoryChannel(Name.IN_APP)])
    row.refresh_from_db()
    if row.state == State.SENT:
        return None
    assert (row.state, row.attempts, row.failure_reason) == (State.PENDING, 0, "quiet_hours")
    return row.not_before


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-03-11T20:59:59+01:00", None),
        ("2026-03-11T21:00:00+01:00", "2026-03-12T08:00:00+01:00"),
        ("2026-03-11T23:59:59+01:00", "2026-03-12T08:00:00+01:00"),
        ("2026-03-12T00:00:00+01:00", "2026-03-12T08:00:00+01:00"),
        ("2026-03-12T07:59:59+01:00", "2026-03-12T08:00:00+01:00"),
        ("2026-03-12T08:00:00+01:00", None),
        # The night that the clocks go forward, and the one that they go back.
        ("2026-03-28T22:00:00+01:00", "2026-03-29T08:00:00+02:00"),
        ("2026-10-24T22:00:00+02:00", "2026-10-25T08:00:00+01:00"),
    ],
)
def test_quiet_hours_from_nine_to_eight_span_midnight(tell, at, until):
    assert held_until(tell, moment(at)) == (moment(until) if until else None)


def test_quiet_hours_within_a_day_hold_only_there(tell):
    noon_rest = {"quiet_from": time(12), "quiet_to": time(13)}
    assert held_until(tell, moment("2026-03-11T11:59:00+01:00"), of=noon_rest) is None
    assert held_until(tell, moment("2026-03-11T12:30:00+01:00"), of=noon_rest) == moment("2026-03-11T13:00+01:00")


def test_an_organisation_without_quiet_hours_is_told_at_night(tell):
    assert held_until(tell, moment("2026-03-12T02:00+01:00"), of={"quiet_from": None, "quiet_to": None}) is None


def test_quiet_hours_are_those_of_the_recipients_own_zone(tell):
    at = moment("2026-03-11T12:00:00+01:00")  # 22:00 in Sydney
    assert held_until(tell, at, time_zone="Australia/Sydney") == moment("2026-03-12T08:00:00+11:00")
    assert held_until(tell, at) is None


@pytest.mark.parametrize("kind", ["urgent", "quiet"])
def test_what_is_urgent_and_what_disturbs_nobody_is_not_held(tell, kind):
    assert held_until(tell, moment("2026-03-12T02:00:00+01:00"), kind) is None


def test_held_rows_go_out_when_the_quiet_hours_end_with_all_their_attempts(tell):
    night, morning = moment("2026-03-12T02:00:00+01:00"), moment("2026-03-12T08:00:00+01:00")
    held_until(tell, night)
    channel = MemoryChannel(Name.EMAIL)
    run(at=morning - timedelta(seconds=1), channels=[channel])
    assert channel.sent == []
    run(at=morning, channels=[channel])
    assert [delivery.attempts for delivery in channel.sent] == [1]


@pytest.mark.parametrize("at", ["2026-10-25T02:10:00+02:00", "2026-10-25T02:10:00+01:00"])
def test_quiet_hours_that_end_in_the_hour_that_comes_twice_end_once_and_hold_nothing_for_ever(tell, at):
    until = held_until(tell, moment(at), of={"quiet_from": time(21), "quiet_to": time(2, 30)})
    assert until in (None, moment("2026-10-25T02:30:00+02:00"), moment("2026-10-25T02:30:00+01:00"))
    assert not Notification.objects.due(moment(at)).exists()


def test_quiet_hours_that_end_in_the_hour_that_is_left_out_end(tell):
    at = moment("2026-03-29T01:30:00+01:00")
    until = held_until(tell, at, of={"quiet_from": time(21), "quiet_to": time(2, 30)})
    assert until == moment("2026-03-29T03:30:00+02:00")
