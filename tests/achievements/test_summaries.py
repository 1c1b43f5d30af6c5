"""The year in review: every rule of it, one by one."""

import logging
import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.enums import Module
from accounts.models import Membership, ModuleSetting
from accounts.services import set_module
from accounts.services.modules import ModuleDisabled
from achievements import generation, services
from achievements.highlights import MILESTONES, describe
from achievements.models import AnnualSummary, BadgeDefinition, EarnedBadge, SummaryShare
from achievements.services import generate_pending, mark_years, turn_year
from mentoring.models import Activity, ActivityType
from mentoring.services import correct_activity, delete_activity, resolve_duplicate
from operations import duties
from operations.services import run_waiting_jobs
from tests.factories import ActivityFactory, ContactFactory, MentorProfileFactory, OrganizationFactory

pytestmark = pytest.mark.django_db

#: 2025 is over, 2026 is not.
NOW = datetime(2026, 4, 2, 11, 0, tzinfo=UTC)

#: How often three random histories are held against the oracle; the large proof is HISTORIES=2000 in the environment.
HISTORIES = int(os.environ.get("HISTORIES", 40))


def visit(mentor, day, **facts):
    facts = {"contact": None, "assignment": None, "local_association": None} | facts
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return ActivityFactory(organization=mentor.organization, mentor=mentor, occurred_at=moment, local_date=day, **facts)


def kind(slug, organization=None):
    row, _ = ActivityType.objects.get_or_create(slug=slug, organization=organization, defaults={"name": slug})
    return row


def year_of(mentor, year=2025) -> AnnualSummary | None:
    return AnnualSummary.objects.filter(user=mentor.user, year=year).first()


def make(mentor, year=2025, at=NOW) -> AnnualSummary | None:
    mark_years(years=[(mentor.pk, year)])
    generate_pending(at=at)
    return year_of(mentor, year)


def earn(mentor, moment, slug="helper", **facts):
    definition, _ = BadgeDefinition.objects.get_or_create(slug=slug, defaults={"name": slug, "icon": "x"})
    return EarnedBadge.objects.create(
        organization=mentor.organization, mentor=mentor, definition=definition, earned_at=moment, **facts
    )


# --- What a year says -------------------------------------------------------------------------------------------------


def test_a_year_counts_activities_hours_contacts_reached_events_and_months(mentor, organization, local_association):
    contacts = [ContactFactory(organization=organization, local_association=local_association) for _ in range(2)]
    visit(mentor, date(2025, 1, 1), contact=contacts[0], minutes=20)
    visit(mentor, date(2025, 1, 2), contact=contacts[0], minutes=20)
    visit(mentor, date(2025, 6, 30), contact=contacts[1], minutes=10, reached=False)
    visit(mentor, date(2025, 12, 31), event=True, minutes=45)
    visit(mentor, date(2024, 12, 31))
    visit(mentor, date(2026, 1, 1))
    visit(mentor, date(2025, 5, 5), duplicate="suspected")
    visit(mentor, date(2025, 5, 6), status="rejected")
    visit(mentor, date(2025, 5, 7), deleted_at=NOW)
    summary = make(mentor)
    assert summary.total_activities == 4
    assert summary.total_hours == Decimal("1.58")
    assert summary.total_contacts_reached == 1
    assert summary.total_events_attended == 1
    assert summary.monthly_activity_counts == [2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]
    assert (summary.most_active_month, summary.streak_days) == (1, 2)
    assert (summary.generation_status, summary.as_of, summary.generated_at) == ("ready", None, NOW)


def test_of_two_types_as_frequent_the_first_by_its_short_name_is_the_most_frequent(mentor):
    for slug in ("b_visit", "a-visit", "b_visit", "a-visit", "c"):
        visit(mentor, date(2025, 2, 1), type=kind(slug))
    assert make(mentor).top_activity_type == "a-visit"


