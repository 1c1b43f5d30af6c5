"""Annual summaries through the phone's door."""

from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import http_date

from accounts.models import ModuleSetting
from achievements.models import AnnualSummary, BadgeDefinition, SummaryShare
from mentoring.models import ActivityType
from tests.conftest import api_client
from tests.factories import AnnualSummaryFactory, MentorProfileFactory, OrganizationFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/annual-summaries"
MINE = f"{URL}/me"
LONG_AGO = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

#: What b0 says an annual summary has.
ATTRIBUTES = {
    "id", "user_id", "organization_id", "year", "total_activities", "total_hours", "total_contacts_reached",
    "total_events_attended", "badges_earned_count", "top_activity_type", "most_active_month", "streak_days",
    "highlight_moments", "monthly_activity_counts", "generation_status", "generated_at", "viewed_at", "created_at",
    "updated_at",
}  # fmt: skip
OURS = {"org_id", "peer_mentor_id", "peer_mentor_name", "is_preview", "as_of", "top_activity_type_name"}


@pytest.fixture(autouse=True)
def _a_day_in_november():
    with time_machine.travel(datetime(2026, 11, 21, 11, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def summary(mentor):
    """The mentor's 2025, made long ago."""
    return settled(AnnualSummaryFactory(mentor=mentor, year=2025))


def settled(row):
    """As if nothing about it had been touched since long ago."""
    for model in (AnnualSummary, ActivityType, BadgeDefinition, type(row.user)):
        model.objects.update(updated_at=LONG_AGO)
    row.refresh_from_db()
    return row


def said(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.json()


class TestASummary:
    def test_has_everything_the_brief_asks_for_and_says_whose_it_is(self, summary, mentor, as_mentor):
        found = said(as_mentor.get(f"{URL}/{summary.pk}"))
        assert found.keys() == ATTRIBUTES | OURS
        whose = {name: found[name] for name in ("user_id", "organization_id", "org_id", "peer_mentor_id", "year")}
        assert whose == {
            "user_id": str(mentor.user_id),
            "organization_id": str(mentor.organization_id),
            "org_id": str(mentor.organization_id),
            "peer_mentor_id": str(mentor.pk),
            "year": 2025,
        }
        assert (found["is_preview"], found["as_of"], found["generation_status"]) == (False, None, "ready")
        assert found["total_hours"] == 12.5
        assert sum(found["monthly_activity_counts"]) == found["total_activities"] == 12
        for name in ("generated_at", "created_at", "updated_at"):
            assert datetime.fromisoformat(found[name]).tzinfo is not None

    def test_of_a_running_year_is_a_preview(self, mentor, as_mentor):
        AnnualSummaryFactory(mentor=mentor, year=2026, as_of=date(2026, 11, 20), generation_status="pending")
        found = said(as_mentor.get(f"{MINE}/2026"))
        assert (found["is_preview"], found["as_of"], found["generation_status"]) == (True, "2026-11-20", "pending")

    def test_speaks_the_callers_language(self, summary, mentor, as_mentor):
        ActivityType.objects.create(slug="walk", name="Tur", name_en="Walk")
        BadgeDefinition.objects.create(slug="hiker", name="Turgåer", name_en="Hiker", icon="boot", category="mentoring")
        moments = [{"type": "badge", "date": "2025-04-05", "slug": "hiker"}]
        AnnualSummary.objects.update(top_activity_type="walk", highlight_moments=moments)
        heard = {}
        for language in ("nb", "en"):
            type(mentor.user).objects.update(language=language)
            found = said(as_mentor.get(f"{URL}/{summary.pk}"))
            heard[language] = found["top_activity_type_name"], found["highlight_moments"][0]["description"]
        assert (heard["nb"][0], heard["en"][0]) == ("Tur", "Walk")
        assert "Turgåer" in heard["nb"][1]
        assert "Hiker" in heard["en"][1]

    def test_prefers_the_organisations_own_names(self, summary, organization, as_mentor):
        ActivityType.objects.create(slug="walk", name="Tur")
        ActivityType.objects.create(slug="walk", name="Vår tur", organization=organization)
        AnnualSummary.objects.update(top_activity_type="walk")
        assert said(as_mentor.get(f"{URL}/{summary.pk}"))["top_activity_type_name"] == "Vår tur"


class TestTheList:
    def test_has_the_callers_own_and_what_is_in_their_care(
        self, summary, organization, next_door, foreign, mentor, request
    ):
        other = MentorProfileFactory(organization=organization, local_association=next_door)
        far = AnnualSummaryFactory(mentor=other, year=2025)
        theirs = AnnualSummaryFactory(mentor=foreign.mentor, year=2025)

        def listed(who, **query):
            answer = said(request.getfixturevalue(f"as_{who}").get(URL, query))
            return {row["id"] for row in answer["data"]}

        own = str(summary.pk)
        assert listed("mentor") == listed("coordinator") == {own}
        assert listed("neighbour") == {str(far.pk)}
        assert listed("org_admin") == {own, str(far.pk)}
        assert listed("stranger") == {str(theirs.pk)}
        assert listed("org_admin", peer_mentor_id=str(mentor.pk)) == {own}
        assert listed("platform_staff", org_id=str(foreign.organization.pk)) == {str(theirs.pk)}

    def test_is_narrowed_by_year_and_status(self, summary, mentor, as_mentor):
        AnnualSummaryFactory(mentor=mentor, year=2024, generation_status="pending")

        def years(**query):
            return [row["year"] for row in said(as_mentor.get(URL, query))["data"]]

        assert years() == [2025, 2024]
        assert years(year=2024) == years(status="pending") == [2024]
        assert years(year=2023) == []

    @pytest.mark.parametrize(
        "query", ["year=", "year=1999", "year=20250", "year=x", "year=2025.5", "status=done", "peer_mentor_id=7", "x=1"]
    )
    def test_refuses_what_cannot_be_asked(self, as_mentor, query):
        assert said(as_mentor.get(f"{URL}?{query}"), 400)["errors"]


class TestOnesOwnYear:
    def test_is_found_by_its_number(self, summary, as_mentor):
        found = said(as_mentor.get(f"{MINE}/2025"))
        assert found.keys() == ATTRIBUTES | OURS | {"has_activity", "sentence"}
        assert (found["id"], found["has_activity"]) == (str(summary.pk), True)
        assert "12" in found["sentence"]

    def test_without_activity_is_an_empty_answer_with_a_sentence(self, mentor, as_mentor):
        found = said(as_mentor.get(f"{MINE}/2024"))
        assert found.keys() == ATTRIBUTES | OURS | {"has_activity", "sentence"}
        assert (found["id"], found["has_activity"], found["total_activities"]) == (None, False, 0)
        assert (found["user_id"], found["peer_mentor_id"]) == (str(mentor.user_id), str(mentor.pk))
        assert found["monthly_activity_counts"] == [0] * 12
        assert "2024" in found["sentence"]
        assert (found["is_preview"], said(as_mentor.get(f"{MINE}/2026"))["is_preview"]) == (False, True)
        assert AnnualSummary.objects.count() == 0

    def test_is_told_apart_from_one_that_is_being_made(self, mentor, as_mentor):
        AnnualSummaryFactory(mentor=mentor, year=2024, never_made=True)
        making, none = said(as_mentor.get(f"{MINE}/2024")), said(as_mentor.get(f"{MINE}/2023"))
        assert (making["generation_status"], none["generation_status"]) == ("pending", None)
        assert making["sentence"].replace("2024", "2023") != none["sentence"]

    @pytest.mark.parametrize("year", [1999, 2028, 9999, "0000"])
    def test_that_has_not_begun_is_refused(self, mentor, as_mentor, year):
        for answer in (as_mentor.get(f"{MINE}/{year}"), as_mentor.post(f"{MINE}/{year}/share", {}, format="json")):
            assert said(answer, 400)["code"] == "year_out_of_range"

    @pytest.mark.parametrize("year", ["20255", "25", "-1", "x", "%C2%B2025", "٢٠٢٥"])
    def test_is_a_number_of_four_digits(self, mentor, as_mentor, year):
        assert as_mentor.get(f"{MINE}/{year}").status_code == 404

    def test_is_for_mentors(self, summary, as_coordinator, as_org_admin):
        for client in (as_coordinator, as_org_admin):
            for tail in ("2025", "years", "2025/share"):
                assert said(client.get(f"{MINE}/{tail}"), 403)["code"] == "permission_denied"

    def test_is_never_somebody_elses(self, summary, foreign, as_stranger):
        assert said(as_stranger.get(f"{MINE}/2025"))["has_activity"] is False
        assert said(as_stranger.get(f"{MINE}/years")) == {"years": []}

    def test_is_one_of_the_years_with_something_to_show(self, summary, mentor, as_mentor):
        AnnualSummaryFactory(mentor=mentor, year=2026, as_of=date(2026, 11, 20), generation_status="pending")
        AnnualSummaryFactory(mentor=mentor, year=2024, never_made=True)
        AnnualSummaryFactory(mentor=mentor, year=2023, monthly_activity_counts=[0] * 12)
        found = said(as_mentor.get(f"{MINE}/years"))["years"]
        assert [(row["year"], row["is_preview"], row["viewed_at"]) for row in found] == [
            (2026, True, None),
            (2025, False, None),
        ]


class TestOpeningIt:
    def test_is_noted_once(self, summary, mentor, as_mentor):
        first = said(as_mentor.post(f"{URL}/{summary.pk}/viewed"))
        assert datetime.fromisoformat(first["viewed_at"]) == timezone.now()
        with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
            assert said(api_client(mentor.user).post(f"{URL}/{summary.pk}/viewed")) == first

    def test_is_for_the_mentor_alone(self, summary, as_coordinator, as_org_admin, as_platform_staff, as_stranger):
        for client in (as_coordinator, as_org_admin, as_platform_staff):
            assert client.post(f"{URL}/{summary.pk}/viewed").status_code == 403
        assert as_stranger.post(f"{URL}/{summary.pk}/viewed").status_code == 404
        summary.refresh_from_db()
        assert summary.viewed_at is None


class TestMakingItAnew:
    def test_is_asked_for_by_staff_and_answered_at_once(self, summary, as_coordinator):
        found = said(as_coordinator.post(f"{URL}/{summary.pk}/recompute"), 202)
        assert (found["id"], found["generation_status"]) == (str(summary.pk), "pending")
        summary.refresh_from_db()
        assert summary.requested_version > summary.done_version

    def test_is_for_those_who_look_after_the_mentor(self, summary, as_mentor, as_neighbour, as_stranger):
        statuses = [
            client.post(f"{URL}/{summary.pk}/recompute").status_code
            for client in (as_mentor, as_neighbour, as_stranger)
        ]
        assert statuses == [403, 404, 404]
        summary.refresh_from_db()
        assert summary.generation_status == "ready"


class TestSharingIt:
    def test_gives_a_link_that_expires(self, summary, mentor, as_mentor):
        nothing = {"is_shared": False, "url": None, "expires_at": None}
        assert said(as_mentor.get(f"{MINE}/2025/share")) == nothing
        made = said(as_mentor.post(f"{MINE}/2025/share", {"days": 7}, format="json"))
        assert made["is_shared"] is True
        assert SummaryShare.objects.get().token in made["url"]
        assert datetime.fromisoformat(made["expires_at"]) == timezone.now() + timedelta(days=7)
        assert said(as_mentor.get(f"{MINE}/2025/share")) == made
        with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
            assert said(api_client(mentor.user).get(f"{MINE}/2025/share")) == nothing

    def test_twice_keeps_the_link(self, summary, as_mentor):
        urls = {
            said(as_mentor.post(f"{MINE}/2025/share", {"days": days}, format="json"))["url"] for days in (7, 30, 90)
        }
        assert len(urls) == 1

    def test_lasts_a_month_unless_said(self, summary, as_mentor):
        made = said(as_mentor.post(f"{MINE}/2025/share", {}, format="json"))
        assert datetime.fromisoformat(made["expires_at"]) == timezone.now() + timedelta(days=30)

    @pytest.mark.parametrize("days", [0, 91, -1, "x", None, 1.5])
    def test_lasts_one_to_ninety_days(self, summary, as_mentor, days):
        answer = as_mentor.post(f"{MINE}/2025/share", {"days": days}, format="json")
        assert said(answer, 400)["errors"].keys() == {"days"}
        assert SummaryShare.objects.count() == 0

    def test_is_withdrawn_at_once_and_as_often_as_one_likes(self, summary, as_mentor):
        said(as_mentor.post(f"{MINE}/2025/share", {}, format="json"))
        for __ in range(2):
            assert as_mentor.delete(f"{MINE}/2025/share").status_code == 204
        assert said(as_mentor.get(f"{MINE}/2025/share"))["is_shared"] is False

    def test_needs_something_to_share(self, mentor, as_mentor):
        assert said(as_mentor.post(f"{MINE}/2025/share", {}, format="json"), 404)["code"] == "not_found"
        assert as_mentor.delete(f"{MINE}/2025/share").status_code == 204

    def test_is_invisible_to_others(self, summary, as_mentor, as_org_admin):
        made = said(as_mentor.post(f"{MINE}/2025/share", {}, format="json"))
        token = made["url"].rstrip("/").rpartition("/")[2]
        assert token not in as_org_admin.get(f"{URL}/{summary.pk}").content.decode()


class TestAskingAgain:
    @pytest.fixture(params=["by its id", "by its year"])
    def address(self, request, summary):
        return f"{URL}/{summary.pk}" if request.param == "by its id" else f"{MINE}/2025"

    def test_is_answered_with_304_while_nothing_has_changed(self, address, as_mentor):
        first = as_mentor.get(address)
        assert said(first)
        etag, modified = first["ETag"], first["Last-Modified"]
        assert not etag.startswith("W/")
        assert parsedate_to_datetime(modified) == LONG_AGO
        assert set(first["Vary"].split(", ")) >= {"Accept-Language", "Authorization", "X-Session-Token"}
        assert "private" in first["Cache-Control"]
        for headers in ({"HTTP_IF_NONE_MATCH": etag}, {"HTTP_IF_MODIFIED_SINCE": modified}):
            again = as_mentor.get(address, **headers)
            assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)

    def test_costs_one_question_less_when_nothing_has_changed(self, address, as_mentor):
        ActivityType.objects.create(slug="walk", name="Tur")
        AnnualSummary.objects.update(top_activity_type="walk")
        etag = as_mentor.get(address)["ETag"]
        with CaptureQueriesContext(connection) as whole:
            assert as_mentor.get(address).status_code == 200
        with CaptureQueriesContext(connection) as unchanged:
            assert as_mentor.get(address, HTTP_IF_NONE_MATCH=etag).status_code == 304
        assert len(unchanged) == len(whole) - 1

    @pytest.mark.parametrize(
        "change",
        [
            lambda row: AnnualSummary.objects.update(requested_version=2, generation_status="pending"),
            lambda row: AnnualSummary.objects.update(viewed_at=timezone.now()),
            lambda row: AnnualSummary.objects.update(requested_version=3, done_version=3),
            lambda row: type(row.user).objects.update(last_name="Renamed"),
            lambda row: type(row.user).objects.update(language="en"),
            lambda row: ActivityType.objects.create(slug="walk", name="Tur"),
            lambda row: BadgeDefinition.objects.create(slug="a", name="B", icon="c", category="mentoring"),
        ],
        ids=["marked", "viewed", "made anew", "mentor renamed", "another language", "type", "badge"],
    )
    def test_is_answered_anew_when_something_has(self, summary, address, as_mentor, change):
        etag = as_mentor.get(address)["ETag"]
        change(summary)
        answer = as_mentor.get(address, HTTP_IF_NONE_MATCH=etag)
        assert answer.status_code == 200
        assert answer["ETag"] != etag

    def test_says_no_moment_while_it_may_still_change_within_the_second(self, summary, as_mentor):
        AnnualSummary.objects.update(updated_at=timezone.now())
        answer = as_mentor.get(f"{MINE}/2025", HTTP_IF_MODIFIED_SINCE=http_date(timezone.now().timestamp()))
        assert answer.status_code == 200
        assert not answer.has_header("Last-Modified")
        assert answer.has_header("ETag")

    def test_does_not_tell_a_stranger_that_it_is_there(self, summary, as_mentor, as_stranger):
        etag = as_mentor.get(f"{URL}/{summary.pk}")["ETag"]
        assert as_stranger.get(f"{URL}/{summary.pk}", HTTP_IF_NONE_MATCH=etag).status_code == 404


def test_where_the_module_is_off_nothing_is_shown(summary, as_mentor, as_org_admin):
    ModuleSetting.objects.filter(module="achievements-gamification").update(is_enabled=False)
    asked = {
        as_mentor: ["", f"/{summary.pk}", "/me/2025", "/me/years", "/me/2025/share"],
        as_org_admin: ["", f"/{summary.pk}"],
    }
    for client, tails in asked.items():
        for tail in tails:
            assert said(client.get(f"{URL}{tail}"), 403)["code"] == "module_disabled"
    assert said(as_mentor.post(f"{URL}/{summary.pk}/viewed"), 403)["code"] == "module_disabled"
    assert said(as_org_admin.post(f"{URL}/{summary.pk}/recompute"), 403)["code"] == "module_disabled"


def test_a_summary_of_an_organisation_without_the_module_is_not_there(mentor, as_mentor):
    """For somebody who is a mentor in two organisations, of which one uses the module."""
    other = OrganizationFactory(modules=[])
    theirs = MentorProfileFactory(organization=other, user=mentor.user)
    row = AnnualSummaryFactory(mentor=theirs, year=2025)
    client = api_client(mentor.user)
    assert client.get(f"{URL}/{row.pk}").status_code == 404
    assert said(client.get(f"{MINE}/2025"))["has_activity"] is False


class TestTheYearOfAnAssociation:
    ADDRESS = "/api/v1/organization-summaries"

    def test_is_added_up_without_names(self, summary, organization, mentor, as_org_admin):
        other = MentorProfileFactory(organization=organization)
        AnnualSummaryFactory(mentor=other, year=2025, total_events_attended=2, badges_earned_count=1)
        answer = as_org_admin.get(f"{self.ADDRESS}/2025")
        assert said(answer) == {
            "org_id": str(organization.pk),
            "org_name": "North",
            "year": 2025,
            "is_preview": False,
            "as_of": None,
            "mentors_active": 2,
            "total_activities": 24,
            "total_hours": 25.0,
            "total_contacts_reached": 0,
            "total_events_attended": 2,
            "badges_earned_count": 1,
            "monthly_activity_counts": [2] * 12,
            "most_active_month": 1,
            "top_types": [],
            "waiting": 0,
        }
        assert mentor.user.last_name not in answer.content.decode()

    def test_may_be_empty_or_still_running(self, mentor, as_coordinator):
        empty = said(as_coordinator.get(f"{self.ADDRESS}/2024"))
        assert (empty["mentors_active"], empty["most_active_month"]) == (0, None)
        AnnualSummaryFactory(mentor=mentor, year=2026, as_of=date(2026, 11, 20), generation_status="pending")
        running = said(as_coordinator.get(f"{self.ADDRESS}/2026"))
        assert (running["is_preview"], running["as_of"]) == (True, "2026-11-21")

    def test_waits_for_what_is_made_anew_and_not_for_what_has_failed(self, mentor, organization, as_coordinator):
        others = [MentorProfileFactory(organization=organization) for _ in range(2)]
        for each, state in zip((mentor, *others), ("pending", "generating", "failed"), strict=True):
            claimed = {"claimed_at": timezone.now(), "claimed_version": 2} if state == "generating" else {}
            AnnualSummaryFactory(mentor=each, year=2025, generation_status=state, requested_version=2, **claimed)
        assert said(as_coordinator.get(f"{self.ADDRESS}/2025"))["waiting"] == 2

    def test_is_for_those_who_work_for_it(self, organization, foreign, request):
        statuses = {
            who: request.getfixturevalue(f"as_{who}").get(f"{self.ADDRESS}/2025", {"org_id": str(organization.pk)})
            for who in ("mentor", "coordinator", "neighbour", "org_admin", "platform_staff", "stranger")
        }
        assert {who: answer.status_code for who, answer in statuses.items()} == {
            "mentor": 403,
            "coordinator": 200,
            "neighbour": 200,
            "org_admin": 200,
            "platform_staff": 200,
            "stranger": 404,
        }

    def test_names_the_organisation_where_there_are_several(self, organization, foreign, as_platform_staff):
        refused = said(as_platform_staff.get(f"{self.ADDRESS}/2025"), 400)
        assert refused["errors"]["org_id"][0]["code"] == "required"
        found = said(as_platform_staff.get(f"{self.ADDRESS}/2025", {"org_id": str(foreign.organization.pk)}))
        assert found["org_name"] == "South"

    @pytest.mark.parametrize(
        ("tail", "status"),
        [("2028", 400), ("1999", 400), ("x", 404), ("20250", 404), ("2025?org_id=x", 400), ("2025?page=1", 400)],
    )
    def test_refuses_what_cannot_be_asked(self, as_org_admin, tail, status):
        assert as_org_admin.get(f"{self.ADDRESS}/{tail}").status_code == status

    def test_is_closed_where_the_module_is_off(self, organization, as_org_admin):
        ModuleSetting.objects.filter(module="achievements-gamification").update(is_enabled=False)
        assert said(as_org_admin.get(f"{self.ADDRESS}/2025"), 403)["code"] == "module_disabled"
