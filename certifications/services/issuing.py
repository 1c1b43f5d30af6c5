"""Issuing and renewing, one certificate or thousands: every way goes through the same decisions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import MentorProfile, Organization, User
from certifications.enums import CURRENT, CancelReason, CertificateStatus
from certifications.issuing import BY_TYPE, ByType, Draft, Issued, Issuing, Outcome, expiry_of
from certifications.models import Certificate, CertificationType
from certifications.refusals import CertificateExists, InvalidTransition, RenewalNotLater
from certifications.services.announcing import announce_change
from certifications.services.locking import lock_certificate
from certifications.services.reminders import cancel_reminders_of
from certifications.services.returns import bring_back

#: So many certificates are written at a time, in one transaction.
MOST_AT_ONCE = 5_000


@transaction.atomic
def issue_certificates(
    *, organization: Organization, drafts: Sequence[Draft], by: User | None, at: datetime
) -> list[Issued]:
    """Issue certificates with their series of reminders; answers the outcome of each draft, in their order.

    A draft whose mentor has an earlier certificate of the type renews it; one that is older than what the mentor has
    is kept as history. Mentors that Varde paused for an expired certificate are back when they hold a valid required
    one. Issuing the same again adds nothing. Each draft is refused on its own; the others are issued. Locks the
    mentors in the order of their keys; at most 5,000 drafts. Who issued what and when stands on the certificate, so
    its history begins with the first change.
    """
    if len(drafts) > MOST_AT_ONCE:
        raise ValueError(f"At most {MOST_AT_ONCE} certificates at once.")
    issuing = Issuing(organization, drafts, at)
    in_time = sorted(range(len(drafts)), key=lambda place: drafts[place].issued_on)
    results = {place: issuing.decide(drafts[place]) for place in in_time}
    _write(issuing, by)
    return [results[place] for place in range(len(drafts))]


@transaction.atomic
def issue_certificate(
    *,
    mentor: MentorProfile,
    type: CertificationType,
    issued_on: date,
    by: User | None,
    at: datetime,
    expires_on: date | ByType | None = BY_TYPE,
    number: str = "",
    evidence: str = "",
) -> Certificate:
    """Issue one certificate with its series. Refuses when the mentor has a valid one of the type: that is renewed.

    One that has expired is renewed by this. Refuses too what `issue_certificates` refuses.
    """
    draft = Draft(mentor.pk, type.pk, issued_on, expires_on, number, evidence)
    issuing = Issuing(mentor.organization, [draft], at)
    current = issuing.current.get((mentor.pk, type.pk))
    if current is not None and current.is_valid(at):
        raise CertificateExists
    return _issue_one(issuing, mentor, type, by)


@transaction.atomic
def renew_certificate(
    *,
    certificate: Certificate,
    issued_on: date,
    by: User | None,
    at: datetime,
    expires_on: date | ByType | None = BY_TYPE,
    number: str = "",
    evidence: str = "",
) -> Certificate:
    """Renew a certificate: a new row supersedes it, its waiting reminders are cancelled, a new series begins.

    A renewal that commits while the expiry is being handled wins, because both lock the mentor first. It lifts a
    pause that Varde made for an expired certificate, and no other.
    """
    stored = lock_certificate(certificate)
    if stored.status not in CURRENT:
        raise InvalidTransition
    if issued_on <= stored.issued_on:
        raise RenewalNotLater
    until = expiry_of(issued_on, expires_on, stored.type.validity_months)
    if stored.expires_on and until and until <= stored.expires_on:
        raise RenewalNotLater(field="expiry_date")
    draft = Draft(stored.mentor_id, stored.type_id, issued_on, until, number, evidence)
    return _issue_one(Issuing(stored.organization, [draft], at), stored.mentor, stored.type, by)


def _issue_one(issuing: Issuing, mentor: MentorProfile, type_: CertificationType, by: User | None) -> Certificate:
    (draft,) = issuing.drafts
    result = issuing.decide(draft)
    if result.refusal:
        raise result.refusal
    if result.outcome == Outcome.UNCHANGED:
        raise CertificateExists(_("This certificate has been issued already."))
    _write(issuing, by)
    (row,) = issuing.new.values()
    made = Certificate(
        id=row.id,
        organization=issuing.organization,
        mentor=mentor,
        type=type_,
        number=row.number,
        check_code=row.check_code,
        status=row.status,
        issued_on=row.issued_on,
        expires_at=row.expires_at,
        issued_by=by,
        renews_id=row.renews_id,
        evidence=row.evidence,
        lapsed_at=issuing.at if row.status == CertificateStatus.EXPIRED else None,
        created_at=issuing.at,
        updated_at=issuing.at,
    )
    made._state.adding, made._state.db = False, "default"
    return made


def _write(issuing: Issuing, by: User | None) -> None:
    if not issuing.new:
        return
    if issuing.superseded:
        supersede(issuing.superseded, at=issuing.at)
    issuing.write(by)
    if back := issuing.may_be_back():
        bring_back(back, at=issuing.at)
    announce_change({row.mentor_id for row in issuing.new.values()}, by=by, at=issuing.at)


def supersede(certificates: Collection[UUID], *, at: datetime) -> None:
    """Certificates have been renewed: what waits to remind of their expiry is cancelled."""
    Certificate.objects.current().filter(pk__in=certificates).update(status=CertificateStatus.SUPERSEDED, updated_at=at)
    cancel_reminders_of(certificates, reason=CancelReason.RENEWED, at=at)
