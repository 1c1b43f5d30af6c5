"""The verbs of certificates."""

from certifications.issuing import BY_TYPE, Draft, Issued, Outcome
from certifications.refusals import (
    CertificateExists,
    CodeTaken,
    ExpiryMissing,
    ExpiryOutOfRange,
    GoesOutByItself,
    InvalidTransition,
    IssueDateOutOfRange,
    NumberInUse,
    NumberTooLong,
    OtherOrganization,
    ReasonRequired,
    ReminderIsFinal,
    ReminderNotFailed,
    ReminderOnItsWay,
    RenewalNotLater,
    TypeNotInUse,
)
from certifications.services.archive import archive_reminders
from certifications.services.clockwork import process_due, sweep_due_organizations, sweep_organization
from certifications.services.courses import certify_completion
from certifications.services.expiry import correct_expiry, extend_certificates, extendable
from certifications.services.issuing import issue_certificate, issue_certificates, renew_certificate
from certifications.services.reminders import cancel_reminder, give_up_reminder, retry_reminder, send_reminder_now
from certifications.services.revocation import record_evidence, revoke_certificate
from certifications.services.settings import (
    add_type,
    change_settings,
    change_type,
    reminder_hour_of,
    settings_of,
)
from certifications.services.simulation import Simulation, simulate

__all__ = [
    "BY_TYPE",
    "CertificateExists",
    "CodeTaken",
    "Draft",
    "ExpiryMissing",
    "ExpiryOutOfRange",
    "GoesOutByItself",
    "InvalidTransition",
    "IssueDateOutOfRange",
    "Issued",
    "NumberInUse",
    "NumberTooLong",
    "OtherOrganization",
    "Outcome",
    "ReasonRequired",
    "ReminderIsFinal",
    "ReminderNotFailed",
    "ReminderOnItsWay",
    "RenewalNotLater",
    "Simulation",
    "TypeNotInUse",
    "add_type",
    "archive_reminders",
    "cancel_reminder",
    "certify_completion",
    "change_settings",
    "change_type",
    "correct_expiry",
    "extend_certificates",
    "extendable",
    "give_up_reminder",
    "issue_certificate",
    "issue_certificates",
    "process_due",
    "record_evidence",
    "reminder_hour_of",
    "renew_certificate",
    "retry_reminder",
    "revoke_certificate",
    "send_reminder_now",
    "settings_of",
    "simulate",
    "sweep_due_organizations",
    "sweep_organization",
]
