import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery import Celery
from django.db import transaction

from accounts.models import ChangeEntry
from notifications import kinds, services
from notifications.enums import Channel, State
from notifications.ledger import OCCASION_LENGTH, dedupe_key
from notifications.models import Notification
from tests.notifications.conftest import NOON
from tests.notifications.providers import free_port


@pytest.fixture
def wanted(organization, mentor, coordinator):
    return services.Wanted(organization.pk, mentor.user.pk, mentor.pk, "2026-03-11")


def ask(wanted: services.Wanted, kind: str = "greeting") -> Notification | None:
    return services.notify(**wanted._asdict(), kind=kind, at=NOON)


def test_a_notification_is_written_due_and_by_the_kinds_own_channel(wanted):
    row = ask(wanted._replace(data={"assignment_id": "1"}))

    assert row is not None
    assert (row.state, row.channel, row.not_before, row.attempts) == (State.PENDING, Channel.EMAIL, NOON, 0)
    assert (row.data, row.title, row.body) == ({"assignment_id": "1"}, "", "")


def test_the_same_occasion_is_told_once_however_often_it_is_asked_for(wanted):
    assert ask(wanted) is not None
    assert ask(wanted) is None
    assert Notification.objects.count() == 1


def test_another_occasion_kind_subject_or_person_is_another_notification(wanted, coordinator, org_admin):
    others = [
        ask(wanted),
        ask(wanted._replace(occasion="2026-03-12")),
        ask(wanted._replace(subject_id=coordinator.pk)),
        ask(wanted._replace(subject_id=None)),
        ask(wanted._replace(recipient_id=org_admin.pk)),
        ask(wanted, kind="urgent"),
    ]
    assert all(others)
    assert Notification.objects.values("dedupe_key").distinct().count() == 6


def test_a_persons_own_choice_of_channel_wins_and_only_for_them(wanted, mentor, coordinator):
    services.set_preference(user=mentor.user, kind="greeting", channel=Channel.PUSH)

    assert ask(wanted).channel == Channel.PUSH
    assert ask(wanted._replace(recipient_id=coordinator.pk)).channel == Channel.EMAIL
    assert ask(wanted, kind="quiet").channel == Channel.IN_APP


def test_many_are_written_in_one_statement_and_answer_with_the_new_ones(wanted, coordinator, django_assert_num_queries):
    ask(wanted)
    more = [wanted, wanted._replace(recipient_id=coordinator.pk), wanted._replace(recipient_id=coordinator.pk)]

    with django_assert_num_queries(1):
        new = services.notify_many(kind="greeting", wanted=more, at=NOON)

    assert list(new) == [dedupe_key("greeting", wanted.subject_id, wanted.occasion, coordinator.pk)]
    assert Notification.objects.filter(pk__in=new.values()).count() == 1


