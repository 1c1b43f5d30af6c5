from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from notifications import services
from notifications.enums import Channel
from notifications.models import Device, Notification, Preference
from tests.conftest import api_client
from tests.notifications.conftest import NOON, run

INBOX = "/api/v1/notifications"


@pytest.fixture
def told(tell, organization, mentor, stranger, foreign):
    """Tells the mentor `count` times, and the stranger once; answers the mentor's, the newest first."""

    def told(count: int) -> list[Notification]:
        tell("quiet", to=stranger, organization=foreign.organization)
        rows = []
        for number in range(count):
            rows.append(tell("quiet", to=mentor.user, organization=organization))
            run(at=NOON + timedelta(minutes=number))
        return rows[::-1]

    return told


def ids(answer) -> list[str]:
    return [row["notification_id"] for row in answer.json()["data"]]


def test_the_inbox_shows_what_one_has_been_told_newest_first_and_nobody_elses(told, as_mentor):
    rows = told(3)

    answer = as_mentor.get(INBOX)

    assert answer.status_code == 200
    assert ids(answer) == [str(row.pk) for row in rows]
    assert answer.json()["data"][0] == {
        "notification_id": str(rows[0].pk),
        "org_id": str(rows[0].organization_id),
        "kind": "quiet",
        "subject_id": str(rows[0].subject_id),
        "title": f"Hei på deg, {rows[0].recipient.first_name}",
        "body": "First paragraph.\nSecond line.\n\nSecond <paragraph> & more.",
        "path": "/greetings/",
        "data": {},
        "channel": "in_app",
        "sent_at": "2026-03-11T12:02:00+01:00",
        "read_at": None,
    }


def test_the_inbox_is_turned_page_by_page(told, as_mentor):
    rows = [str(row.pk) for row in told(5)]

    first = as_mentor.get(INBOX, {"limit": 2})
    second = as_mentor.get(INBOX, {"limit": 2, "cursor": first.json()["pagination"]["next"]})
    back = as_mentor.get(INBOX, {"limit": 2, "cursor": second.json()["pagination"]["previous"]})

    assert [ids(first), ids(second), ids(back)] == [rows[:2], rows[2:4], rows[:2]]
    assert first.json()["pagination"]["previous"] is None


@pytest.mark.parametrize("cursor", ["", "p=hello", "cD0yMDI2", "\x00", "a:b:c", "x" * 3000])
def test_a_cursor_that_is_not_ours_is_refused(told, as_mentor, cursor):
    told(1)
    assert as_mentor.get(INBOX, {"cursor": cursor}).status_code == 400


def test_a_coordinator_sees_the_failures_of_their_mentors_in_the_desk_but_not_in_the_inbox(told, as_coordinator):
    [row] = told(1)
    assert ids(as_coordinator.get(INBOX)) == []
    assert as_coordinator.get(f"{INBOX}/{row.pk}").status_code == 404
    assert as_coordinator.post(f"{INBOX}/{row.pk}/read").status_code == 404


def test_what_is_still_waiting_is_not_in_the_inbox(tell, organization, mentor, as_mentor):
    tell(to=mentor.user, organization=organization)
    assert ids(as_mentor.get(INBOX)) == []


def test_reading_keeps_the_first_moment_and_can_be_taken_back(told, as_mentor):
    [row] = told(1)

    first = as_mentor.post(f"{INBOX}/{row.pk}/read").json()["read_at"]
    again = as_mentor.post(f"{INBOX}/{row.pk}/read").json()["read_at"]
    taken_back = as_mentor.post(f"{INBOX}/{row.pk}/unread").json()["read_at"]

    assert first is not None
    assert again == first
    assert taken_back is None


def test_unread_ones_are_counted_filtered_and_all_marked_at_once(told, as_mentor, stranger):
    rows = told(3)
    as_mentor.post(f"{INBOX}/{rows[0].pk}/read")

    assert as_mentor.get(f"{INBOX}/unread-count").json() == {"unread_count": 2}
    assert ids(as_mentor.get(INBOX, {"unread": "true"})) == [str(row.pk) for row in rows[1:]]
    assert ids(as_mentor.get(INBOX, {"unread": "false"})) == [str(rows[0].pk)]
    assert as_mentor.post(f"{INBOX}/read-all").json() == {"read_count": 2}
    assert as_mentor.get(f"{INBOX}/unread-count").json() == {"unread_count": 0}
    assert Notification.objects.inbox_of(stranger).unread().count() == 1


def test_the_stranger_can_neither_read_nor_mark_what_others_were_told(told, as_stranger):
    [row] = told(1)
    assert as_stranger.get(f"{INBOX}/{row.pk}").status_code == 404
    assert as_stranger.post(f"{INBOX}/{row.pk}/read").status_code == 404
    row.refresh_from_db()
    assert row.read_at is None


@pytest.mark.parametrize("address", [INBOX, f"{INBOX}/unread-count", "/api/v1/notification-preferences"])
def test_nobody_gets_in_without_a_log_in(db, anonymous, address):
    assert anonymous.get(address).status_code == 401


# --- Preferences ------------------------------------------------------------------------------------------------------

PREFERENCES = "/api/v1/notification-preferences"


