"""How a certificate stands at a moment, in words: for the check page and for the PDF."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.local_time import local_date
from certifications.enums import CertificateStatus
from certifications.models import Certificate


class Standing(StrEnum):
    VALID = "valid"
    FOR_LIFE = "for_life"
    EXPIRED = "expired"
    RENEWED = "renewed"
    REVOKED = "revoked"

    @property
    def is_good(self) -> bool:
        return self in (Standing.VALID, Standing.FOR_LIFE)


def standing_of(certificate: Certificate, at: datetime) -> Standing:
    """By its dates, not by when the clockwork last looked: it has expired the moment its expiry date begins."""
    if certificate.status == CertificateStatus.REVOKED:
        return Standing.REVOKED
    if certificate.status == CertificateStatus.SUPERSEDED:
        return Standing.RENEWED
    if certificate.expires_at is None:
        return Standing.FOR_LIFE
    return Standing.VALID if certificate.expires_at > at else Standing.EXPIRED


def sentence_of(certificate: Certificate, standing: Standing) -> str:
    """The standing as a sentence, in the current language."""
    facts = {"day": _expiry(certificate)}
    if standing == Standing.VALID:
        return _("Valid until %(day)s") % facts
    if standing == Standing.FOR_LIFE:
        return _("Valid for life")
    if standing == Standing.EXPIRED:
        return _("Expired on %(day)s") % facts
    if standing == Standing.RENEWED:
        return _("Replaced by a newer certificate")
    return _("Revoked on %(day)s") % {"day": in_words(_day_of_revocation(certificate))}


def in_words(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""


def _expiry(certificate: Certificate) -> str:
    return in_words(certificate.expires_on)


def _day_of_revocation(certificate: Certificate) -> date | None:
    revoked_at = certificate.revoked_at
    return local_date(revoked_at, certificate.organization.time_zone) if revoked_at else None
