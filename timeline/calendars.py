"""Public holidays by country, as the library `holidays` has them."""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

DEFAULT_COUNTRY = "NO"


@cache
def countries() -> frozenset[str]:
    """The two letters (ISO 3166) of every country whose holidays are known."""
    return frozenset(holidays.list_supported_countries(include_aliases=False))


@cache
def _of_year(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))


class PublicHolidays:
    """The public holidays of a country, of whatever year is asked for."""

    def __init__(self, country: str) -> None:
        self._country = country

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in _of_year(self._country, day.year)


def validate_country(code: str) -> None:
    """Refuse a country whose holidays nobody knows."""
    if code not in countries():
        raise ValidationError(
            _("The holidays of “%(code)s” are not known."), code="unknown_country", params={"code": code}
        )
