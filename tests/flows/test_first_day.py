"""The main job: from a forgotten pair to the visit that takes it out of the queue, by API, desk and dispatcher only."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from mentoring.models import Assignment
from notifications.dispatch import database_clock, dispatch
from notifications.enums import Channel
from notifications.models import Notification
from tests.factories import PASSWORD, ActivityTypeFactory, AssignmentFactory, ContactFactory
from tests.notifications.providers import mail_server

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def forgotten(organization, mentor, local_association, coordinator):
    """A pair of the cast without contact for twelve days."""
    organization.quiet_from = organization.quiet_to = None
    organization.save()
    return AssignmentFactory(
        organization=organization,
        mentor=mentor,
        contact=ContactFactory(organization=organization, local_association=local_association, first_name="Randi"),
        coordinator=coordinator,
        last_contact_date=timezone.now() - timedelta(days=12),
    )


@pytest.fixture
def post_office(settings):
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", server.port, False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield server


def app_log_in(email):
    answer = Client().post(
        "/_allauth/app/v1/auth/login", {"email": email, "password": PASSWORD}, content_type="application/json"
    )
    return {"X-Session-Token": answer.json()["meta"]["session_token"]}


def queue(client):
    return client.get("/admin/").content.decode()


def remind(client, assignment):
    """Press *remind now* beside the pair in the queue."""
    pressed = client.post("/admin/mentoring/assignment/do/remind/", {"ids": assignment.pk, "next": "/admin/"})
    assert pressed.status_code == 302


def test_a_forgotten_pair_is_found_reminded_of_visited_and_gone(
    forgotten, mentor, admin_as_coordinator, post_office, settings
):
    page = queue(admin_as_coordinator)
    assert "Randi" in page
    assert "12" in page

    remind(admin_as_coordinator, forgotten)
    assert dispatch(clock=database_clock())["sent"] == 1
    [mail] = post_office.mails
    assert mail["To"] == "mentor@example.org"
    assert "Randi" in mail.get_body(("plain",)).get_content()
    assert Notification.objects.get().channel == Channel.EMAIL

    token = app_log_in("mentor@example.org")
    phone = Client(headers=token)
    [mine] = phone.get("/api/v1/assignments").json()["data"]
    assert (mine["mentee_name"].split()[0], mine["days_since_contact"]) == ("Randi", 12)
    visit = phone.post(
        "/api/v1/activities",
        {
            "type_id": str(ActivityTypeFactory().pk),
            "assignment_id": mine["assignment_id"],
            "occurred_at": timezone.now().isoformat(),
            "minutes": 45,
        },
        content_type="application/json",
    )
    assert visit.status_code == 201, visit.content
    assert phone.get(f"/api/v1/assignments/{mine['assignment_id']}").json()["days_since_contact"] == 0
    assert "Randi" not in queue(admin_as_coordinator)
    assert Assignment.objects.get().reminder_sent_at is None


def test_a_mail_whose_reason_is_gone_before_it_goes_out_is_never_sent(
    forgotten, coordinator, admin_as_coordinator, post_office
):
    remind(admin_as_coordinator, forgotten)
    token = app_log_in("mentor@example.org")
    Client(headers=token).put(
        f"/api/v1/assignments/{forgotten.pk}/last-contact",
        {"last_contact_date": timezone.now().isoformat()},
        content_type="application/json",
    )
    assert dispatch(clock=database_clock())["cancelled"] == 1
    assert post_office.mails == []
