"""The desk of annual summaries: numbers of those in one's care, made anew, and the years of an association."""

import csv
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import MentorProfile, ModuleSetting
from achievements.models import AnnualSummary, SummaryShare
from achievements.services import generate_pending, recompute_summaries
from operations.models import Job
from operations.services import run_waiting_jobs
from tests.conftest import browser
from tests.factories import (
    ActivityFactory,
    AnnualSummaryFactory,
    AssignmentFactory,
    MentorProfileFactory,
    OrganizationFactory,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 11, tzinfo=UTC)
LIST = reverse("admin:achievements_annualsummary_changelist")
RECOMPUTE = reverse("admin:achievements_annualsummary_do_recompute")
RETRY = reverse("admin:achievements_annualsummary_do_retry")
EVERYBODY = reverse("admin:achievements_annualsummary_everybody")
OVERVIEW = reverse("admin:achievements_annualsummary_overview")


@pytest.fixture(autouse=True)
def _a_day_in_november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def summary(mentor, local_association):
    """The mentor's 2025, with one activity, made and right."""
    pair = AssignmentFactory(organization=mentor.organization, mentor=mentor, local=local_association)
    ActivityFactory(assignment=pair, occurred_at=datetime(2025, 3, 2, 12, tzinfo=UTC), local_date=date(2025, 3, 2))
    row = AnnualSummaryFactory(mentor=mentor, year=2025, never_made=True)
    assert generate_pending(at=NOW) == 1
    row.refresh_from_db()
    assert (row.generation_status, row.total_activities) == ("ready", 1)
    return row


@pytest.fixture
def wrong(summary):
    """As if something had been forgotten."""
    AnnualSummary.objects.filter(pk=summary.pk).update(total_hours=99)
    return summary


@pytest.fixture
def failed(summary):
    AnnualSummary.objects.filter(pk=summary.pk).update(
        generation_status="failed", requested_version=2, attempts=3, failure="out of range"
    )
    return summary


@pytest.fixture
def theirs(foreign):
    return AnnualSummaryFactory(mentor=foreign.mentor, year=2025)


def listed(answer) -> set:
    assert answer.status_code == 200
    return {row.pk for row in answer.context["cl"].result_list}


class TestTheList:
    def test_has_the_mentors_in_ones_care(
        self, summary, theirs, admin_as_coordinator, admin_as_neighbour, admin_as_org_admin, admin_as_stranger
    ):
        assert listed(admin_as_coordinator.get(LIST)) == listed(admin_as_org_admin.get(LIST)) == {summary.pk}
        assert listed(admin_as_neighbour.get(LIST)) == set()
        assert listed(admin_as_stranger.get(LIST)) == {theirs.pk}

    def test_is_narrowed_by_year_and_state(self, summary, mentor, admin_as_coordinator):
        running = AnnualSummaryFactory(mentor=mentor, year=2026, as_of=date(2026, 11, 20), generation_status="pending")
        marked = AnnualSummaryFactory(mentor=mentor, year=2024, generation_status="pending")
        failed = AnnualSummaryFactory(mentor=mentor, year=2023, generation_status="failed")
        asked = ("?year=2025", "?state=ready", "?state=waiting", "?state=running", "?state=attention", "?year=x", "")
        assert [listed(admin_as_coordinator.get(LIST + query)) for query in asked] == [
            {summary.pk},
            {summary.pk},
            {marked.pk},
            {running.pk},
            {failed.pk},
            {row.pk for row in (running, summary, marked, failed)},
            {row.pk for row in (running, summary, marked, failed)},
        ]

    def test_is_searched_by_name_and_exported(self, summary, mentor, admin_as_coordinator):
        assert listed(admin_as_coordinator.get(LIST, {"q": mentor.user.last_name})) == {summary.pk}
        assert listed(admin_as_coordinator.get(LIST, {"q": "Nobody"})) == set()
        text = b"".join(admin_as_coordinator.get(f"{LIST}export.csv").streaming_content).decode("utf-8-sig")
        assert str(mentor) in text
        assert len(text.splitlines()) == 2

    def test_leaves_to_the_file_what_there_is_no_room_for_beside_the_filters(self, summary, admin_as_coordinator):
        shown = admin_as_coordinator.get(LIST).context["cl"].list_display
        file = b"".join(admin_as_coordinator.get(f"{LIST}export.csv").streaming_content).decode("utf-8-sig")
        assert len(shown) == 1 + 7  # with the box to tick
        assert len(next(csv.reader(file.splitlines()))) == 10


