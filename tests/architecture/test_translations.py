"""What people read is said in Bokmål and in Nynorsk, and the compiled catalogues are those of the sources."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
ROOMS = [
    "accounts",
    "achievements",
    "certifications",
    "config",
    "mentoring",
    "notifications",
    "operations",
    "templates",
]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
ALIAS = re.compile(r"\bn?p?gettext(?:_lazy)? as (?P<name>\w+)")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{\w*\}")
BOKMAL = re.compile(
    r"\b(ikke|jeg|hva|hvem|hvor|hvorfor|hvordan|hvis|noen|noe|fra|bare|påminnelse\w*|brukere\w*)\b", re.I
)

both_languages = pytest.mark.parametrize("language", ["nb", "nn"])


def catalogue(language, suffix="po"):
    """The messages of a catalogue by context and msgid; with plural, both of them are a pair."""
    path = ROOT / "locale" / language / "LC_MESSAGES" / f"django.{suffix}"
    with path.open("rb") as file:
        messages = read_po(file, locale=language) if suffix == "po" else read_mo(file)
    return {(_text(message.context), _hashable(message.id)): message for message in messages if message.id}


def _text(context):
    """A compiled catalogue gives contexts as bytes."""
    return context.decode() if isinstance(context, bytes) else context


def _hashable(message):
    """A compiled catalogue gives plurals as lists."""
    return tuple(message) if isinstance(message, list) else message


def texts(value):
    return value if isinstance(value, tuple | list) else (value,)


def said(path):
    """The messages of one module or template, found as `makemessages` finds them, without needing gettext."""
    source = path.read_text(encoding="utf-8")
    keywords = dict(KEYWORDS)
    if path.suffix == ".py":
        keywords |= dict.fromkeys(ALIAS.findall(source))
    else:
        source = "\n".join(line.strip() for line in templatize(source).split("\n"))
    found = extract("python", BytesIO(source.encode()), keywords=keywords)
    return {(context, message) for _line, message, _comments, context in found}


def sources():
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts:
                yield path


@both_languages
def test_every_message_is_translated(language):
    for (_context, message), entry in catalogue(language).items():
        assert all(texts(entry.string)), message
        assert len(texts(entry.string)) == len(texts(message)), message
        assert not entry.fuzzy, message


@both_languages
def test_translations_name_the_same_values_as_their_messages(language):
    for (_context, message), entry in catalogue(language).items():
        for original, translation in zip(texts(message), texts(entry.string), strict=True):
            assert sorted(PLACEHOLDER.findall(translation)) == sorted(PLACEHOLDER.findall(original)), message


@both_languages
def test_line_breaks_at_the_ends_are_kept(language):
    for (_context, message), entry in catalogue(language).items():
        for original, translation in zip(texts(message), texts(entry.string), strict=True):
            assert translation.startswith("\n") == original.startswith("\n"), message
            assert translation.endswith("\n") == original.endswith("\n"), message


@both_languages
def test_the_compiled_catalogue_is_that_of_the_source(language):
    written = {key: tuple(texts(entry.string)) for key, entry in catalogue(language).items()}
    compiled = {key: tuple(texts(entry.string)) for key, entry in catalogue(language, "mo").items()}
    assert compiled == written


@both_languages
def test_no_message_of_the_code_is_missing(language):
    known = catalogue(language)
    known_singulars = {(context, texts(message)[0]) for context, message in known}
    missing = {
        f"{path.relative_to(ROOT)}: {message}"
        for path in sources()
        for context, message in said(path)
        if (context, message) not in known
        # gettext keeps a message once, with its plural, when it is said with and without one.
        and (isinstance(message, tuple) or (context, message) not in known_singulars)
    }
    assert sorted(missing) == []


def test_nynorsk_is_not_bokmal():
    slips = {
        translation: found.group()
        for entry in catalogue("nn").values()
        for translation in texts(entry.string)
        if (found := BOKMAL.search(translation))
    }
    assert slips == {}
