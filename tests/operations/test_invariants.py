"""Every invariant finds what breaks it, and says nothing of sound rows."""

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.enums import Module
from accounts.models import ModuleSetting
from mentoring.models import Activity, Assignment, EvaluationRun
from mentoring.services import hand_over
from notifications import rules
from notifications.models import ChannelHealth, Notification
from operations import duties, services
from operations.models import Job
from tests.factories import ActivityFactory, ActivityTypeFactory, AssignmentFactory, MentorProfileFactory

MOMENT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def sound(organization, local_association, mentor, coordinator, now):
    """One pair in touch, all of it as the verbs would have written it, where follow-up is the only module in use."""
    EvaluationRun.objects.create(organization=organization, evaluated_on=now.date())
    ModuleSetting.objects.update(updated_at=MOMENT)
    ModuleSetting.objects.exclude(module=Module.FOLLOW_UP).update(is_enabled=False)
    assignment = AssignmentFactory(
        organization=organization,
        local_association=local_association,
        mentor=mentor,
        coordinator=coordinator,
        last_contact_date=MOMENT,
    )
    ActivityFactory(assignment=assignment)
    return assignment


@pytest.fixture
def note(organization, coordinator, now):
    def write(**columns):
        return Notification.objects.create(
            organization=organization,
            recipient=coordinator,
            kind="test",
            dedupe_key=str(uuid4()),
            channel="email",
            **{"not_before": now, **columns},
        )

    return write


def test_sound_rows_break_nothing(sound, note, now):
    note(state="sent", sent_at=now, title="Hei")
    assert broken(now) == {}


def test_a_contact_date_that_differs_from_its_activities_is_found(sound, now):
    Assignment.objects.update(last_contact_date=MOMENT + timedelta(hours=1))
    assert broken(now) == {"contact_date_is_derived": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"deleted_at": MOMENT},
        {"status": "rejected"},
        {"duplicate": "suspected"},
        {"reached": False},
        {"occurred_at": MOMENT - timedelta(minutes=1)},
        {"type_id": "silent"},
    ],
)
def test_a_contact_date_whose_activity_no_longer_counts_is_found(sound, now, change):
    if "type_id" in change:
        change = {"type": ActivityTypeFactory(counts_as_contact=False)}
    Activity.objects.update(**change)
    assert broken(now) == {"contact_date_is_derived": 1}


def test_a_reported_contact_counts_for_the_contact_date(sound, now):
    Assignment.objects.update(
        contact_reported_at=MOMENT + timedelta(days=1), last_contact_date=MOMENT + timedelta(days=1)
    )
    assert broken(now) == {}


def test_a_gap_in_a_mentors_numbers_is_found(sound, now):
    Assignment.objects.update(sequence=2)
    assert broken(now) == {"assignment_numbers_have_no_gap": 1}


def test_the_gap_that_a_handover_leaves_is_none(sound, organization, local_association, org_admin, now):
    AssignmentFactory(
        organization=organization, mentor=sound.mentor, coordinator=sound.coordinator, local=local_association
    )
    successor = MentorProfileFactory(organization=organization, local_association=local_association)
    hand_over(assignment=sound, mentor=successor, by=org_admin, at=now)
    assert [each.sequence for each in sound.mentor.assignments.all()] == [2]
    assert broken(now) == {}


def test_an_open_assignment_of_a_deleted_contact_is_found(sound, now):
    sound.contact.deleted_at = now
    sound.contact.save()
    assert broken(now) == {"deleted_contact_has_no_open_assignment": 1}


def test_a_date_that_is_not_the_local_one_is_found(sound, now):
    Activity.objects.update(local_date=date(2026, 3, 1))
    assert broken(now) == {"activity_date_is_local": 1}


def test_twins_that_nobody_looked_at_are_found(sound, now):
    first = Activity.objects.get()
    ActivityFactory(assignment=sound, type=first.type)
    assert broken(now) == {"activity_twins_are_looked_at": 2}

    Activity.objects.exclude(pk=first.pk).update(duplicate="distinct")
    assert broken(now) == {}


def test_a_missed_evaluation_is_found_when_two_sweeps_have_gone_by(sound, now):
    eight = datetime(2026, 3, 12, 7, 0, tzinfo=UTC)
    assert broken(eight + timedelta(minutes=2)) == {}
    assert broken(eight + timedelta(minutes=2, seconds=1)) == {"daily_evaluation_in_time": 1}


#: Two sweeps, the pause that a dispatcher may need between them included.
PATIENCE = 2 * rules.PAUSE + timedelta(minutes=1)