class TestItsPage:
    def test_is_headed_by_the_mentor_and_the_year(self, summary, admin_as_coordinator):
        page = admin_as_coordinator.get(reverse("admin:achievements_annualsummary_change", args=[summary.pk]))
        assert f"<h2>{summary.mentor} 2025</h2>" in page.content.decode()

    def test_shows_the_numbers_and_takes_none(self, summary, admin_as_coordinator, admin_as_neighbour):
        page = reverse("admin:achievements_annualsummary_change", args=[summary.pk])
        text = admin_as_coordinator.get(page).content.decode()
        assert text.count("<td>") >= 12  # the months
        assert admin_as_coordinator.post(page, {"total_hours": 7}).status_code == 403
        assert admin_as_coordinator.get(reverse("admin:achievements_annualsummary_add")).status_code == 403
        assert admin_as_neighbour.get(page).status_code == 302

    def test_says_until_when_it_is_shared_and_not_where(self, summary, admin_as_coordinator):
        page = reverse("admin:achievements_annualsummary_change", args=[summary.pk])
        before = admin_as_coordinator.get(page).content.decode()
        share = SummaryShare.objects.create(
            organization=summary.organization, summary=summary, token="t" * 43, expires_at=NOW + timedelta(days=9)
        )
        shared = admin_as_coordinator.get(page).content.decode()
        assert share.token not in shared
        assert "30.11.2026" in shared
        assert "30.11.2026" not in before
        SummaryShare.objects.update(withdrawn_at=NOW)
        assert "30.11.2026" not in admin_as_coordinator.get(page).content.decode()


class TestMakingItAnew:
    def test_is_foretold_and_then_done(self, wrong, admin_as_coordinator):
        seen = admin_as_coordinator.post(RECOMPUTE, {"ids": wrong.pk})
        assert seen.context["can_confirm"]
        assert "99" in seen.content.decode()
        wrong.refresh_from_db()
        assert (wrong.total_hours, wrong.generation_status) == (99, "ready")
        assert admin_as_coordinator.post(RECOMPUTE, {"ids": wrong.pk, "confirm": "1"}).status_code == 302
        assert generate_pending(at=NOW) == 1
        wrong.refresh_from_db()
        assert (wrong.total_hours, wrong.generation_status) == (0.5, "ready")

    def test_leaves_alone_what_is_right(self, summary, admin_as_coordinator):
        seen = admin_as_coordinator.post(RECOMPUTE, {"ids": summary.pk})
        assert not seen.context["can_confirm"]

    def test_is_an_action_of_the_list(self, wrong, admin_as_coordinator):
        answer = admin_as_coordinator.post(LIST, {"action": "recompute", "_selected_action": [wrong.pk]})
        assert str(wrong.mentor) in answer.content.decode()

    def test_is_for_those_in_ones_care(self, wrong, admin_as_neighbour, admin_as_stranger):
        for client in (admin_as_neighbour, admin_as_stranger):
            for verb in (RECOMPUTE, RETRY):
                assert client.post(verb, {"ids": wrong.pk, "confirm": "1"}).status_code == 404
        wrong.refresh_from_db()
        assert wrong.generation_status == "ready"

    def test_is_how_one_that_failed_is_tried_again(self, failed, admin_as_coordinator):
        page = reverse("admin:achievements_annualsummary_change", args=[failed.pk])
        assert RETRY in admin_as_coordinator.get(page).content.decode()
        assert generate_pending(at=NOW) == 0
        assert admin_as_coordinator.post(RETRY, {"ids": failed.pk}).status_code == 302
        assert generate_pending(at=NOW) == 1
        failed.refresh_from_db()
        assert failed.generation_status == "ready"
        assert RETRY not in admin_as_coordinator.get(page).content.decode()


class TestWhatFailed:
    def test_is_said_on_the_first_page(self, failed, admin_as_coordinator, admin_as_neighbour):
        def noted(client):
            return {note.address: note.count for note in client.get(reverse("admin:index")).context["notes"]}

        attention = f"{LIST}?state=attention"
        assert noted(admin_as_coordinator)[attention] == 1
        assert attention not in noted(admin_as_neighbour)
        recompute_summaries(summaries=[failed], by=None, at=NOW)
        assert attention not in noted(admin_as_coordinator)


class TestAWholeYear:
    def test_is_compared_and_made_anew_in_the_background(self, wrong, organization, org_admin, admin_as_org_admin):
        asked = {"organization": organization.pk, "year": 2025}
        assert admin_as_org_admin.get(EVERYBODY).status_code == 200
        assert admin_as_org_admin.get(EVERYBODY, asked).context["outlook"].changed == 1
        assert admin_as_org_admin.post(EVERYBODY, asked).status_code == 302
        job = Job.objects.get()
        assert (job.organization_id, job.requested_by) == (organization.pk, org_admin)
        assert run_waiting_jobs(clock=timezone.now) == 1
        job.refresh_from_db()
        assert (job.state, job.done_count, job.error) == ("done", job.total_count, "")
        generate_pending(at=NOW)
        wrong.refresh_from_db()
        assert (wrong.total_hours, wrong.generation_status) == (0.5, "ready")
        assert admin_as_org_admin.get(EVERYBODY, asked).context["outlook"].changed == 0

    @pytest.mark.parametrize("year", ["", "1999", "2027", "x", "99999999999"])
    def test_is_one_that_has_begun(self, summary, organization, admin_as_org_admin, year):
        answer = admin_as_org_admin.post(EVERYBODY, {"organization": organization.pk, "year": year})
        assert answer.context["form"].errors.keys() == {"year"}
        assert Job.objects.count() == 0

    def test_is_for_administrators(self, summary, organization, foreign, admin_as_coordinator, admin_as_org_admin):
        assert admin_as_coordinator.get(EVERYBODY).status_code == 403
        asked = {"organization": foreign.organization.pk, "year": 2025}
        assert admin_as_org_admin.post(EVERYBODY, asked).context["form"].errors.keys() == {"organization"}


