"""Recognition tiers: where a mentor stands, how far it is to the next, and how an association lays them down."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from accounts.models import ChangeEntry, ModuleSetting
from achievements.enums import Metric, Tier, Window
from achievements.models import MentorStats, RecognitionTiers
from achievements.sentences import tier_sentence
from achievements.services import InvalidTiers, save_tiers, tier_of, tiers_of
from achievements.tiers import TierStanding, misplaced, standing
from operations.models import Job
from tests.factories import ActivityFactory, AssignmentFactory, ContactFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 1, 11, 0, tzinfo=UTC)
URL = "/api/v1/recognition-tiers"
USUAL = {"metric": "activities", "window": "lifetime", "bronze": 10, "silver": 50, "gold": 150, "platinum": 400}
THRESHOLDS = {Tier.BRONZE: 10, Tier.SILVER: 50, Tier.GOLD: 150, Tier.PLATINUM: 400}


# --- The mathematics


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        (0, TierStanding(None, Tier.BRONZE, 0, 10, 10)),
        (9, TierStanding(None, Tier.BRONZE, 9, 10, 1)),
        (10, TierStanding(Tier.BRONZE, Tier.SILVER, 10, 50, 40)),
        (149, TierStanding(Tier.SILVER, Tier.GOLD, 149, 150, 1)),
        (399, TierStanding(Tier.GOLD, Tier.PLATINUM, 399, 400, 1)),
        (400, TierStanding(Tier.PLATINUM, None, 400, None, 0)),
        (9999, TierStanding(Tier.PLATINUM, None, 9999, None, 0)),
    ],
)
def test_a_tier_begins_at_its_threshold(current, expected):
    assert standing(current, THRESHOLDS) == expected


def test_with_every_activity_the_next_tier_is_one_nearer():
    for current in range(400):
        now, then = standing(current, THRESHOLDS), standing(current + 1, THRESHOLDS)
        assert then.missing == now.missing - 1 or then.tier != now.tier
        assert now.missing == (now.required or current) - current


def test_tiers_that_do_not_ascend_are_all_named():
    assert list(misplaced(THRESHOLDS)) == []
    level = dict.fromkeys(Tier, 10)
    assert list(misplaced(level)) == [
        (Tier.SILVER, Tier.BRONZE),
        (Tier.GOLD, Tier.SILVER),
        (Tier.PLATINUM, Tier.GOLD),
    ]


def test_the_sentence_says_where_the_next_tier_begins():
    with translation.override("en"):
        said = [tier_sentence(standing(count, THRESHOLDS), Metric.ACTIVITIES) for count in (9, 12, 400)]
    assert said == [
        "9 activities so far. Bronze comes at 10 activities.",
        "12 activities: Bronze. Silver comes at 50 activities.",
        "400 activities: Platinum, the highest tier.",
    ]


# --- Where a mentor stands


@pytest.fixture
def pair(organization, mentor, local_association):
    return AssignmentFactory(organization=organization, mentor=mentor, local=local_association)


def lay_down(organization, by=None, **changes):
    return save_tiers(tiers=RecognitionTiers(organization=organization, **{**USUAL, **changes}), by=by, at=NOW)


def test_whoever_earns_a_badge_under_new_thresholds_is_looked_for_in_the_background(organization):
    lay_down(organization, bronze=5)
    assert Job.objects.get().kind == "evaluate_badges"
    lay_down(organization, bronze=5)
    assert Job.objects.count() == 1


def test_over_all_years_a_mentor_stands_where_their_figures_say(mentor):
    assert tier_of(mentor=mentor, at=NOW) == TierStanding(None, Tier.BRONZE, 0, 10, 10)
    counts = {"activity_count": 51, "minutes": 150, "contact_count": 9, "assignment_count": 10, "event_count": 400}
    MentorStats.objects.create(
        organization=mentor.organization, mentor=mentor, last_activity_on=date(2025, 5, 1), **counts
    )
    tiers = {}
    for metric in Metric:
        lay_down(mentor.organization, metric=metric)
        tiers[metric.value] = tier_of(mentor=mentor, at=NOW).tier
    assert tiers == {
        "activities": "silver",
        "minutes": "gold",
        "contacts": None,
        "assignments": "bronze",
        "events": "platinum",
    }


def test_within_a_year_the_calendar_where_the_organisation_is_decides(mentor, pair, local_association):
    contacts = [ContactFactory(organization=mentor.organization, local_association=local_association) for _ in range(2)]
    for day, contact, facts in (
        (date(2025, 12, 31), contacts[0], {"minutes": 60, "event": True}),
        (date(2025, 12, 30), contacts[1], {"minutes": 15, "reached": False}),
        (date(2026, 1, 1), contacts[1], {"minutes": 30}),
    ):
        moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        ActivityFactory(assignment=pair, contact=contact, occurred_at=moment, local_date=day, **facts)

    def current(metric, at):
        lay_down(mentor.organization, metric=metric, window=Window.YEAR)
        return tier_of(mentor=mentor, at=at).current

    eve = datetime(2025, 12, 31, 22, 59, tzinfo=UTC)  # a minute before midnight in Oslo
    midnight = datetime(2025, 12, 31, 23, 0, tzinfo=UTC)
    assert [
        (metric, current(metric, eve), current(metric, midnight)) for metric in Metric if metric != "assignments"
    ] == [
        ("activities", 2, 1),
        ("minutes", 75, 30),
        ("contacts", 1, 1),
        ("events", 1, 0),
    ]


# --- Laying them down


def test_tiers_are_laid_down_once_for_each_association_and_their_history_is_kept(organization, org_admin):
    first = lay_down(organization, by=org_admin, bronze=5)
    again = lay_down(organization, by=org_admin, bronze=5)
    assert (first.pk, tiers_of(organization=organization).bronze) == (again.pk, 5)
    (entry,) = ChangeEntry.objects.filter(subject_id=first.pk)
    assert (entry.before, entry.after, entry.user) == ({"bronze": 10}, {"bronze": 5}, org_admin)


def test_everything_that_is_wrong_is_said_at_once(organization):
    with pytest.raises(InvalidTiers) as refused:
        lay_down(organization, metric="hours", bronze=0, silver=0, gold=20, platinum=2_000_000)
    assert refused.value.problems.keys() == {"metric", "bronze", "silver", "platinum"}
    assert not RecognitionTiers.objects.exists()


def test_the_database_keeps_tiers_that_do_not_ascend_out(organization):
    with pytest.raises(IntegrityError, match="tiers_ascend"), transaction.atomic():
        RecognitionTiers.objects.create(organization=organization, **{**USUAL, "gold": 50})


# --- The doors


def test_a_mentor_reads_how_far_it_is(mentor, as_mentor, organization):
    MentorStats.objects.create(
        organization=organization, mentor=mentor, activity_count=12, last_activity_on=timezone.localdate()
    )
    lay_down(organization)
    answer = as_mentor.get(f"/api/v1/peer-mentor-stats/{mentor.pk}/tier", HTTP_ACCEPT_LANGUAGE="en")
    said = answer.json()
    assert said.pop("sentence")
    assert said == {
        "peer_mentor_id": str(mentor.pk),
        "tier": "bronze",
        "next_tier": "silver",
        "metric": "activities",
        "window": "lifetime",
        "current": 12,
        "required": 50,
        "missing": 38,
    }


def test_only_those_who_see_the_mentor_see_the_tier(mentor, as_coordinator, as_neighbour, as_stranger):
    url = f"/api/v1/peer-mentor-stats/{mentor.pk}/tier"
    assert [client.get(url).status_code for client in (as_coordinator, as_neighbour, as_stranger)] == [200, 404, 404]


def test_administrators_lay_them_down_and_everybody_in_the_association_knows_them(
    organization, as_org_admin, as_mentor, as_coordinator, as_stranger
):
    url = f"{URL}/{organization.pk}"
    assert as_mentor.get(url).json() == {"org_id": str(organization.pk), **USUAL}
    wanted = {**USUAL, "window": "year", "bronze": 5}
    answer = as_org_admin.put(url, wanted)
    assert (answer.status_code, answer.json()) == (200, {"org_id": str(organization.pk), **wanted})
    assert as_mentor.get(url).json() == answer.json()
    assert as_mentor.get(URL).json()["data"] == [answer.json()]
    assert [client.put(url, wanted).status_code for client in (as_mentor, as_coordinator, as_stranger)] == [
        403,
        403,
        404,
    ]


def test_what_is_wrong_stands_beside_its_field(organization, as_org_admin):
    answer = as_org_admin.put(f"{URL}/{organization.pk}", {**USUAL, "silver": 10, "platinum": 7})
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, {"silver", "platinum"})
    answer = as_org_admin.put(f"{URL}/{organization.pk}", {"bronze": 0, "colour": "red"})
    assert answer.json()["errors"].keys() == {"metric", "window", "bronze", "silver", "gold", "platinum", "colour"}


def test_where_the_module_is_off_there_are_no_tiers(mentor, as_mentor, as_org_admin):
    ModuleSetting.objects.filter(module="achievements-gamification").update(is_enabled=False)
    urls = (URL, f"{URL}/{mentor.organization_id}", f"/api/v1/peer-mentor-stats/{mentor.pk}/tier")
    for client in (as_mentor, as_org_admin):
        assert {client.get(url).json()["code"] for url in urls} == {"module_disabled"}


def test_the_desk_says_all_that_is_wrong_and_saves_what_is_right(organization, admin_as_org_admin):
    url = "/admin/achievements/recognitiontiers/add/"
    form = {"organization": str(organization.pk), **USUAL}
    said = admin_as_org_admin.post(url, {**form, "gold": 50, "platinum": 50})
    assert said.context["adminform"].form.errors.keys() == {"gold", "platinum"}
    assert admin_as_org_admin.post(url, {**form, "gold": 151}).status_code == 302
    stored = RecognitionTiers.objects.get()
    assert (stored.gold, stored.organization) == (151, organization)
    change = f"/admin/achievements/recognitiontiers/{stored.pk}/change/"
    assert admin_as_org_admin.get(url).status_code == 403
    answer = admin_as_org_admin.post(change, {**USUAL, "gold": 152, "version": stored.updated_at.isoformat()})
    assert answer.status_code == 302
    stored.refresh_from_db()
    assert stored.gold == 152
