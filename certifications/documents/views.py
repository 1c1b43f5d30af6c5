"""The PDF for a browser that is signed in."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.base.pages import person, signed_in
from accounts.enums import Language, Module
from accounts.models import User
from accounts.services.modules import organizations_with
from certifications.documents.answers import CertificateRevoked, certificate_file
from certifications.models import Certificate


@require_safe
@signed_in
def certificate_document(request: HttpRequest, pk: UUID) -> HttpResponse:
    """`/certificates/<id>/pdf`: for those who may see the certificate; `?language=` is theirs unless they say."""
    user = person(request)
    certificate = _certificate(user, pk)
    asked = request.GET.get("language", "")
    try:
        return certificate_file(certificate, asked if asked in Language.values else user.language, timezone.now())
    except CertificateRevoked as refusal:
        return render(request, "certifications/public/refused.html", {"sentence": refusal.sentence}, status=409)


def _certificate(user: User, pk: UUID) -> Certificate:
    organizations = organizations_with(module=Module.CERTIFICATION, user=user)
    rows = Certificate.objects.with_people().filter(organization_id__in=organizations)
    found: Certificate | None = rows.visible_to(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
