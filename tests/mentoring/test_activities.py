"""Recording, correcting and deleting activities, and the contact date that follows."""

import threading
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.base.refusals import Refusal
from accounts.models import ChangeEntry
from accounts.services.changes import HIDDEN
from mentoring import services, signals
from mentoring.enums import ActivityStatus, Duplicate, Source
from mentoring.models import Activity, Assignment
from mentoring.services.contact_date import DERIVED
from tests.factories import (
    ActivityTypeFactory,
    AssignmentFactory,
    ContactFactory,
    MentorProfileFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment(organization, mentor, local_association, coordinator):
    return AssignmentFactory(
        organization=organization,
        mentor=mentor,
        contact=ContactFactory(organization=organization, local_association=local_association),
        coordinator=coordinator,
    )


@pytest.fixture
def visit():
    return ActivityTypeFactory(slug="visit")


@pytest.fixture
def record(assignment, visit, now):
    """Record a visit of the assignment, `days` ago; further facts by name."""

    def act(days=0, **facts):
        given_facts = {"contact_id": assignment.contact_id, "type_id": visit.pk} | facts
        given_facts.setdefault("occurred_at", now - timedelta(days=days))
        return services.record_activity(
            **{"mentor_id": assignment.mentor_id, "by": None, "at": now, "source": Source.SELF} | given_facts
        ).activity

    return act


def contact_date(assignment):
    return Assignment.objects.get(pk=assignment.pk).last_contact_date


def derived(assignment):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {DERIVED} FROM mentoring_assignment a WHERE a.id = %s", [assignment.pk])
        return cursor.fetchone()[0]


def test_a_visit_moves_the_contact_date_and_ends_the_reminder_cycle(record, assignment, now):
    Assignment.objects.filter(pk=assignment.pk).update(reminder_sent_at=now, escalation_sent_at=now)
    activity = record(days=2)
    assignment.refresh_from_db()
    assert (assignment.last_contact_date, assignment.reminder_sent_at, assignment.escalation_sent_at) == (
        activity.occurred_at,
        None,
        None,
    )
    assert activity.assignment_id == assignment.pk
    assert activity.local_association_id == assignment.local_association_id


def test_an_older_visit_entered_late_never_moves_the_contact_date_back(record, assignment, now):
    newest = record(days=1)
    record(days=9)
    assert contact_date(assignment) == newest.occurred_at


def test_an_attempt_is_not_contact(record, assignment):
    record(reached=False)
    assert contact_date(assignment) is None


def test_a_type_that_does_not_count_as_contact_leaves_the_date(record, assignment):
    record(type_id=ActivityTypeFactory(counts_as_contact=False).pk)
    assert contact_date(assignment) is None


def test_the_local_date_is_the_organisations(record):
    activity = record(occurred_at=datetime(2026, 1, 5, 23, 30, tzinfo=UTC))
    assert activity.local_date == date(2026, 1, 6)


def test_a_phones_clock_may_be_five_minutes_fast_and_no_more(record, now):
    assert record(occurred_at=now + timedelta(minutes=5)).pk
    with pytest.raises(Refusal) as refused:
        record(occurred_at=now + timedelta(minutes=5, seconds=1))
    assert refused.value.code == "in_the_future"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"minutes": 0}, "minutes_out_of_range"),
        ({"minutes": 1441}, "minutes_out_of_range"),
        ({"participant_count": 0}, "participants_out_of_range"),
        ({"type_id": uuid4()}, "type_not_found"),
        ({"contact_id": uuid4()}, "contact_not_found"),
        ({"contact_id": None}, "contact_required"),
        ({"assignment_id": uuid4()}, "assignment_not_found"),
        ({"mentor_id": uuid4()}, "mentor_not_found"),
        ({"occurred_at": datetime(1999, 12, 31, tzinfo=UTC)}, "too_long_ago"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(record, facts, code):
    with pytest.raises(Refusal) as refused:
        record(**facts)
    assert refused.value.code == code
    assert Activity.objects.count() == 0


def test_another_organisations_contact_type_and_assignment_do_not_exist(record):
    foreign = AssignmentFactory()
    foreign_type = ActivityTypeFactory(organization=foreign.organization)
    for facts in ({"contact_id": foreign.contact_id}, {"assignment_id": foreign.pk}, {"type_id": foreign_type.pk}):
        with pytest.raises(Refusal) as refused:
            record(**facts)
        assert refused.value.code in {"contact_not_found", "assignment_not_found", "type_not_found"}


def test_the_database_itself_refuses_another_organisations_contact(record):
    activity = record()
    with pytest.raises(IntegrityError), transaction.atomic():
        Activity.objects.filter(pk=activity.pk).update(contact_id=AssignmentFactory().contact_id)


def test_the_same_visit_again_is_refused_with_the_candidates(record):
    first = record(days=1)
    with pytest.raises(services.PossibleDuplicate) as refused:
        record(days=1)
    assert refused.value.extra["candidates"] == [first.pk]


def test_a_confirmed_one_counts_and_a_flagged_one_waits(record, assignment, now):
    record(days=3)
    distinct = record(days=3, on_duplicate="distinct", occurred_at=now - timedelta(days=3, minutes=-30))
    assert (distinct.duplicate, contact_date(assignment)) == (Duplicate.DISTINCT, distinct.occurred_at)
    flagged = record(days=3, on_duplicate="flag", occurred_at=now - timedelta(days=3, minutes=-50))
    assert (flagged.duplicate, contact_date(assignment)) == (Duplicate.SUSPECTED, distinct.occurred_at)
    services.resolve_duplicate(activity=flagged, is_duplicate=False, by=assignment.coordinator, at=now)
    assert contact_date(assignment) == flagged.occurred_at


def test_two_group_evenings_on_a_day_are_no_duplicates(record):
    evening = ActivityTypeFactory(requires_contact=False, counts_as_contact=False, is_event=True)
    first, second = (record(type_id=evening.pk, contact_id=None, is_group=True) for _ in range(2))
    assert (first.event, second.duplicate) == (True, Duplicate.NONE)


def test_what_a_phone_sends_again_is_the_same_activity(record, assignment, visit, now):
    key = uuid4()
    first = record(days=1, client_id=key)
    again = services.record_activity(
        mentor_id=assignment.mentor_id,
        by=None,
        at=now,
        source=Source.SELF,
        type_id=visit.pk,
        occurred_at=now - timedelta(days=1),
        contact_id=assignment.contact_id,
        client_id=key,
    )
    assert (again.activity.pk, again.created) == (first.pk, False)
    assert Activity.objects.count() == 1


def test_deleting_the_newest_takes_the_date_back_to_the_one_before(record, assignment, now):
    before, newest = record(days=5), record(days=1)
    services.delete_activity(activity=newest, by=None, at=now)
    assert contact_date(assignment) == before.occurred_at
    services.delete_activity(activity=before, by=None, at=now)
    assert contact_date(assignment) is None


def test_an_activity_moved_to_another_contact_puts_both_right(record, assignment, organization, now):
    other = AssignmentFactory(
        organization=organization, mentor=assignment.mentor, contact=ContactFactory(organization=organization)
    )
    activity = record(days=1)
    services.correct_activity(activity=activity, by=None, at=now, contact_id=other.contact_id, assignment_id=None)
    assert (contact_date(assignment), contact_date(other)) == (None, activity.occurred_at)


def test_a_rejected_activity_does_not_count(record, assignment, now):
    activity = record(days=1)
    services.correct_activity(activity=activity, by=None, at=now, status=ActivityStatus.REJECTED)
    assert contact_date(assignment) is None


def test_the_log_says_who_changed_what_but_not_what_the_notes_said(record, coordinator, now):
    activity = record(days=1, summary="She told me about her illness")
    services.correct_activity(activity=activity, by=coordinator, at=now, minutes=45, summary="Shorter")
    entry = ChangeEntry.objects.get(subject_id=activity.pk)
    assert (entry.user, entry.before, entry.after) == (
        coordinator,
        {"minutes": 30, "summary": HIDDEN},
        {"minutes": 45, "summary": HIDDEN},
    )


def test_a_deleted_activity_cannot_be_corrected(record, now):
    activity = record()
    services.delete_activity(activity=activity, by=None, at=now)
    with pytest.raises(Refusal) as refused:
        services.correct_activity(activity=activity, by=None, at=now, minutes=5)
    assert refused.value.code == "activity_deleted"


def test_a_correction_keeps_what_has_been_deleted_or_switched_off_since(record, assignment, visit, coordinator, now):
    activity = record(days=2)
    services.delete_assignment(assignment=assignment, by=coordinator, at=now)
    type(assignment.contact).objects.filter(pk=assignment.contact_id).update(deleted_at=now)
    type(visit).objects.filter(pk=visit.pk).update(is_active=False)
    corrected = services.correct_activity(activity=activity, by=coordinator, at=now, minutes=45)
    assert (corrected.minutes, corrected.assignment_id, corrected.contact_id, corrected.type_id) == (
        45,
        assignment.pk,
        assignment.contact_id,
        visit.pk,
    )


def test_a_correction_keeps_an_assignment_that_was_handed_over_since(
    record, assignment, organization, coordinator, now
):
    activity = record(days=2)
    services.hand_over(
        assignment=assignment, mentor=MentorProfileFactory(organization=organization), by=coordinator, at=now
    )
    services.correct_activity(activity=activity, by=coordinator, at=now, occurred_at=now - timedelta(days=5))
    assert contact_date(assignment) == now - timedelta(days=5)


def test_what_has_been_deleted_cannot_be_taken_up_by_a_correction(
    record, assignment, local_association, coordinator, now
):
    gone = ContactFactory(organization=assignment.organization, local_association=local_association, deleted_at=now)
    with pytest.raises(Refusal) as refused:
        services.correct_activity(
            activity=record(days=2), by=coordinator, at=now, contact_id=gone.pk, assignment_id=None
        )
    assert refused.value.code == "contact_not_found"


def test_in_bulk_each_row_stands_for_itself(record, assignment, visit, organization, coordinator, now):
    other = MentorProfileFactory(organization=organization)
    meeting = ActivityTypeFactory(requires_contact=False)
    results = services.record_for_mentors(
        mentor_ids=[assignment.mentor_id, uuid4(), other.pk],
        by=coordinator,
        at=now,
        type_id=meeting.pk,
        occurred_at=now,
    )
    assert [result.refusal and result.refusal.code for result in results] == [None, "mentor_not_found", None]
    assert Activity.objects.filter(source=Source.BULK, recorded_by=coordinator).count() == 2


def test_a_failing_hearer_undoes_the_activity(record):
    class Deaf(Exception):
        pass

    def hearer(**_):
        raise Deaf

    signals.activity_recorded.connect(hearer)
    try:
        with pytest.raises(Deaf):
            record()
    finally:
        signals.activity_recorded.disconnect(hearer)
    assert Activity.objects.count() == 0


def test_the_facts_are_announced_once_each(record, now):
    heard = []

    def hearer(signal, **carried):
        heard.append((signal, sorted(set(carried) - {"sender"})))

    facts = (signals.activity_recorded, signals.activity_corrected, signals.activity_deleted)
    for signal in facts:
        signal.connect(hearer)
    try:
        key = uuid4()
        activity = record(client_id=key)
        record(client_id=key)
        services.correct_activity(activity=activity, by=None, at=now, minutes=31)
        services.correct_activity(activity=activity, by=None, at=now, minutes=31)
        services.delete_activity(activity=activity, by=None, at=now)
        services.delete_activity(activity=activity, by=None, at=now)
    finally:
        for signal in facts:
            signal.disconnect(hearer)
    assert heard == [
        (signals.activity_recorded, ["activity", "at", "by"]),
        (signals.activity_corrected, ["activity", "at", "before", "by"]),
        (signals.activity_deleted, ["activity", "at", "by"]),
    ]


def test_recording_takes_four_statements_and_one_each_for_figures_badges_and_years(record, django_assert_num_queries):
    record(days=5)
    with django_assert_num_queries(9):  # seven, and the savepoint that the surrounding test makes of the transaction
        record(days=1)


STEP = st.tuples(
    st.sampled_from(["record", "attempt", "flag", "delete", "move", "reject", "report", "resolve"]),
    st.integers(0, 5),
    st.integers(0, 40),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=12))
