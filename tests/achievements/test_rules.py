"""Streaks, against an oracle that walks the calendar one unit at a time."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from achievements import rules

DAYS = st.lists(st.dates(date(2019, 12, 1), date(2021, 2, 28)), max_size=25)
DENSE = st.lists(st.integers(0, 20).map(lambda n: date(2020, 12, 20) + timedelta(days=n)), max_size=25)


def label(day, unit):
    """What a calendar on the wall calls it."""
    return {"day": day, "week": day.isocalendar()[:2], "month": (day.year, day.month)}[unit]


def runs(days, unit):
    """The lengths of all runs, in the order of time, by looking at every day of the whole stretch."""
    if not days:
        return []
    active, found = {label(day, unit) for day in days}, []
    day, last, seen = min(days) - timedelta(days=31), max(days), None
    while day <= last or label(day, unit) == label(last, unit):
        name = label(day, unit)
        if name != seen:
            found.append(name in active)
            seen = name
        day += timedelta(days=1)
    text = "".join("x" if each else " " for each in found)
    return [len(run) for run in text.split()]


@given(days=DAYS | DENSE, unit=st.sampled_from(rules.UNITS))
def test_streaks_are_those_that_a_calendar_on_the_wall_shows(days, unit):
    lengths = runs(days, unit)
    expected = rules.Streak(max(lengths), lengths[-1]) if lengths else rules.Streak(0, 0)
    assert rules.streak(days, unit) == expected


@given(days=DAYS.filter(bool), unit=st.sampled_from(rules.UNITS), later=st.integers(0, 100))
def test_a_streak_goes_on_until_the_unit_after_its_last_one_is_over(days, unit, later):
    today = max(days) + timedelta(days=later)
    latest = rules.streak(days, unit).latest
    passed, day = {label(today, unit)}, max(days)
    while day < today:
        passed.add(label(day, unit))
        day += timedelta(days=1)
    assert rules.current(latest, max(days), today, unit) == (latest if len(passed) <= 2 else 0)


def test_nobody_who_has_done_nothing_has_a_streak():
    assert rules.current(0, None, date(2026, 3, 11), "day") == 0


def test_an_activity_that_is_dated_a_little_ahead_is_current():
    assert rules.current(3, date(2026, 3, 12), date(2026, 3, 11), "day") == 3


@pytest.mark.parametrize(
    ("first", "second", "unit"),
    [
        (date(2025, 12, 31), date(2026, 1, 1), "day"),
        (date(2024, 2, 28), date(2024, 2, 29), "day"),
        (date(2025, 12, 28), date(2025, 12, 29), "week"),  # the last day of week 52, the first of week 1
        (date(2026, 12, 31), date(2027, 1, 4), "week"),  # from week 53 to week 1
        (date(2025, 12, 1), date(2026, 1, 31), "month"),
    ],
)
def test_new_year_and_leap_days_break_no_streak(first, second, unit):
    assert rules.streak([first, second], unit) == rules.Streak(2, 2)


def test_a_week_that_spans_new_year_is_one_week():
    assert rules.streak([date(2025, 12, 29), date(2026, 1, 4)], "week") == rules.Streak(1, 1)
