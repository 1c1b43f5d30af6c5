"""The Celery app of the fault tests: Varde's own, with a kind of notification to send, and with what the controls do.

The controls are the same work without the mechanism, each as somebody might have written it. They must fail under the
same fault; otherwise the fault was none, and the test proves nothing.
"""

from __future__ import annotations

import os
import smtplib
import time
from collections.abc import Mapping, Sequence
from uuid import UUID

from celery import shared_task
from celery.signals import task_prerun
from django.conf import settings

from config.celery import app as app
from notifications import kinds
from notifications.delivery import Delivery
from notifications.enums import Channel

FAULT_KIND = "fault_test"
#: A file to which every worker adds what it holds: one line per claim, with its process and the row's id.
CLAIM_LOG = "FAULT_CLAIM_LOG"
#: Beat's intervals, in seconds, instead of the real ones; empty for those.
FAST_BEAT = "FAULT_FAST_BEAT"
#: A file and a number: so many processes come together, each with a task, before the first of them begins with its own.
TOGETHER = "FAULT_TOGETHER"
GATHERING_SECONDS = 240


def note_claims(ids: Sequence[object]) -> None:
    """Write down what this process holds, in one write, so that lines of two processes do not mix."""
    if path := os.environ.get(CLAIM_LOG):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, "".join(f"{os.getpid()} {each}\n" for each in ids).encode())
        os.close(descriptor)


@task_prerun.connect
def wait_for_the_others(**_facts: object) -> None:
    """Without it a quick process would have done everything before the slowest has woken up, and nothing overlaps."""
    if not (wanted := os.environ.get(TOGETHER)):
        return
    path, count = wanted.rsplit(":", 1)
    with open(path, "a") as file:
        file.write(f"{os.getpid()}\n")
    deadline = time.monotonic() + GATHERING_SECONDS
    while time.monotonic() < deadline:
        with open(path) as file:
            if len(set(file)) >= int(count):
                return
        time.sleep(0.005)


def compose(deliveries: Sequence[Delivery]) -> Mapping[UUID, kinds.Message]:
    note_claims([delivery.id for delivery in deliveries])
    return {delivery.id: kinds.Message("Hello", "A text.") for delivery in deliveries}


if kinds.find(FAULT_KIND) is None:
    kinds.register(kinds.Kind(FAULT_KIND, "Fault test", Channel.EMAIL, compose, is_urgent=True))

if seconds := os.environ.get(FAST_BEAT):
    # Both in the settings, from which Celery reads them when it first needs one.
    settings.CELERY_BEAT_SCHEDULE = {
        "dispatch_notifications": {
            "task": "notifications.tasks.dispatch_notifications",
            "schedule": float(seconds),
        }
    }
    settings.CELERY_BEAT_MAX_LOOP_INTERVAL = 1


# --- Controls ---------------------------------------------------------------------------------------------------------


@shared_task(name="faults.mark_then_send")
def mark_then_send() -> None:
    """Without a lease: what is taken is written down as sent, and then sent."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_notification SET state = 'sent', sent_at = now(), title = 'Hello' WHERE id IN ("
            "SELECT id FROM notifications_notification WHERE state = 'pending' LIMIT 20 FOR UPDATE SKIP LOCKED)"
            " RETURNING id"
        )
        ids = [row[0] for row in cursor.fetchall()]
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=10) as server:
        for key in ids:
            text = f"Message-ID: <{key}@control>\r\nSubject: Hello\r\n\r\nA text."
            server.sendmail("varde@example.org", ["somebody@example.org"], text)


@shared_task(name="faults.claim_without_lock")
def claim_without_lock() -> None:
    """Without SKIP LOCKED and without a condition: look, then take what was seen."""
    from django.db import connection

    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT id FROM notifications_notification WHERE state = 'pending' ORDER BY not_before, id LIMIT 200"
            )
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                return
            time.sleep(0.05)
            cursor.execute(
                # `sent_at` too, or the constraint on what has been sent would stop whoever takes a row a second time.
                "UPDATE notifications_notification SET state = 'sending', claimed_at = now(), sent_at = NULL"
                " WHERE id = ANY(%s)",
                [ids],
            )
            note_claims(ids)
            cursor.execute(
                "UPDATE notifications_notification SET state = 'sent', sent_at = now(), claimed_at = NULL,"
                " title = 'Hello' WHERE id = ANY(%s)",
                [ids],
            )


@shared_task(name="faults.duty_in_the_message")
def duty_in_the_message(path: str, line: str) -> None:
    """Without a row: the duty is in the broker's message alone."""
    with open(path, "a") as file:
        file.write(f"{line}\n")
