"""Whatever is recorded, corrected, deleted, decided and imported in whatever order: the stored figures are exact."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.enums import Module
from accounts.models import ModuleSetting
from accounts.services import set_module
from achievements import figures, rules
from achievements.models import MentorStats
from achievements.services import preview_recompute, recompute_stats
from certifications import services as certifications
from certifications.models import Certificate
from mentoring import services
from mentoring.enums import ActivityStatus, Source
from mentoring.models import Activity, ActivityType, Assignment
from mentoring.querysets import COUNTABLE_SQL
from mentoring.services.activities import Draft
from mentoring.services.history import Past, record_history
from operations import duties
from operations.models import Job
from operations.services import run_waiting_jobs
from tests.factories import (
    ActivityFactory,
    ActivityTypeFactory,
    AssignmentFactory,
    CertificationTypeFactory,
    ContactFactory,
    MentorProfileFactory,
)

pytestmark = pytest.mark.django_db

#: Around New Year, with both nights on which Oslo's clock changes a little way off.
NOW = datetime(2026, 4, 2, 11, 0, tzinfo=UTC)


@pytest.fixture
def pairs(organization, mentor, local_association):
    return [AssignmentFactory(organization=organization, mentor=mentor, local=local_association) for _ in range(3)]


@pytest.fixture
def types():
    slugs = ("home_visit", "phone_call", "group_meeting")
    return [ActivityType.objects.get(slug=slug) for slug in slugs]


def stored(mentor) -> dict:
    row = MentorStats.objects.filter(mentor=mentor).values(*figures.FIGURES).first()
    return row or {name: getattr(MentorStats(), name) for name in figures.FIGURES}


def counted_by_hand(mentor) -> dict:
    """The same figures, row by row in another style, from everything that was ever written."""
    rows = [
        row
        for row in Activity.objects.filter(mentor=mentor).select_related("type")
        if not row.deleted_at and row.status != "rejected" and row.duplicate not in ("suspected", "duplicate")
    ]
    days = [row.local_date for row in rows]
    found = {
        "activity_count": len(rows),
        "minutes": sum(row.minutes for row in rows),
        "contact_count": len({row.contact_id for row in rows if row.reached and row.contact_id}),
        "assignment_count": len([pair for pair in Assignment.objects.filter(mentor=mentor) if not pair.deleted_at]),
        "event_count": len([row for row in rows if row.event]),
        "training_count": len({one.type_id for one in Certificate.objects.filter(mentor=mentor) if not one.revoked_at}),
        "counts_by_type": dict(Counter(row.type.slug for row in rows)),
        "last_activity_on": max(days, default=None),
    }
    for unit in rules.UNITS:
        streak = rules.streak(days, unit)
        found |= {f"longest_{unit}_streak": streak.longest, f"latest_{unit}_streak": streak.latest}
    return found


def record(pair, type_, moment, *, at=NOW, **facts):
    facts = {"source": Source.SELF, "on_duplicate": "flag", "by": None, "type_id": type_.pk} | facts
    if pair is not None:
        facts["assignment_id"] = pair.pk
    mentor_id = facts.pop("mentor_id", None) or pair.mentor_id
    return services.record_activity(mentor_id=mentor_id, at=at, occurred_at=moment, **facts).activity


def drift() -> int:
    return next(one.count for one in duties.check(at=NOW) if one.invariant.name == "stats_are_derived")


# --- Any interleaving -------------------------------------------------------------------------------------------------

moments = st.integers(0, 24 * 100).map(lambda hours: NOW - timedelta(hours=hours)) | st.sampled_from(
    [
        datetime(2025, 12, 31, 22, 59, tzinfo=UTC),  # still the old year in Oslo
        datetime(2025, 12, 31, 23, 0, tzinfo=UTC),  # the new one
        datetime(2026, 3, 28, 22, 59, tzinfo=UTC),  # the evening before the clock goes forward
        datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        datetime(2026, 3, 29, 21, 59, tzinfo=UTC),
        datetime(2026, 3, 29, 22, 0, tzinfo=UTC),
    ]
)
what = st.fixed_dictionaries(
    {
        "type": st.integers(0, 2),
        "pair": st.sampled_from([None, 0, 1, 2]),
        "moment": moments,
        "minutes": st.integers(1, 90),
        "reached": st.booleans(),
        "event": st.booleans(),
    }
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("record"), what),
        st.tuples(st.just("latest"), what),
        st.tuples(st.just("correct"), st.integers(0, 30), what),
        st.tuples(st.just("review"), st.integers(0, 30), st.sampled_from(list(ActivityStatus))),
        st.tuples(st.just("delete"), st.integers(0, 30)),
        st.tuples(st.just("resolve"), st.integers(0, 30), st.booleans()),
        st.tuples(st.just("import"), st.lists(what, max_size=5)),
        st.tuples(st.just("unpair"), st.integers(0, 2)),
        st.tuples(st.just("hand_over"), st.integers(0, 2)),
        st.tuples(st.just("certify"), st.integers(0, 1), st.integers(1, 60)),
        st.tuples(st.just("certify_both"), st.integers(0, 1), st.integers(1, 60)),
        st.tuples(st.just("revoke"), st.integers(0, 30)),
    ),
    max_size=14,
)


@given(steps=steps)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_any_interleaving_the_stored_figures_are_the_derived_ones(steps, organization, types, org_admin):
    world = World(organization, types, org_admin)
    for step in steps:
        world.take(*step)
        for mentor in world.mentors:
            assert stored(mentor) == counted_by_hand(mentor), step
    assert drift() == 0
    assert recompute_stats(organization=organization) == 0
    assert [stored(mentor) for mentor in world.mentors] == [counted_by_hand(mentor) for mentor in world.mentors]


class World:
    """A mentor with three contacts and a colleague, and what may happen to them."""

    def __init__(self, organization, types, by) -> None:
        self.types, self.by, self.count = types, by, 0
        self.mentor, self.other = (MentorProfileFactory(organization=organization) for _ in range(2))
        self.mentors = [self.mentor, self.other]
        self.trainings = [CertificationTypeFactory(organization=organization, validity_months=None) for _ in range(2)]
        local = self.mentor.local_associations.get()
        self.pairs = [
            services.open_assignment(
                mentor=self.mentor,
                contact=ContactFactory(organization=organization, local_association=local),
                coordinator=by,
                start_date=date(2025, 1, 1),
                by=by,
                at=NOW,
            )
            for _ in range(3)
        ]

    def take(self, name, *facts) -> None:
        getattr(self, name)(*facts)

    def record(self, what) -> None:
        pair = None if what["pair"] is None else self.pairs[what["pair"]]
        contact = {"contact_id": pair.contact_id} if pair else {"type_id": self.types[2].pk}
        facts = {name: what[name] for name in ("minutes", "reached", "event")} | contact
        record(None, self.types[what["type"]], what["moment"], mentor_id=self.mentor.pk, **facts)

    def latest(self, what) -> None:
        last = stored(self.mentor)["last_activity_on"]
        moment = datetime(last.year, last.month, last.day, 12, tzinfo=UTC) if last else what["moment"]
        self.record(what | {"moment": min(moment + timedelta(days=what["minutes"] % 3), NOW)})

    def correct(self, which, what) -> None:
        activity = self.one(which)
        if activity is None or activity.deleted_at:
            return
        pair = None if what["pair"] is None else self.pairs[what["pair"]]
        changes = {name: what[name] for name in ("minutes", "reached", "event")} | {"occurred_at": what["moment"]}
        if pair and activity.contact_id:
            changes |= {"contact_id": pair.contact_id, "assignment_id": None, "type_id": self.types[what["type"]].pk}
        services.correct_activity(activity=activity, by=self.by, at=NOW, on_duplicate="flag", **changes)

    def review(self, which, status) -> None:
        activity = self.one(which)
        if activity and not activity.deleted_at:
            services.correct_activity(activity=activity, by=self.by, at=NOW, status=status)

    def delete(self, which) -> None:
        activity = self.one(which)
        if activity:
            services.delete_activity(activity=activity, by=self.by, at=NOW)

    def resolve(self, which, is_duplicate) -> None:
        suspected = list(Activity.objects.suspected().filter(mentor=self.mentor).order_by("pk"))
        if suspected:
            activity = suspected[which % len(suspected)]
            services.resolve_duplicate(activity=activity, is_duplicate=is_duplicate, by=self.by, at=NOW)

    def unpair(self, which) -> None:
        services.delete_assignment(assignment=self.pairs[which], by=self.by, at=NOW)

    def hand_over(self, which) -> None:
        pair = Assignment.objects.get(pk=self.pairs[which].pk)
        if not pair.deleted_at:
            services.hand_over(assignment=pair, mentor=self.other, by=self.by, at=NOW)

    def certify(self, which, days_ago, mentors=None) -> None:
        drafts = [
            certifications.Draft(mentor.pk, self.trainings[which].pk, NOW.date() - timedelta(days=days_ago), None)
            for mentor in mentors or [self.mentor]
        ]
        certifications.issue_certificates(organization=self.mentor.organization, drafts=drafts, by=self.by, at=NOW)

    def certify_both(self, which, days_ago) -> None:
        self.certify(which, days_ago, self.mentors)

    def revoke(self, which) -> None:
        rows = list(Certificate.objects.filter(mentor=self.mentor, revoked_at=None).order_by("pk"))
        if rows and (chosen := rows[which % len(rows)]).status == "active":
            certifications.revoke_certificate(certificate=chosen, reason="Mistaken.", by=self.by, at=NOW)

    def one(self, which):
        rows = list(Activity.objects.filter(mentor=self.mentor).order_by("pk"))
        return rows[which % len(rows)] if rows else None

    def __getattr__(self, name):
        if name == "import":  # a word of the language
            return self.take_history
        raise AttributeError(name)

    def take_history(self, rows) -> None:
        past = []
        for what in rows:
            self.count += 1
            contact = None if what["pair"] is None else self.pairs[what["pair"]].contact_id
            draft = Draft(
                type_id=self.types[what["type"] if contact else 2].pk,
                occurred_at=what["moment"],
                minutes=what["minutes"],
                reached=what["reached"],
                contact_id=contact,
                event=what["event"],
            )
            past.append(Past(draft, UUID(int=self.count)))
        record_history(mentor_id=self.mentor.pk, past=past, by=None, at=NOW)


# --- One statement for the usual case ---------------------------------------------------------------------------------


def statements_about(table, captured) -> list[str]:
    return [each["sql"] for each in captured if table in each["sql"]]


def test_what_is_recorded_in_order_costs_one_statement_and_what_is_late_three(pairs, types):
    record(pairs[0], types[0], NOW - timedelta(days=3))
    with CaptureQueriesContext(connection) as in_order:
        record(pairs[0], types[0], NOW - timedelta(days=2))
    with CaptureQueriesContext(connection) as late:
        record(pairs[0], types[0], NOW - timedelta(days=9))
    # And one that reads them, for the badges the mentor lacks.
    assert len(statements_about("achievements_mentorstats", in_order)) == 1 + 1
    assert len(statements_about("achievements_mentorstats", late)) == 3 + 1
    assert stored(pairs[0].mentor) == counted_by_hand(pairs[0].mentor)


def test_what_is_suspected_counts_when_somebody_says_it_is_distinct(pairs, types, org_admin):
    record(pairs[0], types[0], NOW - timedelta(days=1))
    with CaptureQueriesContext(connection) as made:
        twin = record(pairs[0], types[0], NOW - timedelta(days=1))
    assert statements_about("achievements_mentorstats", made) == []
    assert stored(pairs[0].mentor)["activity_count"] == 1
    services.resolve_duplicate(activity=twin, is_duplicate=False, by=org_admin, at=NOW)
    assert stored(pairs[0].mentor)["activity_count"] == 2


def test_a_correction_of_the_notes_alone_derives_nothing(pairs, types, org_admin):
    activity = record(pairs[0], types[0], NOW - timedelta(days=1))
    with CaptureQueriesContext(connection) as made:
        services.correct_activity(activity=activity, by=org_admin, at=NOW, summary="A walk.")
    assert statements_about("achievements_mentorstats", made) == []


def certify(mentor, type_, *, days_ago=1, by=None):
    return certifications.issue_certificate(
        mentor=mentor, type=type_, issued_on=NOW.date() - timedelta(days=days_ago), expires_on=None, by=by, at=NOW
    )


def test_a_kind_of_training_is_counted_once_and_not_when_its_last_certificate_is_revoked(mentor, org_admin):
    course, other = (CertificationTypeFactory(organization=mentor.organization, validity_months=None) for _ in range(2))
    first = certify(mentor, course, days_ago=9)
    certify(mentor, other)
    renewed = certifications.renew_certificate(
        certificate=first, issued_on=NOW.date(), expires_on=None, by=org_admin, at=NOW
    )
    assert stored(mentor)["training_count"] == 2
    certifications.revoke_certificate(certificate=renewed, reason="Mistaken.", by=org_admin, at=NOW)
    assert stored(mentor)["training_count"] == 2  # the one that it renewed was earned all the same
    assert drift() == 0


def test_certificates_of_many_are_one_statement_about_their_figures(organization):
    course = CertificationTypeFactory(organization=organization, validity_months=None)
    mentors = [MentorProfileFactory(organization=organization) for _ in range(5)]
    drafts = [certifications.Draft(mentor.pk, course.pk, NOW.date(), None) for mentor in mentors]
    for cost in (1, 0):  # issued already: no news
        with CaptureQueriesContext(connection) as made:
            certifications.issue_certificates(organization=organization, drafts=drafts, by=None, at=NOW)
        assert len(statements_about("INTO achievements_mentorstats", made)) == cost
    assert [stored(mentor)["training_count"] for mentor in mentors] == [1] * 5
    assert drift() == 0


def test_a_contact_is_counted_once_however_often_and_not_when_only_tried(pairs, types, mentor):
    for days, reached in ((5, False), (4, True), (3, True), (2, False)):
        record(pairs[0], types[0], NOW - timedelta(days=days), reached=reached)
    record(pairs[1], types[0], NOW - timedelta(days=1), reached=False)
    assert stored(mentor)["contact_count"] == 1
    record(pairs[1], types[0], NOW)
    assert stored(mentor)["contact_count"] == 2


def test_types_of_the_organisation_and_of_all_with_one_slug_are_counted_together(pairs, types, organization, mentor):
    own = ActivityTypeFactory(organization=organization, slug="home_visit")
    record(pairs[0], types[0], NOW - timedelta(days=2))
    record(pairs[0], own, NOW - timedelta(days=1))
    assert stored(mentor)["counts_by_type"] == {"home_visit": 2}
    recompute_stats(mentors=[mentor.pk])
    assert stored(mentor)["counts_by_type"] == {"home_visit": 2}


def test_the_night_on_which_the_year_ends_belongs_to_the_local_day(pairs, types, mentor):
    record(pairs[0], types[0], datetime(2025, 12, 31, 22, 30, tzinfo=UTC))
    record(pairs[0], types[0], datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
    found = stored(mentor)
    assert (found["last_activity_on"], found["latest_day_streak"]) == (date(2026, 1, 1), 2)
    assert (found["latest_week_streak"], found["latest_month_streak"]) == (1, 2)


def test_both_nights_on_which_the_clock_changes_are_single_days(pairs, types, mentor):
    for moment in (
        datetime(2025, 10, 25, 22, 30, tzinfo=UTC),  # 26 October in Oslo, a day of 25 hours
        datetime(2025, 10, 26, 22, 30, tzinfo=UTC),
        datetime(2025, 10, 26, 23, 0, tzinfo=UTC),  # the 27th
    ):
        record(pairs[0], types[0], moment)
    assert stored(mentor)["longest_day_streak"] == 2
    record(pairs[0], types[0], datetime(2026, 3, 28, 23, 30, tzinfo=UTC))  # the 29th, a day of 23 hours
    record(pairs[0], types[0], datetime(2026, 3, 29, 22, 30, tzinfo=UTC))  # the 30th
    assert stored(mentor)["latest_day_streak"] == 2
    assert stored(mentor) == counted_by_hand(mentor)


# --- Repair -----------------------------------------------------------------------------------------------------------


def test_figures_that_have_drifted_are_found_foretold_and_put_right(pairs, types, mentor):
    record(pairs[0], types[0], NOW - timedelta(days=1))
    assert drift() == 0
    MentorStats.objects.filter(mentor=mentor).update(minutes=7, counts_by_type={"phone_call": 3})
    assert drift() == 1
    (found,) = preview_recompute(mentors=[mentor.pk])
    assert found.changes == {"minutes": (7, 30), "counts_by_type": ({"phone_call": 3}, {"home_visit": 1})}
    assert stored(mentor)["minutes"] == 7
    assert recompute_stats(mentors=[mentor.pk]) == 1
    assert (stored(mentor), drift()) == (counted_by_hand(mentor), 0)
    assert (recompute_stats(mentors=[mentor.pk]), preview_recompute(mentors=[mentor.pk])) == (0, [])


def test_rows_written_past_the_verbs_are_drift_until_they_are_recomputed(pairs, organization, mentor):
    ActivityFactory(assignment=pairs[0])
    assert drift() == 1
    assert preview_recompute(mentors=[mentor.pk])[0].stored["activity_count"] == 0
    assert recompute_stats(organization=organization) == 1
    assert stored(mentor) == counted_by_hand(mentor)


def test_a_mentor_without_anything_is_no_drift(mentor):
    assert drift() == 0
    assert preview_recompute(mentors=[mentor.pk]) == []


def test_the_whole_organisation_is_one_statement_for_one_mentor_as_for_many(organization, mentor, foreign, types):
    def statements():
        with CaptureQueriesContext(connection) as made:
            recompute_stats(organization=organization)
        return len(made)

    one = statements()
    for _ in range(4):
        other = AssignmentFactory(organization=organization)
        ActivityFactory(assignment=other)
    assert statements() == one
    assert MentorStats.objects.filter(activity_count=1).count() == 4
    assert not MentorStats.objects.filter(organization=foreign.organization).exists()


# --- Where the module is off ------------------------------------------------------------------------------------------


@pytest.fixture
def switch(organization, org_admin):
    def do(is_enabled):
        set_module(organization=organization, module=Module.ACHIEVEMENTS, is_enabled=is_enabled, by=org_admin, at=NOW)

    return do


def test_where_the_module_is_off_nothing_is_written_and_what_is_there_is_kept(pairs, types, mentor, switch, org_admin):
    activity = record(pairs[0], types[0], NOW - timedelta(days=3))
    before = MentorStats.objects.get()
    switch(False)
    record(pairs[0], types[0], NOW - timedelta(days=2))
    certify(mentor, CertificationTypeFactory(organization=mentor.organization, validity_months=None))
    services.delete_activity(activity=activity, by=org_admin, at=NOW)
    assert recompute_stats(mentors=[mentor.pk]) == 0
    assert (stored(mentor)["activity_count"], MentorStats.objects.get().computed_at) == (1, before.computed_at)
    assert drift() == 0


def test_when_the_module_comes_into_use_a_job_makes_the_figures_whole(pairs, types, mentor, switch):
    switch(False)
    record(pairs[0], types[0], NOW - timedelta(days=2))
    switch(True)
    switch(True)
    job = Job.objects.get(kind="recompute_stats")
    assert MentorStats.objects.count() == 0
    assert run_waiting_jobs(clock=lambda: NOW) == 3
    others = Job.objects.exclude(pk=job.pk).order_by("kind")
    assert [each.kind for each in others] == ["evaluate_badges", "recompute_summaries"]
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"mentors": 1, "changed": 1})
    assert stored(mentor) == counted_by_hand(mentor)


def test_another_module_that_comes_into_use_asks_for_nothing(organization, org_admin):
    for is_enabled in (False, True):
        set_module(organization=organization, module=Module.FOLLOW_UP, is_enabled=is_enabled, by=org_admin, at=NOW)
    assert Job.objects.count() == 0


def test_without_a_row_for_the_module_it_is_off(pairs, types, mentor):
    ModuleSetting.objects.filter(module=Module.ACHIEVEMENTS).delete()
    record(pairs[0], types[0], NOW)
    assert MentorStats.objects.count() == 0


# --- The rule and the index -------------------------------------------------------------------------------------------


def test_what_counts_is_the_same_in_raw_statements_as_in_the_query_language(pairs):
    for status in ActivityStatus:
        for duplicate in ("none", "suspected", "distinct", "duplicate"):
            for deleted_at in (None, NOW):
                ActivityFactory(assignment=pairs[0], status=status, duplicate=duplicate, deleted_at=deleted_at)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM mentoring_activity activity WHERE {COUNTABLE_SQL}")
        raw = {key for (key,) in cursor.fetchall()}
    assert raw == set(Activity.objects.countable().values_list("pk", flat=True))
    assert len(raw) == 4
