"""The morning's evaluation of 20,000 open assignments, to notifications, history and marks; beside one statement.

Each run is rolled back, so that every run finds the same rows; commit is left out on both sides.
"""

from __future__ import annotations

from datetime import date

from django.db import connection, transaction

from accounts.models import Organization
from benchmarks import data
from benchmarks.harness import Path, raw
from mentoring.services import evaluate_organization

# What the evaluation does for an association in which nobody has a preference, nothing is snoozed and all are active:
# one letter per person, a line of history per assignment and person, and the marks that keep it from being repeated.
_ONE_STATEMENT = """
WITH overdue AS (
    SELECT a.id, a.organization_id, mentor.user_id, a.coordinator_id,
           %(today)s::date - COALESCE((a.last_contact_date AT TIME ZONE 'Europe/Oslo')::date, a.start_date) AS days
    FROM mentoring_assignment a JOIN accounts_mentorprofile mentor ON mentor.id = a.mentor_id
    WHERE a.organization_id = %(organization)s AND a.status IN ('pending', 'active') AND a.deleted_at IS NULL
      AND (a.snoozed_until IS NULL OR a.snoozed_until <= %(today)s::date)
      AND (a.reminder_sent_at IS NULL OR (a.reminder_sent_at AT TIME ZONE 'Europe/Oslo')::date <= %(today)s::date - 9)
      AND %(today)s::date - COALESCE((a.last_contact_date AT TIME ZONE 'Europe/Oslo')::date, a.start_date) >= 10
), due AS (
    SELECT id, organization_id, days, 'reminder' AS kind, user_id AS recipient_id FROM overdue
    UNION ALL
    SELECT id, organization_id, days, 'escalation', coordinator_id FROM overdue WHERE days >= 20
), letter AS (
    INSERT INTO notifications_notification (id, organization_id, recipient_id, kind, subject_id, dedupe_key, channel,
        title, body)
    SELECT varde_uuid7(), organization_id, recipient_id, 'follow_up_' || kind, organization_id,
           'follow_up_' || kind || ':' || organization_id || ':' || %(today)s::date || ':' || recipient_id,
           'email', '', ''
    FROM (SELECT DISTINCT organization_id, recipient_id, kind FROM due) person
    ON CONFLICT (dedupe_key) DO NOTHING
    RETURNING id, recipient_id, kind
), history AS (
    INSERT INTO mentoring_followupreminder (id, organization_id, assignment_id, kind, trigger, recipient_id,
        notification_id, days, "on")
    SELECT varde_uuid7(), due.organization_id, due.id, due.kind, 'automatic', due.recipient_id, letter.id, due.days,
           %(today)s::date
    FROM due JOIN letter ON letter.recipient_id = due.recipient_id AND letter.kind = 'follow_up_' || due.kind
    ON CONFLICT (assignment_id, kind, recipient_id, "on") DO NOTHING
    RETURNING assignment_id, kind
), marked AS (
    UPDATE mentoring_assignment a
    SET reminder_sent_at = %(at)s, updated_at = %(at)s,
        escalation_sent_at = CASE WHEN told.escalated THEN %(at)s ELSE a.escalation_sent_at END
    FROM (SELECT assignment_id, bool_or(kind = 'escalation') AS escalated FROM history GROUP BY assignment_id) told
    WHERE a.id = told.assignment_id
)
SELECT count(*) FROM history
"""


class DailyEvaluation(Path):
    name = "daily_evaluation"
    sentence = "20,000 open assignments with their people, to notifications"
    bound = 1.5
    rounds = 9

    def set_up(self) -> None:
        self.organization = Organization.objects.get(pk=data.organization_id())
        self.written: set[tuple[int, int]] = set()

    def before(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM mentoring_assignment, mentoring_followupreminder, notifications_notification")
        self.block = transaction.atomic()
        self.block.__enter__()

    def ours(self) -> None:
        evaluate_organization(organization=self.organization, at=data.TODAY)

    def twin(self) -> None:
        values = {"organization": self.organization.pk, "today": date(2026, 1, 12), "at": data.TODAY}
        raw().execute(_ONE_STATEMENT, values)

    def after(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT count(*) FROM mentoring_followupreminder),"
                " (SELECT count(*) FROM notifications_notification WHERE state = 'pending')"
            )
            self.written.add(cursor.fetchone())
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)
        if len(self.written) != 1 or not min(self.written.copy().pop()):
            raise AssertionError(f"The two ways did not write the same: {self.written}")


PATHS: list[Path] = [DailyEvaluation()]
