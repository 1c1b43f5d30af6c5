"""Several dispatchers at once. Each race has a control that shows what would happen without the claim."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from accounts.models import User
from notifications import services
from notifications.channels.memory import MemoryChannel
from notifications.delivery import Delivery
from notifications.dispatch import claims, settling
from notifications.enums import Channel as Name
from notifications.enums import State
from notifications.models import Notification
from tests.factories import MembershipFactory
from tests.notifications.conftest import NOON, run

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 2000
DISPATCHERS = 2
LEASE = timedelta(minutes=2)


@pytest.fixture
def queue() -> None:
    """`ROWS` due notifications to one person."""
    membership = MembershipFactory()
    wanted = [
        services.Wanted(membership.organization_id, membership.user_id, None, f"race-{number}")
        for number in range(ROWS)
    ]
    services.notify_many(kind="greeting", wanted=wanted, at=NOON)


def at_once(work: Callable[[], None], threads: int = DISPATCHERS) -> None:
    """Let `threads` of them do `work` at the same moment, each with a connection of its own."""
    barrier, errors = threading.Barrier(threads), []

    def one() -> None:
        try:
            barrier.wait(120)
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    running = [threading.Thread(target=one) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert errors == []


@pytest.mark.slow
@pytest.mark.usefixtures("queue")
def test_two_dispatchers_at_once_send_every_row_once():
    channel = MemoryChannel(Name.EMAIL, batch_size=50)

    at_once(lambda: run(channels=[channel]))

    assert len(channel.sent) == ROWS
    assert len({delivery.id for delivery in channel.sent}) == ROWS
    assert Notification.objects.filter(state=State.SENT, attempts=1).count() == ROWS


@pytest.mark.slow
@pytest.mark.usefixtures("queue")
def test_control_without_the_claim_two_dispatchers_send_rows_twice():
    """The same race, reading what is due and marking it sent afterwards."""
    sent: list[UUID] = []

    def read_send_mark() -> None:
        while due := list(
            Notification.objects.due(NOON).order_by("not_before", "id").values_list("pk", flat=True)[:50]
        ):
            sent.extend(due)
            Notification.objects.filter(pk__in=due).update(state=State.SENT, sent_at=NOON)

    at_once(read_send_mark)

    assert len(set(sent)) == ROWS
    assert len(sent) > ROWS


@pytest.mark.usefixtures("queue")
def test_a_claim_does_not_wait_for_another_that_has_not_committed():
    """SKIP LOCKED: while one claim is open, another takes other rows at once. The control waits in vain."""
    taken: list[Delivery] = []
    opened, done = threading.Event(), threading.Event()

    def hold() -> None:
        from django.db import transaction

        with transaction.atomic():
            taken.extend(claims.take_waiting(Name.EMAIL, limit=50, at=NOON, lease=LEASE))
            opened.set()
            done.wait(120)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert opened.wait(120)
        others = claims.take_waiting(Name.EMAIL, limit=50, at=NOON, lease=LEASE)
        assert _waits_without_skip_locked()
    finally:
        done.set()
        holder.join()
    assert len(others) == 50
    assert not {delivery.id for delivery in taken} & {delivery.id for delivery in others}


def _waits_without_skip_locked() -> bool:
    from django.db import OperationalError, transaction

    statement = claims.TAKE_WAITING.replace("SKIP LOCKED", "")
    assert statement != claims.TAKE_WAITING
    values = {"channel": "email", "limit": 50, "at": NOON, "lease_end": NOON + LEASE, "most": 3}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            cursor.execute(statement, values)
    except OperationalError:
        return True
    return False


@pytest.mark.usefixtures("queue")
def test_when_the_lease_is_taken_over_exactly_one_of_the_two_settles():
    """Both workers come back at once with an outcome of their own; the row has one of them, the rightful one's."""
    Notification.objects.exclude(pk=Notification.objects.first().pk).delete()
    [late] = claims.take_waiting(Name.EMAIL, limit=1, at=NOON, lease=LEASE)
    [rightful] = claims.take_abandoned(Name.EMAIL, at=NOON + LEASE, lease=LEASE)
    outcomes = [settling.Sent(late, "late"), settling.Sent(rightful, "rightful")]
    lock = threading.Lock()

    def settle() -> None:
        with lock:
            outcome = outcomes.pop()
        settling.settle([outcome], [], NOON + LEASE)

    at_once(settle)

    row = Notification.objects.get()
    assert (row.state, row.provider_id, row.attempts) == (State.SENT, "rightful", 2)


def test_one_person_asked_for_twice_at_once_is_told_once():
    membership = MembershipFactory()
    user: User = membership.user
    wanted = [services.Wanted(membership.organization_id, user.pk, None, "once")]
    new: list[int] = []

    at_once(lambda: new.append(len(services.notify_many(kind="greeting", wanted=wanted, at=NOON))), threads=8)

    assert sorted(new) == [0] * 7 + [1]
    assert Notification.objects.count() == 1


def test_one_device_registered_by_two_at_once_is_one_device():
    users = [MembershipFactory().user for _ in range(8)]

    def register() -> None:
        services.register_device(user=users.pop(), platform="ios", token="a-token", session_key="", at=NOON)

    at_once(register, threads=8)

    from notifications.models import Device

    assert Device.objects.count() == 1
