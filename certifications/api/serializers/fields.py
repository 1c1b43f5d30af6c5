"""Fields that several bodies share."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class DayField(serializers.DateField):
    """A date between the years 1900 and 2200: beyond them not every day begins at a moment that can be stored."""

    default_error_messages = {"out_of_range": _("This date is out of range.")}

    def to_internal_value(self, value: Any) -> date:
        day = super().to_internal_value(value)
        if not 1900 <= day.year < 2200:
            self.fail("out_of_range")
        return day


class CodeField(serializers.CharField):
    """The code of a certification type."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"max_length": 60, "help_text": "The code of the certification type."} | kwargs))


class LongText(serializers.CharField):
    """A text that may have several lines."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(style={"base_template": "textarea.html"}, **kwargs)
