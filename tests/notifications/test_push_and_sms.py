"""Push and SMS, against real HTTP servers on loopback; the push server gives out OAuth tokens too."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from accounts.models import User
from notifications import services
from notifications.channels.memory import NoPush, NoSms
from notifications.channels.push import PushChannel
from notifications.channels.sms import SmsChannel
from notifications.enums import Channel as Name
from notifications.enums import State
from notifications.models import ChannelHealth, Device, Notification
from tests.notifications.conftest import NOON, run
from tests.notifications.providers import WebServer, free_port, web_server

UNREGISTERED = (404, {"error": {"code": 404, "status": "NOT_FOUND", "details": [{"errorCode": "UNREGISTERED"}]}})
SEND = "/v1/projects/varde-test/messages:send"


def outcome(row: Notification) -> tuple[str, int, str, str]:
    row.refresh_from_db()
    return row.state, row.attempts, row.failure_reason, row.channel


def hang() -> Any:
    """Answers when nobody waits for it any more."""
    time.sleep(20)
    return (200, {})


def health(name: Name) -> str:
    return ChannelHealth.objects.get(channel=name).last_error


# --- Push -------------------------------------------------------------------------------------------------------------


class Fcm:
    """What the push server answers: to all (`answer`), or by token (`tokens`)."""

    server: WebServer

    def __init__(self) -> None:
        self.answer: Any = (200, {"name": "projects/varde-test/messages/1"})
        self.tokens: dict[str, Any] = {}
        self.auth: Any = (200, {"access_token": "an-access-token", "expires_in": 3600, "token_type": "Bearer"})

    def __call__(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Any:
        if path == "/token":
            return self.auth
        answer = self.tokens.get(body["message"]["token"], self.answer)
        return answer() if callable(answer) else answer

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [body["message"] for path, _headers, body in self.server.posts if path == SEND]


@pytest.fixture(scope="module")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture
def fcm(settings, tmp_path, private_key) -> Iterator[Fcm]:
    fcm = Fcm()
    with web_server(fcm) as server:
        fcm.server = server
        credentials = {
            "type": "service_account",
            "project_id": "varde-test",
            "private_key": private_key,
            "client_email": "push@varde-test.example.org",
            "token_uri": f"{server.url}/token",
        }
        file = tmp_path / "fcm.json"
        file.write_text(json.dumps(credentials))
        settings.FCM_CREDENTIALS_FILE, settings.FCM_URL = str(file), server.url
        settings.NOTIFICATION_HTTP_TIMEOUT = 10
        yield fcm


def device(user: User, token: str, **kwargs: Any) -> Device:
    return services.register_device(
        user=user, platform="android", token=token, session_key=kwargs.get("session_key", ""), at=NOON
    )


def push(**kwargs: Any) -> None:
    run(channels=[PushChannel()], **kwargs)


@pytest.fixture
def pushed(tell) -> Callable[..., Notification]:
    """A notification to somebody with one device for each of `tokens`."""

    def pushed(*tokens: str, **kwargs: Any) -> Notification:
        row = tell("pushed", **kwargs)
        for token in tokens:
            device(row.recipient, token)
        return row

    return pushed


def test_a_push_says_that_there_is_something_and_nothing_about_anybody(pushed, fcm):
    row = pushed("a-token", first_name="Kari", last_name="Nordmann", language="en")
    push()
    [message] = fcm.messages
    assert message["token"] == "a-token"
    assert message["notification"] == {"title": "Varde", "body": "You have a new message. Open the app to read it."}
    assert message["data"] == {"notification_id": str(row.pk)}
    assert not {"Kari", "Nordmann", "Hello", row.recipient.email, row.kind} & set(
        json.dumps(message).replace('"', " ").split()
    )
    row.refresh_from_db()
    assert (row.state, row.title, row.provider_id) == (
        State.SENT,
        "Hello there, Kari",
        "projects/varde-test/messages/1",
    )


def test_one_access_token_serves_many_pushes(pushed, fcm):
    for number in range(3):
        pushed(f"token-{number}")
    push()
    bearers = {headers["Authorization"] for path, headers, _body in fcm.server.posts if path == SEND}
    assert bearers == {"Bearer an-access-token"}
    assert [path for path, _headers, _body in fcm.server.posts].count("/token") == 1


def test_every_device_of_a_person_gets_it_and_nobody_elses(pushed, fcm, stranger):
    device(stranger, "a-strangers-token")
    pushed("phone", "tablet")
    push()
    assert sorted(message["token"] for message in fcm.messages) == ["phone", "tablet"]


def test_a_device_whose_app_is_gone_is_retired_and_the_others_are_used(pushed, fcm):
    row = pushed("gone", "here")
    fcm.tokens["gone"] = UNREGISTERED
    push()
    assert outcome(row)[0] == State.SENT
    assert dict(Device.objects.values_list("token", "retired_at")) == {"gone": NOON, "here": None}


@pytest.mark.parametrize(
    "answer",
    [
        (404, b"<html>Not Found</html>"),
        (404, {}),
        (400, {"error": {"status": "INVALID_ARGUMENT"}}),
        (401, {"error": {"status": "UNAUTHENTICATED"}}),
        (403, {"error": {"status": "PERMISSION_DENIED"}}),
        (429, {"error": {"status": "RESOURCE_EXHAUSTED"}}),
        (500, [1]),
        (503, {"error": None}),
        (503, {"error": {"details": "none"}}),
    ],
)
def test_no_other_answer_retires_a_device(pushed, fcm, answer):
    pushed("a-token")
    fcm.answer = answer
    push()
    assert Device.objects.get().retired_at is None


def test_whoever_has_no_device_gets_an_e_mail_and_the_row_says_so(pushed, fcm, mailoutbox):
    row = pushed(email="kari@example.org")
    push()
    assert outcome(row) == (State.PENDING, 0, "no_device", Name.EMAIL)
    run()
    assert [mail.to for mail in mailoutbox] == [["kari@example.org"]]
    assert outcome(row) == (State.SENT, 1, "", Name.EMAIL)


def test_whoever_has_only_dead_devices_gets_an_e_mail(pushed, fcm):
    row = pushed("gone")
    fcm.answer = UNREGISTERED
    push()
    assert outcome(row) == (State.PENDING, 0, "no_device", Name.EMAIL)


def test_a_device_whose_log_in_was_revoked_is_silent(tell, fcm):
    row = tell("pushed")
    device(row.recipient, "a-token", session_key="a-session-that-is-gone")
    push()
    assert fcm.messages == []
    assert outcome(row)[3] == Name.EMAIL


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_an_answer_about_us_costs_no_attempt(pushed, fcm, status):
    row = pushed("a-token")
    fcm.answer = (status, {})
    push()
    assert outcome(row) == (State.PENDING, 0, f"push_{status}", Name.PUSH)
    assert health(Name.PUSH) == f"push_{status}"


def test_a_message_that_the_provider_does_not_want_fails_at_once(pushed, fcm):
    row = pushed("a-token")
    fcm.answer = (400, {"error": {"status": "INVALID_ARGUMENT"}})
    push()
    assert outcome(row) == (State.FAILED, 1, "push_400", Name.PUSH)


def test_a_provider_that_hangs_costs_no_attempt_and_one_time_out(pushed, fcm, settings):
    row = pushed("a-token", "another-token")
    settings.NOTIFICATION_HTTP_TIMEOUT = 0.5
    fcm.answer = hang
    push()
    assert outcome(row)[:3] == (State.PENDING, 0, "push_timeout")
    assert len(fcm.messages) == 1


def test_a_provider_that_refuses_the_connection_costs_no_attempt(pushed, fcm, settings):
    row = pushed("a-token")
    settings.FCM_URL = f"http://127.0.0.1:{free_port()}"
    push()
    assert outcome(row)[:3] == (State.PENDING, 0, "push_unreachable")


def test_a_provider_that_hangs_up_may_have_sent_it_so_the_attempt_counts(pushed, fcm):
    row = pushed("a-token")
    fcm.answer = None
    push()
    assert outcome(row)[:3] == (State.PENDING, 1, "push_disconnected")


@pytest.mark.parametrize("auth", [(400, {"error": "invalid_grant"}), (401, {}), (200, {})])
def test_an_account_that_is_not_let_in_costs_no_attempt(pushed, fcm, auth):
    row = pushed("a-token")
    fcm.auth = auth
    push()
    assert outcome(row)[:3] == (State.PENDING, 0, "push_auth")
    assert fcm.messages == []


def test_a_key_file_that_cannot_be_read_costs_no_attempt(pushed, settings, tmp_path):
    row = pushed("a-token")
    settings.FCM_CREDENTIALS_FILE = str(tmp_path / "missing.json")
    push()
    assert outcome(row)[:3] == (State.PENDING, 0, "push_credentials")


def test_of_fifty_devices_one_dead_one_costs_nobody_else_anything(tell, fcm):
    rows = [tell("pushed") for _ in range(50)]
    for number, row in enumerate(rows):
        device(row.recipient, f"token-{number}")
    fcm.tokens["token-7"] = UNREGISTERED
    push()
    assert sum(outcome(row)[0] == State.SENT for row in rows) == 49
    assert outcome(rows[7])[3] == Name.EMAIL


# --- SMS --------------------------------------------------------------------------------------------------------------


class Sms:
    server: WebServer

    def __init__(self) -> None:
        self.answer: Any = (200, {"id": "sms-1"})

    def __call__(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Any:
        return self.answer() if callable(self.answer) else self.answer


@pytest.fixture
def sms(settings) -> Iterator[Sms]:
    sms = Sms()
    with web_server(sms) as server:
        sms.server = server
        settings.SMS_URL, settings.SMS_TOKEN, settings.SMS_SENDER = f"{server.url}/send", "secret", "Varde"
        settings.SITE_URL = "https://varde.example.org"
        settings.NOTIFICATION_HTTP_TIMEOUT = 10
        yield sms


def text(**kwargs: Any) -> None:
    run(channels=[SmsChannel()], **kwargs)


def test_an_sms_says_that_there_is_something_and_nothing_about_anybody(tell, sms):
    row = tell("texted", phone="+4799999999", first_name="Kari", language="en")
    text()
    [(path, headers, body)] = sms.server.posts
    assert path == "/send"
    assert headers["Authorization"] == "Bearer secret"
    assert headers["Idempotency-Key"] == str(row.pk)
    assert body == {
        "to": "+4799999999",
        "from": "Varde",
        "text": "You have a new message. Open the app to read it. https://varde.example.org",
        "reference": str(row.pk),
    }
    row.refresh_from_db()
    assert (row.state, row.provider_id) == (State.SENT, "sms-1")


def test_whoever_has_no_phone_number_gets_an_e_mail_and_the_row_says_so(tell, sms, mailoutbox):
    row = tell("texted", phone="")
    text()
    run()
    assert sms.server.posts == []
    assert len(mailoutbox) == 1
    assert outcome(row) == (State.SENT, 1, "", Name.EMAIL)


@pytest.mark.parametrize("status", [400, 422])
def test_a_number_that_is_none_fails_at_once(tell, sms, status):
    row = tell("texted", phone="1")
    sms.answer = (status, {})
    text()
    assert outcome(row) == (State.FAILED, 1, f"sms_{status}", Name.SMS)


@pytest.mark.parametrize("status", [301, 401, 403, 404, 429, 500, 502])
def test_an_answer_about_our_account_or_the_provider_costs_no_attempt(tell, sms, status):
    row = tell("texted", phone="+4799999999")
    sms.answer = (status, {})
    text()
    assert outcome(row)[:3] == (State.PENDING, 0, f"sms_{status}")


def test_an_sms_provider_that_hangs_is_asked_again_with_the_same_key(tell, sms, settings):
    row = tell("texted", phone="+4799999999")
    settings.NOTIFICATION_HTTP_TIMEOUT = 0.5
    sms.answer = hang
    text()
    assert outcome(row)[:3] == (State.PENDING, 0, "sms_timeout")

    settings.NOTIFICATION_HTTP_TIMEOUT = 10
    sms.answer = (200, {"id": 7})
    text(at=NOON + timedelta(minutes=2))
    assert outcome(row)[:2] == (State.SENT, 1)
    assert {headers["Idempotency-Key"] for _path, headers, _body in sms.server.posts} == {str(row.pk)}


def test_what_a_provider_calls_a_message_is_kept_as_far_as_it_can_be(tell, sms):
    row = tell("texted", phone="+4799999999")
    sms.answer = (200, {"id": "\x00" + "x" * 500})
    text()
    row.refresh_from_db()
    assert (row.state, row.provider_id) == (State.SENT, "x" * 200)


# --- Neither ----------------------------------------------------------------------------------------------------------


def test_a_server_without_push_and_sms_sends_e_mails_instead(tell, mailoutbox):
    rows = [tell("pushed"), tell("texted", phone="+4799999999")]
    run(channels=[NoPush(), NoSms()])
    run()
    assert {outcome(row)[3] for row in rows} == {Name.EMAIL}
    assert len(mailoutbox) == 2
