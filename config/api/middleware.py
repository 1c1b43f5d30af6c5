"""What is refused before anything looks at it, for the API, the admin and every other address alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException

from accounts.base.bodies import check_charset
from config.api.errors import is_api, reply
from config.api.parsing import read_json

Handler = Callable[[HttpRequest], HttpResponse]
NUL = "\0"


class SaneRequests:
    """Refuses NUL (PostgreSQL stores none, so it would be an error deep inside) and oversized or hostile JSON.

    API addresses are canonical without a slash at the end; one is tolerated, without a redirect that would lose a
    body.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL in request.path_info or NUL in unquote(request.META.get("QUERY_STRING", "")):
            return self._refuse(request)
        if request.path_info.startswith("/api/v1/"):
            request.path_info = request.path_info.rstrip("/")
            if self._length(request) > self._most(request):
                return reply(413, "too_large", _("The request is too large."))
        elif request.content_type == "application/json":
            return self._checked_json(request) or self.get_response(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponse | None:
        if request.method != "POST" or is_api(request) or request.content_type == "application/json":
            return None
        if any(NUL in name or any(NUL in value for value in values) for name, values in request.POST.lists()):
            return self._refuse(request)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A value that the database cannot make sense of came with the request: theirs to mend, not a defect."""
        return self._refuse(request) if isinstance(exception, DataError) else None

    @staticmethod
    def _refuse(request: HttpRequest) -> HttpResponse:
        sentence = _("The request holds characters that cannot be stored.")
        if is_api(request):
            return reply(400, "invalid_characters", sentence)
        return HttpResponseBadRequest(sentence, content_type="text/plain; charset=utf-8")

    @staticmethod
    def _checked_json(request: HttpRequest) -> HttpResponse | None:
        """For JSON that is read by others (the log-in): the same bounds as in the API."""
        if SaneRequests._length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return reply(413, "too_large", _("The request is too large."))
        try:
            check_charset(request.META.get("CONTENT_TYPE"))
            if request.body and _holds_bad_text(read_json(request.body)):
                return SaneRequests._refuse_json()
        except APIException as error:
            return reply(error.status_code, str(error.default_code), str(error.detail))
        return None

    @staticmethod
    def _refuse_json() -> HttpResponse:
        return reply(400, "invalid_characters", _("The request holds characters that cannot be stored."))

    @staticmethod
    def _most(request: HttpRequest) -> int:
        """A form may bring one file of the largest kind; addresses that take no files read nothing of it."""
        files = max(settings.MAX_UPLOAD_MEGABYTES.values()) * 1024 * 1024
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE + (files if request.content_type == "multipart/form-data" else 0)

    @staticmethod
    def _length(request: HttpRequest) -> int:
        text = request.META.get("CONTENT_LENGTH") or "0"
        return int(text) if text.isdigit() and len(text) < 16 else 0


def _holds_bad_text(value: Any) -> bool:
    """NUL or half a surrogate pair, in any text however deep; `read_json` has bounded the depth."""
    if isinstance(value, str):
        return NUL in value or any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, dict):
        return any(_holds_bad_text(each) for pair in value.items() for each in pair)
    return isinstance(value, list) and any(_holds_bad_text(each) for each in value)
