"""A question from the first word to the last: by app, desk and clock only, with mail to a real server."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.local_time import moment_at
from notifications.dispatch import dispatch
from notifications.models import Notification
from tests.conftest import api_client, browser
from tests.notifications.providers import mail_server
from timeline.tasks import tell_late_answers

pytestmark = [pytest.mark.django_db(transaction=True)]

#: Thursday before Easter week; the 2nd, 3rd and 6th of April are holidays.
ASKED = date(2026, 3, 26)
DESK = "/api/v1/answer-desk"
ANSWERED = "Your reflection has been answered"


@pytest.fixture
def post_office(settings):
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", server.port, False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield server


def at(day: date, hour: int = 12) -> time_machine.travel:
    return time_machine.travel(moment_at(day, time(hour), "Europe/Oslo"), tick=False)


def days_pass(first: date, last: date) -> None:
    """Every hour of these days, what beat rings for, and a worker that sends."""
    for hour in range(24 * ((last - first).days + 1)):
        now = moment_at(first, time(0), "Europe/Oslo") + timedelta(hours=hour)
        with time_machine.travel(now, tick=False):
            tell_late_answers()
            dispatch(clock=lambda now=now: now)


def told(person) -> list[tuple[str, str]]:
    """When (local day and hour) somebody was told, and what."""
    rows = Notification.objects.filter(recipient=person, state="sent").order_by("sent_at")
    return [(row.sent_at.astimezone(ZoneInfo("Europe/Oslo")).strftime("%m-%d %H"), row.title) for row in rows]


def test_a_question_is_answered_asked_again_forgotten_and_not_lost(mentor, coordinator, org_admin, post_office):
    for person in (mentor.user, coordinator, org_admin):
        type(person).objects.filter(pk=person.pk).update(language="en")
    with at(ASKED):
        written = api_client(mentor.user).post(
            "/api/v1/training/reflections", {"kind": "text", "text": "How long may I wait?"}, format="json"
        )
        assert written.status_code == 201, written.content
        (row,) = api_client(coordinator).get(DESK).json()["data"]
        # Three working days: the 27th, 30th and 31st.
        assert (row["content"], row["level"], row["due_on"]) == ("How long may I wait?", "waiting", "2026-03-31")
        page = f"{DESK}/{row['id']}"
        assert api_client(coordinator).post(f"{page}/claim").status_code == 200
        assert api_client(org_admin).post(f"{page}/answers", {"text": "Long."}).status_code == 409
        assert api_client(coordinator).post(f"{page}/answers", {"text": "As long as you can."}).status_code == 201
        assert api_client(coordinator).get(DESK).json()["data"] == []

    days_pass(ASKED + timedelta(days=1), ASKED + timedelta(days=5))
    assert [title for __, title in told(mentor.user)] == [ANSWERED]
    assert told(coordinator) == told(org_admin) == []

    with at(date(2026, 3, 31)):
        reflection = row["reflection_id"]
        again = api_client(mentor.user).post(
            f"/api/v1/training/reflections/{reflection}/replies", {"text": "And then?"}, format="json"
        )
        assert again.status_code == 201, again.content
        (row,) = api_client(coordinator).get(DESK).json()["data"]
        # The 1st, then Easter, then the 7th and the 8th.
        assert (row["level"], row["due_on"]) == ("waiting", "2026-04-08")

    days_pass(date(2026, 4, 1), date(2026, 4, 13))
    late = "A reflection has waited too long for an answer"
    # Due on Wednesday the 8th, escalated after Friday the 10th: nobody is told on a weekend or at night.
    assert told(coordinator) == [("04-09 08", late), ("04-10 08", late), ("04-13 08", late)]
    assert told(org_admin) == [("04-13 08", late)]

    with at(date(2026, 4, 13), 13):
        desk = browser(org_admin)
        address = f"/admin/timeline/waitingreflection/{row['id']}/change/"
        client_id = "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5d"
        done = desk.post(address, {"do": "answer", "text": "Then you ask.", "client_id": client_id})
        assert done.status_code == 302
    days_pass(date(2026, 4, 14), date(2026, 4, 15))
    assert [title for __, title in told(mentor.user)] == [ANSWERED] * 2
    assert len(told(coordinator)) == 3
    assert len(told(org_admin)) == 1
    assert not any("wait?" in str(mail) or "ask." in str(mail) for mail in post_office.mails)
