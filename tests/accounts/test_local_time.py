"""Local days, both nights on which the clock is moved, and quiet hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.local_time import local_date, moment_at, quiet_until, start_of_day

OSLO = "Europe/Oslo"
ZONES = st.sampled_from([OSLO, "UTC", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"])
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 bounds are naive by hypothesis' contract
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))


@given(DAYS, ZONES)
def test_a_day_begins_on_itself_and_the_moment_before_is_another_day(day, zone):
    start = start_of_day(day, zone)
    assert local_date(start, zone) == day
    assert local_date(start - timedelta(microseconds=1), zone) < day


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_the_nights_of_the_clock_change_make_days_of_23_and_25_hours(day, hours):
    assert start_of_day(day + timedelta(days=1), OSLO) - start_of_day(day, OSLO) == timedelta(hours=hours)


def test_an_hour_that_does_not_exist_is_moved_forward():
    assert moment_at(date(2026, 3, 29), time(2, 30), OSLO) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert moment_at(date(2026, 3, 29), time(2, 30), OSLO).astimezone(ZoneInfo(OSLO)).time() == time(3, 30)


def test_an_hour_that_comes_twice_means_the_first():
    assert moment_at(date(2026, 10, 25), time(2, 30), OSLO) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(MOMENTS, ZONES, CLOCKS, CLOCKS)
def test_quiet_hours_end_later_and_at_a_moment_that_is_not_quiet(moment, zone, quiet_from, quiet_to):
    end = quiet_until(moment, zone, quiet_from, quiet_to)
    if end is not None:
        assert moment < end <= moment + timedelta(hours=49)
        assert quiet_until(end, zone, quiet_from, quiet_to) is None


@given(MOMENTS, ZONES, CLOCKS)
def test_equal_or_missing_ends_mean_that_there_are_no_quiet_hours(moment, zone, clock):
    assert quiet_until(moment, zone, clock, clock) is None
    assert quiet_until(moment, zone, None, clock) is None
    assert quiet_until(moment, zone, clock, None) is None


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2026-03-28T20:00:00+00:00", "2026-03-29T06:00:00+00:00"),  # 21:00 the evening before: until 08:00 summer time
        ("2026-03-29T05:59:59+00:00", "2026-03-29T06:00:00+00:00"),
        ("2026-03-29T06:00:00+00:00", None),
        ("2026-10-24T19:00:00+00:00", "2026-10-25T07:00:00+00:00"),  # 21:00 summer time: until 08:00 winter time
        ("2026-10-24T18:59:59+00:00", None),
    ],
)
def test_quiet_hours_over_the_nights_of_the_clock_change(moment, end):
    found = quiet_until(datetime.fromisoformat(moment), OSLO, time(21), time(8))
    assert found == (datetime.fromisoformat(end) if end else None)
