"""The follow-up rule at work: for one assignment as an object, and for a whole organisation as one statement.

`mentoring.rules.evaluate` is the rule. The statement below says the same in SQL, because making objects of ten
thousand assignments costs ten times what finding the overdue ones does; a property test compares the two.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import connection

from accounts.enums import MentorStatus
from accounts.local_time import local_date
from mentoring import rules
from mentoring.models import Assignment, ReminderConfig
from notifications.enums import Channel
from notifications.ledger import insert_select

REMINDER_KIND = "follow_up_reminder"
ESCALATION_KIND = "follow_up_escalation"


def thresholds_of(organization_id: UUID) -> rules.Thresholds:
    """The organisation's thresholds: its own, or the system's default."""
    config = ReminderConfig.objects.filter(organization_id=organization_id).first()
    return rules.Thresholds(config.reminder_days, config.escalation_days) if config else rules.DEFAULT


def facts_of(assignment: Assignment, zone: str) -> rules.Facts:
    """What the rule needs to know of an assignment; `mentor` should be loaded with it."""

    def day(moment: datetime | None) -> date | None:
        return local_date(moment, zone) if moment else None

    return rules.Facts(
        started_on=assignment.start_date,
        last_contact_on=day(assignment.last_contact_date),
        last_reminded_on=day(assignment.reminder_sent_at),
        last_escalated_on=day(assignment.escalation_sent_at),
        snoozed_until=assignment.snoozed_until,
        is_open=assignment.is_open,
        mentor_is_active=assignment.mentor.status == MentorStatus.ACTIVE,
    )


def evaluate_assignment(
    assignment: Assignment, at: datetime, thresholds: rules.Thresholds | None = None
) -> rules.Evaluation:
    """Apply the rule to one assignment (loaded `with_participants`) at the moment `at`.

    `thresholds` are the organisation's; without them they are read, or taken from the annotations of `with_days`.
    """
    zone = assignment.organization.time_zone
    if thresholds is None:
        thresholds = _annotated(assignment) or thresholds_of(assignment.organization_id)
    own = rules.Thresholds(
        assignment.reminder_days or thresholds.reminder, assignment.escalation_days or thresholds.escalation
    )
    return rules.evaluate(facts_of(assignment, zone), own, local_date(at, zone))


def _annotated(assignment: Assignment) -> rules.Thresholds | None:
    found = vars(assignment)
    return rules.Thresholds(found["remind_after"], found["escalate_after"]) if "remind_after" in found else None


# Who is told of an assignment that is overdue for long: its coordinator, as long as they still look after anybody in
# the organisation; otherwise every administrator, so that nothing falls between two chairs.
_DUE = """
open_ones AS (
    SELECT a.id AS assignment_id, mentor.user_id AS mentor_user_id, a.coordinator_id,
           mentor.status = 'active' AS mentor_active,
           GREATEST(0, %(today)s - COALESCE((a.last_contact_date AT TIME ZONE %(zone)s)::date, a.start_date)) AS days,
           COALESCE(a.reminder_days, %(reminder)s) AS remind_after,
           COALESCE(a.escalation_days, %(escalation)s) AS escalate_after,
           %(today)s - (a.reminder_sent_at AT TIME ZONE %(zone)s)::date AS since_reminder,
           %(today)s - (a.escalation_sent_at AT TIME ZONE %(zone)s)::date AS since_escalation
    FROM mentoring_assignment a JOIN accounts_mentorprofile mentor ON mentor.id = a.mentor_id
    WHERE a.organization_id = %(organization)s AND a.status IN ('pending', 'active') AND a.deleted_at IS NULL
      AND (a.snoozed_until IS NULL OR a.snoozed_until <= %(today)s)
), coordinator AS (
    SELECT DISTINCT member.user_id FROM accounts_membership member JOIN accounts_user u ON u.id = member.user_id
    WHERE member.organization_id = %(organization)s AND member.is_active AND u.is_active
      AND member.role IN ('coordinator', 'org_admin')
), administrator AS (
    SELECT member.user_id FROM accounts_membership member JOIN accounts_user u ON u.id = member.user_id
    WHERE member.organization_id = %(organization)s AND member.is_active AND u.is_active AND member.role = 'org_admin'
), reminder AS (
    SELECT assignment_id, days, mentor_user_id AS recipient_id FROM open_ones
    WHERE mentor_active AND days >= remind_after
      AND (since_reminder IS NULL OR since_reminder >= GREATEST(1, remind_after - 1))
), escalation AS (
    SELECT assignment_id, days, COALESCE(coordinator.user_id, administrator.user_id) AS recipient_id
    FROM open_ones
    LEFT JOIN coordinator ON coordinator.user_id = open_ones.coordinator_id
    LEFT JOIN administrator ON coordinator.user_id IS NULL
    WHERE days >= CASE WHEN mentor_active THEN escalate_after ELSE remind_after END
      AND (since_escalation IS NULL OR since_escalation >= GREATEST(1, remind_after - 1))
)"""

_ADDRESSED = """
{kind}_letter AS (
    SELECT varde_uuid7() AS notification_id, %(organization)s::uuid AS organization_id, recipient_id,
           %(organization)s::uuid AS subject_id, %(today)s::date::text AS occasion
    FROM (SELECT DISTINCT recipient_id FROM {kind} WHERE recipient_id IS NOT NULL) recipient
), {kind}_notified AS ({insert})"""

_HISTORY = """
history AS (
    INSERT INTO mentoring_followupreminder
        (id, organization_id, assignment_id, kind, trigger, recipient_id, notification_id, days, "on")
    SELECT varde_uuid7(), %(organization)s, due.assignment_id, due.kind, 'automatic', due.recipient_id,
           due.notification_id, due.days, %(today)s
    FROM (
        SELECT 'reminder' AS kind, reminder.*, letter.notification_id
        FROM reminder JOIN reminder_letter letter USING (recipient_id)
        JOIN reminder_notified ON reminder_notified.id = letter.notification_id
        UNION ALL
        SELECT 'escalation', escalation.*, letter.notification_id
        FROM escalation JOIN escalation_letter letter USING (recipient_id)
        JOIN escalation_notified ON escalation_notified.id = letter.notification_id
    ) due
    ON CONFLICT (assignment_id, kind, recipient_id, "on") DO NOTHING
    RETURNING assignment_id, kind
), marked AS (
    UPDATE mentoring_assignment a
    SET reminder_sent_at = CASE WHEN sent.reminded THEN %(at)s ELSE a.reminder_sent_at END,
        escalation_sent_at = CASE WHEN sent.escalated THEN %(at)s ELSE a.escalation_sent_at END,
        updated_at = %(at)s
    FROM (
        SELECT assignment_id, bool_or(kind = 'reminder') AS reminded, bool_or(kind = 'escalation') AS escalated
        FROM history GROUP BY assignment_id
    ) sent
    WHERE a.id = sent.assignment_id
)
SELECT count(*) FILTER (WHERE kind = 'reminder'), count(*) FILTER (WHERE kind = 'escalation') FROM history"""


def _statement() -> str:
    letters = [
        _ADDRESSED.format(kind=name, insert=insert_select(f"{name}_letter", kind, Channel.EMAIL))
        for name, kind in (("reminder", REMINDER_KIND), ("escalation", ESCALATION_KIND))
    ]
    return f"WITH {_DUE}, {', '.join(letters)}, {_HISTORY}"


EVALUATE_ORGANIZATION = _statement()


def remind_whoever_is_due(*, organization_id: UUID, zone: str, today: date, at: datetime) -> tuple[int, int]:
    """Write all reminders and notices of an organisation that are due on the local day `today`, in one statement.

    Each person gets one notification about all of their assignments. Returns how many assignments were reminded of
    and how many were escalated. Doing it again on the same day adds nothing.
    """
    thresholds = thresholds_of(organization_id)
    with connection.cursor() as cursor:
        cursor.execute(
            EVALUATE_ORGANIZATION,
            {
                "organization": organization_id,
                "zone": zone,
                "today": today,
                "at": at,
                "reminder": thresholds.reminder,
                "escalation": thresholds.escalation,
            },
        )
        reminded, escalated = cursor.fetchone()
    return reminded, escalated
