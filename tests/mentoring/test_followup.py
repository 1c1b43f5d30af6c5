"""The daily evaluation, reminders by hand, and what they say."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.base.refusals import Refusal
from accounts.enums import MentorStatus, Module, PausedBy, PauseReason
from accounts.local_time import local_date
from accounts.models import Membership, MentorProfile
from mentoring import services
from mentoring.enums import FollowUpKind, Trigger
from mentoring.evaluation import evaluate_assignment, remind_whoever_is_due
from mentoring.messages import explain
from mentoring.models import Assignment, FollowUpReminder, ReminderConfig
from notifications.models import Notification
from tests.factories import AssignmentFactory, ContactFactory, MentorProfileFactory, OrganizationFactory

pytestmark = pytest.mark.django_db

MORNING = datetime(2026, 3, 11, 7, 0, tzinfo=UTC)  # 08:00 in Oslo


@pytest.fixture
def pair(organization, mentor, local_association, coordinator):
    """An assignment of the cast whose last contact was `days` ago."""

    def make(days=None, **fields):
        contact_at = None if days is None else MORNING - timedelta(days=days)
        return AssignmentFactory(
            **{
                "organization": organization,
                "mentor": mentor,
                "contact": ContactFactory(organization=organization, local_association=local_association),
                "coordinator": coordinator,
                "last_contact_date": contact_at,
            }
            | fields
        )

    return make


def pause(mentor):
    MentorProfile.objects.filter(pk=mentor.pk).update(
        status=MentorStatus.PAUSED,
        paused_by=PausedBy.SYSTEM,
        pause_reason=PauseReason.OTHER,
        paused_at=MORNING,
        is_listed=False,
    )


def history():
    return sorted(FollowUpReminder.objects.values_list("kind", "recipient__email", "days"))


def test_on_the_tenth_day_the_mentor_and_on_the_twentieth_the_coordinator_too(pair, organization):
    pair(9), pair(10), pair(20)
    assert services.evaluate_organization(organization=organization, at=MORNING)
    assert history() == [
        ("escalation", "coordinator@example.org", 20),
        ("reminder", "mentor@example.org", 10),
        ("reminder", "mentor@example.org", 20),
    ]


def test_each_person_gets_one_notification_about_all(pair, organization):
    pair(10), pair(20), pair(30)
    services.evaluate_organization(organization=organization, at=MORNING)
    assert sorted(Notification.objects.values_list("recipient__email", "kind")) == [
        ("coordinator@example.org", "follow_up_escalation"),
        ("mentor@example.org", "follow_up_reminder"),
    ]


def test_before_eight_in_the_morning_nothing_happens(pair, organization):
    pair(10)
    assert not services.evaluate_organization(organization=organization, at=MORNING - timedelta(minutes=1))
    assert history() == []


def test_a_day_is_evaluated_once_and_three_missed_days_are_caught_up_once(pair, organization):
    pair(10)
    later = MORNING + timedelta(days=3, hours=5)
    done = [services.evaluate_organization(organization=organization, at=at) for at in (MORNING, MORNING, later, later)]
    assert done == [True, False, True, False]
    assert len(history()) == 1


def test_the_mentor_is_reminded_again_after_nine_days(pair, organization):
    pair(10)
    for day in range(20):
        services.evaluate_organization(organization=organization, at=MORNING + timedelta(days=day))
    reminders = FollowUpReminder.objects.filter(kind="reminder").order_by("on")
    assert [row.days for row in reminders] == [10, 19, 28]


def test_a_new_contact_ends_the_cycle(pair, organization, coordinator):
    assignment = pair(25)
    services.evaluate_organization(organization=organization, at=MORNING)
    services.report_contact(assignment=assignment, contact_at=MORNING, by=coordinator, at=MORNING)
    for day in range(1, 10):
        services.evaluate_organization(organization=organization, at=MORNING + timedelta(days=day))
    assert len(history()) == 2
    services.evaluate_organization(organization=organization, at=MORNING + timedelta(days=10))
    assert len(history()) == 3


def test_for_a_paused_mentor_the_coordinator_is_told(pair, organization, mentor):
    pair(10)
    pause(mentor)
    services.evaluate_organization(organization=organization, at=MORNING)
    assert history() == [("escalation", "coordinator@example.org", 10)]


def test_when_the_coordinator_has_left_every_administrator_is_told(pair, organization, coordinator, org_admin):
    pair(20)
    Membership.objects.filter(user=coordinator).update(is_active=False, revoked_at=MORNING)
    services.evaluate_organization(organization=organization, at=MORNING)
    assert ("escalation", "admin@example.org", 20) in history()


def test_an_organisation_without_the_module_is_left_alone(pair):
    silent = OrganizationFactory(modules=[Module.ACHIEVEMENTS])
    AssignmentFactory(organization=silent)
    pair(10)
    assert services.evaluate_due_organizations(at=MORNING) == 1
    assert FollowUpReminder.objects.filter(organization=silent).count() == 0


def test_the_organisations_and_the_assignments_own_thresholds_hold(pair, organization, org_admin):
    services.set_reminder_config(
        organization=organization, reminder_days=3, escalation_days=5, by=org_admin, at=MORNING
    )
    pair(3), pair(4, reminder_days=5, escalation_days=9)
    services.evaluate_organization(organization=organization, at=MORNING)
    assert history() == [("reminder", "mentor@example.org", 3)]


@pytest.mark.parametrize(("reminder", "escalation"), [(0, 5), (5, 366), (9, 8)])
def test_thresholds_that_make_no_sense_are_refused(organization, org_admin, reminder, escalation):
    with pytest.raises(Refusal) as refused:
        services.set_reminder_config(
            organization=organization, reminder_days=reminder, escalation_days=escalation, by=org_admin, at=MORNING
        )
    assert refused.value.code == "thresholds_out_of_range"
    assert not ReminderConfig.objects.exists()


def test_by_hand_once_a_day_and_not_to_a_paused_mentor(pair, coordinator, mentor):
    assignment = pair(2)
    remind = {"assignment": assignment, "by": coordinator, "at": MORNING}
    [reminder] = services.remind_by_hand(kind=FollowUpKind.REMINDER, **remind)
    assert (reminder.trigger, reminder.by, reminder.recipient, reminder.days) == (
        Trigger.MANUAL,
        coordinator,
        mentor.user,
        2,
    )
    with pytest.raises(Refusal) as refused:
        services.remind_by_hand(kind=FollowUpKind.REMINDER, **remind)
    assert refused.value.code == "already_reminded_today"
    pause(mentor)
    with pytest.raises(Refusal) as refused:
        services.remind_by_hand(kind=FollowUpKind.REMINDER, **remind | {"at": MORNING + timedelta(days=1)})
    assert refused.value.code == "mentor_not_active"


def test_the_sentence_says_how_long_what_the_rule_is_and_when_it_last_reminded(pair):
    assignment = pair(12, reminder_sent_at=MORNING - timedelta(days=3))
    with translation.override("en"):
        sentence = explain(evaluate_assignment(assignment, MORNING))
    assert sentence == "No contact for 12 days; reminder after 10; last reminded 3 days ago."


@pytest.mark.parametrize(
    ("days", "fields", "sentence"),
    [
        (0, {}, "Contact today; reminder after 10."),
        (None, {"start_date": date(2026, 3, 10)}, "No contact yet, 1 day after the start; reminder after 10."),
        (None, {"start_date": date(2026, 3, 20)}, "Has not begun yet; reminder after 10."),
        (21, {}, "No contact for 21 days; the coordinator is told after 20."),
    ],
)
def test_every_state_has_its_sentence(pair, days, fields, sentence):
    with translation.override("en"):
        assert explain(evaluate_assignment(pair(days, **fields), MORNING)) == sentence


def test_the_queue_is_overdue_first_and_only_overdue(pair):
    ten, twenty, _nine, never = pair(10), pair(20), pair(9), pair(None)
    found = list(Assignment.objects.overdue(MORNING))
    assert found == [never, twenty, ten]
    assert [row.remind_after for row in found] == [10, 10, 10]


past = st.one_of(st.none(), st.integers(0, 45))
ROW = st.fixed_dictionaries(
    {
        "started": st.integers(-3, 45),
        "contact": past,
        "reminded": past,
        "escalated": past,
        "snoozed": st.one_of(st.none(), st.integers(-3, 3)),
        "status": st.sampled_from(["pending", "active", "completed"]),
        "paused": st.booleans(),
        "own": st.one_of(st.none(), st.tuples(st.integers(1, 9), st.integers(0, 9))),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROW)
def test_the_statement_and_the_rule_agree(pair, organization, row):
    def ago(days):
        return None if days is None else MORNING - timedelta(days=days)

    own = row["own"] and (row["own"][0], sum(row["own"]))
    assignment = pair(
        row["contact"],
        mentor=MentorProfileFactory(organization=organization),
        status=row["status"],
        completed_at=MORNING if row["status"] == "completed" else None,
        start_date=ago(row["started"]).date(),
        reminder_sent_at=ago(row["reminded"]),
        escalation_sent_at=ago(row["escalated"]),
        snoozed_until=(row["snoozed"] is not None and (MORNING - timedelta(days=row["snoozed"])).date()) or None,
        reminder_days=own and own[0],
        escalation_days=own and own[1],
    )
    if row["paused"]:
        pause(assignment.mentor)
    stored = Assignment.objects.with_participants().get(pk=assignment.pk)
    evaluation = evaluate_assignment(stored, MORNING)
    counted = remind_whoever_is_due(
        organization_id=organization.pk,
        zone=organization.time_zone,
        today=local_date(MORNING, organization.time_zone),
        at=MORNING,
    )
    assert counted == (evaluation.reminder_due, evaluation.escalation_due)
    FollowUpReminder.objects.all().delete()
    Notification.objects.all().delete()
    Assignment.objects.all().delete()


def test_ten_thousand_open_assignments_take_a_constant_number_of_statements(
    pair, organization, django_assert_num_queries
):
    pair(10)
    thresholds_and_statement = 2
    with django_assert_num_queries(thresholds_and_statement):
        remind_whoever_is_due(organization_id=organization.pk, zone="Europe/Oslo", today=MORNING.date(), at=MORNING)


def test_those_without_contact_are_found_by_a_partial_index_of_the_open_ones(organization):
    AssignmentFactory.create_batch(3, organization=organization, last_contact_date=MORNING)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("ANALYZE mentoring_assignment")
        cursor.execute(
            "EXPLAIN SELECT id FROM mentoring_assignment WHERE status IN ('pending', 'active') AND deleted_at IS NULL"
            " AND last_contact_date < %s",
            [MORNING - timedelta(days=10)],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    # On so few rows the planner may take any of the three indexes that hold the open ones only.
    assert any(
        name in plan for name in ("assignment_open_by_contact", "assignment_open_by_area", "assignment_one_open")
    )
