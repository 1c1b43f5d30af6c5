"""A certificate from the course to the lapse and back: by app, desk and clock only, with mail to a real server."""

from collections import Counter
from datetime import date, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.local_time import moment_at
from certifications.tasks import process_due_reminders, sweep_expiries
from notifications.dispatch import dispatch
from operations import duties
from tests.conftest import api_client, browser
from tests.factories import CertificationTypeFactory
from tests.notifications.providers import mail_server

pytestmark = [pytest.mark.django_db(transaction=True)]

TODAY = date(2026, 3, 9)
EXPIRY = TODAY + timedelta(days=20)


@pytest.fixture
def post_office(settings):
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", server.port, False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield server


@pytest.fixture
def course(organization):
    return CertificationTypeFactory(
        organization=organization, code="basic", name="Basic course", renewal_course="Autumn weekend"
    )


def at(day: date, hour: int = 12) -> time_machine.travel:
    return time_machine.travel(moment_at(day, time(hour), "Europe/Oslo"), tick=False)


def clock_strikes(day: date) -> None:
    """What beat rings for at a quarter past eight."""
    with time_machine.travel(moment_at(day, time(8, 15), "Europe/Oslo"), tick=False):
        sweep_expiries()
        process_due_reminders()


def worker_sends(day: date) -> None:
    now = moment_at(day, time(8, 16), "Europe/Oslo")
    with time_machine.travel(now, tick=False):
        dispatch(clock=lambda: now)
        process_due_reminders()


def each_morning(first: date, last: date) -> None:
    for days in range((last - first).days + 1):
        clock_strikes(first + timedelta(days=days))
        worker_sends(first + timedelta(days=days))


def reminders_of(client, certificate) -> dict:
    answer = client.get(f"/api/v1/certification-renewal-reminders?certificate_id={certificate}")
    return {row["reminder_type"]: row for row in answer.json()["data"]}


def public(client) -> list[str]:
    return [row["name"] for row in client.get("/api/v1/public/mentors?organization=north").json()["data"]]


def status_of(mentor) -> tuple[str, str]:
    told = api_client(mentor.user).get(f"/api/v1/mentors/{mentor.pk}").json()
    return told["status"], told["pause_reason"]


def issue(client, mentor) -> str:
    answer = client.post(
        "/api/v1/certificates",
        {
            "mentor_id": str(mentor.pk),
            "certification_type": "basic",
            "issue_date": "2024-03-29",
            "expiry_date": EXPIRY.isoformat(),
        },
        format="json",
    )
    assert answer.status_code == 201, answer.json()
    return answer.json()["certificate_id"]


def renew(client, certificate, on: date) -> str:
    answer = client.post(f"/api/v1/certificates/{certificate}/renew", {"issue_date": on.isoformat()}, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()["certificate_id"]


def invariants_hold() -> None:
    assert [one.invariant.name for one in duties.check(at=timezone.now()) if not one.holds] == []


def test_a_lapse_pauses_and_a_renewal_brings_back(mentor, coordinator, course, anonymous, post_office):
    with at(TODAY):
        certificate = issue(api_client(coordinator), mentor)
        series = reminders_of(api_client(coordinator), certificate)
        cancelled = {name: row["failure_reason"] for name, row in series.items() if row["status"] == "cancelled"}
        assert len(series) == 7
        assert cancelled == dict.fromkeys(("90_days_before", "60_days_before", "30_days_before"), "past_at_entry")
        dry_run = browser(coordinator).get(
            f"/admin/certifications/renewalreminder/dry-run/?organization={mentor.organization_id}&on={EXPIRY}"
        )
        assert [each.pk for each in dry_run.context["found"].paused] == [mentor.pk]
        assert public(anonymous) == [mentor.user.get_full_name()]
    assert post_office.mails == []

    each_morning(TODAY + timedelta(days=1), EXPIRY)
    with at(EXPIRY):
        assert public(anonymous) == []
        assert status_of(mentor) == ("paused", "certification_expired")
        sent = {name: row["status"] for name, row in reminders_of(api_client(mentor.user), certificate).items()}
        assert sent == {name: "cancelled" if name in cancelled else "sent" for name in series}
        invariants_hold()
    # At 14, 7 and 1 days and on the day itself; the coordinator is told of the pause.
    assert Counter(mail["To"] for mail in post_office.mails) == {"mentor@example.org": 4, "coordinator@example.org": 1}
    assert "Autumn weekend" in post_office.mails[0].get_body(("plain",)).get_content()

    back = EXPIRY + timedelta(days=3)
    with at(back):
        renewed = renew(api_client(coordinator), certificate, back)
        assert status_of(mentor) == ("active", "")
        assert public(anonymous) == [mentor.user.get_full_name()]
        series = reminders_of(api_client(coordinator), renewed)
        assert {row["status"] for row in series.values()} == {"pending"}
        assert len(series) == 7
        invariants_hold()


def test_a_mail_whose_certificate_is_renewed_before_it_goes_out_is_never_sent(mentor, coordinator, course, post_office):
    with at(TODAY):
        certificate = issue(api_client(coordinator), mentor)
    due = EXPIRY - timedelta(days=14)
    clock_strikes(due)
    with at(due):
        renew(api_client(coordinator), certificate, due)

    worker_sends(due)

    assert post_office.mails == []
    with at(due, 13):
        assert reminders_of(api_client(coordinator), certificate)["14_days_before"]["status"] == "cancelled"
        invariants_hold()
