"""What a request carries: UTF-8, of a sane size, and where a view says so a form with files."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import MultiPartParser

UTF8 = frozenset({"", "utf-8", "utf8"})


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = gettext_lazy("The request is too large.")


def check_charset(content_type: str | None) -> None:
    """Refuse a body that says it is anything but UTF-8."""
    for parameter in (content_type or "").lower().split(";")[1:]:
        name, __, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(" \"'") not in UTF8:
            raise UnsupportedMediaType(content_type or "", _("Only UTF-8 is understood."))


class StrictFormParser(MultiPartParser):
    """DRF's parser for `multipart/form-data`. How large a body may be at all is asked before (`SaneRequests`)."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        check_charset((parser_context or {}).get("request") and parser_context["request"].content_type)
        try:
            return super().parse(stream, media_type, parser_context)
        except RequestDataTooBig as error:
            raise TooLarge from error
        except ParseError as error:
            raise ParseError(_("This is not a form as we understand it.")) from error
