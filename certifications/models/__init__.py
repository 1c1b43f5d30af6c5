"""Certificates and what reminds of them."""

from certifications.models.certificates import Certificate, CertificationType
from certifications.models.reminders import ArchivedReminder, RenewalReminder
from certifications.models.settings import CertificationSettings, ExpirySweep

__all__ = [
    "ArchivedReminder",
    "Certificate",
    "CertificationSettings",
    "CertificationType",
    "ExpirySweep",
    "RenewalReminder",
]
