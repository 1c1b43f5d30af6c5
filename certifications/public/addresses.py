"""Where a certificate can be checked, as an address and as a QR code."""

from __future__ import annotations

from io import BytesIO

import segno
from django.conf import settings
from django.urls import reverse

from certifications.models import Certificate
from certifications.numbers import in_groups


def check_url(certificate: Certificate) -> str:
    """The whole address of the certificate's public page."""
    return f"{settings.SITE_URL}{reverse('certificate-check', args=[in_groups(certificate.check_code)])}"


def qr_svg(certificate: Certificate) -> bytes:
    """A QR code of the address as SVG: dark on white whatever the page around it, with the margin that readers need."""
    made = BytesIO()
    segno.make(check_url(certificate), error="m", micro=False).save(
        made, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False, omitsize=False
    )
    return made.getvalue()
