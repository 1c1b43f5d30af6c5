"""How often one address may look at check pages: codes cannot be guessed, and this is for those who try."""

from __future__ import annotations

import logging
from math import ceil
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from redis.exceptions import RedisError
from rest_framework.throttling import SimpleRateThrottle

logger = logging.getLogger(__name__)


class PerAddress(SimpleRateThrottle):
    """As many as the API answers to somebody who is not logged in, counted by themselves."""

    scope = "check"

    def get_rate(self) -> str:
        rate: str = settings.API_RATES["anon"]
        return rate

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"throttle_{self.scope}_{self.get_ident(request)}"


def seconds_to_wait(request: HttpRequest) -> int | None:
    """How long this address has to wait, None when it need not. While Redis is away nobody has to."""
    throttle = PerAddress()
    try:
        if throttle.allow_request(request, None):  # type: ignore[arg-type]  # it reads the headers alone
            return None
    except (RedisError, OSError):
        logger.warning("No rate limit: Redis does not answer.")
        return None
    return ceil(throttle.wait() or 1)
