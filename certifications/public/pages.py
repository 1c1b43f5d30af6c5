"""What pages for everybody share: the language, the limit per address, and that nobody keeps or finds them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from accounts.enums import Language
from certifications.public.limits import seconds_to_wait

View = Callable[..., HttpResponse]

OWN_NAMES = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English"}


def public_page(view: View) -> View:
    """A page for everybody: in the language asked for, limited per address, found by no search engine, never stored."""

    @require_safe
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with translation.override(language_of(request)):
            wait = seconds_to_wait(request)
            response = _too_often(request, wait) if wait else view(request, *args, **kwargs)
            response["Content-Language"] = translation.get_language()
        response["X-Robots-Tag"] = "noindex, nofollow"
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return shown


def language_of(request: HttpRequest) -> str:
    """The one that the address names, else the one that the browser asks for."""
    asked = request.GET.get("language", "")
    return asked if asked in Language.values else translation.get_language() or Language.BOKMAL


def chosen_language(request: HttpRequest) -> str:
    """The one that the address names, for links to keep; empty when it names none."""
    asked = request.GET.get("language", "")
    return asked if asked in Language.values else ""


def in_each_language(request: HttpRequest, **query: str) -> list[dict[str, Any]]:
    """The switch: this page in each language, with what else stands in its query."""
    return [
        {
            "code": language,
            "name": OWN_NAMES[language],
            "address": f"{request.path}?{urlencode({**query, 'language': language})}",
            "is_current": language == translation.get_language(),
        }
        for language in OWN_NAMES
    ]


def _too_often(request: HttpRequest, wait: int) -> HttpResponse:
    facts = {"wait": wait, "languages": in_each_language(request)}
    response = render(request, "certifications/public/too_often.html", facts, status=429)
    response["Retry-After"] = str(wait)
    return response
