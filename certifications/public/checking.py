"""What the public page says of a certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.enums import Module
from accounts.models import Organization
from certifications.models import Certificate
from certifications.numbers import parse_check_code
from certifications.public.standing import Standing, in_words, sentence_of, standing_of
from certifications.services import settings_of

#: What is looked for instead of a text that can be no code, so that it takes as long and finds nothing.
NO_CODE = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A certificate at a moment. `newer` is the certificate that counts instead, with how that one stands."""

    certificate: Certificate
    standing: Standing
    newer: Certificate | None = None
    newer_standing: Standing | None = None
    names_mentor: bool = False

    @property
    def is_good(self) -> bool:
        """Is the mentor certified, by this certificate or the one that has replaced it?"""
        return (self.newer_standing or self.standing).is_good

    @property
    def headline(self) -> str:
        if self.newer is None or self.newer_standing is None:
            return sentence_of(self.certificate, self.standing)
        facts = {"day": in_words(self.newer.expires_on)}
        if self.newer_standing == Standing.FOR_LIFE:
            return _("Renewed: the newer certificate is valid for life")
        if self.newer_standing == Standing.VALID:
            return _("Renewed: the newer certificate is valid until %(day)s") % facts
        return _("Renewed, but the newer certificate expired on %(day)s") % facts

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Labels and values; the mentor's name only where the association allows it."""
        said = [(_("Certification"), str(self.certificate.type)), (_("Association"), self._association)]
        if self.names_mentor:
            said.insert(0, (_("Name"), self.certificate.mentor.user.get_full_name()))
        said.append((_("Issued on"), in_words(self.certificate.issued_on)))
        said += _dated(_("Expires on"), self.certificate.expires_on)
        if self.newer:
            said.append((_("Newer certificate issued on"), in_words(self.newer.issued_on)))
            said += _dated(_("Newer certificate expires on"), self.newer.expires_on)
        return said

    @property
    def _association(self) -> str:
        return self.certificate.organization.name


def find(text: str) -> Certificate | None:
    """The certificate with the check code that somebody typed, in an association that uses the module."""
    rows = Certificate.objects.with_people().filter(
        check_code=parse_check_code(text) or NO_CODE,
        organization__in=Organization.objects.with_module(Module.CERTIFICATION),
    )
    found: Certificate | None = rows.first()
    return found


def check(text: str, at: datetime) -> Checked | None:
    """How the certificate with this code stands; None when there is none."""
    certificate = find(text)
    if certificate is None:
        return None
    standing = standing_of(certificate, at)
    newer = _newer(certificate) if standing == Standing.RENEWED else None
    return Checked(
        certificate=certificate,
        standing=standing,
        newer=newer,
        newer_standing=standing_of(newer, at) if newer else None,
        names_mentor=settings_of(certificate.organization).check_page_names_mentor,
    )


def _newer(certificate: Certificate) -> Certificate | None:
    """The certificate that counts in the place of one that was renewed; none when that was revoked."""
    rows = Certificate.objects.current().with_people()
    found: Certificate | None = rows.filter(mentor_id=certificate.mentor_id, type_id=certificate.type_id).first()
    return found


def _dated(label: str, day: date | None) -> list[tuple[str, str]]:
    return [(label, in_words(day))] if day else []
