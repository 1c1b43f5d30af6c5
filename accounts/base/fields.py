"""Fields of the API that are stricter than DRF's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class MomentField(serializers.DateTimeField):
    """A moment with its offset (`2026-03-11T12:00:00+01:00`, or `Z`) between the years 1900 and 2200.

    Without an offset one hour a year would mean two moments and another one none, so it is refused.
    """

    default_error_messages = {
        "offset_required": _("Say the moment with its offset from UTC, as in 2026-03-11T12:00:00+01:00."),
        "out_of_range": _("This moment is out of range."),
    }

    def to_internal_value(self, value: Any) -> datetime:
        if isinstance(value, str) and len(value) <= 40:
            self._check(value)
        return super().to_internal_value(value)

    def _check(self, value: str) -> None:
        try:
            moment = parse_datetime(value)
        except ValueError:
            return  # DRF says what is wrong with it
        if moment is None:
            return
        if moment.tzinfo is None:
            self.fail("offset_required")
        if not 1900 <= moment.year < 2200:
            self.fail("out_of_range")


@extend_schema_field({"type": "string", "pattern": r"^\d\d:\d\d:\d\d$", "example": "21:00:00"})
class ClockTimeField(serializers.TimeField):
    """A time by the clocks of wherever it is read; OpenAPI's own `time` would be one with an offset."""
