"""The PDF as an answer to a request, the same for the app and for a browser."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from certifications.documents.certificate import certificate_pdf
from certifications.enums import CertificateStatus
from certifications.models import Certificate


class CertificateRevoked(Refusal):
    code = "certificate_revoked"
    sentence = _("A certificate that was revoked is not handed out any more.")
    status = 409


def certificate_file(certificate: Certificate, language: str, at: datetime) -> HttpResponse:
    """The certificate as a file to open or keep; refuses one that was revoked. Its name says nothing about anybody."""
    if certificate.status == CertificateStatus.REVOKED:
        raise CertificateRevoked
    made = HttpResponse(certificate_pdf(certificate, language, at), content_type="application/pdf")
    made["Content-Disposition"] = f'inline; filename="certificate-{language}.pdf"'
    made["Content-Language"] = language
    add_never_cache_headers(made)
    return made
