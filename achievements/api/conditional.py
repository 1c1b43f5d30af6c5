"""Conditional GET of summaries: 304 for whoever has the latest version already.

The tag is made of what the answer shows, so the answer itself need not be made: with `words_changed_at` on the row
(`achievements.words`) nothing but the row is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import http_date, quote_etag
from django.utils.translation import get_language
from rest_framework.request import Request
from rest_framework.response import Response

#: Raised when the answer to an unchanged row looks different from now on.
SHAPE = 1

#: `Last-Modified` knows no fractions of a second: a row that may still change within its second does not carry it.
SETTLED = timedelta(minutes=1)

#: What the answer depends on beside the address: who asks, and in which language they are answered.
VARY = ("Accept-Language", "Authorization", "Cookie", "X-Session-Token")


def unless_unchanged(request: Request, summary: Any, at: datetime, make: Callable[[], Any]) -> Any:
    """What `make` gives, or 304 without asking it."""
    etag, changed_at = etag_of(summary), changed_at_of(summary)
    modified = int(changed_at.timestamp()) if at - changed_at >= SETTLED else None
    answer = get_conditional_response(request._request, etag=etag, last_modified=modified) or Response(make())
    answer["ETag"] = etag
    if modified is not None:
        answer["Last-Modified"] = http_date(modified)
    # A person's own device may keep it, and asks each time.
    patch_cache_control(answer, private=True, no_cache=True)
    patch_vary_headers(answer, VARY)
    return answer


def etag_of(summary: Any) -> str:
    """A strong tag: two answers with the same one are the same, byte for byte."""
    seen = (
        SHAPE,
        get_language(),
        summary.pk,
        summary.requested_version,
        summary.done_version,
        summary.generation_status,
        summary.generated_at,
        summary.viewed_at,
        summary.as_of,
        summary.updated_at,
        summary.user.get_full_name(),
        summary.words_changed_at,
    )
    return quote_etag(hashlib.sha256(repr(seen).encode()).hexdigest()[:32])


def changed_at_of(summary: Any) -> datetime:
    """When anything that the answer shows was last changed."""
    moments = (
        summary.updated_at,
        summary.generated_at,
        summary.viewed_at,
        summary.claimed_at,
        summary.user.updated_at,
        summary.words_changed_at,
    )
    return max(moment for moment in moments if moment is not None)