def test_nothing_is_written_for_nobody(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert services.notify_many(kind="greeting", wanted=[], at=NOON) == {}


def test_a_kind_that_nobody_registered_is_refused(wanted):
    with pytest.raises(kinds.UnknownKind):
        ask(wanted, kind="no-such-kind")


def test_an_occasion_that_does_not_fit_the_key_is_refused(wanted):
    assert ask(wanted._replace(occasion="x" * OCCASION_LENGTH)) is not None
    with pytest.raises(ValueError):
        ask(wanted._replace(occasion="x" * (OCCASION_LENGTH + 1)))


def test_a_notification_is_undone_with_the_act_it_belongs_to(wanted):
    with transaction.atomic():
        ask(wanted)
        transaction.set_rollback(True)
    assert not Notification.objects.exists()


# --- Cancelling -------------------------------------------------------------------------------------------------------


def test_what_is_open_about_a_subject_is_cancelled_and_nothing_else(tell, organization, mentor, coordinator):
    states = {}
    for state, values in {
        State.PENDING: {},
        State.FAILED: {"failure_reason": "smtp_recipient_550"},
        State.SENT: {"sent_at": NOON},
        State.SENDING: {"claimed_at": NOON},
    }.items():
        states[state] = tell(to=mentor.user, organization=organization)
        Notification.objects.filter(pk=states[state].pk).update(state=state, **values)
    other = tell(to=coordinator, organization=organization)

    assert services.cancel_about(subjects=[mentor.user.pk], at=NOON) == 2

    after = {state: Notification.objects.get(pk=row.pk).state for state, row in states.items()}
    assert after == {
        State.PENDING: State.CANCELLED,
        State.FAILED: State.CANCELLED,
        State.SENT: State.SENT,
        State.SENDING: State.SENDING,
    }
    other.refresh_from_db()
    assert other.state == State.PENDING


def test_cancelling_can_be_limited_to_some_kinds(tell, organization, mentor):
    one = tell("greeting", to=mentor.user, organization=organization)
    tell("urgent", to=mentor.user, organization=organization)

    assert services.cancel_about(subjects=[mentor.user.pk], kinds=["greeting"], at=NOON) == 1
    one.refresh_from_db()
    assert (one.state, one.failure_reason) == (State.CANCELLED, "reason_gone")


# --- What staff do ----------------------------------------------------------------------------------------------------


@pytest.fixture
def failed(tell, organization, mentor) -> Notification:
    row = tell(to=mentor.user, organization=organization)
    Notification.objects.filter(pk=row.pk).update(state=State.FAILED, attempts=3, failure_reason="smtp_recipient_550")
    row.refresh_from_db()
    return row


def test_a_failed_notification_goes_back_with_all_its_attempts_and_the_log_says_who_did_it(failed, coordinator):
    later = NOON + timedelta(hours=1)
    row = services.retry(notification=failed, by=coordinator, at=later)

    assert (row.state, row.attempts, row.not_before, row.failure_reason) == (State.PENDING, 0, later, "")
    entry = ChangeEntry.objects.get(subject_id=failed.pk)
    assert (entry.user, entry.before, entry.after) == (coordinator, {"state": "failed"}, {"state": "pending"})


def test_a_failed_notification_is_given_up_for_good(failed, coordinator):
    row = services.give_up(notification=failed, by=coordinator, at=NOON)

    assert (row.state, row.failure_reason) == (State.CANCELLED, "smtp_recipient_550")
    with pytest.raises(services.NotFailed):
        services.retry(notification=row, by=coordinator, at=NOON)


@pytest.mark.parametrize("verb", [services.retry, services.give_up])
def test_only_what_has_failed_is_retried_or_given_up(tell, organization, mentor, coordinator, verb):
    row = tell(to=mentor.user, organization=organization)
    with pytest.raises(services.NotFailed):
        verb(notification=row, by=coordinator, at=NOON)


@pytest.mark.parametrize("verb", [services.retry, services.give_up])
def test_neither_the_recipient_nor_staff_of_another_organisation_may_decide(failed, mentor, stranger, verb):
    for somebody in (mentor.user, stranger):
        with pytest.raises(services.NotStaffHere):
            verb(notification=failed, by=somebody, at=NOON)
    failed.refresh_from_db()
    assert failed.state == State.FAILED


# --- The bell ---------------------------------------------------------------------------------------------------------


def test_a_worker_is_rung_for_once_the_act_has_committed(wanted, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as rung:
        ask(wanted)
        ask(wanted)
    assert len(rung) == 1


@pytest.fixture
def calls(monkeypatch, settings) -> Iterator[list[object]]:
    """Nobody listens where the broker was; the calls that are made there."""
    made: list[object] = []
    port, connect = free_port(), socket.socket.connect

    def note(self: socket.socket, address: object) -> None:
        made.extend([address] if address == ("127.0.0.1", port) else [])
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", note)
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{port}/0"
    with Celery(set_as_current=False) as app:
        app.config_from_object("django.conf:settings", namespace="CELERY")
        monkeypatch.setattr("operations.doorbell.current_app", app)
        yield made


def test_a_broker_that_is_down_breaks_nothing_and_is_called_once(
    wanted, caplog, calls, django_capture_on_commit_callbacks
):
    """Whoever rings does not try again and again while somebody waits for their page."""
    with django_capture_on_commit_callbacks(execute=True):
        assert ask(wanted) is not None
    assert len(calls) == 1
    assert "the next sweep does it" in caplog.text