def test_two_types_of_one_short_name_are_one_kind(mentor, organization):
    visit(mentor, date(2025, 2, 1), type=kind("walk"))
    visit(mentor, date(2025, 2, 1), type=kind("walk", organization))
    for slug in ("a", "b", "c"):
        visit(mentor, date(2025, 2, 1), type=kind(slug))
    assert make(mentor).top_activity_type == "walk"


def test_of_two_months_as_active_the_earlier_one_counts(mentor):
    for month in (9, 4, 9, 4):
        visit(mentor, date(2025, month, 3))
    assert make(mentor).most_active_month == 4


def test_the_streak_is_of_days_of_this_year_alone(mentor):
    for day in (date(2024, 12, 30), date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1)):
        visit(mentor, day)
    visit(mentor, date(2025, 1, 1))
    assert make(mentor).streak_days == 1


def test_badges_count_in_the_year_in_which_they_were_earned_where_the_organisation_is(mentor, org_admin):
    visit(mentor, date(2025, 2, 1))
    earn(mentor, datetime(2024, 12, 31, 23, 0, tzinfo=UTC), "first")  # 2025 in Oslo
    earn(mentor, datetime(2025, 12, 31, 22, 59, tzinfo=UTC), "second")
    earn(mentor, datetime(2025, 12, 31, 23, 0, tzinfo=UTC), "third")  # 2026 in Oslo
    revoked = {"revoked_at": NOW, "revoked_by": org_admin, "revocation_reason": "By mistake"}
    earn(mentor, datetime(2025, 6, 1, tzinfo=UTC), "fourth", **revoked)
    summary = make(mentor)
    assert summary.badges_earned_count == 2
    assert [moment["slug"] for moment in summary.highlight_moments if moment["type"] == "badge"] == ["first", "second"]


