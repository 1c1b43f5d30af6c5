"""What the demo's people have been told: reminders and notices of the past, read or not, in their inboxes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from accounts.local_time import local_date, moment_at
from accounts.models import Organization, User
from mentoring.enums import FollowUpKind, Trigger
from mentoring.evaluation import ESCALATION_KIND, REMINDER_KIND
from mentoring.models import Assignment, EvaluationRun, FollowUpReminder
from mentoring.rules import DEFAULT
from notifications.enums import Channel, State
from notifications.models import Notification


def tell_what_was_told(organization: Organization, *, at: datetime) -> None:
    """Write the history of reminders as it would be, had Varde been running: set-based, and sent long ago.

    Today's evaluation is marked as done, so that the demo's first minutes do not send mail.
    """
    today = local_date(at, organization.time_zone)
    overdue = Assignment.objects.filter(organization=organization, snoozed_until=None).overdue(at).with_participants()
    notifications: list[Notification] = []
    reminders: list[FollowUpReminder] = []
    touched: list[Assignment] = []
    for assignment in overdue:
        since = today - timedelta(days=assignment.counted_days)
        for kind, after, recipient in (
            (FollowUpKind.REMINDER, DEFAULT.reminder, assignment.mentor.user),
            (FollowUpKind.ESCALATION, DEFAULT.escalation, assignment.coordinator),
        ):
            # The last one of the series; what falls due this very day is still to be done by the person at the desk.
            on = since + timedelta(days=after)
            if on >= today:
                continue
            told = _told(assignment, kind, recipient, on)
            notifications.append(told)
            reminders.append(_reminder(assignment, kind, recipient, told, on, after))
            field = "reminder_sent_at" if kind == FollowUpKind.REMINDER else "escalation_sent_at"
            setattr(assignment, field, told.sent_at)
            touched.append(assignment)
    Notification.objects.bulk_create(notifications)
    FollowUpReminder.objects.bulk_create(reminders)
    Assignment.objects.bulk_update(touched, ["reminder_sent_at", "escalation_sent_at"])
    EvaluationRun.objects.update_or_create(organization=organization, defaults={"evaluated_on": today})


def _told(assignment: Assignment, kind: FollowUpKind, recipient: User, on: date) -> Notification:
    slug = REMINDER_KIND if kind == FollowUpKind.REMINDER else ESCALATION_KIND
    if kind == FollowUpKind.REMINDER:
        title = f"Ta kontakt med {assignment.contact.first_name}?"
        body = f"Det er {DEFAULT.reminder} dager siden du og {assignment.contact.first_name} var i kontakt."
    else:
        title = f"Ingen kontakt på {DEFAULT.escalation} dager"
        body = (
            f"{assignment.mentor} har ikke registrert kontakt med {assignment.contact} på {DEFAULT.escalation} dager."
        )
    sent_at = moment_at(on, time(8, 2), assignment.organization.time_zone)
    return Notification(
        organization_id=assignment.organization_id,
        recipient=recipient,
        kind=slug,
        subject_id=assignment.pk,
        dedupe_key=f"{slug}:{assignment.pk}:{on.isoformat()}:{recipient.pk}",
        channel=Channel.EMAIL,
        title=title,
        body=body,
        state=State.SENT,
        attempts=1,
        not_before=sent_at,
        sent_at=sent_at,
        read_at=sent_at + timedelta(hours=3) if sent_at.day % 3 == 0 else None,
    )


def _reminder(
    assignment: Assignment, kind: FollowUpKind, recipient: User, told: Notification, on: date, days: int
) -> FollowUpReminder:
    return FollowUpReminder(
        organization_id=assignment.organization_id,
        assignment=assignment,
        kind=kind,
        trigger=Trigger.AUTOMATIC,
        recipient=recipient,
        notification=told,
        days=days,
        on=on,
    )
