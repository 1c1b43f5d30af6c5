"""A new user's walk over the pages: the visit that earns a badge, and the correction that comes back right."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from achievements.models import AnnualSummary, BadgeDefinition, EarnedBadge
from achievements.services import add_starter_set
from achievements.tasks import generate_summaries
from mentoring.models import Activity, ActivityType
from notifications.dispatch import dispatch
from notifications.models import Notification
from tests.conftest import api_client, browser
from tests.factories import ActivityTypeFactory, AssignmentFactory
from tests.mentoring.test_admin_forms import address, form_of

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 11, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _a_day_in_march():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pair(organization, mentor, local_association):
    add_starter_set(organization=organization, at=NOW)
    ActivityType.objects.filter(slug="home_visit").exists() or ActivityTypeFactory(slug="home_visit")
    return AssignmentFactory(organization=organization, mentor=mentor, local=local_association)


def text(page) -> str:
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


def register(desk, pair, at, **facts):
    """A coordinator registers a visit for the mentor, on the page for it."""
    given = {
        "mentor": pair.mentor_id,
        "contact": pair.contact_id,
        "type": ActivityType.objects.get(slug="home_visit", organization=None).pk,
        "occurred_at": at.strftime("%Y-%m-%dT%H:%M"),
        "minutes": 30,
        "reached": "on",
        **facts,
    }
    answer = desk.post(address("activity", "add"), given)
    assert answer.status_code == 302, answer.context["adminform"].form.errors


def told(mentor) -> list[str]:
    dispatch(clock=lambda: NOW)
    rows = api_client(mentor.user).get("/api/v1/notifications").json()["data"]
    return [row["title"] for row in rows if row["kind"].startswith("badge")]


def test_the_tenth_visit_earns_a_badge_with_its_sentence_and_one_notification(pair, mentor, admin_as_coordinator):
    """The badge that takes ten, among those that the first visit brings."""
    desk, badge = admin_as_coordinator, BadgeDefinition.objects.get(slug="ten-activities")
    for days in range(9):
        register(desk, pair, NOW - timedelta(days=1 + days))
    assert not EarnedBadge.objects.filter(definition=badge).exists()
    before = told(mentor)
    assert str(badge) not in " ".join(before)

    register(desk, pair, NOW - timedelta(hours=2))

    earned = EarnedBadge.objects.get(definition=badge)
    page = text(desk.get(reverse("admin:achievements_earnedbadge_change", args=[earned.pk])))
    assert str(badge) in page
    assert "Tildelt for 10 aktiviteter." in page
    assert sorted(told(mentor)) == sorted([*before, f"Du har fått et merke: {badge}"])
    assert Notification.objects.filter(subject_id=earned.pk).count() == 1

    register(desk, pair, NOW - timedelta(hours=1), is_distinct="on")
    assert len(told(mentor)) == len(before) + 1

    generate_summaries()
    assert str(badge) in text(browser(mentor.user).get("/wrapped/2026/"))


def test_a_visit_of_last_year_that_is_corrected_makes_the_year_wait_and_come_back_right(
    pair, mentor, admin_as_coordinator
):
    desk, own = admin_as_coordinator, browser(mentor.user)
    register(desk, pair, NOW - timedelta(days=100))
    generate_summaries()
    summary = AnnualSummary.objects.get(year=2025)
    on_the_desk = reverse("admin:achievements_annualsummary_change", args=[summary.pk])
    stale = "Noe er endret."
    assert '<span class="state">Klar</span>' in text(desk.get(on_the_desk))
    assert "Du ga 30 minutter av tiden din." in text(own.get("/wrapped/2025/"))

    page = address("activity", "change", Activity.objects.get().pk)
    assert desk.post(page, {**form_of(desk, page), "minutes": 90}).status_code == 302

    assert '<span class="state">Venter</span>' in text(desk.get(on_the_desk))
    waiting = text(own.get("/wrapped/2025/"))
    assert stale in waiting
    assert "Du ga 30 minutter av tiden din." in waiting

    generate_summaries()
    assert '<span class="state">Klar</span>' in text(desk.get(on_the_desk))
    right = text(own.get("/wrapped/2025/"))
    assert stale not in right
    assert "Du ga 1,5 timer av tiden din." in right
