"""Which time zones there are."""

from functools import cache
from zoneinfo import available_timezones


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Is `name` an IANA time zone, in its exact spelling?"""
    return name in _names()
