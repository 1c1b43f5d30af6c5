"""What the cells of an export mean: dates, times, lengths, phone numbers. Plain values, no database, no clock."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from mentoring.roster.reading import fold

LONGEST_MINUTES = 1440


class BadValue(Exception):
    """A cell that cannot be understood; `code` for programs, the text for a person."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


class DayOrder(StrEnum):
    """How dates with slashes are meant. With points the day always comes first, with the year in front it is ISO."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


@dataclass(frozen=True)
class DayAndTime:
    """A date, and the time of day if the cell had one too."""

    day: date
    clock: time | None = None


def clean(value: str) -> str:
    """A cell without what nobody sees: blanks at the ends, doubled ones inside, letters in two pieces."""
    text = unicodedata.normalize("NFC", value).replace("\u00a0", " ").strip()
    return re.sub(r"[ \t]+", " ", text)


def check_characters(value: str) -> None:
    """Refuse what no database keeps and no person typed."""
    if "\ufffd" in value:
        raise BadValue("unreadable_character", _("There is a letter that cannot be read; check the file's encoding."))
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\r\n\t" for letter in value):
        raise BadValue("forbidden_character", _("There is a control character that is no text."))


def check_length(value: str, most: int) -> str:
    """Refuse a text that is longer than its field."""
    if len(value) > most:
        raise BadValue("too_long", _("The text is longer than %(most)d characters.") % {"most": most})
    return value


def one_line(value: str) -> str:
    """A name without line breaks."""
    return " ".join(value.split())


_DATE = re.compile(
    r"""(?:(?P<y>\d{4})(?P<s1>[-./])(?P<m>\d{1,2})(?P=s1)(?P<d>\d{1,2})
        | (?P<a>\d{1,2})(?P<s2>[-./])(?P<b>\d{1,2})(?P=s2)(?P<year>\d{4}|\d{2})
        | (?P<compact>\d{8}))
        (?:[T ]+(?P<clock>[\d.:]+)(?:Z|[+-]\d\d:?\d\d)?)?""",
    re.VERBOSE,
)


def day_order(values: Iterable[str]) -> DayOrder:
    """How the slashed dates of a column are meant, told by those that can be read only one way."""
    for value in values:
        match = _DATE.fullmatch(value.strip())
        if match and match["s2"] == "/":
            if int(match["a"]) > 12:
                return DayOrder.DAY_FIRST
            if int(match["b"]) > 12:
                return DayOrder.MONTH_FIRST
    return DayOrder.DAY_FIRST


def parse_day(value: str, order: DayOrder = DayOrder.DAY_FIRST) -> DayAndTime:
    """31.12.2025, 31.12.25, 31/12/2025, 2025-12-31, 20251231; with a time behind it, that too."""
    match = _DATE.fullmatch(value)
    if match is None:
        raise _no_date(value)
    if match["compact"]:
        year, month, day = match["compact"][:4], match["compact"][4:6], match["compact"][6:]
    elif match["y"]:
        year, month, day = match["y"], match["m"], match["d"]
    else:
        year, day, month = match["year"], match["a"], match["b"]
        if match["s2"] == "/" and order == DayOrder.MONTH_FIRST:
            day, month = month, day
    try:
        found = date(_full_year(year), int(month), int(day))
    except ValueError:
        raise _no_date(value) from None
    return DayAndTime(found, parse_clock(match["clock"]) if match["clock"] else None)


def _full_year(year: str) -> int:
    if len(year) == 4:
        return int(year)
    return int(year) + (2000 if int(year) < 70 else 1900)


def _no_date(value: str) -> BadValue:
    return BadValue("no_such_date", _("“%(value)s” is not a date.") % {"value": shown(value)})


def parse_clock(value: str) -> time:
    """18:30, 18.30, 1830, 8:15, 18:30:00, "kl. 18"."""
    text = re.sub(r"^kl\.?\s*", "", value.casefold())
    match = re.fullmatch(r"(\d{1,2})(?:[:.]?(\d{2}))?(?:[:.](\d{2})(?:\.\d+)?)?", text)
    try:
        if match is None:
            raise ValueError
        return time(int(match[1]), int(match[2] or 0))
    except ValueError:
        message = _("“%(value)s” is not a time of day.") % {"value": shown(value)}
        raise BadValue("no_such_time", message) from None


_SPELLED = re.compile(
    r"""(?:(?P<hours>\d{1,4}(?:[.,]\d{1,4})?)\s*(?:timer|timar|time|t|hours|hour|hrs|hr|h)\.?)?
        \s*(?:og\s+)?
        (?:(?P<minutes>\d{1,5})\s*(?:minutter|minutt|minutes|minute|mins|min|m)\.?)?""",
    re.VERBOSE,
)


def parse_minutes(value: str) -> int:
    """Minutes (1 to 1440) of `1,5 t`, `1 t 30 min`, `90 min`, `90`, `0:45`, `2:00`; halves are rounded up."""
    text = value.casefold()
    minutes: float | None = None
    if re.fullmatch(r"\d{1,5}", text):
        minutes = int(text)
    elif match := re.fullmatch(r"(\d{1,2}):(\d{2})(?::00)?", text):
        minutes = int(match[1]) * 60 + int(match[2]) if int(match[2]) < 60 else None
    elif (match := _SPELLED.fullmatch(text)) and text:
        minutes = float((match["hours"] or "0").replace(",", ".")) * 60 + int(match["minutes"] or 0)
    if minutes is None or not 1 <= minutes <= LONGEST_MINUTES:
        message = _("“%(value)s” is not a length between 1 minute and 24 hours.") % {"value": shown(value)}
        raise BadValue("bad_duration", message)
    return int(minutes + 0.5)


def parse_phone(value: str, country: str = "47") -> str:
    """A phone number with its country (`+4791780534`), from whatever blanks and signs it was written with."""
    text = re.sub(r"[\s\-()./]", "", value)
    text = re.sub(r"^00", "+", text)
    if re.fullmatch(r"\d{5,8}", text):  # Norwegian numbers have eight digits, some services five
        text = f"+{country}{text}" if len(text) == 8 else text
    elif re.fullmatch(country + r"\d{8}", text):
        text = f"+{text}"
    if not re.fullmatch(r"\+?\d{5,15}", text):
        raise BadValue("bad_phone", _("“%(value)s” is not a phone number.") % {"value": shown(value)})
    return text


def parse_email(value: str) -> str:
    """A lower-case address."""
    text = value.casefold() if value.isascii() else value.lower()
    try:
        validate_email(text)
        return check_length(text, 254)
    except ValidationError:
        raise BadValue("bad_email", _("“%(value)s” is not an e-mail address.") % {"value": shown(value)}) from None


_YES = {"ja", "j", "yes", "y", "x", "1", "true", "sann", "sant"}
_NO = {"nei", "n", "no", "0", "false", "usann", "usant"}


def parse_yes(value: str) -> bool:
    """Ja or nei."""
    word = fold(value)
    if word not in _YES | _NO:
        raise BadValue("not_yes_or_no", _("“%(value)s” is neither yes nor no.") % {"value": shown(value)})
    return word in _YES


_LANGUAGES = {
    "nb": {"nb", "no", "nor", "nbno", "bokmal", "norsk", "norskbokmal", "norwegian"},
    "nn": {"nn", "nnno", "nynorsk", "norsknynorsk"},
    "en": {"en", "eng", "engelsk", "english", "enus", "engb"},
}


def parse_language(value: str) -> str:
    """nb, nn or en."""
    word = fold(value)
    for language, names in _LANGUAGES.items():
        if word in names:
            return language
    raise BadValue("unknown_language", _("The language “%(value)s” is not one of ours.") % {"value": shown(value)})


def shown(value: str) -> str:
    """A cell as it may stand in a sentence: short, on one line."""
    text = "".join(letter if letter.isprintable() else "·" for letter in one_line(value))
    return text if len(text) <= 40 else f"{text[:39]}…"
