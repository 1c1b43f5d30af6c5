"""The schedule, the heartbeats, and whether anybody notices that the clockwork stands still."""

from datetime import timedelta

import pytest
from celery import shared_task
from django.core.management import call_command
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from operations import services
from operations.enums import JobState
from operations.models import Heartbeat, Job

ENTRIES = {
    "first": {"task": "tests.first", "schedule": 60.0, "options": {"expire_seconds": 60}},
    "second": {"task": "tests.second", "schedule": 300.0},
}


@pytest.fixture
def schedule(db, now):
    services.sync_schedule(ENTRIES)
    Heartbeat.objects.update(expected_since=now)


def test_the_schedule_becomes_rows_for_beat_and_a_heartbeat_each(schedule):
    rows = PeriodicTask.objects.filter(task__startswith="tests.").order_by("name")
    assert [(row.name, row.task, row.interval.every, row.expire_seconds) for row in rows] == [
        ("first", "tests.first", 60, 60),
        ("second", "tests.second", 300, None),
    ]
    assert list(Heartbeat.objects.order_by("task").values_list("task", "interval")) == [
        ("tests.first", timedelta(minutes=1)),
        ("tests.second", timedelta(minutes=5)),
    ]


def test_a_task_that_staff_paused_stays_paused(schedule):
    PeriodicTask.objects.filter(name="first").update(enabled=False)
    services.sync_schedule({**ENTRIES, "first": {**ENTRIES["first"], "schedule": 30.0}})

    row = PeriodicTask.objects.get(name="first")
    assert (row.enabled, row.interval.every) == (False, 30)


def test_a_schedule_that_has_not_changed_does_not_wake_beat(schedule, django_assert_num_queries):
    before = PeriodicTask.objects.get(name="first").date_changed
    services.sync_schedule(ENTRIES)
    assert PeriodicTask.objects.get(name="first").date_changed == before


def test_a_task_that_left_the_schedule_leaves_the_rows_and_one_that_staff_made_stays(schedule):
    PeriodicTask.objects.create(
        name="by hand", task="elsewhere.task", interval=IntervalSchedule.objects.create(every=9, period="hours")
    )
    services.sync_schedule({"second": ENTRIES["second"]})

    names = PeriodicTask.objects.filter(name__in=["first", "second", "by hand"]).order_by("name")
    assert [row.name for row in names] == ["by hand", "second"]
    assert [beat.task for beat in Heartbeat.objects.all()] == ["tests.second"]


def test_the_real_schedule_is_plain_intervals_from_the_first_migration_on(db, settings):
    Heartbeat.objects.all().delete()
    PeriodicTask.objects.all().delete()
    call_command("migrate", "operations", verbosity=0)

    wanted = {name: (entry["task"], entry["schedule"]) for name, entry in settings.CELERY_BEAT_SCHEDULE.items()}
    assert {row.name: (row.task, row.interval.every) for row in PeriodicTask.objects.all()} == wanted
    assert CrontabSchedule.objects.count() == 0


def test_a_task_is_late_after_three_intervals_and_not_before(schedule, now):
    services.note_end(task="tests.first", at=now)

    assert late(now + timedelta(minutes=3)) == []
    assert late(now + timedelta(minutes=3, seconds=1)) == ["tests.first"]
    assert late(now + timedelta(minutes=16)) == ["tests.first", "tests.second"]


def test_a_task_that_was_never_done_is_late_too(schedule, now):
    assert late(now + timedelta(minutes=4)) == ["tests.first"]


def test_a_paused_task_is_not_late(schedule, now):
    PeriodicTask.objects.filter(name="first").update(enabled=False)
    assert late(now + timedelta(minutes=4)) == []


def test_a_task_that_fails_has_not_been_done(schedule, now):
    services.note_end(task="tests.first", at=now)
    services.note_end(task="tests.first", at=now + timedelta(minutes=5), failure="ValueError")

    beat = Heartbeat.objects.get(task="tests.first")
    assert (beat.finished_at, beat.failure) == (now, "ValueError")
    assert late(now + timedelta(minutes=6)) == ["tests.first"]


def test_a_task_that_runs_leaves_its_heartbeat_without_knowing_of_it(schedule, now):
    @shared_task(name="tests.first")
    def first():
        assert Heartbeat.objects.get(task="tests.first").started_at is not None

    first.apply()

    beat = Heartbeat.objects.get(task="tests.first")
    assert beat.started_at <= beat.finished_at
    assert beat.failure == ""


def test_a_task_outside_the_schedule_leaves_none(schedule):
    @shared_task(name="tests.unscheduled")
    def unscheduled():
        pass

    unscheduled.apply()
    assert not Heartbeat.objects.filter(task="tests.unscheduled").exists()


def test_the_state_tells_late_tasks_and_how_long_the_oldest_duty_has_waited(schedule, organization, coordinator, now):
    Job.objects.create(kind="check_invariants", organization=organization, created_at=now - timedelta(minutes=30))

    state = services.clockwork_state(at=now + timedelta(minutes=4))

    assert [task.task for task in state.late] == ["tests.first"]
    assert state.oldest_due >= timedelta(minutes=34)
    assert state.is_well is False


def test_the_state_tells_what_the_last_check_found_broken(schedule, now):
    found = {"checked": 2, "broken": [{"name": "contact_date_is_derived", "count": 3}]}
    Job.objects.create(kind="check_invariants", state=JobState.DONE, result=found, created_at=now)
    assert services.clockwork_state(at=now).broken.counts == {"contact_date_is_derived": 3}

    Job.objects.create(
        kind="check_invariants", state=JobState.DONE, result={"broken": []}, created_at=now + timedelta(days=1)
    )
    assert services.clockwork_state(at=now).broken is None


def late(at):
    return [task.task for task in services.clockwork_state(at=at).late]