def test_a_notification_that_waits_longer_than_two_sweeps_is_found(sound, note, now):
    note()
    assert broken(now + PATIENCE) == {}
    assert broken(now + PATIENCE + timedelta(seconds=1)) == {"notification_in_time": 1}


def test_a_notification_whose_workers_lease_is_long_over_is_found(sound, note, now):
    note(state="sending", claimed_at=now, not_before=now + timedelta(minutes=2))
    assert broken(now + timedelta(minutes=2) + PATIENCE) == {}
    assert broken(now + timedelta(minutes=2, seconds=1) + PATIENCE) == {"notification_in_time": 1}


def test_notifications_that_wait_for_a_provider_that_is_down_are_not_overdue(sound, note, now):
    note()
    ChannelHealth.objects.update_or_create(
        channel="email", defaults={"failures": 5, "closed_until": now + timedelta(hours=1)}
    )
    assert broken(now + timedelta(minutes=30)) == {}
    assert broken(now + timedelta(minutes=63)) == {"notification_in_time": 1}


def test_what_was_sent_without_a_text_and_failed_without_a_reason_is_found(sound, note, now):
    note(state="sent", sent_at=now)
    note(state="failed")
    note(attempts=4, not_before=now + timedelta(hours=1))
    assert broken(now) == {
        "notification_attempts_are_bounded": 1,
        "notification_failed_says_why": 1,
        "notification_sent_says_something": 1,
    }


def test_a_row_of_another_organisation_is_found_where_no_constraint_guards(sound, foreign, note, now):
    EvaluationRun.objects.create(organization=foreign.organization, evaluated_on=now.date())
    Assignment.objects.filter(pk=foreign.assignment.pk).update(last_contact_date=foreign.activity.occurred_at)
    with connection.cursor() as cursor:  # the wall is a constraint: it has to be taken down to get through
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE mentoring_activity DROP CONSTRAINT activity_contact_in_org")
        cursor.execute("ALTER TABLE mentoring_activity DROP CONSTRAINT activity_assignment_in_org")
        cursor.execute(
            "UPDATE mentoring_activity SET contact_id = %s, assignment_id = %s WHERE id = %s",
            [sound.contact_id, sound.pk, foreign.activity.pk],
        )
    found = broken(now)
    assert found["same_organization:mentoring.activity.contact"] == 1
    assert found["same_organization:mentoring.activity.assignment"] == 1


def test_a_leave_that_is_over_and_a_job_that_nobody_does_are_found(sound, mentor, now):
    mentor.status, mentor.paused_by, mentor.pause_reason = "paused", "self", "leave"
    mentor.paused_at, mentor.leave_until, mentor.is_listed = now, date(2026, 3, 10), False
    mentor.save()
    Job.objects.create(kind="check_invariants", created_at=now - timedelta(hours=2))
    assert broken(now) == {"background_job_in_time": 1, "end_of_leave_in_time": 1}


def test_the_command_prints_ids_and_no_names_and_fails_when_something_is_broken(sound, mentor):
    EvaluationRun.objects.update(evaluated_on=timezone.localdate())
    assert "0 broken" in run()

    Assignment.objects.update(last_contact_date=None)
    with pytest.raises(SystemExit) as left:
        run()
    assert left.value.code == 1
    text = run(fails=True)
    assert (
        f"contact_date_is_derived: The stored contact date is the latest contact of the assignment. {sound.pk}" in text
    )
    assert sound.contact.first_name not in text

    lines = [json.loads(line) for line in run("--json", fails=True).splitlines()]
    assert [line["sample"] for line in lines if line["count"]] == [[str(sound.pk)]]


def test_the_nightly_check_is_a_job_whose_result_stands_in_the_list(sound, now, clock):
    Assignment.objects.update(sequence=7)

    assert services.queue_nightly_check(at=now) is not None
    assert services.queue_nightly_check(at=now + timedelta(hours=1)) is None
    services.run_waiting_jobs(clock=clock)

    result = Job.objects.get().result
    assert {one["name"]: one["count"] for one in result["broken"]}["assignment_numbers_have_no_gap"] == 1
    assert services.queue_nightly_check(at=now + timedelta(days=1)) is not None


def broken(at):
    return {one.invariant.name: one.count for one in duties.check(at=at) if not one.holds}


def run(*arguments, fails=False):
    out = StringIO()
    try:
        call_command("check_invariants", *arguments, stdout=out)
    except SystemExit:
        if not fails:
            raise
    return out.getvalue()
