"""The verbs of following up: the daily evaluation, reminders by hand, and how long is too long."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.enums import MentorStatus, Module
from accounts.local_time import local_date, moment_at
from accounts.models import Organization, User
from accounts.services import log_change
from mentoring.enums import FollowUpKind, Trigger
from mentoring.evaluation import (
    ESCALATION_KIND,
    REMINDER_KIND,
    evaluate_assignment,
    remind_whoever_is_due,
)
from mentoring.models import Assignment, EvaluationRun, FollowUpReminder, ReminderConfig
from mentoring.services.assignments import AssignmentClosed, MentorNotActive
from notifications.services import notify

#: The local hour from which an organisation's assignments are evaluated.
EVALUATION_HOUR = time(8)


class AlreadyRemindedToday(Refusal):
    code = "already_reminded_today"
    sentence = _("They have been reminded of this today already.")
    status = 409


class NobodyToTell(Refusal):
    code = "nobody_to_tell"
    sentence = _("The organisation has no coordinator or administrator who could be told.")
    status = 409


class ThresholdsOutOfRange(Refusal):
    code = "thresholds_out_of_range"
    sentence = _("Both must be between 1 and 365 days, and the coordinator is not told before the mentor.")
    field = "escalation_days"


def evaluate_due_organizations(*, at: datetime) -> int:
    """Evaluate every organisation whose local 08:00 has passed since its last evaluation; returns how many.

    After any gap each is caught up once, for today. Organisations without the follow-up module are skipped.
    """
    return sum(
        evaluate_organization(organization=organization, at=at)
        for organization in Organization.objects.with_module(Module.FOLLOW_UP).order_by("pk")
    )


@transaction.atomic
def evaluate_organization(*, organization: Organization, at: datetime) -> bool:
    """Evaluate an organisation's open assignments for its local day, once; True when this call did it.

    The day is claimed by a conditional upsert in the same transaction: of two that try, one does it, and when it
    fails the day is free again.
    """
    today = local_date(at, organization.time_zone)
    if at < moment_at(today, EVALUATION_HOUR, organization.time_zone):
        return False
    if not _claim_day(organization, today):
        return False
    remind_whoever_is_due(organization_id=organization.pk, zone=organization.time_zone, today=today, at=at)
    return True


@transaction.atomic
def remind_by_hand(*, assignment: Assignment, kind: FollowUpKind, by: User, at: datetime) -> list[FollowUpReminder]:
    """Remind the mentor, or tell the coordinator, of one open assignment now, whatever the days say.

    Returns the rows of the history, one per recipient. Never twice on a day to the same person.
    """
    stored = (
        Assignment.objects.present()
        .with_participants()
        .select_for_update(no_key=True, of=("self",))
        .get(pk=assignment.pk)
    )
    if not stored.is_open:
        raise AssignmentClosed
    recipients = _recipients(stored, kind)
    reminders = [_remind(stored, kind, recipient, by, at) for recipient in recipients]
    sent = "reminder_sent_at" if kind == FollowUpKind.REMINDER else "escalation_sent_at"
    Assignment.objects.filter(pk=stored.pk).update(**{sent: at, "updated_at": at})
    return reminders


@transaction.atomic
def set_reminder_config(
    *, organization: Organization, reminder_days: int, escalation_days: int, by: User, at: datetime
) -> ReminderConfig:
    """Set after how many days the organisation reminds and escalates; from the next evaluation on."""
    check_thresholds(reminder_days, escalation_days)
    config, __ = ReminderConfig.objects.select_for_update().get_or_create(organization=organization)
    before = {"reminder_days": config.reminder_days, "escalation_days": config.escalation_days}
    config.reminder_days, config.escalation_days = reminder_days, escalation_days
    config.save(update_fields=["reminder_days", "escalation_days", "updated_at"])
    log_change(config, by=by, at=at, before=before)
    return config


@transaction.atomic
def reset_reminder_config(*, organization: Organization, by: User, at: datetime) -> None:
    """Go back to the system's default."""
    for config in ReminderConfig.objects.select_for_update().filter(organization=organization):
        log_change(config, by=by, at=at, action="deleted")
        config.delete()


def check_thresholds(reminder_days: int | None, escalation_days: int | None) -> None:
    """Refuse thresholds that make no sense; None stands for the organisation's."""
    days = [value for value in (reminder_days, escalation_days) if value is not None]
    if any(not 1 <= value <= 365 for value in days) or days != sorted(days):
        raise ThresholdsOutOfRange


def _claim_day(organization: Organization, today: date) -> bool:
    run, created = EvaluationRun.objects.select_for_update().get_or_create(
        organization=organization, defaults={"evaluated_on": today}
    )
    if created:
        return True
    return bool(EvaluationRun.objects.filter(pk=run.pk, evaluated_on__lt=today).update(evaluated_on=today))


def _recipients(assignment: Assignment, kind: FollowUpKind) -> list[User]:
    if kind == FollowUpKind.REMINDER:
        if assignment.mentor.status != MentorStatus.ACTIVE:
            raise MentorNotActive(_("This mentor is paused or has resigned and is not reminded."))
        return [assignment.mentor.user]
    recipients = list(overseers_of(assignment))
    if not recipients:
        raise NobodyToTell
    return recipients


def overseers_of(assignment: Assignment) -> list[User]:
    """Who is told of an assignment: its coordinator while they still are one, otherwise every administrator."""
    organization_id = assignment.organization_id
    administrators = User.objects.administrators_of(organization_id)
    people = User.objects.coordinators_of(organization_id) | administrators
    coordinator = people.filter(pk=assignment.coordinator_id).first()
    return [coordinator] if coordinator else list(administrators)


def _remind(assignment: Assignment, kind: FollowUpKind, recipient: User, by: User, at: datetime) -> FollowUpReminder:
    today = local_date(at, assignment.organization.time_zone)
    notification = notify(
        organization_id=assignment.organization_id,
        recipient_id=recipient.pk,
        kind=REMINDER_KIND if kind == FollowUpKind.REMINDER else ESCALATION_KIND,
        subject_id=assignment.pk,
        occasion=today.isoformat(),
        at=at,
    )
    if notification is None:
        raise AlreadyRemindedToday
    try:
        with transaction.atomic():
            return FollowUpReminder.objects.create(
                organization_id=assignment.organization_id,
                assignment=assignment,
                kind=kind,
                trigger=Trigger.MANUAL,
                recipient=recipient,
                notification=notification,
                days=evaluate_assignment(assignment, at).days,
                on=today,
                by=by,
            )
    except IntegrityError as error:
        raise AlreadyRemindedToday from error
