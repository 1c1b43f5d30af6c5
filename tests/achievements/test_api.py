"""Mentors' figures through the phone's door."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ModuleSetting
from certifications import services as certifications
from certifications.models import Certificate
from mentoring import services
from mentoring.enums import Source
from mentoring.models import ActivityType
from tests.factories import AssignmentFactory, CertificationTypeFactory, MentorProfileFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/peer-mentor-stats"


def record(pair, days_ago, *, slug="home_visit", **facts):
    """So many days before today, at noon in Oslo or now, whichever is earlier."""
    now = timezone.now()
    return services.record_activity(
        mentor_id=pair.mentor_id,
        by=None,
        at=now,
        source=Source.SELF,
        on_duplicate="flag",
        type_id=ActivityType.objects.get(slug=slug).pk,
        assignment_id=pair.pk,
        occurred_at=now - timedelta(days=days_ago),
        **facts,
    ).activity


@pytest.fixture
def pair(organization, mentor, local_association):
    return AssignmentFactory(organization=organization, mentor=mentor, local=local_association)


@pytest.fixture
def busy(pair):
    """Three days in a row up to yesterday, and one long before."""
    for days in (40, 3, 2, 1):
        record(pair, days)
    record(pair, 1, slug="phone_call", reached=False, minutes=15)
    return pair.mentor


def test_a_mentor_reads_their_own_figures(busy, as_mentor):
    said = as_mentor.get(f"{URL}/{busy.pk}").json()
    assert datetime.fromisoformat(said.pop("computed_at")) <= timezone.now()
    assert said.pop("current_week_streak") >= 1
    assert said.pop("longest_week_streak") >= 1
    assert said == {
        "peer_mentor_id": str(busy.pk),
        "peer_mentor_name": busy.user.get_full_name(),
        "org_id": str(busy.organization_id),
        "activity_count": 5,
        "minutes": 135,
        "contact_count": 1,
        "assignment_count": 1,
        "event_count": 0,
        "training_count": 0,
        "current_day_streak": 3,
        "longest_day_streak": 3,
        "counts_by_type": {"home_visit": 4, "phone_call": 1},
        "last_activity_on": (timezone.localtime() - timedelta(days=1)).date().isoformat(),
    }


def test_who_has_done_nothing_yet_has_zeros(mentor, as_mentor):
    said = as_mentor.get(f"{URL}/{mentor.pk}").json()
    assert (said["activity_count"], said["counts_by_type"], said["longest_day_streak"]) == (0, {}, 0)
    assert (said["last_activity_on"], said["computed_at"]) == (None, None)
    streak = as_mentor.get(f"{URL}/{mentor.pk}/streak").json()
    assert streak["days"] == streak["weeks"] == streak["months"] == {"current": 0, "longest": 0}
    assert as_mentor.get(f"{URL}/{mentor.pk}/activity-count").json()["activity_count"] == 0


def test_a_streak_has_ended_when_a_whole_day_went_by(pair, as_mentor):
    for days in (4, 3, 2):
        record(pair, days)
    said = as_mentor.get(f"{URL}/{pair.mentor_id}/streak").json()
    assert said["days"] == {"current": 0, "longest": 3}
    assert said["weeks"]["current"] == said["weeks"]["longest"]
    assert said["on"] == timezone.localdate().isoformat()


def test_activities_are_counted_between_two_days_both_included(pair, busy, as_mentor, org_admin):
    url = f"{URL}/{busy.pk}/activity-count"
    today = timezone.localdate()

    def counted(**query):
        said = as_mentor.get(url, {name: str(value) for name, value in query.items()}).json()
        return said["activity_count"], said["minutes"]

    assert counted() == (5, 135)
    assert counted(**{"from": today - timedelta(days=3)}) == (4, 105)
    assert counted(**{"from": today - timedelta(days=3), "to": today - timedelta(days=2)}) == (2, 60)
    assert counted(type="phone_call") == (1, 15)
    assert counted(type="unheard-of") == (0, 0)
    assert counted(**{"from": today, "to": today - timedelta(days=9)}) == (0, 0)
    services.delete_activity(activity=record(pair, 2, slug="phone_call"), by=org_admin, at=timezone.now())
    assert counted() == (5, 135)


def test_completed_trainings_are_listed_once_each_with_the_first_day(mentor, as_mentor, org_admin):
    course, other, revoked = (
        CertificationTypeFactory(organization=mentor.organization, code=code, name=code.title(), validity_months=None)
        for code in ("basic", "first-aid", "revoked")
    )
    today = timezone.localdate()

    def issue(type_, days_ago):
        issued_on = today - timedelta(days=days_ago)
        draft = certifications.Draft(mentor.pk, type_.pk, issued_on, None)
        facts = {"organization": mentor.organization, "by": org_admin, "at": timezone.now()}
        (made,) = certifications.issue_certificates(drafts=[draft], **facts)
        return Certificate.objects.get(pk=made.certificate_id)

    issue(course, 90), issue(course, 3), issue(other, 30)
    gone = issue(revoked, 2)
    certifications.revoke_certificate(certificate=gone, reason="Mistaken.", by=org_admin, at=timezone.now())
    said = as_mentor.get(f"{URL}/{mentor.pk}/training-completions").json()
    assert said["training_count"] == as_mentor.get(f"{URL}/{mentor.pk}").json()["training_count"] == 2
    assert [(row["certification_type"], row["name"], row["completed_on"]) for row in said["trainings"]] == [
        ("first-aid", "First-Aid", (today - timedelta(days=30)).isoformat()),
        ("basic", "Basic", (today - timedelta(days=90)).isoformat()),
    ]


@pytest.mark.parametrize("query", ["from=", "from=2026-02-30", "to=x", "since=2026-01-01", "page=1", "type=%00"])
def test_what_cannot_be_asked_is_refused(mentor, as_mentor, query):
    assert as_mentor.get(f"{URL}/{mentor.pk}/activity-count?{query}").status_code == 400


@pytest.mark.parametrize("tail", ["", "/streak", "/activity-count", "/training-completions"])
def test_everybody_sees_the_mentors_they_may_see(busy, request, tail):
    answers = {
        who: request.getfixturevalue(f"as_{who}").get(f"{URL}/{busy.pk}{tail}").status_code
        for who in ("mentor", "coordinator", "org_admin", "platform_staff", "neighbour", "stranger")
    }
    assert answers == {
        "mentor": 200,
        "coordinator": 200,
        "org_admin": 200,
        "platform_staff": 200,
        "neighbour": 404,
        "stranger": 404,
    }


def listed(client, **query) -> set[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return {row["peer_mentor_id"] for row in answer.json()["data"]}


def test_the_list_has_the_mentors_in_ones_care(busy, next_door, organization, foreign, request):
    other = MentorProfileFactory(organization=organization, local_association=next_door)
    own, far, theirs = str(busy.pk), str(other.pk), str(foreign.mentor.pk)
    seen = {
        who: listed(request.getfixturevalue(f"as_{who}"))
        for who in ("mentor", "coordinator", "neighbour", "org_admin", "stranger")
    }
    assert seen == {
        "mentor": {own},
        "coordinator": {own},
        "neighbour": {far},
        "org_admin": {own, far},
        "stranger": {theirs},
    }
    assert listed(request.getfixturevalue("as_platform_staff"), org_id=str(foreign.organization.pk)) == {theirs}


def test_where_the_module_is_off_nothing_is_shown(busy, as_mentor, as_org_admin):
    ModuleSetting.objects.filter(module="achievements-gamification").update(is_enabled=False)
    for client in (as_mentor, as_org_admin):
        for tail in (
            "",
            *(f"/{busy.pk}{tail}" for tail in ("", "/streak", "/activity-count", "/training-completions")),
        ):
            answer = client.get(f"{URL}{tail}")
            assert (answer.status_code, answer.json()["code"]) == (403, "module_disabled")


def test_figures_are_read_with_few_questions(busy, as_mentor):
    as_mentor.get(f"{URL}/{busy.pk}")
    costs = {}
    for tail in ("", "/streak", "/activity-count"):
        with CaptureQueriesContext(connection) as made:
            as_mentor.get(f"{URL}/{busy.pk}{tail}")
        costs[tail] = len([each for each in made if "SAVEPOINT" not in each["sql"]])
    assert costs[""] == costs["/streak"] == costs["/activity-count"] - 1
    assert costs[""] <= 6


def test_today_is_the_organisations(pair, as_mentor, organization):
    """East of the date line it is tomorrow already."""
    type(organization).objects.filter(pk=organization.pk).update(time_zone="Pacific/Kiritimati")
    said = as_mentor.get(f"{URL}/{pair.mentor_id}/streak").json()
    assert said["on"] == (datetime.now(UTC) + timedelta(hours=14)).date().isoformat()
