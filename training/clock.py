"""A second of a video, as a player shows it and as somebody types it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})|(\d{1,5})", re.ASCII)


def clock(seconds: int | None) -> str:
    """Seconds as a player shows them: 5:20, or 1:05:20."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


class ClockField(forms.Field):
    """A second of a video, typed as the player shows it (5:20) or as a number of seconds."""

    default_error_messages = {"invalid": _("Give minutes and seconds, like 5:20.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": forms.TextInput(attrs={"size": 8, "autocomplete": "off"}), **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return clock(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        text = str(value or "").strip()
        if not text:
            return None
        found = _CLOCK.fullmatch(text)
        if found is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        hours, minutes, rest, seconds = (int(part or 0) for part in found.groups())
        if rest > 59 or (found[1] and minutes > 59):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return hours * 3600 + minutes * 60 + rest + seconds

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(self.prepare_value(initial)) != self.to_python(data)
        except ValidationError:
            return True
