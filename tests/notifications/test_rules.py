from datetime import timedelta

import pytest

from notifications import rules


def test_the_first_attempt_is_followed_after_five_minutes_the_second_after_an_hour_the_third_by_nothing():
    assert [rules.back_off(attempts) for attempts in (1, 2, 3, 4)] == [
        timedelta(minutes=5),
        timedelta(hours=1),
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("failures", "minutes"), [(5, 1), (6, 2), (7, 4), (8, 8), (9, 15), (10, 15), (1000, 15), (10**9, 15)]
)
def test_a_channel_closes_for_longer_each_time_and_never_for_more_than_a_quarter_of_an_hour(failures, minutes):
    assert rules.closure(failures) == timedelta(minutes=minutes)


@pytest.mark.parametrize("failures", [0, 1, 4])
def test_fewer_than_five_failures_close_nothing(failures):
    assert rules.closure(failures) is None
