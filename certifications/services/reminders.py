"""The verbs of reminders: cancel, send now, and what staff do with those that have failed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.services import log_change
from certifications.due import copy_outcomes, hand_over
from certifications.enums import EXPIRY_TYPES, OPEN_REMINDERS, CancelReason, ReminderStatus
from certifications.models import RenewalReminder
from certifications.refusals import GoesOutByItself, ReminderIsFinal, ReminderNotFailed, ReminderOnItsWay
from certifications.services.locking import lock_mentors
from notifications.enums import Channel
from notifications.models import Notification
from notifications.services import cancel_about, give_up, retry, send_by
from notifications.services.bell import ring_for_dispatch


def cancel_reminders_of(certificates: Collection[UUID], *, reason: CancelReason, at: datetime) -> int:
    """Cancel all that still waits, or has failed, of some certificates, and their messages; answers how many.

    A message that a worker has in its hands asks for its reason once more before it goes out. What has been sent
    stays sent.
    """
    rows = RenewalReminder.objects.filter(certificate_id__in=certificates, status__in=OPEN_REMINDERS)
    handed_over = list(rows.filter(notification__isnull=False).values_list("pk", flat=True))
    count = rows.update(status=ReminderStatus.CANCELLED, failure_reason=reason, updated_at=at)
    if handed_over:
        cancel_about(subjects=handed_over, at=at)
    return count


@transaction.atomic
def cancel_reminder(*, reminder: RenewalReminder, by: User, at: datetime, reason: str = "") -> RenewalReminder:
    """Cancel one reminder that waits or has failed. The lapse itself is acted on all the same, by the daily sweep."""
    stored = _locked(reminder)
    if stored.status not in OPEN_REMINDERS:
        raise ReminderIsFinal
    before = {"status": stored.status}
    stored.status, stored.failure_reason = ReminderStatus.CANCELLED, CancelReason.BY_HAND
    stored.save(update_fields=["status", "failure_reason", "updated_at"])
    cancel_about(subjects=[stored.pk], at=at)
    log_change(stored, by=by, at=at, before=before, reason=reason)
    return stored


@transaction.atomic
def send_reminder_now(*, reminder: RenewalReminder, by: User, at: datetime) -> RenewalReminder:
    """Send a waiting reminder today instead of on its day. The notice of expiry is not sent early: it pauses."""
    stored = _locked(reminder)
    if stored.status != ReminderStatus.PENDING:
        raise ReminderIsFinal
    if stored.notification_id is not None:
        raise ReminderOnItsWay
    if stored.reminder_type in EXPIRY_TYPES or stored.certificate_expiry_date <= at:
        raise GoesOutByItself
    before = {"scheduled_at": stored.scheduled_at}
    stored.scheduled_at = at
    stored.save(update_fields=["scheduled_at", "updated_at"])
    log_change(stored, by=by, at=at, before=before)
    hand_over([stored.certificate.mentor_id], at=at, only=stored.pk)
    ring_for_dispatch()
    stored.refresh_from_db()
    return stored


@transaction.atomic
def retry_reminder(
    *, reminder: RenewalReminder, by: User, at: datetime, channel: Channel | None = None
) -> RenewalReminder:
    """Try a reminder again that has failed for good, by another way if `channel` names one; with all attempts."""
    stored, notification = _failed(reminder)
    if channel is None:
        retry(notification=notification, by=by, at=at)
    else:
        send_by(notification=notification, channel=channel, by=by, at=at)
    copy_outcomes(at=at, only=[stored.pk])
    stored.refresh_from_db()
    return stored


@transaction.atomic
def give_up_reminder(*, reminder: RenewalReminder, by: User, at: datetime) -> RenewalReminder:
    """Cancel a reminder that has failed for good."""
    stored, notification = _failed(reminder)
    give_up(notification=notification, by=by, at=at)
    copy_outcomes(at=at, only=[stored.pk])
    stored.refresh_from_db()
    return stored


def _locked(reminder: RenewalReminder) -> RenewalReminder:
    lock_mentors([reminder.certificate.mentor_id])
    rows = RenewalReminder.objects.select_related("certificate").select_for_update(no_key=True, of=("self",))
    return rows.get(pk=reminder.pk)  # type: ignore[no-any-return]


def _failed(reminder: RenewalReminder) -> tuple[RenewalReminder, Notification]:
    """The locked reminder with its failed message."""
    stored = _locked(reminder)
    notification = stored.notification
    if notification is None or not RenewalReminder.objects.needing_attention().filter(pk=stored.pk).exists():
        raise ReminderNotFailed
    return stored, notification
