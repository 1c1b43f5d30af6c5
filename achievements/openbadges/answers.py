"""A credential as an answer to a request, the same for the app and for the desk."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers

from achievements.models import EarnedBadge
from achievements.openbadges.credential import credential_of, signed


def open_badge_file(earned: EarnedBadge, *, as_jwt: bool) -> HttpResponse:
    """The credential as a file to open or keep. Its name says nothing about anybody."""
    if as_jwt:
        made = HttpResponse(signed(earned), content_type="application/vc+jwt")
    else:
        made = JsonResponse(credential_of(earned), content_type="application/ld+json")
    ending = "jwt" if as_jwt else "json"
    made["Content-Disposition"] = f'attachment; filename="{earned.definition.slug}.{ending}"'
    add_never_cache_headers(made)
    return made
