"""Evaluations, thresholds and reminders by hand, through the API."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Module
from accounts.models import ModuleSetting
from mentoring.models import Assignment, FollowUpReminder, ReminderConfig
from notifications.models import Notification
from tests.factories import AssignmentFactory

EVALUATE = "/api/v1/reminder-evaluation"
CONFIGS = "/api/v1/reminder-configs"
DISPATCH = "/api/v1/reminder-dispatch"
EVALUATION = {
    "assignment_id",
    "days_since_contact",
    "reminder_threshold",
    "escalation_threshold",
    "reminder_due",
    "escalation_due",
    "recommendation",
    "explanation",
    "evaluated_at",
}
REMINDER = {
    "reminder_id",
    "assignment_id",
    "kind",
    "trigger",
    "recipient_id",
    "days",
    "on",
    "state",
    "opened_at",
    "created_at",
}


@pytest.fixture
def overdue(organization, mentor, coordinator) -> Assignment:
    return AssignmentFactory(
        organization=organization,
        mentor=mentor,
        coordinator=coordinator,
        last_contact_date=datetime.now(UTC) - timedelta(days=12),
    )


# --- Evaluation -------------------------------------------------------------------------------------------------------


def test_an_evaluation_says_what_is_due_and_why(as_mentor, overdue):
    answer = as_mentor.post(f"{EVALUATE}/evaluate", {"assignment_id": str(overdue.pk)})
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert said.keys() == EVALUATION
    assert (said["days_since_contact"], said["reminder_threshold"], said["escalation_threshold"]) == (12, 10, 20)
    assert (said["reminder_due"], said["escalation_due"], said["recommendation"]) == (True, False, "dispatch_reminder")
    assert "12" in said["explanation"]
    assert not Notification.objects.exists()


def test_several_are_evaluated_in_the_order_asked(as_coordinator, overdue, organization, mentor):
    other = AssignmentFactory(organization=organization, mentor=mentor)
    keys = [str(other.pk), str(overdue.pk)]
    answer = as_coordinator.post(f"{EVALUATE}/batch-evaluate", {"assignment_ids": keys})
    assert [row["assignment_id"] for row in answer.json()["data"]] == keys
    assert all(row.keys() == EVALUATION for row in answer.json()["data"])


def test_a_batch_takes_the_same_number_of_queries_for_one_and_three(as_coordinator, overdue, organization, mentor):
    keys = [str(overdue.pk), *(str(AssignmentFactory(organization=organization, mentor=mentor).pk) for _ in range(2))]
    counts = []
    for some in (keys[:1], keys):
        with CaptureQueriesContext(connection) as queries:
            assert as_coordinator.post(f"{EVALUATE}/batch-evaluate", {"assignment_ids": some}).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_batch_with_an_id_of_another_organisation_is_not_found(as_coordinator, overdue, foreign):
    answers = [
        as_coordinator.post(f"{EVALUATE}/batch-evaluate", {"assignment_ids": [str(overdue.pk), str(key)]})
        for key in (foreign.assignment.pk, uuid4())
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()


def test_thresholds_are_the_organisations_or_the_systems(as_mentor, organization, foreign):
    url = f"{EVALUATE}/thresholds/{organization.pk}"
    expected = {"org_id": str(organization.pk), "reminder_threshold": 10, "escalation_threshold": 20}
    assert as_mentor.get(url).json() == expected
    ReminderConfig.objects.create(organization=organization, reminder_days=5, escalation_days=6)
    assert as_mentor.get(url).json() == expected | {"reminder_threshold": 5, "escalation_threshold": 6}
    assert as_mentor.get(f"{EVALUATE}/thresholds/{foreign.organization.pk}").status_code == 404


# --- Thresholds -------------------------------------------------------------------------------------------------------


def test_an_administrator_sets_changes_and_removes_thresholds(as_org_admin, organization):
    one = f"{CONFIGS}/{organization.pk}"
    assert as_org_admin.get(one).status_code == 404
    body = {"org_id": str(organization.pk), "reminder_days": 14, "escalation_days": 28}
    made = as_org_admin.post(CONFIGS, body)
    assert made.status_code == 201, made.content
    assert made.json().keys() == {"org_id", "reminder_days", "escalation_days", "created_at", "updated_at"}
    assert as_org_admin.post(CONFIGS, body).status_code == 409
    changed = as_org_admin.put(one, {"reminder_days": 7, "escalation_days": 7})
    assert (changed.status_code, changed.json()["reminder_days"]) == (200, 7)
    assert [row["org_id"] for row in as_org_admin.get(CONFIGS).json()["data"]] == [str(organization.pk)]
    assert as_org_admin.delete(one).json() == {"org_id": str(organization.pk), "deleted": True}
    assert as_org_admin.delete(one).status_code == 404


def test_the_default_is_the_systems(as_coordinator):
    assert as_coordinator.get(f"{CONFIGS}/default").json() == {"reminder_days": 10, "escalation_days": 20}


def test_the_coordinator_is_never_told_before_the_mentor(as_org_admin, organization):
    answer = as_org_admin.put(f"{CONFIGS}/{organization.pk}", {"reminder_days": 9, "escalation_days": 8})
    assert (answer.status_code, answer.json()["code"]) == (400, "thresholds_out_of_range")


def test_coordinators_read_thresholds_and_administrators_write_them(as_coordinator, as_mentor, organization):
    body = {"reminder_days": 7, "escalation_days": 9}
    assert as_coordinator.put(f"{CONFIGS}/{organization.pk}", body).status_code == 403
    assert as_coordinator.get(CONFIGS).status_code == 200
    assert as_mentor.get(CONFIGS).status_code == 403


def test_the_stranger_cannot_set_thresholds_of_others(as_stranger, organization):
    body = {"reminder_days": 7, "escalation_days": 9}
    assert as_stranger.put(f"{CONFIGS}/{organization.pk}", body).status_code == 404
    assert not ReminderConfig.objects.exists()


# --- By hand ----------------------------------------------------------------------------------------------------------


def test_a_coordinator_reminds_the_mentor_once_a_day(as_coordinator, overdue, mentor):
    body = {"assignment_id": str(overdue.pk)}
    answer = as_coordinator.post(f"{DISPATCH}/reminder", body)
    assert answer.status_code == 201, answer.content
    [row] = answer.json()["data"]
    assert row.keys() == REMINDER
    assert (row["kind"], row["trigger"], row["recipient_id"]) == ("reminder", "manual", str(mentor.user_id))
    assert (row["state"], row["opened_at"]) == ("pending", None)
    again = as_coordinator.post(f"{DISPATCH}/reminder", body)
    assert (again.status_code, again.json()["code"]) == (409, "already_reminded_today")
    assert Notification.objects.count() == 1


def test_an_escalation_goes_to_the_coordinator_and_stands_in_the_history(as_coordinator, overdue, coordinator):
    assert as_coordinator.post(f"{DISPATCH}/escalation", {"assignment_id": str(overdue.pk)}).status_code == 201
    opened = datetime(2026, 3, 11, 11, tzinfo=UTC)
    Notification.objects.update(state="sent", sent_at=opened, read_at=opened)
    history = as_coordinator.get(f"{DISPATCH}/history", {"kind": "escalation"}).json()
    assert [row["recipient_id"] for row in history["data"]] == [str(coordinator.pk)]
    assert [row["state"] for row in history["data"]] == ["sent"]
    assert datetime.fromisoformat(history["data"][0]["opened_at"]) == opened
    assert history["pagination"] == {"page": 1, "limit": 20, "total": 1}
    assert as_coordinator.get(f"{DISPATCH}/history", {"kind": "reminder"}).json()["data"] == []


def test_mentors_and_neighbours_do_not_remind(as_mentor, as_neighbour, as_stranger, overdue):
    body = {"assignment_id": str(overdue.pk)}
    assert as_mentor.post(f"{DISPATCH}/reminder", body).status_code == 403
    assert as_neighbour.post(f"{DISPATCH}/reminder", body).status_code == 404
    assert as_stranger.post(f"{DISPATCH}/reminder", body).status_code == 404
    assert not FollowUpReminder.objects.exists()


def test_the_history_is_hidden_from_the_stranger(as_stranger, as_coordinator, overdue):
    as_coordinator.post(f"{DISPATCH}/reminder", {"assignment_id": str(overdue.pk)})
    assert as_stranger.get(f"{DISPATCH}/history").json()["data"] == []


# --- The module -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("post", f"{EVALUATE}/evaluate"),
        ("post", f"{EVALUATE}/batch-evaluate"),
        ("get", f"{CONFIGS}"),
        ("get", f"{CONFIGS}/default"),
        ("post", f"{DISPATCH}/reminder"),
        ("post", f"{DISPATCH}/escalation"),
        ("get", f"{DISPATCH}/history"),
    ],
)
def test_without_the_module_the_answer_is_403(as_coordinator, overdue, method, url):
    ModuleSetting.objects.filter(module=Module.FOLLOW_UP).update(is_enabled=False)
    answer = getattr(as_coordinator, method)(url, {"assignment_id": str(overdue.pk)} if method == "post" else {})
    assert (answer.status_code, answer.json()["code"]) == (403, "module_disabled")
