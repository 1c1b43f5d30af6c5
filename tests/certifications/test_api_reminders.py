"""Renewal reminders through the phone's door."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from certifications import services
from certifications.models import ArchivedReminder, RenewalReminder
from notifications.models import Notification
from tests.factories import MentorProfileFactory

URL = "/api/v1/certification-renewal-reminders"
SIXTEEN = {
    "id", "certificate_id", "user_id", "reminder_type", "scheduled_at", "sent_at", "status", "channel",
    "failure_reason", "retry_count", "certificate_expiry_date", "organization_id", "coordinator_notified",
    "auto_pause_triggered", "created_at", "updated_at",
}  # fmt: skip


@pytest.fixture
def certificate(issue):
    """Valid for twenty days more: three reminders cancelled, four waiting."""
    return issue(20, at=timezone.now())


@pytest.fixture
def waiting(certificate):
    return RenewalReminder.objects.get(certificate=certificate, reminder_type="7_days_before")


@pytest.fixture
def failed(certificate, waiting, as_coordinator):
    """One whose message could not be delivered."""
    assert as_coordinator.post(f"{URL}/{waiting.pk}/send-now").status_code == 200
    waiting.refresh_from_db()
    Notification.objects.filter(pk=waiting.notification_id).update(state="failed", attempts=3, failure_reason="bounced")
    services.process_due(at=timezone.now())
    return waiting


def types(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["reminder_type"] for row in answer.json()["data"]]


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def test_a_reminder_has_the_sixteen_attributes_and_three_more(waiting, as_mentor, as_coordinator):
    for client in (as_mentor, as_coordinator):
        said = client.get(f"{URL}/{waiting.pk}").json()
        assert said.keys() == SIXTEEN | {"mentor_id", "needs_attention", "is_archived"}
    assert (said["status"], said["channel"], said["retry_count"], said["sent_at"]) == ("pending", "email", 0, None)
    assert (said["needs_attention"], said["is_archived"]) == (False, False)


def test_the_list_is_in_the_order_in_which_reminders_come_due(certificate, as_mentor, as_neighbour, as_stranger):
    assert types(as_mentor.get(URL)) == [
        "90_days_before", "60_days_before", "30_days_before", "14_days_before", "7_days_before", "1_day_before",
        "on_expiry",
    ]  # fmt: skip
    assert types(as_neighbour.get(URL)) == types(as_stranger.get(URL)) == []


def test_the_list_is_narrowed(certificate, waiting, mentor, as_coordinator):
    day = certificate.expires_on
    for query, count in (
        ({"status": "cancelled"}, 3),
        ({"reminder_type": "on_expiry"}, 1),
        ({"mentor_id": str(mentor.pk)}, 7),
        ({"user_id": str(mentor.user_id)}, 7),
        ({"user_id": str(mentor.pk)}, 0),
        ({"certificate_id": str(certificate.pk)}, 7),
        ({"scheduled_from": str(day)}, 1),
        ({"scheduled_from": str(day - timedelta(days=7)), "scheduled_to": str(day - timedelta(days=1))}, 2),
        ({"needs_attention": "true"}, 0),
        ({"needs_attention": "false"}, 7),
        ({"archived": "false"}, 7),
        ({"archived": "true"}, 0),
    ):
        assert len(types(as_coordinator.get(URL, query))) == count, query


def test_the_list_asks_the_database_as_often_for_three_mentors_as_for_one(
    issue, certificate, organization, local_association, as_org_admin
):
    for archived in ("false", "true"):
        as_org_admin.get(URL, {"archived": archived, "limit": 100})
    with CaptureQueriesContext(connection) as one:
        as_org_admin.get(URL, {"limit": 100})
    for __ in range(2):
        issue(20, at=timezone.now(), to=MentorProfileFactory(organization=organization))
    with CaptureQueriesContext(connection) as three:
        assert len(types(as_org_admin.get(URL, {"limit": 100}))) == 21
    assert len(three) == len(one)


def test_staff_cancel_one_that_waits(waiting, as_coordinator):
    answer = as_coordinator.post(f"{URL}/{waiting.pk}/cancel", {"reason": "Told in person"})
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert answer.json()["failure_reason"] == "cancelled_by_hand"
    assert code_of(as_coordinator.post(f"{URL}/{waiting.pk}/cancel")) == (409, "invalid_transition")


def test_staff_send_one_now_but_not_the_notice_of_expiry(waiting, certificate, as_coordinator):
    answer = as_coordinator.post(f"{URL}/{waiting.pk}/send-now")
    assert answer.status_code == 200, answer.content
    waiting.refresh_from_db()
    assert waiting.notification_id is not None
    assert code_of(as_coordinator.post(f"{URL}/{waiting.pk}/send-now")) == (409, "on_its_way")
    last = RenewalReminder.objects.get(certificate=certificate, reminder_type="on_expiry")
    assert code_of(as_coordinator.post(f"{URL}/{last.pk}/send-now")) == (409, "goes_out_by_itself")


def test_one_that_failed_for_good_is_tried_again_by_another_way(failed, as_coordinator):
    assert types(as_coordinator.get(URL, {"needs_attention": "true"})) == ["7_days_before"]
    answer = as_coordinator.post(f"{URL}/{failed.pk}/retry", {"channel": "in_app"})
    assert answer.status_code == 200, answer.content
    failed.refresh_from_db()
    assert (failed.notification.channel, failed.notification.state) == ("in_app", "pending")
    assert answer.json()["needs_attention"] is False
    assert code_of(as_coordinator.post(f"{URL}/{failed.pk}/retry")) == (409, "not_failed")
    assert code_of(as_coordinator.post(f"{URL}/{failed.pk}/retry", {"channel": "pigeon"})) == (400, "invalid")


def test_one_that_failed_for_good_is_given_up(failed, as_coordinator, waiting):
    answer = as_coordinator.post(f"{URL}/{failed.pk}/give-up")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert code_of(as_coordinator.post(f"{URL}/{failed.pk}/give-up")) == (409, "not_failed")


@pytest.mark.parametrize("verb", ["cancel", "send-now", "retry", "give-up"])
def test_only_staff_who_care_for_the_mentor_act(waiting, as_mentor, as_neighbour, as_stranger, anonymous, verb):
    url = f"{URL}/{waiting.pk}/{verb}"
    assert code_of(as_mentor.post(url)) == (403, "permission_denied")
    assert code_of(as_neighbour.post(url)) == code_of(as_stranger.post(url)) == (404, "not_found")
    assert code_of(anonymous.post(url)) == (401, "not_authenticated")
    waiting.refresh_from_db()
    assert (waiting.status, waiting.notification_id) == ("pending", None)


def test_those_of_the_archive_are_still_found(certificate, as_mentor, as_coordinator, as_neighbour):
    long_ago = timezone.now() - timedelta(days=500)
    rows = RenewalReminder.objects.filter(certificate=certificate, status="cancelled")
    rows.update(scheduled_at=long_ago, updated_at=long_ago)
    assert services.archive_reminders(at=timezone.now()) == 3
    archived = ArchivedReminder.objects.first()
    for client in (as_mentor, as_coordinator):
        assert len(types(client.get(URL))) == 4
        assert len(types(client.get(URL, {"archived": "true"}))) == 3
        said = client.get(f"{URL}/{archived.pk}").json()
        assert (said["id"], said["is_archived"]) == (str(archived.pk), True)
        assert said.keys() > SIXTEEN
    assert types(as_neighbour.get(URL, {"archived": "true"})) == []
    assert as_neighbour.get(f"{URL}/{archived.pk}").status_code == 404
    for query in ({"needs_attention": "true"}, {"status": "sent"}):
        assert types(as_coordinator.get(URL, {"archived": "true", **query})) == []
    assert code_of(as_coordinator.post(f"{URL}/{archived.pk}/cancel")) == (409, "invalid_transition")
    assert code_of(as_mentor.post(f"{URL}/{archived.pk}/cancel")) == (403, "permission_denied")
