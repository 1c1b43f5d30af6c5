"""What may stand in a text that came from outside."""

import unicodedata
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal

_LINES = "\t\n\r"


class BadText(Refusal):
    code = "invalid_characters"
    sentence = _("This text holds characters that cannot be stored.")


def clean_text(text: str, *, lines: bool = True) -> str:
    """`text` in NFC, or `BadText` when it holds NUL, other control characters or half of a surrogate pair.

    Tabs and line breaks are let through when `lines` is true.
    """
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs" or (category == "Cc" and not (lines and character in _LINES)):
            raise BadText
    return unicodedata.normalize("NFC", text)


def clean_value(value: Any, *, lines: bool = True) -> Any:
    """`value` with every text in it cleaned, however deep in lists and objects."""
    if isinstance(value, str):
        return clean_text(value, lines=lines)
    if isinstance(value, list):
        return [clean_value(each, lines=lines) for each in value]
    if isinstance(value, dict):
        return {clean_value(key): clean_value(each, lines=lines) for key, each in value.items()}
    return value


def shown(name: object) -> str:
    """A name from outside, fit to be repeated in an answer: short, and nothing in it that cannot be encoded."""
    return str(name)[:60].encode("utf-8", "replace").decode("utf-8")
