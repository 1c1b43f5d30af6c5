"""When the nightly check is due."""

from datetime import UTC, date, datetime

import pytest

from operations.rules import is_check_due


@pytest.mark.parametrize(
    ("local", "last_on", "due"),
    [
        (datetime(2026, 3, 11, 12, tzinfo=UTC), None, True),
        (datetime(2026, 3, 11, 2, 59, tzinfo=UTC), date(2026, 3, 10), False),
        (datetime(2026, 3, 11, 3, 0, tzinfo=UTC), date(2026, 3, 10), True),
        (datetime(2026, 3, 11, 23, 59, tzinfo=UTC), date(2026, 3, 10), True),
        (datetime(2026, 3, 11, 23, 59, tzinfo=UTC), date(2026, 3, 11), False),
        (datetime(2026, 3, 12, 0, 1, tzinfo=UTC), date(2026, 3, 11), False),
        (datetime(2026, 3, 14, 0, 1, tzinfo=UTC), date(2026, 3, 11), True),
    ],
)
def test_tonights_check_runs_once_and_a_missed_one_is_caught_up(local, last_on, due):
    assert is_check_due(local, last_on) is due
