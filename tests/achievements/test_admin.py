"""The desk of mentors' figures: those in one's care, compared and recomputed."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.models import ModuleSetting
from achievements.models import MentorStats
from achievements.services import recompute_stats
from operations.models import Job
from operations.services import run_waiting_jobs
from tests.factories import ActivityFactory, AssignmentFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)
LIST = reverse("admin:achievements_mentorstats_changelist")
VERB = reverse("admin:achievements_mentorstats_do_recompute")
EVERYBODY = reverse("admin:achievements_mentorstats_everybody")


@pytest.fixture
def stats(organization, mentor, local_association):
    """One mentor's, which are right."""
    pair = AssignmentFactory(organization=organization, mentor=mentor, local=local_association)
    ActivityFactory(assignment=pair)
    recompute_stats(mentors=[mentor.pk])
    return MentorStats.objects.get(mentor=mentor)


@pytest.fixture
def strangers(foreign):
    recompute_stats(mentors=[foreign.mentor.pk])
    return MentorStats.objects.get(mentor=foreign.mentor)


@pytest.fixture
def drifted(stats):
    MentorStats.objects.filter(pk=stats.pk).update(minutes=7)
    return stats


def listed(answer) -> set:
    assert answer.status_code == 200
    return {row.pk for row in answer.context["cl"].result_list}


def test_the_list_has_the_mentors_in_ones_care(
    stats, strangers, admin_as_coordinator, admin_as_neighbour, admin_as_org_admin, admin_as_stranger
):
    assert listed(admin_as_coordinator.get(LIST)) == listed(admin_as_org_admin.get(LIST)) == {stats.pk}
    assert listed(admin_as_neighbour.get(LIST)) == set()
    assert listed(admin_as_stranger.get(LIST)) == {strangers.pk}


def test_the_page_of_a_mentor_shows_the_figures_and_takes_none(stats, admin_as_coordinator, admin_as_neighbour):
    page = reverse("admin:achievements_mentorstats_change", args=[stats.pk])
    answer = admin_as_coordinator.get(page)
    assert answer.status_code == 200
    assert admin_as_coordinator.post(page, {"minutes": 1}).status_code == 403
    assert admin_as_coordinator.get(reverse("admin:achievements_mentorstats_add")).status_code == 403
    assert admin_as_neighbour.get(page).status_code == 302


def test_the_list_is_exported(stats, admin_as_coordinator):
    answer = admin_as_coordinator.get(f"{LIST}export.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert str(stats.mentor) in text
    assert len(text.splitlines()) == 2


def test_a_recomputation_is_foretold_and_then_done(drifted, admin_as_coordinator):
    seen = admin_as_coordinator.post(VERB, {"ids": drifted.pk})
    assert "7 → 30" in seen.content.decode()
    drifted.refresh_from_db()
    assert drifted.minutes == 7
    assert admin_as_coordinator.post(VERB, {"ids": drifted.pk, "confirm": "1"}).status_code == 302
    drifted.refresh_from_db()
    assert drifted.minutes == 30


def test_what_is_right_already_is_left_alone(stats, admin_as_coordinator):
    seen = admin_as_coordinator.post(VERB, {"ids": stats.pk})
    assert not seen.context["can_confirm"]


def test_the_selected_rows_of_the_list_are_recomputed(drifted, admin_as_coordinator):
    answer = admin_as_coordinator.post(LIST, {"action": "recompute", "_selected_action": [drifted.pk]})
    assert answer.status_code == 200
    assert str(drifted.mentor) in answer.content.decode()


def test_only_rows_in_ones_care_are_recomputed(drifted, admin_as_neighbour, admin_as_stranger):
    for client in (admin_as_neighbour, admin_as_stranger):
        assert client.post(VERB, {"ids": drifted.pk, "confirm": "1"}).status_code == 404
    drifted.refresh_from_db()
    assert drifted.minutes == 7


def test_everybody_is_compared_and_recomputed_in_the_background(drifted, organization, org_admin, admin_as_org_admin):
    assert admin_as_org_admin.get(EVERYBODY).status_code == 200
    seen = admin_as_org_admin.get(EVERYBODY, {"organization": organization.pk})
    assert (seen.context["outlook"].changed, seen.context["outlook"].hidden) == (1, 0)
    assert "7 → 30" in seen.content.decode()
    answer = admin_as_org_admin.post(EVERYBODY, {"organization": organization.pk})
    assert answer.status_code == 302
    job = Job.objects.get()
    assert (job.kind, job.organization_id, job.requested_by) == ("recompute_stats", organization.pk, org_admin)
    assert run_waiting_jobs(clock=lambda: NOW) == 1
    job.refresh_from_db()
    assert (job.state, job.result, job.done_count) == ("done", {"mentors": 1, "changed": 1}, 1)
    drifted.refresh_from_db()
    assert drifted.minutes == 30
    again = admin_as_org_admin.get(EVERYBODY, {"organization": organization.pk})
    assert again.context["outlook"].changed == 0


def test_a_whole_association_is_for_its_administrators(
    drifted, organization, foreign, admin_as_coordinator, admin_as_stranger, admin_as_org_admin, admin_as_platform_staff
):
    for client in (admin_as_coordinator, admin_as_stranger):
        assert client.get(EVERYBODY).status_code == 403
        assert client.post(EVERYBODY, {"organization": organization.pk}).status_code == 403
    answer = admin_as_org_admin.post(EVERYBODY, {"organization": foreign.organization.pk})
    assert "organization" in answer.context["form"].errors
    assert Job.objects.count() == 0
    assert admin_as_platform_staff.post(EVERYBODY, {"organization": organization.pk}).status_code == 302


def test_the_list_leads_administrators_there_and_nobody_else(stats, admin_as_org_admin, admin_as_coordinator):
    assert EVERYBODY in admin_as_org_admin.get(LIST).content.decode()
    assert EVERYBODY not in admin_as_coordinator.get(LIST).content.decode()


def test_the_desk_is_closed_where_the_module_is_off(stats, organization, admin_as_coordinator, admin_as_org_admin):
    ModuleSetting.objects.filter(organization=organization, module="achievements-gamification").update(is_enabled=False)
    assert admin_as_coordinator.get(LIST).status_code == 403
    assert admin_as_org_admin.get(EVERYBODY).status_code == 403
