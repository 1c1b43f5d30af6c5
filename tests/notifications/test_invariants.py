from datetime import timedelta

from notifications.enums import Channel, State
from notifications.models import ChannelHealth, Notification
from notifications.tasks import dispatch_notifications
from operations.duties import check
from tests.notifications.conftest import NOON, run


def broken(at) -> set[str]:
    """The notifications' invariants that do not hold at `at`."""
    return {
        finding.invariant.name
        for finding in check(at=at)
        if not finding.holds and finding.invariant.name.startswith("notification")
    }


def test_a_ledger_that_has_been_worked_through_breaks_no_promise(tell):
    for _ in range(3):
        tell()
    tell(data={"gone": True})
    run()
    assert broken(NOON + timedelta(days=1)) == set()


def test_a_row_that_nobody_takes_is_noticed_after_two_sweeps(tell):
    tell()
    assert broken(NOON + timedelta(minutes=2)) == set()
    assert broken(NOON + timedelta(minutes=4)) == {"notification_in_time"}


def test_a_row_that_was_left_with_a_dead_worker_is_noticed(tell):
    row = tell()
    Notification.objects.filter(pk=row.pk).update(state=State.SENDING, claimed_at=NOON, attempts=1)
    assert broken(NOON + timedelta(minutes=4)) == {"notification_in_time"}


def test_a_row_whose_provider_is_down_is_not_overdue(tell):
    tell()
    later = NOON + timedelta(hours=1)
    ChannelHealth.objects.create(channel=Channel.EMAIL, failures=9, closed_until=later)
    assert broken(later) == set()
    assert broken(later + timedelta(minutes=10)) == {"notification_in_time"}


def test_impossible_rows_are_noticed(tell):
    rows = [tell() for _ in range(3)]
    run()
    Notification.objects.filter(pk=rows[0].pk).update(attempts=4)
    Notification.objects.filter(pk=rows[1].pk).update(title="")
    Notification.objects.filter(pk=rows[2].pk).update(state=State.FAILED, sent_at=None, failure_reason="")
    assert broken(NOON) == {
        "notification_attempts_are_bounded",
        "notification_sent_says_something",
        "notification_failed_says_why",
    }


def test_the_task_delivers_what_is_due_by_the_databases_clock(tell):
    row = tell("quiet")
    dispatch_notifications()
    row.refresh_from_db()
    assert row.state == State.SENT
