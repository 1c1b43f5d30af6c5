"""A certificate as a tagged PDF (PDF/UA-1): what stands on it, and setting it."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.local_time import local_date
from certifications.models import Certificate
from certifications.numbers import in_groups
from certifications.public.addresses import check_url, qr_svg
from certifications.public.standing import in_words, sentence_of, standing_of

logger = logging.getLogger(__name__)

TEMPLATE = Path(__file__).with_name("certificate.typ")
STANDARD = "ua-1"


def certificate_pdf(certificate: Certificate, language: str, at: datetime) -> bytes:
    """The certificate as it stands at `at`, in `language`; with its mentor, type and organisation loaded."""
    with override(language):
        data = {"data": json.dumps(_data(certificate, language, at))}
    try:
        return _set(data, at, pdf_standards=[STANDARD], ignore_system_fonts=True)
    except typst.TypstError:
        # The standard wants a letter shape for every character. A name in a script that our font does not have is set
        # with what the server has, tagged all the same.
        logger.warning("Certificate %s has letters without a shape.", certificate.pk)
        return _set(data, at)


def _set(data: dict[str, str], at: datetime, **options: Any) -> bytes:
    return bytes(typst.compile(TEMPLATE, sys_inputs=data, timestamp=at.replace(microsecond=0), **options))


def _data(certificate: Certificate, language: str, at: datetime) -> dict[str, Any]:
    standing = standing_of(certificate, at)
    name, certification = certificate.mentor.user.get_full_name(), str(certificate.type)
    return {
        "language": language,
        "title": _("Certificate: %(name)s") % {"name": certification},
        "organization": certificate.organization.name,
        "heading": _("Certificate"),
        "introduction": _("This certifies that"),
        "name": name,
        "achievement": _("has passed"),
        "certification": certification,
        "is_good": standing.is_good,
        "standing": sentence_of(certificate, standing),
        "facts": _facts(certificate),
        "check": _("Whether it is valid today is shown here. Scan the code, or open the address:"),
        "address": check_url(certificate),
        "qr": qr_svg(certificate).decode(),
        "qr_alt": _("QR code with the address %(address)s") % {"address": check_url(certificate)},
        "made": _("This page shows how the certificate stood on %(day)s.")
        % {"day": in_words(local_date(at, certificate.organization.time_zone))},
    }


def _facts(certificate: Certificate) -> list[tuple[str, str]]:
    facts = [(_("Number"), certificate.number), (_("Issued on"), in_words(certificate.issued_on))]
    if certificate.expires_on:
        facts.append((_("Expires on"), in_words(certificate.expires_on)))
    return [*facts, (_("Check code"), in_groups(certificate.check_code))]
