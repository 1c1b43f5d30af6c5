"""Badges through the phone's door."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ModuleSetting
from achievements.models import BadgeDefinition, CriteriaVersion, EarnedBadge, MentorStats
from operations.models import Job
from tests.factories import (
    LONG_AGO,
    TEN_ACTIVITIES,
    BadgeDefinitionFactory,
    EarnedBadgeFactory,
    MentorProfileFactory,
)

pytestmark = pytest.mark.django_db

BADGES = "/api/v1/badge-definitions"
EARNED = "/api/v1/earned-badges"


@pytest.fixture
def badge(organization) -> BadgeDefinition:
    return BadgeDefinitionFactory(
        organization=organization,
        slug="ten",
        name="Ti ganger",
        name_en="Ten times",
        alt_text="En topp",
        criteria=TEN_ACTIVITIES,
        criteria_raw={"secret": "plan"},
    )


@pytest.fixture
def earned(badge, mentor, org_admin) -> EarnedBadge:
    return EarnedBadgeFactory(
        mentor=mentor, definition=badge, awarded_by="staff", awarded_by_user=org_admin, note="For the camp"
    )


def new(organization, **facts):
    return {
        "org_id": str(organization.pk) if organization else None,
        "slug": "hundred",
        "name": "Hundre ganger",
        "icon": "summit",
        "category": "milestone",
        **facts,
    }


# --- What there is to earn


def test_everybody_reads_what_there_is_to_earn_in_their_language(badge, mentor, as_mentor):
    type(mentor.user).objects.filter(pk=mentor.user_id).update(language="en")
    BadgeDefinitionFactory(organization=None, slug="for-all")
    (said, everybodys) = sorted(as_mentor.get(BADGES).json()["data"], key=lambda each: each["slug"], reverse=True)
    assert (everybodys["slug"], everybodys["org_id"]) == ("for-all", None)
    assert (said["name"], said["alt_text"], said["written"]) == ("Ten times", "En topp", None)
    assert said["icon_url"].endswith("/badges/summit.svg")
    assert (said["criteria"], said["criteria_version"], said["rule"]) == (TEN_ACTIVITIES, 1, "10 activities.")
    assert as_mentor.get(f"{BADGES}/{badge.pk}").json() == said


def test_what_cannot_be_evaluated_is_shown_to_administrators_alone(badge, as_mentor, as_coordinator, as_org_admin):
    for client in (as_mentor, as_coordinator):
        assert "plan" not in client.get(f"{BADGES}/{badge.pk}").content.decode()
    assert as_org_admin.get(f"{BADGES}/{badge.pk}").json()["written"]["criteria_raw"] == {"secret": "plan"}


def test_drafts_are_for_staff_and_what_was_earned_stays_visible(
    badge, mentor, organization, as_mentor, as_coordinator, foreign
):
    BadgeDefinition.objects.update(is_active=False)
    BadgeDefinitionFactory(organization=foreign.organization)
    assert as_mentor.get(BADGES).json()["data"] == []
    assert as_mentor.get(f"{BADGES}/{badge.pk}").status_code == 404
    assert [row["slug"] for row in as_coordinator.get(BADGES).json()["data"]] == ["ten"]
    EarnedBadgeFactory(mentor=mentor, definition=badge)
    assert [row["slug"] for row in as_mentor.get(BADGES).json()["data"]] == ["ten"]


def test_an_administrator_writes_a_badge_down_tries_it_and_puts_it_into_use(organization, mentor, as_org_admin):
    MentorStats.objects.create(
        organization=organization, mentor=mentor, activity_count=12, last_activity_on=LONG_AGO.date()
    )
    made = as_org_admin.post(BADGES, new(organization, criteria=TEN_ACTIVITIES))
    assert made.status_code == 201, made.json()
    key = made.json()["badge_definition_id"]
    assert (made.json()["is_active"], made.json()["criteria_version"]) == (False, 1)
    preview = as_org_admin.get(f"{BADGES}/{key}/preview").json()
    assert preview["count"] == 1
    assert preview["sample"] == [{"peer_mentor_id": str(mentor.pk), "peer_mentor_name": mentor.user.get_full_name()}]
    assert preview["milliseconds"] >= 0
    refused = as_org_admin.post(f"{BADGES}/{key}/activate")
    assert (refused.status_code, refused.json()["code"]) == (400, "alt_text_required")
    changed = as_org_admin.patch(f"{BADGES}/{key}", {"alt_text": "En topp", "criteria": {**TEN_ACTIVITIES, "value": 9}})
    assert (changed.json()["criteria_version"], changed.json()["criteria"]["value"]) == (2, 9)
    assert as_org_admin.post(f"{BADGES}/{key}/activate").json()["is_active"]
    assert Job.objects.filter(kind="evaluate_badges", organization=organization).count() == 1
    assert not as_org_admin.post(f"{BADGES}/{key}/deactivate").json()["is_active"]
    assert not EarnedBadge.objects.exists()


def test_everything_that_is_wrong_with_a_rule_is_said_at_once(organization, as_org_admin):
    rule = {
        "version": 1,
        "type": "all",
        "of": [
            {"type": "threshold", "metric": "smiles", "value": 0},
            {"type": "streak", "unit": "fortnight", "length": 3},
            {"type": "threshold", "metric": "activities", "value": 3, "activity_types": ["no-such-type"]},
        ],
    }
    answer = as_org_admin.post(BADGES, new(organization, criteria=rule))
    assert answer.status_code == 400
    said = answer.json()
    assert said["code"] == "invalid"
    paths = set(said["errors"])
    assert {"criteria.of[0].metric", "criteria.of[0].value", "criteria.of[1].unit"} <= paths
    assert any(path.startswith("criteria.of[2].activity_types") for path in paths)
    assert all(each["code"] and each["detail"] for found in said["errors"].values() for each in found)
    assert not BadgeDefinition.objects.exists()


def test_badges_of_an_organisation_are_its_administrators_and_those_of_all_the_platforms(
    badge, organization, foreign, as_coordinator, as_mentor, as_org_admin, as_platform_staff
):
    for client in (as_coordinator, as_mentor):
        assert client.post(BADGES, new(organization)).status_code == 403
        assert client.patch(f"{BADGES}/{badge.pk}", {"name": "Mine"}).status_code == 403
        assert client.get(f"{BADGES}/{badge.pk}/preview").status_code == 403
    everybodys = BadgeDefinitionFactory(organization=None, is_active=True)
    theirs = BadgeDefinitionFactory(organization=foreign.organization)
    assert as_org_admin.post(BADGES, new(None)).status_code == 403
    assert as_org_admin.post(BADGES, new(foreign.organization)).status_code == 404
    for verb in ("activate", "deactivate"):
        assert as_org_admin.post(f"{BADGES}/{everybodys.pk}/{verb}").status_code == 403
        assert as_org_admin.post(f"{BADGES}/{theirs.pk}/{verb}").status_code == 404
    assert as_org_admin.patch(f"{BADGES}/{everybodys.pk}", {"name": "Ours"}).status_code == 403
    assert as_platform_staff.post(BADGES, new(None)).status_code == 201
    assert as_platform_staff.patch(f"{BADGES}/{everybodys.pk}", {"name": "Alles"}).status_code == 200


def test_a_badge_of_all_organisations_is_tried_out_in_ones_own(organization, foreign, as_org_admin):
    everybodys = BadgeDefinitionFactory(organization=None, criteria=TEN_ACTIVITIES)
    address = f"{BADGES}/{everybodys.pk}/preview"
    assert as_org_admin.get(address, {"org_id": organization.pk}).json()["count"] == 0
    assert as_org_admin.get(address).status_code == 404
    assert as_org_admin.get(address, {"org_id": foreign.organization.pk}).status_code == 404
    assert as_org_admin.get(address, {"org_id": "nonsense"}).status_code == 400


# --- What has been earned


def test_a_mentor_reads_their_badges_without_what_is_for_staff(earned, as_mentor, mentor):
    (row,) = as_mentor.get(EARNED).json()["data"]
    assert (row["slug"], row["peer_mentor_id"], row["is_valid"]) == ("ten", str(mentor.pk), True)
    assert row["check_url"].endswith(f"/b/{earned.code}")
    said = as_mentor.get(f"{EARNED}/{earned.pk}").json()
    assert said.items() > row.items()
    for name in ("note", "awarded_by_id", "revoked_by_id", "revocation_reason"):
        assert said[name] is None


def test_staff_see_those_of_the_mentors_in_their_care(earned, request, org_admin):
    seen = {
        name: len(request.getfixturevalue(f"as_{name}").get(EARNED).json()["data"])
        for name in ("coordinator", "neighbour", "org_admin", "stranger", "platform_staff")
    }
    assert seen == {"coordinator": 1, "neighbour": 0, "org_admin": 1, "stranger": 0, "platform_staff": 1}
    said = request.getfixturevalue("as_coordinator").get(f"{EARNED}/{earned.pk}").json()
    assert (said["note"], said["awarded_by_id"]) == ("For the camp", str(org_admin.pk))
    assert "For the camp" in said["reason"]


def test_the_list_is_narrowed_by_mentor_badge_local_year_and_standing(earned, mentor, as_org_admin, org_admin):
    # In Oslo this is 2024 already.
    other = EarnedBadgeFactory(mentor=mentor, earned_at=datetime(2023, 12, 31, 23, 30, tzinfo=UTC))
    EarnedBadge.objects.filter(pk=other.pk).update(
        revoked_at=timezone.now(), revoked_by=org_admin, revocation_reason="A mistake"
    )

    def found(**query):
        return {row["earned_badge_id"] for row in as_org_admin.get(EARNED, query).json()["data"]}

    mine, theirs = str(earned.pk), str(other.pk)
    assert found(badge_definition_id=earned.definition_id) == {mine}
    assert found(peer_mentor_id=mentor.pk) == {mine, theirs}
    assert found(peer_mentor_id=MentorProfileFactory().pk) == set()
    assert (found(year=2025), found(year=2024), found(year=2023)) == ({mine}, {theirs}, set())
    assert (found(revoked="true"), found(revoked="false")) == ({theirs}, {mine})
    for bad in ({"year": "soon"}, {"revoked": "perhaps"}, {"nonsense": "1"}):
        assert as_org_admin.get(EARNED, bad).status_code == 400


def test_staff_award_once_and_whoever_comes_second_gets_the_first_award(
    mentor, organization, as_coordinator, as_org_admin
):
    badge = BadgeDefinitionFactory(organization=organization)
    body = {"peer_mentor_id": str(mentor.pk), "badge_definition_id": str(badge.pk), "note": "For the camp"}
    first = as_coordinator.post(EARNED, body)
    again = as_org_admin.post(EARNED, {**body, "note": "For something else"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["earned_badge_id"] == first.json()["earned_badge_id"]
    assert again.json()["note"] == "For the camp"
    assert EarnedBadge.objects.count() == 1


def test_revoking_needs_a_reason_and_awarding_again_brings_the_same_row_back(earned, mentor, badge, as_coordinator):
    address = f"{EARNED}/{earned.pk}/revoke"
    assert as_coordinator.post(address, {"reason": " "}).status_code == 400
    said = as_coordinator.post(address, {"reason": "A mistake"}).json()
    assert (said["is_valid"], said["revocation_reason"]) == (False, "A mistake")
    body = {"peer_mentor_id": str(mentor.pk), "badge_definition_id": str(badge.pk), "note": "No mistake"}
    back = as_coordinator.post(EARNED, body)
    assert back.status_code == 200
    assert (back.json()["earned_badge_id"], back.json()["is_valid"]) == (str(earned.pk), True)
    assert back.json()["earned_at"] == said["earned_at"]


def test_only_those_who_look_after_the_mentor_award_and_revoke(earned, mentor, badge, request, foreign):
    body = {"peer_mentor_id": str(mentor.pk), "badge_definition_id": str(badge.pk), "note": "Mine"}
    expected = {"mentor": (403, 403), "neighbour": (404, 404), "stranger": (404, 404)}
    for name, statuses in expected.items():
        client = request.getfixturevalue(f"as_{name}")
        revoked = client.post(f"{EARNED}/{earned.pk}/revoke", {"reason": "Mine"})
        assert (client.post(EARNED, body).status_code, revoked.status_code) == statuses, name
    theirs = BadgeDefinitionFactory(organization=foreign.organization)
    answer = request.getfixturevalue("as_org_admin").post(EARNED, {**body, "badge_definition_id": str(theirs.pk)})
    assert (answer.status_code, set(answer.json()["errors"])) == (404, {"badge_definition_id"})
    earned.refresh_from_db()
    assert earned.is_valid


def test_where_the_module_is_off_there_is_nothing(earned, as_mentor, as_org_admin, organization):
    ModuleSetting.objects.filter(organization=organization).delete()
    for client in (as_mentor, as_org_admin):
        for address in (BADGES, EARNED, f"{EARNED}/{earned.pk}", f"{EARNED}/{earned.pk}/open-badge"):
            answer = client.get(address)
            assert (answer.status_code, answer.json()["code"]) == (403, "module_disabled")


# --- How far a mentor is


def test_each_badge_says_how_far_the_mentor_is(badge, mentor, organization, as_mentor):
    CriteriaVersion.objects.create(definition=badge, version=1, criteria=TEN_ACTIVITIES)
    MentorStats.objects.create(
        organization=organization, mentor=mentor, activity_count=7, last_activity_on=LONG_AGO.date()
    )
    by_hand = BadgeDefinitionFactory(organization=organization, slug="by-hand")
    made = EarnedBadgeFactory(mentor=mentor, definition=by_hand)
    said = as_mentor.get(f"/api/v1/peer-mentor-stats/{mentor.pk}/badges").json()
    assert said["peer_mentor_id"] == str(mentor.pk)
    found = {row["slug"]: row for row in said["badges"]}
    assert (found["ten"]["is_earned"], found["ten"]["current"], found["ten"]["required"]) == (False, 7, 10)
    assert (found["ten"]["earned_badge_id"], found["ten"]["earned_at"]) == (None, None)
    assert "3" in found["ten"]["sentence"]
    assert (found["by-hand"]["is_earned"], found["by-hand"]["earned_badge_id"]) == (True, str(made.pk))


def test_a_list_costs_the_same_however_long_it_is(organization, as_org_admin):
    def queries(address):
        with CaptureQueriesContext(connection) as asked:
            assert as_org_admin.get(address).status_code == 200
        return len(asked)

    one_type = {**TEN_ACTIVITIES, "activity_types": ["home_visit"]}
    few = BadgeDefinitionFactory(organization=organization, criteria=one_type)
    EarnedBadgeFactory(mentor=MentorProfileFactory(organization=organization), definition=few)
    before = [queries(address) for address in (BADGES, EARNED)]
    for __ in range(3):
        more = BadgeDefinitionFactory(organization=organization, criteria=one_type)
        EarnedBadgeFactory(mentor=MentorProfileFactory(organization=organization), definition=more)
    assert [queries(address) for address in (BADGES, EARNED)] == before


# --- Open Badges


def test_a_mentor_takes_their_badge_with_them(earned, as_mentor):
    address = f"{EARNED}/{earned.pk}/open-badge"
    plain = as_mentor.get(address)
    assert plain["Content-Type"] == "application/ld+json"
    assert "no-store" in plain["Cache-Control"]
    token = as_mentor.get(f"{address}/jwt")
    assert token["Content-Type"] == "application/vc+jwt"
    said = jwt.decode(token.content.decode(), options={"verify_signature": False})
    assert said["credentialSubject"] == plain.json()["credentialSubject"]
    assert "For the camp" not in plain.content.decode()


def test_a_revoked_badge_is_not_handed_out_and_a_strangers_is_not_found(earned, as_mentor, as_stranger, org_admin):
    address = f"{EARNED}/{earned.pk}/open-badge"
    assert as_stranger.get(address).status_code == 404
    EarnedBadge.objects.update(revoked_at=timezone.now(), revoked_by=org_admin, revocation_reason="A mistake")
    for each in (address, f"{address}/jwt"):
        answer = as_mentor.get(each)
        assert (answer.status_code, answer.json()["code"]) == (409, "badge_revoked")


def test_a_year_is_given_for_badges_that_are_earned_each_year_alone(mentor, organization, as_org_admin):
    once = BadgeDefinitionFactory(organization=organization)
    yearly = BadgeDefinitionFactory(organization=organization, repeats="yearly")
    last_year = str((timezone.now() - timedelta(days=366)).year)

    def award(badge, **facts):
        body = {"peer_mentor_id": str(mentor.pk), "badge_definition_id": str(badge.pk), "note": "Well done", **facts}
        return as_org_admin.post(EARNED, body)

    assert award(yearly, period=last_year).json()["period"] == last_year
    assert award(yearly).status_code == 201
    assert award(once, period=last_year).status_code == 400
    assert award(yearly, period="9999").status_code == 400