def test_of_more_than_five_moments_the_best_five_are_kept_and_it_is_warned_about(mentor, caplog):
    for number in range(12):
        visit(mentor, date(2025, 3, 1) + timedelta(days=number // 2), event=True)
    earn(mentor, datetime(2025, 6, 1, 12, tzinfo=UTC))
    with caplog.at_level(logging.WARNING, logger="achievements"):
        summary = make(mentor)
    assert summary.highlight_moments == [
        {"type": "milestone", "date": "2025-03-05", "count": 10},
        {"type": "longest_streak", "date": "2025-03-06", "days": 6},
        {"type": "badge", "date": "2025-06-01", "slug": "helper"},
        {"type": "most_active_month", "date": "2025-03-01", "month": 3, "count": 12},
        {"type": "first_event", "date": "2025-03-01"},
    ]
    assert "1 summaries had more than five moments" in caplog.text


def test_every_moment_has_a_sentence(mentor):
    moments = [
        {"type": "year_to_date", "date": "2025-03-05"},
        {"type": "milestone", "date": "2025-03-05", "count": 10},
        {"type": "longest_streak", "date": "2025-03-06", "days": 6},
        {"type": "badge", "date": "2025-06-01", "slug": "helper"},
        {"type": "most_active_month", "date": "2025-03-01", "month": 3, "count": 1},
        {"type": "first_event", "date": "2025-03-01"},
        {"type": "busiest_day", "date": "2025-03-01", "count": 3},
        {"type": "first_activity", "date": "2025-03-01"},
    ]
    sentences = [describe(moment) for moment in moments]
    assert len(set(sentences)) == len(moments)
    assert all(sentence.endswith(".") for sentence in sentences)


# --- Whose, and where -------------------------------------------------------------------------------------------------


def test_a_year_without_activity_has_no_row_and_one_that_loses_its_last_loses_the_row(mentor, coordinator):
    assert make(mentor) is None
    only = visit(mentor, date(2025, 2, 1))
    summary = make(mentor)
    services.share_summary(summary=summary, by=mentor.user, at=NOW)
    delete_activity(activity=only, by=coordinator, at=NOW)
    generate_pending(at=NOW)
    assert year_of(mentor) is None
    assert not SummaryShare.objects.exists()


def in_two_organizations(mentor, others=1):
    other = MentorProfileFactory(user=mentor.user)
    for _ in range(others):
        visit(other, date(2025, 7, 1), minutes=60)
    return other


def test_of_a_mentor_in_two_organisations_the_one_with_more_activity_has_the_year_and_counts_alone(mentor):
    visit(mentor, date(2025, 2, 1))
    first = make(mentor)
    services.share_summary(summary=first, by=mentor.user, at=NOW)
    other = in_two_organizations(mentor, others=2)
    summary = make(other)
    assert (summary.pk, summary.mentor, summary.organization) == (first.pk, other, other.organization)
    assert (summary.total_activities, summary.total_hours) == (2, 2)
    assert not SummaryShare.objects.exists(), "a link to another organisation's numbers"


@pytest.mark.parametrize("years_later", [-1, 1])
def test_where_both_have_as_much_the_older_membership_has_it(mentor, years_later):
    visit(mentor, date(2025, 2, 1))
    other = in_two_organizations(mentor)
    joined = Membership.objects.get(user=mentor.user, organization=mentor.organization).granted_at
    Membership.objects.filter(user=mentor.user, organization=other.organization).update(
        granted_at=joined + timedelta(days=365 * years_later)
    )
    assert make(mentor).mentor == (mentor if years_later > 0 else other)


def test_an_organisation_without_the_module_has_no_part_in_it(mentor):
    visit(mentor, date(2025, 2, 1))
    other = in_two_organizations(mentor, others=3)
    ModuleSetting.objects.filter(organization=other.organization, module=Module.ACHIEVEMENTS).delete()
    assert make(other) is None
    assert make(mentor).mentor == mentor


def test_with_the_module_off_nothing_is_marked_made_or_shown(mentor, organization):
    visit(mentor, date(2025, 2, 1))
    summary = make(mentor)
    mark_years(years=[(mentor.pk, 2025)])
    share = services.share_summary(summary=summary, by=mentor.user, at=NOW)
    ModuleSetting.objects.filter(organization=organization).update(is_enabled=False)
    mark_years(years=[(mentor.pk, 2024)])
    assert generate_pending(at=NOW) == turn_year(at=NOW) == 0
    assert [row.year for row in AnnualSummary.objects.all()] == [2025]
    assert services.summary_of(user=mentor.user, year=2025, at=NOW) is None
    assert services.years_of(user=mentor.user) == []
    assert services.shared_summary(token=share.token, at=NOW) is None
    with pytest.raises(ModuleDisabled):
        services.organization_year(organization=organization, year=2025, at=NOW)


def test_switching_the_module_on_makes_all_years(mentor, organization, org_admin):
    ModuleSetting.objects.filter(organization=organization).update(is_enabled=False)
    for year in (2023, 2025, 2026):
        visit(mentor, date(year, 2, 1))
    set_module(organization=organization, module=Module.ACHIEVEMENTS, is_enabled=True, by=org_admin, at=NOW)
    run_waiting_jobs(clock=lambda: NOW)
    assert services.years_of(user=mentor.user) == [2026, 2025, 2023]


# --- When a year is over ----------------------------------------------------------------------------------------------

#: The first moment of 2026 in each zone.
NEW_YEARS = [
    ("Europe/Oslo", datetime(2025, 12, 31, 23, 0, tzinfo=UTC)),
    ("Pacific/Kiritimati", datetime(2025, 12, 31, 10, 0, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 1, 1, 5, 0, tzinfo=UTC)),
]


@pytest.mark.parametrize(("zone", "midnight"), NEW_YEARS)
def test_a_year_is_ready_from_the_first_second_of_the_next_where_the_organisation_is(zone, midnight):
    mentor = MentorProfileFactory(organization=OrganizationFactory(time_zone=zone))
    visit(mentor, date(2025, 12, 31))
    before = make(mentor, at=midnight - timedelta(seconds=1))
    assert (before.generation_status, before.as_of) == ("pending", date(2025, 12, 31))
    assert before.highlight_moments[0] == {"type": "year_to_date", "date": "2025-12-31"}
    assert before.requested_version == before.done_version
    after = make(mentor, at=midnight)
    assert (after.generation_status, after.as_of) == ("ready", None)
    assert "year_to_date" not in {moment["type"] for moment in after.highlight_moments}


def test_a_preview_is_made_once_and_never_ready(mentor):
    visit(mentor, date(2026, 2, 1))
    preview = make(mentor, 2026)
    assert (preview.generation_status, preview.is_preview, preview.has_numbers) == ("pending", True, True)
    assert generate_pending(at=NOW) == 0


def test_the_database_refuses_a_year_that_is_ready_before_it_is_over_anywhere(mentor):
    visit(mentor, date(2025, 2, 1))
    summary = make(mentor)
    rows = AnnualSummary.objects.filter(pk=summary.pk)
    rows.update(generated_at=datetime(2025, 12, 31, 10, 0, tzinfo=UTC))
    with pytest.raises(IntegrityError, match="summary_ready_after_its_year"), transaction.atomic():
        rows.update(generated_at=datetime(2025, 12, 31, 9, 59, 59, tzinfo=UTC))


def test_from_2_january_previews_become_whole_years_and_who_has_none_gets_one(mentor):
    visit(mentor, date(2025, 2, 1))
    make(mentor, at=datetime(2025, 6, 1, tzinfo=UTC))
    forgotten, idle = MentorProfileFactory(organization=mentor.organization), MentorProfileFactory()
    visit(forgotten, date(2025, 3, 1))
    assert turn_year(at=datetime(2026, 1, 1, 22, 59, tzinfo=UTC)) == 0, "1 January in Oslo"
    at = datetime(2026, 1, 1, 23, 0, tzinfo=UTC)
    assert turn_year(at=at) == 2
    assert generate_pending(at=at) == 2
    assert [year_of(one).generation_status for one in (mentor, forgotten)] == ["ready", "ready"]
    assert year_of(idle) is None
    assert turn_year(at=at) == 0


# --- What marks a year ------------------------------------------------------------------------------------------------


@pytest.fixture
def ready(mentor):
    """2024 and 2025, both ready."""
    group = ActivityType.objects.get(slug="group_meeting")
    visits = [visit(mentor, date(year, 2, 1), minutes=60, type=group) for year in (2024, 2025)]
    assert [make(mentor, year).generation_status for year in (2024, 2025)] == ["ready", "ready"]
    return visits


def waiting(mentor):
    return sorted(AnnualSummary.objects.to_generate().filter(user=mentor.user).values_list("year", flat=True))


def test_correcting_what_counts_marks_the_year_and_what_does_not_leaves_it(ready, mentor, coordinator):
    correct_activity(activity=ready[1], by=coordinator, at=NOW, summary="A note")
    assert waiting(mentor) == []
    correct_activity(activity=ready[1], by=coordinator, at=NOW, minutes=90)
    assert waiting(mentor) == [2025]
    assert year_of(mentor).generation_status == "pending"
    generate_pending(at=NOW)
    assert (year_of(mentor).generation_status, year_of(mentor).total_hours) == ("ready", Decimal("1.50"))


def test_an_activity_that_moves_to_another_year_marks_both(ready, mentor, coordinator):
    moment = datetime(2024, 12, 31, 22, 59, tzinfo=UTC)
    correct_activity(activity=ready[1], by=coordinator, at=NOW, occurred_at=moment)
    assert waiting(mentor) == [2024, 2025]
    generate_pending(at=NOW)
    assert year_of(mentor, 2024).total_activities == 2
    assert year_of(mentor) is None


def test_deleting_and_resolving_a_duplicate_mark_the_year(ready, mentor, coordinator):
    delete_activity(activity=ready[0], by=coordinator, at=NOW)
    assert waiting(mentor) == [2024]
    suspect = visit(mentor, date(2025, 2, 1), duplicate="suspected")
    resolve_duplicate(activity=suspect, is_duplicate=False, by=coordinator, at=NOW)
    assert waiting(mentor) == [2024, 2025]


def test_marking_what_waits_already_writes_nothing_and_years_that_cannot_be_are_ignored(ready, mentor):
    mark_years(years=[(mentor.pk, 2025)])
    version = year_of(mentor).requested_version
    mark_years(years=[(mentor.pk, 2025), (mentor.pk, 1999), (mentor.pk, 2101)])
    assert year_of(mentor).requested_version == version
    assert services.years_of(user=mentor.user) == [2025, 2024]


def test_what_is_marked_while_it_is_being_made_is_not_ready(ready, mentor):
    mark_years(years=[(mentor.pk, 2025)])
    claims = generation.claim(10)
    mark_years(years=[(mentor.pk, 2025)])
    assert generation.write(claims, at=NOW).ids == frozenset()
    assert (year_of(mentor).generation_status, waiting(mentor)) == ("pending", [2025])
    assert generate_pending(at=NOW) == 1


# --- When making fails ------------------------------------------------------------------------------------------------


def poison(mentor):
    """Let the database refuse this mentor's numbers."""
    connection.cursor().execute(
        "ALTER TABLE achievements_annualsummary ADD CONSTRAINT poison CHECK"
        f" (NOT (user_id = '{mentor.user_id}' AND total_activities > 0))"
    )


def test_a_bad_one_stops_no_other_and_has_failed_after_three_attempts(mentor):
    other = MentorProfileFactory(organization=mentor.organization)
    for one in (mentor, other):
        visit(one, date(2025, 2, 1))
    poison(mentor)
    mark_years(years=[(mentor.pk, 2025), (other.pk, 2025)])
    for attempt in (1, 2, 3):
        assert generate_pending(at=NOW) == (1 if attempt == 1 else 0)
        assert year_of(mentor).attempts == attempt
        assert generate_pending(at=NOW) == 0, "it is not tried again at once"
        AnnualSummary.objects.filter(user=mentor.user).update(claimed_at=NOW - timedelta(days=9000))
    assert year_of(other).generation_status == "ready"
    assert (year_of(mentor).generation_status, year_of(mentor).failure) == ("failed", "IntegrityError")
    mark_years(years=[(mentor.pk, 2025)])
    assert (year_of(mentor).generation_status, year_of(mentor).attempts) == ("pending", 0)


def test_what_a_dead_worker_took_is_free_again_after_its_lease_and_failed_after_the_third(mentor):
    visit(mentor, date(2025, 2, 1))
    mark_years(years=[(mentor.pk, 2025)])
    assert len(generation.claim(10)) == 1
    assert generate_pending(at=NOW) == 0
    AnnualSummary.objects.update(claimed_at=NOW - timedelta(days=9000))
    assert generate_pending(at=NOW) == 1
    AnnualSummary.objects.update(
        requested_version=9, generation_status="generating", attempts=3, claimed_at=NOW - timedelta(days=9000)
    )
    assert generate_pending(at=NOW) == 0
    assert (year_of(mentor).generation_status, year_of(mentor).failure) == ("failed", "worker_died")


# --- Staff, readers, links --------------------------------------------------------------------------------------------


def test_a_preview_of_recomputing_says_field_by_field_what_would_change_and_writes_nothing(ready, mentor, org_admin):
    ids = list(AnnualSummary.objects.values_list("pk", flat=True))
    assert services.preview_summaries(ids=ids) == []
    AnnualSummary.objects.filter(year=2025).update(total_hours=7)
    Activity.objects.filter(pk=ready[0].pk).update(deleted_at=NOW)
    changes = {drift.summary.year: drift.changes for drift in services.preview_summaries(ids=ids)}
    assert changes[2025] == {"total_hours": (7, 1)}
    assert changes[2024]["total_activities"] == (1, 0)
    services.recompute_summaries(organization=mentor.organization, year=2025, by=org_admin, at=NOW)
    assert waiting(mentor) == [2025]
    services.recompute_summaries(summaries=AnnualSummary.objects.all(), by=org_admin, at=NOW)
    assert waiting(mentor) == [2024, 2025]


def test_recomputing_a_year_is_a_job_with_a_result(ready, mentor, org_admin):
    AnnualSummary.objects.update(total_hours=7)
    job = services.queue_recompute_summaries(organization_id=mentor.organization_id, year=2025, by=org_admin, at=NOW)
    run_waiting_jobs(clock=lambda: NOW)
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"summaries": 1, "made": 1})
    assert (year_of(mentor).total_hours, year_of(mentor, 2024).total_hours) == (1, 7)


