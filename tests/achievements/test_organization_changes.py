"""What becomes of figures and years when an organisation moves its clocks, or stops using the module."""

from datetime import UTC, date, datetime

import pytest

from accounts.enums import Module
from accounts.services import change_organization, set_module
from achievements import services
from achievements.models import AnnualSummary, BadgeDefinition, EarnedBadge
from achievements.services import generate_pending, mark_years
from operations.models import Job
from operations.services import run_waiting_jobs
from tests.factories import ActivityFactory, MentorProfileFactory, OrganizationFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 4, 2, 11, 0, tzinfo=UTC)


def visit(mentor, day):
    return ActivityFactory(
        organization=mentor.organization,
        mentor=mentor,
        contact=None,
        assignment=None,
        local_association=None,
        occurred_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        local_date=day,
    )


def make(*years):
    mark_years(years=years)
    generate_pending(at=NOW)


def shown(mentor, year=2025):
    return services.summary_of(user=mentor.user, year=year, at=NOW)


# --- Another time zone


@pytest.fixture
def on_the_eve(mentor):
    """A badge that was earned at half past eleven on New Year's Eve in Oslo: in Tokyo it is the new year."""
    definition = BadgeDefinition.objects.create(slug="eve", name="Eve", icon="x")
    for year in (2025, 2026):
        visit(mentor, date(year, 2, 1))
    EarnedBadge.objects.create(
        organization=mentor.organization,
        mentor=mentor,
        definition=definition,
        earned_at=datetime(2025, 12, 31, 22, 30, tzinfo=UTC),
    )
    services.recompute_stats(mentors=[mentor.pk])
    BadgeDefinition.objects.update(is_active=False)
    make((mentor.pk, 2025), (mentor.pk, 2026))
    return mentor


def badges_of(mentor):
    return [shown(mentor, year).badges_earned_count for year in (2025, 2026)]


def test_a_time_zone_that_changes_makes_figures_badges_and_years_anew(on_the_eve, organization, org_admin):
    assert badges_of(on_the_eve) == [1, 0]
    change_organization(organization=organization, by=org_admin, at=NOW, time_zone="Asia/Tokyo")
    jobs = Job.objects.filter(organization=organization)
    assert sorted(jobs.values_list("kind", flat=True)) == [services.RECOMPUTE, services.RECOMPUTE_SUMMARIES]
    assert set(jobs.values_list("requested_by", flat=True)) == {org_admin.pk}
    run_waiting_jobs(clock=lambda: NOW)
    assert badges_of(on_the_eve) == [0, 1]
    assert jobs.filter(kind=services.EVALUATE, state="done").count() == 1


def test_another_setting_makes_nothing_anew(on_the_eve, organization, org_admin):
    change_organization(organization=organization, by=org_admin, at=NOW, locale="nn", time_zone="Europe/Oslo")
    assert not Job.objects.exists()


def test_where_the_module_is_off_nothing_is_asked_for(on_the_eve, organization, org_admin):
    facts = {"organization": organization, "by": org_admin, "at": NOW}
    set_module(module=Module.ACHIEVEMENTS, is_enabled=False, **facts)
    change_organization(time_zone="Asia/Tokyo", **facts)
    assert not Job.objects.exists()


# --- The module of one of two organisations


@pytest.fixture
def other(mentor):
    """The same person in another organisation, which has the fewer activities in 2025."""
    found = MentorProfileFactory(user=mentor.user, organization=OrganizationFactory())
    for day in (date(2025, 2, 1), date(2025, 2, 2), date(2024, 2, 1)):
        visit(mentor, day)
    visit(found, date(2025, 7, 1))
    make((mentor.pk, 2025), (mentor.pk, 2024))
    assert shown(mentor).organization == mentor.organization
    return found


def switch(mentor, is_enabled, org_admin, module=Module.ACHIEVEMENTS):
    set_module(organization=mentor.organization, module=module, is_enabled=is_enabled, by=org_admin, at=NOW)
    generate_pending(at=NOW)


def test_a_year_goes_to_the_other_organisation_as_long_as_the_first_does_not_use_the_module(mentor, other, org_admin):
    switch(mentor, False, org_admin)
    assert (shown(mentor).organization, shown(mentor).total_activities) == (other.organization, 1)
    assert services.years_of(user=mentor.user) == [2025]
    switch(mentor, True, org_admin)
    run_waiting_jobs(clock=lambda: NOW)
    assert (shown(mentor).organization, shown(mentor).total_activities) == (mentor.organization, 2)
    assert services.years_of(user=mentor.user) == [2025, 2024]


def test_a_year_in_which_nothing_was_done_elsewhere_stays_as_it_is_and_hidden(mentor, other, org_admin):
    before = AnnualSummary.objects.values().get(year=2024)
    switch(mentor, False, org_admin)
    assert AnnualSummary.objects.values().get(year=2024) == before
    assert shown(mentor, 2024) is None


def test_another_module_moves_no_year(mentor, other, org_admin):
    switch(mentor, False, org_admin, module=Module.FOLLOW_UP)
    assert shown(mentor).organization == mentor.organization
    assert not AnnualSummary.objects.filter(requested_version__gt=1).exists()