def test_whatever_happens_in_whatever_order_stored_equals_derived(record, assignment, coordinator, now, steps):
    with transaction.atomic():
        for verb, which, days in steps:
            _do(verb, which, days, record, assignment, coordinator, now)
            assert contact_date(assignment) == derived(assignment)
        transaction.set_rollback(True)


def _do(verb, which, days, record, assignment, coordinator, now):
    moment = now - timedelta(days=days)
    if verb in {"record", "attempt", "flag"}:
        how = "flag" if verb == "flag" else "distinct"
        record(occurred_at=moment, reached=verb != "attempt", on_duplicate=how)
    elif verb == "report":
        services.report_contact(assignment=assignment, contact_at=moment, by=coordinator, at=now)
    else:
        present = list(Activity.objects.present().order_by("pk"))
        if not present:
            return
        activity = present[which % len(present)]
        if verb == "delete":
            services.delete_activity(activity=activity, by=None, at=now)
        elif verb == "resolve" and activity.duplicate == Duplicate.SUSPECTED:
            services.resolve_duplicate(activity=activity, is_duplicate=days % 2 == 0, by=coordinator, at=now)
        elif verb == "reject":
            services.correct_activity(activity=activity, by=None, at=now, status=ActivityStatus.REJECTED)
        elif verb == "move":
            services.correct_activity(activity=activity, by=None, at=now, occurred_at=moment, on_duplicate="distinct")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_record_the_same_visit_at_once_one_is_told(record):
    outcomes = []

    def act():
        try:
            record(days=1)
            outcomes.append("recorded")
        except services.PossibleDuplicate:
            outcomes.append("possible_duplicate")
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["possible_duplicate"] * 7 + ["recorded"]
