"""How often one person, or one address without a log-in, may call."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from redis.exceptions import RedisError
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle

logger = logging.getLogger(__name__)


class _Open(SimpleRateThrottle):
    """Counts in Redis. While Redis is away nobody is turned away; log-in has its own, closed, limit."""

    def get_rate(self) -> str:
        rate: str = settings.API_RATES[self.scope]
        return rate

    def allow_request(self, request: Any, view: Any) -> bool:
        try:
            return bool(super().allow_request(request, view))
        except (RedisError, OSError):
            logger.warning("No rate limit: Redis does not answer.")
            return True


class PerPerson(_Open, UserRateThrottle):
    scope = "user"


class PerAddress(_Open, AnonRateThrottle):
    scope = "anon"
