"""When an answer is due: working days, whatever the clocks do."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.local_time import local_date
from timeline.calendars import PublicHolidays, countries
from timeline.rules import (
    Level,
    Promise,
    due_at,
    due_on,
    is_working_day,
    level,
    may_tell,
    next_morning,
    waiting_before,
    working_day_after,
)

OSLO = "Europe/Oslo"
NONE: frozenset[date] = frozenset()
NORWAY = PublicHolidays("NO")

ZONES = st.sampled_from([OSLO, "America/New_York", "Pacific/Apia", "America/Havana", "Asia/Kathmandu", "UTC"])
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=13 * 365)).map(lambda passed: FIRST + passed)
DAYS = st.integers(1, 20)
HOLIDAYS = st.frozensets(st.dates(date(2019, 12, 1), date(2033, 3, 1)), max_size=60)


def oslo(*clock: int) -> datetime:
    return datetime(*clock, tzinfo=ZoneInfo(OSLO)).astimezone(UTC)


class TestDue:
    def test_three_working_days_begin_the_day_after(self):
        assert due_on(oslo(2026, 3, 9, 14), 3, OSLO, NORWAY) == date(2026, 3, 12)  # Monday, Thursday
        assert due_at(oslo(2026, 3, 9, 14), 3, OSLO, NORWAY) == oslo(2026, 3, 13)

    def test_what_is_written_on_friday_evening_is_not_due_on_a_weekend(self):
        assert due_on(oslo(2026, 3, 13, 22), 1, OSLO, NORWAY) == date(2026, 3, 16)

    def test_easter_is_skipped(self):
        # Wednesday before Maundy Thursday; Easter Monday is the 6th.
        assert due_on(oslo(2026, 4, 1, 9), 1, OSLO, NORWAY) == date(2026, 4, 7)

    def test_christmas_and_new_year_are_skipped(self):
        assert due_on(oslo(2026, 12, 23, 9), 6, OSLO, NORWAY) == date(2027, 1, 4)

    def test_the_day_is_the_associations(self):
        late = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)  # Tuesday in Oslo already
        assert due_on(late, 1, OSLO, NORWAY) == date(2026, 3, 11)
        assert due_on(late, 1, "UTC", NORWAY) == date(2026, 3, 10)

    def test_the_nights_in_which_the_clocks_change_are_as_long_as_they_are(self):
        assert due_at(oslo(2026, 3, 27, 9), 1, OSLO, NORWAY) == datetime(2026, 3, 30, 22, tzinfo=UTC)
        assert due_at(oslo(2026, 10, 23, 9), 1, OSLO, NORWAY) == datetime(2026, 10, 26, 23, tzinfo=UTC)

    @given(MOMENTS, DAYS, ZONES, HOLIDAYS)
    def test_it_is_a_working_day_with_as_many_before_it_as_were_promised(self, since, days, zone, holidays):
        due = due_on(since, days, zone, holidays)
        written_on = local_date(since, zone)
        between = [written_on + timedelta(days=n + 1) for n in range((due - written_on).days)]
        assert is_working_day(due, holidays)
        assert sum(is_working_day(day, holidays) for day in between) == days

    @given(MOMENTS, MOMENTS, DAYS, ZONES, HOLIDAYS)
    def test_who_waits_longer_is_due_no_later(self, one, other, days, zone, holidays):
        earlier, later = sorted([one, other])
        assert due_at(earlier, days, zone, holidays) <= due_at(later, days, zone, holidays)

    @given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=60)), DAYS, ZONES, HOLIDAYS)
    def test_the_limit_that_an_index_looks_for_says_the_same(self, since, waited, days, zone, holidays):
        at = since + waited
        is_late = due_at(since, days, zone, holidays) <= at
        assert (since < waiting_before(at, days, zone, holidays)) == is_late

    @given(MOMENTS, DAYS, ZONES, HOLIDAYS)
    def test_the_limit_is_exact_at_the_moment_itself(self, since, days, zone, holidays):
        due = due_at(since, days, zone, holidays)
        assert since < waiting_before(due, days, zone, holidays)
        assert since >= waiting_before(due - timedelta(microseconds=1), days, zone, holidays)

    @given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), DAYS, HOLIDAYS)
    def test_there_and_back_again(self, day, count, holidays):
        later = working_day_after(day, count, holidays)
        back = working_day_after(later, -count, holidays)
        assert back <= day < working_day_after(back, 1, holidays)


class TestLevel:
    PROMISE = Promise(OSLO, NORWAY, answer_within_days=3, escalate_after_days=2)
    SINCE = oslo(2026, 3, 9, 14)  # Monday

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (oslo(2026, 3, 9, 14), Level.WAITING),
            (oslo(2026, 3, 12, 23, 59), Level.WAITING),
            (oslo(2026, 3, 13), Level.OVERDUE),
            (oslo(2026, 3, 16, 23, 59), Level.OVERDUE),
            (oslo(2026, 3, 17), Level.ESCALATED),
            (oslo(2030, 1, 1), Level.ESCALATED),
        ],
    )
    def test_goes_up_with_the_working_days(self, at, expected):
        assert level(self.SINCE, at, self.PROMISE) == expected

    @given(MOMENTS, MOMENTS, MOMENTS, DAYS, DAYS, ZONES, HOLIDAYS)
    def test_never_goes_down(self, since, one, other, within, after, zone, holidays):
        promise = Promise(zone, holidays, within, after)
        order = list(Level)
        first, second = (order.index(level(since, at, promise)) for at in sorted([one, other]))
        assert first <= second


class TestTelling:
    @pytest.mark.parametrize(
        ("at", "allowed"),
        [
            (oslo(2026, 3, 9, 7, 59), False),
            (oslo(2026, 3, 9, 8), True),
            (oslo(2026, 3, 9, 19, 59), True),
            (oslo(2026, 3, 9, 20), False),
            (oslo(2026, 3, 9, 0), False),
            (oslo(2026, 3, 8, 12), False),  # Sunday
            (oslo(2026, 5, 1, 12), False),  # Labour Day, a Friday
        ],
    )
    def test_is_by_day_on_working_days(self, at, allowed):
        assert may_tell(at, OSLO, NORWAY) is allowed

    @pytest.mark.parametrize(
        ("at", "morning"),
        [
            (oslo(2026, 3, 9, 7), oslo(2026, 3, 9, 8)),
            (oslo(2026, 3, 9, 8), oslo(2026, 3, 10, 8)),
            (oslo(2026, 3, 13, 9), oslo(2026, 3, 16, 8)),
            (oslo(2026, 4, 30, 21), oslo(2026, 5, 4, 8)),
        ],
    )
    def test_the_next_morning_is_a_working_day(self, at, morning):
        assert next_morning(at, OSLO, NORWAY) == morning

    @given(MOMENTS, ZONES, HOLIDAYS)
    def test_the_next_morning_lies_ahead_and_is_a_time_to_tell(self, at, zone, holidays):
        morning = next_morning(at, zone, holidays)
        assert morning > at
        assert may_tell(morning, zone, holidays)


class TestHolidays:
    def test_are_those_of_the_country(self):
        assert date(2026, 5, 17) in NORWAY
        assert date(2026, 5, 17) not in PublicHolidays("DK")
        assert date(2026, 12, 24) not in NORWAY

    def test_are_known_of_norway_and_its_neighbours(self):
        assert {"NO", "SE", "DK", "FI", "IS"} <= countries()
        assert "XX" not in countries()
