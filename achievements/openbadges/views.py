"""The public addresses of badges: the page that says how one stands, and the documents that credentials refer to.

No log-in and no script. The page and what is looked up in the database are limited per address.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from achievements import pictures
from achievements.openbadges import checking, credential
from achievements.openbadges.keys import keys
from certifications.public.limits import seconds_to_wait
from certifications.public.pages import in_each_language, public_page

View = Callable[..., HttpResponse]

#: Seconds that others may keep what hardly ever changes.
KEPT = 3600
_JSON = ("application/json", "application/ld+json", "application/vc", "application/vc+ld+json")
_LINKED = "application/ld+json"


def document(view: View) -> View:
    """A document for programs, from wherever their page is; limited per address, found by no search engine."""

    @require_safe
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wait = seconds_to_wait(request)
        response = _too_often(wait) if wait else view(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["X-Robots-Tag"] = "noindex, nofollow"
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, no_store=True)
        return response

    return shown


# --- How a badge stands


@public_page
def badge_check(request: HttpRequest, code: UUID) -> HttpResponse:
    """`/b/<code>/`: how the badge stands now; the same as JSON for whoever asks for that."""
    as_json = request.accepts("text/html") is False and any(request.accepts(each) for each in _JSON)
    response = badge_json(request, code) if as_json else _page(request, code)
    patch_vary_headers(response, ["Accept", "Accept-Language"])
    return response


@public_page
def unknown_badge(request: HttpRequest, code: str) -> HttpResponse:
    """What is no code gets the same answer as a code that is nobody's."""
    return _unknown(request)


@public_page
def badge_document(request: HttpRequest, code: UUID) -> HttpResponse:
    """`/b/<code>.json`."""
    return badge_json(request, code)


def badge_json(request: HttpRequest, code: UUID) -> HttpResponse:
    checked = checking.check(code)
    response = JsonResponse(checked.document(timezone.now())) if checked else _not_found()
    response["Access-Control-Allow-Origin"] = "*"
    return response


@document
def badge_status(request: HttpRequest, code: UUID) -> HttpResponse:
    """`/b/<code>/status`: what `credentialStatus` refers to."""
    earned = checking.find(code)
    return _linked(credential.status_of(earned)) if earned else _not_found()


# --- What credentials refer to


@document
def badge_issuer(request: HttpRequest, organization: UUID) -> HttpResponse:
    found = checking.issuer(organization)
    return _kept(_linked(credential.issuer_of(found))) if found else _not_found()


@document
def badge_achievement(request: HttpRequest, organization: UUID, definition: UUID) -> HttpResponse:
    found = checking.achievement(organization, definition)
    return _kept(_linked(credential.achievement_of(*found))) if found else _not_found()


@document
def badge_image(request: HttpRequest, icon: str) -> HttpResponse:
    """An icon under an address that stays, whatever the static files are called."""
    drawn = pictures.drawing(icon)
    return _kept(HttpResponse(drawn, content_type="image/svg+xml")) if drawn else _not_found()


@document
def badge_keys(request: HttpRequest) -> HttpResponse:
    """The public keys as a JWKS: the one that signs, and those that did before."""
    return _kept(JsonResponse({"keys": [key.public for key in keys()]}))


@document
def badge_key(request: HttpRequest, thumbprint: str) -> HttpResponse:
    """One public key as a JWK, under the id that credentials call it by."""
    found = next((key for key in keys() if key.thumbprint == thumbprint), None)
    return _kept(JsonResponse(found.public)) if found else _not_found()


def _page(request: HttpRequest, code: UUID) -> HttpResponse:
    checked = checking.check(code)
    if checked is None:
        return _unknown(request)
    image = pictures.address(checked.earned.definition.icon)
    facts = {"checked": checked, "code": code, "image": image, "languages": in_each_language(request)}
    return render(request, "achievements/badges/check.html", facts)


def _unknown(request: HttpRequest) -> HttpResponse:
    facts = {"languages": in_each_language(request)}
    return render(request, "achievements/badges/unknown.html", facts, status=404)


def _linked(body: dict[str, Any]) -> HttpResponse:
    return JsonResponse(body, content_type=_LINKED)


def _kept(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, public=True, max_age=KEPT)
    return response


def _not_found() -> HttpResponse:
    return _problem(404, "not_found", _("There is no such row."))


def _too_often(wait: int) -> HttpResponse:
    response = _problem(429, "throttled", _("Please wait a moment"))
    response["Retry-After"] = str(wait)
    return response


def _problem(status: int, code: str, detail: str) -> HttpResponse:
    return JsonResponse({"code": code, "detail": detail, "errors": {}}, status=status)