def test_it_is_noted_once_when_the_mentor_opens_it(ready, mentor):
    services.view_summary(summary=year_of(mentor), at=NOW)
    assert services.view_summary(summary=year_of(mentor), at=NOW + timedelta(days=1)).viewed_at == NOW


def test_an_organisations_year_adds_its_mentors_up(ready, mentor, organization):
    other = MentorProfileFactory(organization=organization)
    visit(other, date(2025, 2, 1), type=kind("a"), minutes=30, event=True)
    visit(other, date(2025, 12, 1), type=kind("a"), minutes=30)
    make(other)
    told = services.organization_year(organization=organization, year=2025, at=NOW)
    assert (told.mentors_active, told.total_activities, told.total_hours) == (2, 3, 2)
    assert told.monthly_activity_counts == [0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    assert (told.most_active_month, told.total_events_attended, told.as_of, told.waiting) == (2, 1, None, 0)
    assert (told.top_types[0].slug, told.top_types[0].count) == ("a", 2)
    nothing = services.organization_year(organization=organization, year=2019, at=NOW)
    assert (nothing.mentors_active, nothing.most_active_month, nothing.top_types) == (0, None, [])


def test_a_link_is_the_mentors_own_lasts_as_long_as_wished_and_there_is_one(ready, mentor, coordinator):
    summary = year_of(mentor)
    share = services.share_summary(summary=summary, by=mentor.user, at=NOW, days=1)
    again = services.share_summary(summary=summary, by=mentor.user, at=NOW, days=90)
    assert (again.pk, again.token, len(again.token)) == (share.pk, share.token, 43)
    assert again.expires_at == NOW + timedelta(days=90)
    with pytest.raises(services.sharing.NotYourSummary):
        services.share_summary(summary=summary, by=coordinator, at=NOW)
    for days in (0, 91):
        with pytest.raises(services.sharing.DaysOutOfRange):
            services.share_summary(summary=summary, by=mentor.user, at=NOW, days=days)


def test_a_link_leads_nowhere_when_it_has_expired_or_is_withdrawn_and_never_comes_back(ready, mentor):
    summary = year_of(mentor)
    share = services.share_summary(summary=summary, by=mentor.user, at=NOW, days=1)
    assert services.shared_summary(token=share.token, at=NOW).summary == summary
    later = NOW + timedelta(days=1)
    assert services.shared_summary(token=share.token, at=later) is None
    anew = services.share_summary(summary=summary, by=mentor.user, at=later)
    assert anew.token != share.token
    services.withdraw_share(share=anew, by=mentor.user, at=later)
    assert services.shared_summary(token=anew.token, at=later) is None
    assert services.shared_summary(token=share.token, at=later) is None


# --- In another style -------------------------------------------------------------------------------------------------


def by_hand(rows) -> tuple[dict, dict]:
    """A year, row by row: its numbers, and some of its moments."""
    days = sorted({row["day"] for row in rows})
    runs = [1] if days else [0]
    for before, day in pairwise(days):
        runs.append(runs[-1] + 1 if (day - before).days == 1 else 1)
    months = [len([row for row in rows if row["day"].month == month]) for month in range(1, 13)]
    slugs = Counter(row["slug"] for row in rows)
    ordered = sorted(row["day"] for row in rows)
    reached = [number for number in MILESTONES if number <= len(rows)]
    moments = {
        "milestone": {"date": ordered[reached[-1] - 1], "count": reached[-1]} if reached else None,
        "longest_streak": {"date": days[runs.index(max(runs))], "days": max(runs)} if max(runs) > 1 else None,
        "first_activity": {"date": ordered[0]},
    }
    return {
        "total_activities": len(rows),
        "total_hours": round(Decimal(sum(row["minutes"] for row in rows)) / 60, 2),
        "total_contacts_reached": len(
            {row["contact"] for row in rows if row["reached"] and row["contact"] is not None}
        ),
        "total_events_attended": len([row for row in rows if row["event"]]),
        "top_activity_type": min(slugs, key=lambda slug: (-slugs[slug], slug)),
        "most_active_month": months.index(max(months)) + 1,
        "streak_days": max(runs),
        "monthly_activity_counts": months,
    }, {name: moment for name, moment in moments.items() if moment}


row = st.fixed_dictionaries(
    {
        "day": st.integers(-3, 12).map(lambda days: date(2025, 1, 1) + timedelta(days=days))
        | st.integers(-3, 370).map(lambda days: date(2025, 1, 1) + timedelta(days=days)),
        "minutes": st.integers(1, 1440),
        "reached": st.booleans(),
        "event": st.booleans(),
        "slug": st.sampled_from(["home_visit", "phone_call", "digital_meeting"]),
        "contact": st.sampled_from([None, 0, 1, 2]),
        "duplicate": st.sampled_from(["none", "none", "none", "distinct", "suspected", "duplicate"]),
        "status": st.sampled_from(["submitted", "submitted", "approved", "rejected"]),
    }
)


@given(histories=st.lists(st.lists(row, max_size=40), min_size=3, max_size=3))
@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_is_what_it_is_by_hand(histories, organization, local_association):
    with transaction.atomic():
        contacts = [ContactFactory(organization=organization, local_association=local_association) for _ in range(3)]
        types = {type_.slug: type_ for type_ in ActivityType.objects.filter(organization=None)}
        mentors = [
            MentorProfileFactory(organization=organization, local_association=local_association) for _ in histories
        ]
        Activity.objects.bulk_create(
            Activity(
                organization=organization,
                mentor=mentor,
                type=types[one["slug"]],
                local_date=one["day"],
                contact=None if one["contact"] is None else contacts[one["contact"]],
                occurred_at=NOW,
                recorded_at=NOW,
                source="self",
                **{name: one[name] for name in ("minutes", "reached", "event", "duplicate", "status")},
            )
            for mentor, history in zip(mentors, histories, strict=True)
            for one in history
        )
        mark_years(years=[(mentor.pk, 2025) for mentor in mentors])
        generate_pending(at=NOW)
        for mentor, history in zip(mentors, histories, strict=True):
            counted = [
                one
                for one in history
                if one["day"].year == 2025 and one["status"] != "rejected" and one["duplicate"] in ("none", "distinct")
            ]
            summary = year_of(mentor)
            if not counted:
                assert summary is None
                continue
            numbers, moments = by_hand(counted)
            assert {name: getattr(summary, name) for name in numbers} == numbers
            told = {moment["type"]: moment for moment in summary.highlight_moments}
            for name, moment in moments.items():
                if name in told or name in ("milestone", "longest_streak"):
                    assert told[name] == {"type": name, **moment, "date": moment["date"].isoformat()}
        assert not [
            one for one in duties.check(at=NOW) if one.invariant.name == "ready_summary_is_derived" and one.count
        ]
        transaction.set_rollback(True)
