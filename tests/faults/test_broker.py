"""A broker that is killed and comes back empty. Rows are the truth; it only carries "look now"."""

import os
import signal
import subprocess
import sys
import time

from notifications.models import Notification
from tests.faults.conftest import ROOT, wait_until


def test_everything_is_done_within_two_sweeps_after_the_broker_lost_all_it_had(house, write_due):
    """With its control: duties that were only messages are gone."""
    write_due(200)
    worker = house.worker()
    promised = house.home / "promised"
    os.kill(worker.pid, signal.SIGSTOP)  # busy, so that everything stays in the queue
    for number in range(50):
        house.send("faults.duty_in_the_message", str(promised), str(number))
        house.sweep()
    assert len(house.queued()) >= 90

    house.kill_broker()
    time.sleep(1)
    house.broker.start()
    assert house.queued() == []
    os.kill(worker.pid, signal.SIGCONT)

    house.sweep()
    wait_until(lambda: house.queued() == [], "the worker has come back to the broker")
    house.sweep()
    wait_until(lambda: not Notification.objects.exclude(state="sent").exists(), "everything has been sent")

    assert worker.poll() is None
    assert house.inbox.counts.total() == 200
    kept = promised.read_text().split() if promised.exists() else []
    assert len(kept) < 50


def test_what_is_saved_while_the_broker_is_away_is_saved_and_done_later(house, write_due):
    """Ringing costs the caller one call in vain and the wait for the sweep."""
    keys = write_due(20)
    house.kill_broker()
    saved = subprocess.run(
        [sys.executable, "-c", RING, str(house.broker.port)],
        cwd=ROOT,
        env=house.environ,
        capture_output=True,
        text=True,
    )

    assert saved.returncode == 0, saved.stderr
    assert saved.stdout.split() == ["1"], "who rings calls the broker once, and does not try again and again"
    assert Notification.objects.filter(pk__in=keys, state="pending").count() == 20

    house.broker.start()
    house.worker()
    house.sweep()
    wait_until(lambda: not Notification.objects.exclude(state="sent").exists(), "everything has been sent")


RING = """
import sys, django
django.setup()
from django.db import transaction
from operations.doorbell import ring
calls, broker = [], ("127.0.0.1", int(sys.argv[1]))
sys.addaudithook(lambda event, about: calls.append(about) if event == "socket.connect" and about[1] == broker else None)
with transaction.atomic():
    ring("notifications.tasks.dispatch_notifications")
print(len(calls))
"""
