"""Choices of the certifications app, and the moves that certificates and reminders may make."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CertificateStatus(TextChoices):
    ACTIVE = "active", _("Active")
    SUPERSEDED = "superseded", _("Renewed")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")


#: Which statuses may follow which. Expired becomes active when the date was wrong or is extended. Renewed and revoked
#: are final.
CERTIFICATE_TRANSITIONS: dict[CertificateStatus, frozenset[CertificateStatus]] = {
    CertificateStatus.ACTIVE: frozenset(
        {CertificateStatus.SUPERSEDED, CertificateStatus.EXPIRED, CertificateStatus.REVOKED}
    ),
    CertificateStatus.EXPIRED: frozenset(
        {CertificateStatus.SUPERSEDED, CertificateStatus.ACTIVE, CertificateStatus.REVOKED}
    ),
    CertificateStatus.SUPERSEDED: frozenset(),
    CertificateStatus.REVOKED: frozenset(),
}

#: A mentor has at most one certificate of a type that is one of these: the one that counts.
CURRENT = (CertificateStatus.ACTIVE, CertificateStatus.EXPIRED)


class ReminderType(TextChoices):
    """When, relative to the expiry, a reminder fires."""

    DAYS_90 = "90_days_before", _("90 days before")
    DAYS_60 = "60_days_before", _("60 days before")
    DAYS_30 = "30_days_before", _("30 days before")
    DAYS_14 = "14_days_before", _("14 days before")
    DAYS_7 = "7_days_before", _("7 days before")
    DAYS_1 = "1_day_before", _("1 day before")
    ON_EXPIRY = "on_expiry", _("On expiry")
    POST_EXPIRY = "post_expiry", _("After expiry")


#: Those that come when the certificate has expired already.
EXPIRY_TYPES = (ReminderType.ON_EXPIRY, ReminderType.POST_EXPIRY)


class ReminderStatus(TextChoices):
    PENDING = "pending", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


#: Which statuses may follow which. Sent and cancelled are final; what failed may be tried again.
REMINDER_TRANSITIONS: dict[ReminderStatus, frozenset[ReminderStatus]] = {
    ReminderStatus.PENDING: frozenset({ReminderStatus.SENT, ReminderStatus.FAILED, ReminderStatus.CANCELLED}),
    ReminderStatus.FAILED: frozenset({ReminderStatus.SENT, ReminderStatus.FAILED, ReminderStatus.CANCELLED}),
    ReminderStatus.SENT: frozenset(),
    ReminderStatus.CANCELLED: frozenset(),
}

#: What can still become something else.
OPEN_REMINDERS = tuple(status for status, following in REMINDER_TRANSITIONS.items() if following)


class CancelReason(TextChoices):
    """Why a reminder was cancelled, in its `failure_reason`."""

    PAST_AT_ENTRY = "past_at_entry", _("The day had passed when the certificate was entered.")
    OVERTAKEN = "overtaken", _("A later reminder of the same certificate was due as well.")
    RENEWED = "renewed", _("The certificate was renewed.")
    REVOKED = "revoked", _("The certificate was revoked.")
    EXTENDED = "extended", _("The certificate was extended past this day.")
    CERTIFICATE_CHANGED = "certificate_changed", _("The certificate had changed meanwhile.")
    MENTOR_LEFT = "mentor_left", _("The mentor has resigned.")
    BY_HAND = "cancelled_by_hand", _("Cancelled by hand.")


class Validity(TextChoices):
    """How a certificate stands at a moment, for lists: the first that is true."""

    REVOKED = "revoked", _("Revoked")
    SUPERSEDED = "superseded", _("Renewed")
    LAPSED = "lapsed", _("Lapsed")
    DUE_7 = "due_7", _("Expires within 7 days")
    DUE_30 = "due_30", _("Expires within 30 days")
    DUE_90 = "due_90", _("Expires within 90 days")
    VALID = "valid", _("Valid")
