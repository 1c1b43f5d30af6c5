"""Recognition from the first visit to the year that is shown to others: by app, pages and clock only."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import ModuleSetting
from achievements.services import add_starter_set
from achievements.tasks import generate_summaries
from mentoring.models import ActivityType
from notifications.dispatch import dispatch
from tests.conftest import api_client
from tests.factories import ActivityTypeFactory, AssignmentFactory

pytestmark = [pytest.mark.django_db(transaction=True)]

NOW = datetime(2026, 3, 11, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _a_day_in_march():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pair(organization, mentor, local_association):
    if not ActivityType.objects.filter(slug="home_visit").exists():
        ActivityTypeFactory(slug="home_visit")
    add_starter_set(organization=organization, at=NOW)
    return AssignmentFactory(organization=organization, mentor=mentor, local=local_association)


def log(client, pair, at: datetime, **facts) -> dict:
    body = {
        "peer_mentor_id": str(pair.mentor_id),
        "assignment_id": str(pair.pk),
        "type_id": str(ActivityType.objects.get(slug="home_visit", organization=None).pk),
        "occurred_at": at.isoformat(),
        "minutes": 30,
        **facts,
    }
    answer = client.post("/api/v1/activities", body, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def asked(client, address: str) -> dict:
    answer = client.get(f"/api/v1/{address}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def told_of_badges(client) -> list[dict]:
    dispatch(clock=lambda: NOW)
    return [row for row in asked(client, "notifications")["data"] if row["kind"].startswith("badge")]


def test_a_year_that_is_corrected_comes_back_right_and_can_be_shared(pair, mentor, anonymous, client):
    phone = api_client(mentor.user)
    made = log(phone, pair, NOW - timedelta(days=100))
    generate_summaries()
    before = asked(phone, "annual-summaries/me/2025")
    assert (before["generation_status"], before["total_activities"], before["total_hours"]) == ("ready", 1, 0.5)

    key = made.get("id") or made["activity_id"]
    answer = phone.patch(f"/api/v1/activities/{key}", {"minutes": 90}, format="json")
    assert answer.status_code == 200, answer.json()
    assert asked(phone, "annual-summaries/me/2025")["generation_status"] == "pending"
    generate_summaries()
    after = asked(phone, "annual-summaries/me/2025")
    assert (after["generation_status"], after["total_hours"]) == ("ready", 1.5)

    link = phone.post("/api/v1/annual-summaries/me/2025/share", {"days": 7}, format="json").json()["url"]
    path = "/" + link.split("/", 3)[3]
    assert client.get(path).status_code == 200
    assert pair.contact.first_name not in client.get(path).content.decode()
    assert phone.delete("/api/v1/annual-summaries/me/2025/share").status_code == 204
    assert client.get(path).status_code == 404


def test_the_visit_that_crosses_the_threshold_brings_the_badge_once(pair, mentor):
    phone = api_client(mentor.user)
    assert asked(phone, "earned-badges")["data"] == []
    log(phone, pair, NOW - timedelta(hours=2))
    earned = {row["slug"]: row for row in asked(phone, "earned-badges")["data"]}
    assert "first-activity" in earned
    assert asked(phone, f"earned-badges/{earned['first-activity']['earned_badge_id']}")["reason"]
    count = len(told_of_badges(phone))
    assert count == len(earned)
    log(phone, pair, NOW - timedelta(days=1))
    assert len(told_of_badges(phone)) == count
    assert asked(phone, f"peer-mentor-stats/{mentor.pk}")["activity_count"] == 2


def test_where_the_module_is_off_nothing_is_earned_or_written(pair, mentor):
    ModuleSetting.objects.filter(module="achievements-gamification").update(is_enabled=False)
    phone = api_client(mentor.user)
    log(phone, pair, NOW - timedelta(days=100))
    generate_summaries()
    assert told_of_badges(phone) == []
    for address in ("earned-badges", "annual-summaries", f"peer-mentor-stats/{mentor.pk}"):
        assert phone.get(f"/api/v1/{address}").json()["code"] == "module_disabled"