class TestTheYearsOfAnAssociation:
    @pytest.fixture
    def years(self, summary, organization, theirs):
        """Of 2024 one is failed, of 2025 one is ready and one mentor has nothing, of 2026 one is a preview."""
        idle = MentorProfileFactory(organization=organization, started_on=date(2025, 12, 30))
        AnnualSummaryFactory(mentor=summary.mentor, year=2024, generation_status="failed", viewed_at=NOW)
        preview = {"as_of": date(2026, 11, 20), "generation_status": "pending"}
        AnnualSummaryFactory(mentor=idle, year=2026, total_events_attended=3, badges_earned_count=2, **preview)
        MentorProfile.objects.filter(pk=summary.mentor_id).update(started_on=None)

    def test_are_added_up(self, years, admin_as_org_admin):
        answer = admin_as_org_admin.get(OVERVIEW)
        found = [vars(year) for year in answer.context["years"]]
        assert [year["year"] for year in found] == [2026, 2025, 2024]
        assert [year["is_running"] for year in found] == [True, False, False]
        assert [(year["mentors"], year["without"]) for year in found] == [(1, 1), (1, 1), (1, 0)]
        assert [(year["activities"], float(year["hours"])) for year in found] == [(12, 12.5), (1, 0.5), (12, 12.5)]
        assert [(year["events"], year["badges"]) for year in found] == [(3, 2), (0, 0), (0, 0)]
        assert [(year["viewed"], year["waiting"], year["failed"]) for year in found] == [
            (0, 0, 0),
            (0, 0, 0),
            (1, 0, 1),
        ]
        text = answer.content.decode()
        assert f"{LIST}?state=attention&amp;year=2024" in text
        assert reverse("wrapped-organization", kwargs={"year": 2025, "slug": "north"}) in text

    def test_are_a_table_to_take_along(self, years, admin_as_org_admin, tmp_path):
        text = b"".join(admin_as_org_admin.get(f"{OVERVIEW[:-1]}.csv").streaming_content).decode("utf-8-sig")
        assert len(text.splitlines()) == 4
        assert text.splitlines()[2].startswith("2025,1,1,1,0.50,")
        book = tmp_path / "years.xlsx"
        book.write_bytes(b"".join(admin_as_org_admin.get(f"{OVERVIEW[:-1]}.xlsx").streaming_content))
        assert [row[0].value for row in load_workbook(book).active.rows][1:] == [2026, 2025, 2024]

    def test_are_for_its_administrators(
        self, years, organization, foreign, admin_as_coordinator, admin_as_stranger, admin_as_org_admin
    ):
        for client in (admin_as_coordinator, admin_as_stranger):
            for address in (OVERVIEW, f"{OVERVIEW[:-1]}.csv"):
                assert client.get(address, {"organization": organization.pk}).status_code == 403
        asked = admin_as_org_admin.get(OVERVIEW, {"organization": foreign.organization.pk})
        assert (asked.context["organization"], asked.context["years"]) == (None, [])
        assert admin_as_org_admin.get(f"{OVERVIEW[:-1]}.csv", {"organization": "x"}).status_code == 200

    def test_are_chosen_where_there_are_several(self, years, foreign, platform_staff):
        client = browser(platform_staff)
        assert client.get(OVERVIEW).context["organization"] is None
        found = client.get(OVERVIEW, {"organization": foreign.organization.pk}).context
        assert [year.year for year in found["years"]] == [2025]

    def test_may_be_none(self, organization, admin_as_org_admin):
        assert admin_as_org_admin.get(OVERVIEW).context["years"] == []

    def test_count_somebody_active_in_another_association_as_active(self, summary, organization, admin_as_org_admin):
        """Their summary is the other one's; that they did nothing would not be true."""
        elsewhere = MentorProfileFactory(organization=OrganizationFactory())
        MentorProfileFactory(organization=organization, user=elsewhere.user)
        AnnualSummaryFactory(mentor=elsewhere, year=2025)
        assert admin_as_org_admin.get(OVERVIEW).context["years"][0].without == 0


def test_the_desk_is_closed_where_the_module_is_off(summary, organization, admin_as_coordinator, admin_as_org_admin):
    ModuleSetting.objects.filter(organization=organization, module="achievements-gamification").update(is_enabled=False)
    assert admin_as_coordinator.get(LIST).status_code == 403
    for address in (OVERVIEW, EVERYBODY):
        assert admin_as_org_admin.get(address).status_code == 403
