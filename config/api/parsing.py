"""Reading JSON: UTF-8, of a sane size and depth, each key once, and numbers that a column can hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser

from accounts.base.bodies import TooLarge, check_charset

MAX_DEPTH = 20
MAX_DIGITS = 18


class StrictJSONParser(BaseParser):
    """DRF's parser for `application/json`; see `read_json` for what it refuses."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        check_charset((parser_context or {}).get("request") and parser_context["request"].content_type)
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        return read_json(body)


def read_json(body: bytes) -> Any:
    """The value that `body` says; `TooLarge` or `ParseError` (400) when it is out of bounds or not JSON."""
    if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise TooLarge
    try:
        text = body.decode("utf-8")
        _check_depth(text)
        return json.loads(
            text, object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_integer, parse_float=_number
        )
    except (ValueError, RecursionError) as error:
        raise ParseError(_("This is not JSON as we understand it.")) from error


def _check_depth(text: str) -> None:
    """Count brackets outside strings before anything recursive sees them."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth, inside, skip = 0, False, False
    for character in text:
        if skip:
            skip = False
        elif inside:
            skip, inside = character == "\\", character != '"'
        elif character == '"':
            inside = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ParseError(_("The input is nested too deeply."))
        elif character in "]}":
            depth -= 1


def _once(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError(_("A name stands twice in the same object."))
    return found


def _no_constant(name: str) -> Any:
    raise ParseError(_("Not a number: %(name)s.") % {"name": name})


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise ParseError(_("A number is too large."))
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ParseError(_("A number is too large."))
    return number


class AlwaysJSON(BaseContentNegotiation):
    """Whatever a client says it accepts, it gets the first thing we speak: answers, errors above all, are one shape."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
