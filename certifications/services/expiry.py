"""Another expiry date: correcting a wrong one, and extending many with a reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Organization, User
from accounts.services import log_change
from certifications import rules
from certifications.enums import CURRENT, CancelReason, CertificateStatus, ReminderStatus, ReminderType
from certifications.issuing import LONGEST
from certifications.models import Certificate, RenewalReminder
from certifications.refusals import ExpiryOutOfRange, InvalidTransition, ReasonRequired
from certifications.series import Schedule, move_series
from certifications.services.locking import lock_certificates, lock_mentors
from certifications.services.reminders import cancel_reminders_of
from certifications.services.returns import bring_back
from certifications.services.settings import reminder_hour_of
from notifications.services import cancel_about


@transaction.atomic
def correct_expiry(
    *, certificate: Certificate, expires_on: date | None, by: User | None, at: datetime, reason: str
) -> Certificate:
    """Correct the expiry date of a certificate (None: it is for life). See `change_expiries`."""
    change_expiries(
        organization=certificate.organization, expiries={certificate.pk: expires_on}, by=by, at=at, reason=reason
    )
    return Certificate.objects.with_people().get(pk=certificate.pk)  # type: ignore[no-any-return]


@transaction.atomic
def extend_certificates(
    *, organization: Organization, certificates: Collection[UUID], until: date, by: User | None, at: datetime,
    reason: str,
) -> int:  # fmt: skip
    """Extend certificates to `until`, for a reason that stands in the history of each; answers how many.

    Left alone are those that are renewed, revoked or for life, and those that are valid for longer already. Extending
    again changes nothing.
    """
    rows = Certificate.objects.filter(organization=organization, pk__in=certificates)
    lock_mentors(set(rows.values_list("mentor_id", flat=True)), organization.pk)
    earlier = extendable(organization, certificates, until)
    return change_expiries(
        organization=organization, expiries=dict.fromkeys(earlier, until), by=by, at=at, reason=reason
    )


def extendable(organization: Organization, certificates: Collection[UUID], until: date) -> list[UUID]:
    """Which of `certificates` an extension to `until` would change."""
    moment = rules.expiry_moment(until, organization.time_zone)
    rows = Certificate.objects.current().filter(organization=organization, pk__in=certificates, expires_at__lt=moment)
    return list(rows.values_list("pk", flat=True))


@transaction.atomic
def change_expiries(
    *,
    organization: Organization,
    expiries: Mapping[UUID, date | None],
    by: User | None,
    at: datetime,
    reason: str,
) -> int:
    """Give certificates of one organisation other expiry dates; answers how many changed. All or nothing.

    Waiting reminders move with them. What had been sent for the old date and would be due again goes to the archive,
    so that the new date has its whole series. One that had expired and is valid now counts again, and brings its
    mentor back. Locks the mentors, then the certificates.
    """
    if not reason.strip():
        raise ReasonRequired
    rows = dict(Certificate.objects.filter(organization=organization, pk__in=expiries).values_list("pk", "mentor_id"))
    lock_mentors(set(rows.values()), organization.pk)
    changed = [row for row in lock_certificates(rows) if _change(row, expiries[row.pk], by, at, reason)]
    _follow(organization, changed, at)
    bring_back({row.mentor_id for row in changed if row.status == CertificateStatus.ACTIVE}, at=at)
    return len(changed)


def _change(row: Certificate, expires_on: date | None, by: User | None, at: datetime, reason: str) -> bool:
    if row.status not in CURRENT:
        raise InvalidTransition
    if expires_on is not None and not row.issued_on < expires_on <= row.issued_on + LONGEST:
        raise ExpiryOutOfRange
    expires_at = rules.expiry_moment(expires_on, row.organization.time_zone) if expires_on else None
    if expires_at == row.expires_at:
        return False
    before = {"expires_at": row.expires_at, "status": row.status}
    row.expires_at = expires_at
    if expires_at is None or expires_at > at:
        row.status, row.lapsed_at, row.paused_mentor_at = CertificateStatus.ACTIVE, None, None
    row.save(update_fields=["expires_at", "status", "lapsed_at", "paused_mentor_at", "updated_at"])
    log_change(row, by=by, at=at, before=before, reason=reason)
    return True


def _follow(organization: Organization, changed: Collection[Certificate], at: datetime) -> None:
    """Let the reminders follow: cancel what speaks of the old date, move the rest."""
    if for_life := [row.pk for row in changed if row.expires_at is None]:
        cancel_reminders_of(for_life, reason=CancelReason.EXTENDED, at=at)
    dated = {row.pk: row for row in changed if row.expires_at is not None}
    if not dated:
        return
    reminders = RenewalReminder.objects.filter(certificate_id__in=dated)
    cancel_about(subjects=list(reminders.filter(notification__isnull=False).values_list("pk", flat=True)), at=at)
    grace = reminders.undecided().filter(reminder_type=ReminderType.POST_EXPIRY)
    grace.update(status=ReminderStatus.CANCELLED, failure_reason=CancelReason.EXTENDED, updated_at=at)
    days = {row.type_id: row.type.reminder_days for row in dated.values()}
    schedule = Schedule(organization.time_zone, reminder_hour_of(organization.pk), days)
    move_series(dated, schedule, {(row.type_id, day) for row in dated.values() if (day := row.expires_on)}, at=at)
