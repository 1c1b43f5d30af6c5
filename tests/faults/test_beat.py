"""Beat away for days, and two beats at once."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from accounts.enums import Module
from accounts.models import ModuleSetting
from config.schedule import SCHEDULE
from mentoring.models import EvaluationRun, FollowUpReminder
from mentoring.services import evaluate_due_organizations
from notifications.models import Notification
from tests.factories import AssignmentFactory, OrganizationFactory
from tests.faults.conftest import wait_until
from tests.faults.rig import FAST_BEAT

MORNING = datetime(2026, 3, 9, 7, 30, tzinfo=UTC)


def test_after_three_days_without_beat_everybody_is_reminded_once_and_not_for_each_day(transactional_db):
    organization = OrganizationFactory(modules=[Module.FOLLOW_UP])
    assignment = AssignmentFactory(
        organization=organization, last_contact_date=None, start_date=(MORNING - timedelta(days=9)).date()
    )

    evaluate_due_organizations(at=MORNING)
    assert reminders() == []

    back = MORNING + timedelta(days=3)
    for minutes in range(5):  # every sweep after its return, and all of them at once
        together(4, lambda minutes=minutes: evaluate_due_organizations(at=back + timedelta(minutes=minutes)))

    assert reminders() == [(assignment.pk, "reminder", back.date(), 12)]
    assert Notification.objects.count() == 1
    assert EvaluationRun.objects.get().evaluated_on == back.date()
    ModuleSetting.objects.update(is_enabled=False)
    Notification.objects.update(state="cancelled")


def test_a_beat_that_comes_back_after_three_days_rings_once_for_each_task(house):
    PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(days=3))

    house.beat()

    wait_until(lambda: len(house.queued()) >= len(SCHEDULE), "beat has rung for everything")
    time.sleep(3)
    rung = sorted(json.loads(message)["headers"]["task"] for message in house.queued())
    assert rung == sorted(task for task, _ in SCHEDULE.values())


def test_two_beats_and_four_processes_claim_none_of_ten_thousand_rows_twice(house, write_due):
    keys = write_due(10_000, channel="in_app")
    house.worker(processes_count=4, begins_together=True)
    for _ in range(2):
        house.beat(**{FAST_BEAT: "1"})

    wait_until(lambda: not unfinished(), "all rows are done")

    claimed = [key for _, key in house.claimed()]
    assert len(claimed) == len(set(claimed)) == 10_000
    assert set(claimed) == set(keys)
    assert set(Notification.objects.values_list("state", "attempts")) == {("sent", 1)}
    assert len({process for process, _ in house.claimed()}) > 1


@pytest.mark.control
def test_control_looking_first_and_taking_then_claims_rows_twice(house, write_due):
    write_due(2_000, channel="in_app")
    house.worker(processes_count=4, begins_together=True)
    for _ in range(4):
        house.send("faults.claim_without_lock")

    wait_until(lambda: not unfinished(), "all rows are done")
    wait_until(lambda: len(house.claimed()) >= 2_000, "all claims are written down")

    claimed = [key for _, key in house.claimed()]
    assert len(claimed) > len(set(claimed))


def reminders():
    return list(FollowUpReminder.objects.values_list("assignment_id", "kind", "on", "days"))


def unfinished():
    return Notification.objects.filter(state__in=["pending", "sending"]).exists()


def together(count, work):
    from django.db import connection

    def run():
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
