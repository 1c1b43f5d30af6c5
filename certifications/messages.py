"""What is said about certificates: to the mentor, and to those who look after them.

Texts are written when they go out, from the facts as they then are; whoever has renewed meanwhile gets none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.local_time import local_date
from accounts.models import MentorProfile
from certifications.enums import CURRENT, CancelReason, CertificateStatus, ReminderType
from certifications.models import Certificate, RenewalReminder
from certifications.services.returns import is_paused_for_expiry
from notifications.delivery import Delivery
from notifications.kinds import Message

DESK = "/admin/certifications/certificate/{}/change/"


def compose_reminders(batch: Sequence[Delivery]) -> Mapping[UUID, Message]:
    """To mentors, before the expiry: what expires, when, and where to renew it.

    Only the last reminder handed over speaks, so that an outage of the mail brings no burst; and none that has been
    overtaken by the expiry itself.
    """
    found = {}
    for delivery, reminder in _reminders(batch):
        certificate = reminder.certificate
        is_valid = (
            certificate.status == CertificateStatus.ACTIVE and reminder.certificate_expiry_date > delivery.claimed_at
        )
        if is_valid and not vars(reminder)["is_overtaken"]:
            found[delivery.id] = _expires_soon(certificate, _days(certificate, delivery.claimed_at))
    return found


def compose_expired(batch: Sequence[Delivery]) -> Mapping[UUID, Message]:
    """To mentors, once it has expired: what that means for them now."""
    return {
        delivery.id: _has_expired(reminder)
        for delivery, reminder in _reminders(batch)
        if reminder.certificate.status == CertificateStatus.EXPIRED
    }


def compose_notices(batch: Sequence[Delivery]) -> Mapping[UUID, Message]:
    """To coordinators, at 30 days: whose certificate expires."""
    return {
        delivery.id: _notice(reminder.certificate, _days(reminder.certificate, delivery.claimed_at))
        for delivery, reminder in _reminders(batch)
        if reminder.certificate.status in CURRENT
    }


def compose_lapse_notices(batch: Sequence[Delivery]) -> Mapping[UUID, Message]:
    """To coordinators: whose required certificate has lapsed, and whether they are paused."""
    return {
        delivery.id: _lapse_notice(reminder.certificate)
        for delivery, reminder in _reminders(batch)
        if reminder.certificate.status == CertificateStatus.EXPIRED
    }


def compose_returns(batch: Sequence[Delivery]) -> Mapping[UUID, Message]:
    """To mentors: they are active again."""
    mentors = MentorProfile.objects.active().in_bulk([delivery.subject_id for delivery in batch])
    body = _("Your certificate is valid, so you are active as a peer mentor again. Welcome back!")
    return {
        delivery.id: Message(_("You are active again"), body, "/")
        for delivery in batch
        if delivery.subject_id in mentors
    }


def compose_revocations(batch: Sequence[Delivery]) -> Mapping[UUID, Message]:
    """To mentors: a certificate does not count any more."""
    rows = Certificate.objects.with_people().filter(status=CertificateStatus.REVOKED)
    certificates = rows.in_bulk([delivery.subject_id for delivery in batch])
    return {
        delivery.id: _revoked(certificates[delivery.subject_id])
        for delivery in batch
        if delivery.subject_id in certificates
    }


def _expires_soon(certificate: Certificate, days: int) -> Message:
    title = ngettext("Your certificate expires in %(days)d day", "Your certificate expires in %(days)d days", days) % {
        "days": days
    }
    return Message(title, "\n\n".join([_what_expires(certificate), _where_to_renew(certificate)]), "/")


def _has_expired(reminder: RenewalReminder) -> Message:
    certificate = reminder.certificate
    facts = {"name": certificate.type, "day": _day(certificate)}
    parts = [_("“%(name)s” expired on %(day)s.") % facts]
    if is_paused_for_expiry(certificate.mentor):
        parts.append(_("You are paused as a peer mentor until it has been renewed. Nothing you have done is lost."))
    elif _is_in_grace(reminder):
        parts.append(
            ngettext(
                "You have %(days)d day of grace before you are paused as a peer mentor.",
                "You have %(days)d days of grace before you are paused as a peer mentor.",
                certificate.type.grace_days,
            )
            % {"days": certificate.type.grace_days}
        )
    parts.append(_where_to_renew(certificate))
    return Message(_("Your certificate has expired"), "\n\n".join(parts), "/")


def _is_in_grace(reminder: RenewalReminder) -> bool:
    type_ = reminder.certificate.type
    return reminder.reminder_type == ReminderType.ON_EXPIRY and type_.required_for_active and type_.grace_days > 0


def _notice(certificate: Certificate, days: int) -> Message:
    facts = {"mentor": certificate.mentor, "name": certificate.type, "day": _day(certificate)}
    if days > 0:
        title = ngettext("A certificate expires in %(days)d day", "A certificate expires in %(days)d days", days) % {
            "days": days
        }
        body = _("%(mentor)s: “%(name)s” expires on %(day)s. The mentor is reminded too.") % facts
    else:
        title = _("A certificate has expired")
        body = _("%(mentor)s: “%(name)s” expired on %(day)s. The mentor is told too.") % facts
    return Message(title, body, DESK.format(certificate.pk))


def _lapse_notice(certificate: Certificate) -> Message:
    facts = {"mentor": certificate.mentor, "name": certificate.type, "day": _day(certificate)}
    parts = [_("%(mentor)s: “%(name)s” expired on %(day)s.") % facts]
    if is_paused_for_expiry(certificate.mentor):
        title = _("A mentor was paused because a certificate has expired")
        parts.append(_("The mentor is paused and off the public lists, and is back by itself when it is renewed."))
        parts.append(_("If the mentor should be active all the same, end the pause and say why."))
    else:
        title = _("A required certificate has expired")
        parts.append(_("The mentor is not paused for it now."))
    return Message(title, "\n\n".join(parts), DESK.format(certificate.pk))


def _revoked(certificate: Certificate) -> Message:
    facts = {"name": certificate.type, "number": certificate.number}
    body = "\n\n".join(
        [
            _("“%(name)s” (number %(number)s) has been revoked and does not count any more.") % facts,
            _("Your coordinator can tell you why, and what you can do."),
        ]
    )
    return Message(_("Your certificate was revoked"), body, "/")


def _what_expires(certificate: Certificate) -> str:
    facts = {"name": certificate.type, "number": certificate.number, "day": _day(certificate)}
    told = _("“%(name)s” (number %(number)s) expires on %(day)s.") % facts
    if certificate.type.required_for_active:
        need = _("You need it to be active as a peer mentor.")
        return f"{told} {need}"
    return told


def _where_to_renew(certificate: Certificate) -> str:
    course = " ".join(filter(None, [certificate.type.renewal_course, certificate.type.renewal_url]))
    if course:
        return _("You renew it here: %(course)s") % {"course": course}
    return _("Ask your coordinator how to renew it.")


def _expiry(certificate: Certificate) -> date:
    """The expiry date, which every certificate with a reminder has."""
    found = certificate.expires_on
    assert found is not None
    return found


def _day(certificate: Certificate) -> str:
    return date_format(_expiry(certificate), "DATE_FORMAT")


def _days(certificate: Certificate, at: datetime) -> int:
    """Local days from `at` to the expiry date."""
    return (_expiry(certificate) - local_date(at, certificate.organization.time_zone)).days


def _reminders(batch: Sequence[Delivery]) -> list[tuple[Delivery, RenewalReminder]]:
    """The reminder behind each delivery, as long as it speaks of the date the certificate has: one query.

    Whoever cancels one by hand means its messages too, also one that a worker has in its hands.
    """
    later = RenewalReminder.objects.filter(
        certificate_id=OuterRef("certificate_id"),
        notification__isnull=False,
        scheduled_at__gt=OuterRef("scheduled_at"),
    )
    rows = RenewalReminder.objects.with_people().exclude(failure_reason=CancelReason.BY_HAND)
    rows = rows.annotate(is_overtaken=Exists(later))
    found = rows.in_bulk([delivery.subject_id for delivery in batch])
    pairs = [(delivery, found[delivery.subject_id]) for delivery in batch if delivery.subject_id in found]
    return [(delivery, row) for delivery, row in pairs if row.certificate.expires_at == row.certificate_expiry_date]
