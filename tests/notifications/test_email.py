"""E-mail, against a real SMTP server on loopback that behaves in all the ways servers do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from notifications import rules
from notifications.channels.email import DJANGO_SMTP
from notifications.enums import Channel as Name
from notifications.enums import State
from notifications.models import ChannelHealth, Notification
from tests.notifications.conftest import NOON, run
from tests.notifications.providers import MailServer, free_port, line, mail_server


@pytest.fixture
def use(settings):
    """Send mail to this port of the machine."""

    def use(port: int) -> None:
        settings.EMAIL_BACKEND = DJANGO_SMTP
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_TIMEOUT = 10
        settings.SITE_URL = "https://varde.example.org"

    return use


@pytest.fixture
def server(use) -> Iterator[MailServer]:
    with mail_server() as server:
        use(server.port)
        yield server


def outcome(row: Notification) -> tuple[str, int, str]:
    row.refresh_from_db()
    return row.state, row.attempts, row.failure_reason


# --- 1. A server that works -------------------------------------------------------------------------------------------


def test_a_mail_arrives_as_text_and_as_html_in_the_recipients_language(tell, server):
    row = tell(email="kari@example.org", first_name="Kari", language="nn")

    run()

    [mail] = server.mails
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert (mail["To"], mail["Subject"]) == ("kari@example.org", "Hei på deg, du, Kari")
    assert mail["Message-ID"] == f"<{row.pk}@varde.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "Second <paragraph> & more." in text
    assert "https://varde.example.org/greetings/" in text
    assert '<html lang="nn">' in html
    assert "Second &lt;paragraph&gt; &amp; more." in html
    row.refresh_from_db()
    assert row.provider_id == f"<{row.pk}@varde.example.org>"


def test_a_batch_goes_through_one_connection_one_mail_per_person(tell, server):
    rows = [tell() for _ in range(5)]
    run()
    assert server.addressees == [row.recipient.email for row in rows]
    assert server.connections == 1


@pytest.mark.parametrize("name", ["Kari\r\nBcc: everybody@example.org", "Kari\u2028X: y", "Kari\x85\x0bX: y"])
def test_no_name_can_add_a_header_or_a_recipient(tell, server, name):
    tell(email="kari@example.org", first_name=name)
    run()
    [mail] = server.mails
    assert mail["Bcc"] is None
    assert mail["X"] is None
    assert server.addressees == ["kari@example.org"]


@pytest.mark.parametrize("address", ["two@example.org\nbcc: x@example.org", "@", "ø" * 70 + "@example.org"])
def test_an_address_that_no_mail_may_have_fails_at_once_and_alone(tell, server, address):
    bad, good = tell(email=address), tell(email="good@example.org")
    run()
    assert outcome(bad)[0] == State.FAILED
    assert outcome(good)[0] == State.SENT
    assert server.addressees == ["good@example.org"]


# --- 2–4. A server that does not answer -------------------------------------------------------------------------------


def test_a_server_that_refuses_the_connection_costs_no_attempt_and_closes_the_channel(tell, use):
    rows = [tell() for _ in range(7)]
    use(free_port())
    run()
    assert {outcome(row)[:2] for row in rows} == {(State.PENDING, 0)}
    assert ChannelHealth.objects.get().last_error == "smtp_refused"
    assert ChannelHealth.objects.get().closed_until == NOON + timedelta(minutes=1)


def test_a_server_that_hangs_costs_no_attempt_and_five_time_outs_at_most(tell, use, settings):
    rows = [tell() for _ in range(7)]
    with line(None) as port:
        use(port)
        settings.EMAIL_TIMEOUT = 0.5
        run()
    assert {outcome(row)[:2] for row in rows} == {(State.PENDING, 0)}
    assert ChannelHealth.objects.get().last_error == "smtp_timeout"
    assert ChannelHealth.objects.get().failures == 5


def test_a_server_that_says_421_costs_no_attempt(tell, use):
    row = tell()
    with line(b"421 too busy\r\n") as port:
        use(port)
        run()
    assert outcome(row) == (State.PENDING, 0, "smtp_421")


def test_a_server_that_begins_to_say_421_in_the_middle_keeps_what_it_took(tell, server):
    rows = [tell(email=f"{name}@example.org") for name in "abc"]
    server.recipients = {"b@example.org": "421 closing", "c@example.org": "421 closing"}
    run()
    assert outcome(rows[0])[0] == State.SENT
    assert [outcome(row)[2] for row in rows[1:]] == ["smtp_421", "smtp_421"]


def test_everything_goes_out_once_the_server_is_back(tell, use):
    rows = [tell() for _ in range(7)]
    use(free_port())
    run()
    with mail_server() as server:
        use(server.port)
        run(at=NOON + timedelta(minutes=2))
    assert sorted(server.addressees) == sorted(row.recipient.email for row in rows)
    assert {outcome(row)[:2] for row in rows} == {(State.SENT, 1)}


# --- 5, 6, 8. A server that does not want this recipient or this message ----------------------------------------------


def test_a_mailbox_that_is_full_is_tried_again_later(tell, server):
    row = tell(email="full@example.org")
    server.recipients = {"full@example.org": "452 mailbox full"}
    run()
    assert outcome(row) == (State.PENDING, 1, "smtp_recipient_452")

    server.recipients = {}
    run(at=NOON + rules.BACK_OFF[0])
    assert outcome(row) == (State.SENT, 2, "")


def test_an_address_that_does_not_exist_fails_at_once(tell, server):
    row = tell(email="nobody@example.org")
    server.recipients = {"nobody@example.org": "550 no such user"}
    run()
    assert outcome(row) == (State.FAILED, 1, "smtp_recipient_550")


def test_some_recipients_are_refused_and_all_others_get_their_mail_through_the_same_connection(tell, server):
    rows = {name: tell(email=f"{name}@example.org") for name in ("a", "gone", "b", "full", "c")}
    server.recipients = {"gone@example.org": "550 no", "full@example.org": "450 later"}
    run()
    assert server.addressees == ["a@example.org", "b@example.org", "c@example.org"]
    assert {name: outcome(row)[0] for name, row in rows.items()} == {
        "a": State.SENT,
        "b": State.SENT,
        "c": State.SENT,
        "gone": State.FAILED,
        "full": State.PENDING,
    }
    assert server.connections == 1
    assert not ChannelHealth.objects.exists()


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        ("554 looks like spam", State.FAILED, "smtp_message_554"),
        ("451 try later", State.PENDING, "smtp_message_451"),
    ],
)
def test_a_message_that_is_refused_is_not_taken_for_a_server_that_is_down(tell, server, answer, state, reason):
    row = tell()
    server.answer_to_data = answer
    run()
    assert outcome(row) == (state, 1, reason)
    assert not ChannelHealth.objects.exists()


# --- 7. A server that goes away when it has the message ---------------------------------------------------------------


def test_a_mail_of_which_nobody_knows_whether_it_arrived_is_sent_again_with_the_same_id(tell, server):
    row = tell()
    server.drops_after_data = True
    run()
    assert outcome(row) == (State.PENDING, 1, "smtp_disconnected_after_data")

    server.drops_after_data = False
    run(at=NOON + rules.BACK_OFF[0])
    assert outcome(row) == (State.SENT, 2, "")
    assert [mail["Message-ID"] for mail in server.mails] == [f"<{row.pk}@varde.example.org>"] * 2


def test_the_reason_is_asked_for_again_just_before_sending(tell, server):
    row = tell()
    row.data = {"gone": True}
    row.save()
    run()
    assert outcome(row) == (State.CANCELLED, 1, "reason_gone")
    assert server.mails == []


# --- In numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_hundred_of_each_behaviour_leave_no_healthy_row_unsent_and_nothing_stuck(tell, server):
    """Healthy, gone, full and dropped recipients mixed; then everything that can be healed is."""
    answers = {"ok": None, "gone": "550 no", "full": "450 later"}
    rows: dict[str, list[Notification]] = {name: [] for name in answers}
    for number in range(200):
        for name, answer in answers.items():
            address = f"{name}{number}@example.org"
            rows[name].append(tell(email=address))
            if answer:
                server.recipients[address] = answer
    run(budget=timedelta(minutes=5))
    assert {outcome(row)[0] for row in rows["ok"]} == {State.SENT}
    assert {outcome(row)[:2] for row in rows["gone"]} == {(State.FAILED, 1)}
    assert {outcome(row)[:2] for row in rows["full"]} == {(State.PENDING, 1)}

    server.recipients = {}
    run(at=NOON + rules.BACK_OFF[0], budget=timedelta(minutes=5))
    assert {outcome(row)[:2] for row in rows["full"]} == {(State.SENT, 2)}
    assert len(server.addressees) == len(set(server.addressees)) == 400
    assert not Notification.objects.filter(channel=Name.EMAIL, state=State.SENDING).exists()
