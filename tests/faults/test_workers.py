"""Workers that are killed with -9 while they send."""

import random
import time

import pytest

from notifications.models import Notification
from tests.faults.conftest import wait_until

KILLS = 100
WHOLE_WORKERS = 5
#: So that what a dead worker had in hand comes back soon.
SHORT_LEASE = {"NOTIFICATION_LEASE_SECONDS": "4"}


def test_a_hundred_kills_lose_nothing_leave_nothing_stuck_and_send_nothing_settled_again(house, write_due):
    keys = write_due(2500)
    chance = random.Random(7)
    worker = house.worker(**SHORT_LEASE)
    settled_counts = {}

    for number in range(KILLS):
        assert unfinished(), "The rows did not last for all kills: the test must write more of them."
        whole = number % (KILLS // WHOLE_WORKERS) == 0
        kill_while_sending(house, worker, chance, whole=whole)
        worker = house.worker(**SHORT_LEASE) if whole else worker
        settled = sent()  # what it names has been taken by the server before
        counts = house.inbox.counts
        settled_counts |= {key: counts[key] for key in settled if key not in settled_counts}

    house.inbox.delay = 0
    wait_until_done(house)
    rows = {row.pk: row for row in Notification.objects.all()}
    counts = house.inbox.counts
    given_up = {key for key, row in rows.items() if row.state == "failed"}

    assert set(rows) == set(keys)
    assert {row.state for row in rows.values()} <= {"sent", "failed"}
    # Given up is only what three workers died with; it stands in the list of those that need attention.
    assert all(rows[key].attempts == 3 and rows[key].failure_reason == "worker_lost" for key in given_up)
    assert len(given_up) < KILLS
    assert [key for key, row in rows.items() if row.state == "sent" and counts[key] == 0] == []
    assert [key for key, row in rows.items() if counts[key] > row.attempts] == []
    assert [key for key, before in settled_counts.items() if counts[key] != before] == []


@pytest.mark.control
def test_control_marking_first_and_sending_then_loses_messages_under_the_same_kills(house, write_due):
    keys = write_due(600)
    chance = random.Random(7)
    worker = house.worker()

    for _ in range(10):
        kill_while_sending(house, worker, chance, task="faults.mark_then_send")

    lost = [key for key in sent() if house.inbox.counts[key] == 0]
    assert len(keys) == 600
    assert len(lost) > 0


def kill_while_sending(house, worker, chance, *, whole=False, task="notifications.tasks.dispatch_notifications"):
    """Ring for both processes of the pool, wait for their first messages, and kill them a moment later.

    `whole` kills the worker that is their parent, and they die with it.
    """
    before = len(house.inbox.keys)
    house.send(task)
    house.send(task)
    wait_until(
        lambda: len(house.inbox.keys) > before or not unfinished(),
        "a message has been sent",
        log=house.home / "worker-0.log",
    )
    time.sleep(chance.uniform(0.005, 0.1))
    if whole:
        house.end(worker)
    else:
        assert house.kill_children(worker) > 0
    time.sleep(0.05)


def wait_until_done(house):
    """Sweeps, as beat makes them, until everything has come to an end."""

    def done():
        house.sweep()
        time.sleep(0.5)
        return not unfinished()

    wait_until(done, "everything has been sent or given up")


def unfinished():
    return Notification.objects.filter(state__in=["pending", "sending"]).exists()


def sent():
    return list(Notification.objects.filter(state="sent").values_list("pk", flat=True))
