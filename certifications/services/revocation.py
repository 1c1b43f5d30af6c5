"""Revoking a certificate, and writing down what shows that it was earned."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import log_change
from certifications.enums import CERTIFICATE_TRANSITIONS, CancelReason, CertificateStatus
from certifications.kinds import REVOKED
from certifications.models import Certificate
from certifications.refusals import InvalidTransition, ReasonRequired
from certifications.services.announcing import announce_change
from certifications.services.lapses import pause_for_revocation
from certifications.services.locking import lock_certificate
from certifications.services.reminders import cancel_reminders_of
from notifications.services import notify


@transaction.atomic
def revoke_certificate(*, certificate: Certificate, reason: str, by: User, at: datetime) -> Certificate:
    """Revoke a certificate for good, for a reason that only staff see. Its reminders are cancelled, the mentor is told.

    When it was required and nothing else protects the mentor, Varde pauses them at once, as for a lapse.
    """
    if not reason.strip():
        raise ReasonRequired
    stored = lock_certificate(certificate)
    if CertificateStatus.REVOKED not in CERTIFICATE_TRANSITIONS[CertificateStatus(stored.status)]:
        raise InvalidTransition
    before = {"status": stored.status}
    stored.status, stored.revoked_at, stored.revoked_by = CertificateStatus.REVOKED, at, by
    stored.revocation_reason = reason.strip()
    stored.save(update_fields=["status", "revoked_at", "revoked_by", "revocation_reason", "updated_at"])
    log_change(stored, by=by, at=at, before=before, reason=reason)
    cancel_reminders_of([stored.pk], reason=CancelReason.REVOKED, at=at)
    notify(
        organization_id=stored.organization_id,
        recipient_id=stored.mentor.user_id,
        kind=REVOKED,
        subject_id=stored.pk,
        occasion="revoked",
        at=at,
    )
    if stored.type.required_for_active:
        pause_for_revocation(stored.mentor_id, at=at)
    announce_change([stored.mentor_id], by=by, at=at)
    return stored


@transaction.atomic
def record_evidence(*, certificate: Certificate, evidence: str, by: User, at: datetime) -> Certificate:
    """Write down what shows that the certificate was earned, in place of what stood there."""
    stored = lock_certificate(certificate)
    before = {"evidence": stored.evidence}
    stored.evidence = evidence.strip()
    stored.save(update_fields=["evidence", "updated_at"])
    log_change(stored, by=by, at=at, before=before)
    return stored