def test_every_kind_is_listed_with_the_channel_that_holds(as_mentor, mentor, stranger):
    services.set_preference(user=mentor.user, kind="greeting", channel=Channel.IN_APP)
    services.set_preference(user=stranger, kind="pushed", channel=Channel.SMS)

    rows = {row["kind"]: row for row in as_mentor.get(PREFERENCES).json()}

    assert rows["greeting"] == {
        "kind": "greeting",
        "label": "Ja",
        "channel": "in_app",
        "default_channel": "email",
        "is_chosen": True,
    }
    assert (rows["pushed"]["channel"], rows["pushed"]["is_chosen"]) == ("push", False)


def test_a_channel_is_chosen_and_the_choice_taken_back(as_mentor, mentor):
    chosen = as_mentor.put(f"{PREFERENCES}/greeting", {"channel": "push"})
    again = as_mentor.put(f"{PREFERENCES}/greeting", {"channel": "sms"})

    assert (chosen.json()["channel"], again.json()["channel"]) == ("push", "sms")
    assert Preference.objects.get(user=mentor.user).channel == "sms"
    assert as_mentor.delete(f"{PREFERENCES}/greeting").json()["channel"] == "email"


def test_an_unknown_kind_is_not_found(as_mentor):
    answer = as_mentor.put(f"{PREFERENCES}/no-such-kind", {"channel": "push"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_kind")


@pytest.mark.parametrize("body", [{}, {"channel": "pigeon"}, {"channel": None}, {"channel": "push", "user": "x"}])
def test_a_choice_that_is_none_is_refused(as_mentor, body):
    assert as_mentor.put(f"{PREFERENCES}/greeting", body).status_code == 400


# --- Devices ----------------------------------------------------------------------------------------------------------

DEVICES = "/api/v1/devices"


def _device(user, token: str) -> Device:
    return services.register_device(user=user, platform="android", token=token, session_key="", at=NOON)


def test_a_device_is_registered_from_the_log_in_and_its_token_is_never_shown(as_mentor, mentor):
    answer = as_mentor.post(DEVICES, {"platform": "ios", "token": "token-of-a-phone"})

    device = Device.objects.get(user=mentor.user)
    assert answer.status_code == 201
    assert set(answer.json()) == {"device_id", "platform", "last_seen_at", "created_at"}
    assert Session.objects.filter(session_key=device.session_key).exists()


def test_a_device_falls_silent_with_its_log_in(as_mentor, mentor):
    as_mentor.post(DEVICES, {"platform": "ios", "token": "token-of-a-phone"})
    assert Device.objects.live().count() == 1

    Session.objects.all().delete()

    assert Device.objects.live().count() == 0


def test_the_same_token_is_the_same_device_and_moves_to_whoever_logs_in_on_it(as_mentor, as_coordinator, coordinator):
    first = as_mentor.post(DEVICES, {"platform": "ios", "token": "token-of-a-phone"}).json()
    second = as_coordinator.post(DEVICES, {"platform": "ios", "token": "token-of-a-phone"}).json()

    assert first["device_id"] == second["device_id"]
    assert Device.objects.get().user == coordinator
    assert as_mentor.get(DEVICES).json()["data"] == []


def test_a_device_is_retired_and_comes_back_when_it_registers_again(as_mentor, mentor):
    device = _device(mentor.user, "token-of-a-phone")
    assert as_mentor.delete(f"{DEVICES}/{device.pk}").status_code == 204
    assert as_mentor.get(DEVICES).json()["data"] == []
    assert as_mentor.delete(f"{DEVICES}/{device.pk}").status_code == 404

    as_mentor.post(DEVICES, {"platform": "android", "token": "token-of-a-phone"})

    assert len(as_mentor.get(DEVICES).json()["data"]) == 1


def test_nobody_retires_anothers_device(mentor, as_stranger):
    device = _device(mentor.user, "token-of-a-phone")
    assert as_stranger.delete(f"{DEVICES}/{device.pk}").status_code == 404
    device.refresh_from_db()
    assert device.retired_at is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"platform": "ios"},
        {"platform": "fax", "token": "token-of-a-phone"},
        {"platform": "ios", "token": "a\x00token-of-a-phone"},
        {"platform": "ios", "token": "x" * 501},
        {"platform": "ios", "token": "token-of-a-phone", "user": "x"},
    ],
)
def test_a_device_that_cannot_be_is_refused(as_mentor, body):
    assert as_mentor.post(DEVICES, body).status_code == 400


def test_platform_staff_see_their_own_inbox_and_devices_only(told, mentor, platform_staff):
    told(1)
    _device(mentor.user, "token-of-a-phone")
    client = api_client(platform_staff)
    assert client.get(INBOX).json()["data"] == []
    assert client.get(DEVICES).json()["data"] == []


@pytest.mark.parametrize(("said", "code"), [("perhaps", "invalid"), ("1", "invalid"), ("", "blank")])
def test_a_yes_or_no_that_is_neither_is_refused_rather_than_showing_everything(as_mentor, said, code):
    answer = as_mentor.get("/api/v1/notifications", {"unread": said})
    assert (answer.status_code, answer.json()["errors"]["unread"][0]["code"]) == (400, code)
