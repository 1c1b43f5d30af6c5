"""One body for everything that went wrong: `{code, detail, errors: {field: [{code, detail}]}}`.

`code` is for programs, `detail` a sentence for a person, `errors` says which input is to blame (empty when none is).
A refusal's `extra` (ids, never text about people) stands beside them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.base.refusals import Refusal
from accounts.base.text import shown
from accounts.base.walls import refused_by_database

logger = logging.getLogger(__name__)

Errors = dict[str, list[dict[str, str]]]

#: Lock and statement time-outs, deadlocks, serialization failures, a full disk: try again later.
BUSY = frozenset({"40001", "40P01", "55P03", "57014", "53100", "53200", "53300"})


def problem(code: str, detail: str, errors: Errors | None = None, **extra: Any) -> dict[str, Any]:
    """The body of every answer that is not the one hoped for."""
    return {**extra, "code": code, "detail": detail, "errors": errors or {}}


def answer(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: turn `exc` into a problem, or None when it is a defect of ours (then it is a 500)."""
    made = _refused(exc) or _asked_wrongly(exc) or _database_said_no(exc)
    if made is None:
        return None
    set_rollback()
    status, body, headers = made
    return Response(body, status=status, headers=headers)


Made = tuple[int, dict[str, Any], dict[str, str]]


def _refused(exc: Exception) -> Made | None:
    if not isinstance(exc, Refusal):
        return None
    sentence = str(exc.sentence)
    errors = exc.errors or ({exc.field: [{"code": exc.code, "detail": sentence}]} if exc.field else {})
    return exc.status, problem(exc.code, sentence, errors, **exc.extra), {}


def _asked_wrongly(exc: Exception) -> Made | None:
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    elif isinstance(exc, DjangoValidationError):
        exc = exceptions.ValidationError(getattr(exc, "message_dict", None) or exc.messages)
    elif isinstance(exc, SuspiciousOperation | BadRequest):
        exc = exceptions.ParseError()
    if isinstance(exc, exceptions.ValidationError):
        return 400, problem("invalid", _("Some of the input is not right."), dict(_listed(exc.detail))), {}
    if not isinstance(exc, exceptions.APIException):
        return None
    if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        # Always 401, so that a phone knows that it has to log in again; 403 means "not with this account".
        return 401, problem(exc.default_code, str(exc.detail)), {"WWW-Authenticate": "Session"}
    wait = getattr(exc, "wait", None)
    headers = {"Retry-After": str(ceil(wait))} if wait else {}
    return exc.status_code, problem(_code(exc), _sentence(exc)), headers


def _code(exc: exceptions.APIException) -> str:
    codes = exc.get_codes()
    return codes if isinstance(codes, str) else str(exc.default_code)


def _sentence(exc: exceptions.APIException) -> str:
    if isinstance(exc, exceptions.NotFound):
        return str(exc.default_detail)  # never which one, and never whether it is somebody else's
    return str(exc.detail)


def _database_said_no(exc: Exception) -> Made | None:
    """What the last wall caught: two requests at once, or a value that no serializer had thought of."""
    if refusal := refused_by_database(exc):
        return _refused(refusal)
    if isinstance(exc, OperationalError | InterfaceError):
        state = getattr(exc.__cause__, "sqlstate", None)
        if state is None or state in BUSY:
            logger.warning("The database is busy or away: %s", state)
            return 503, problem("unavailable", _("Please try again in a moment.")), {"Retry-After": "2"}
    return None


def _listed(detail: Any, name: str = "") -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Errors by field; rows and nested objects as a path (`rows.3.minutes`), what belongs to none as `""`."""
    if isinstance(detail, Mapping):
        for key, below in detail.items():
            part = "" if key == "non_field_errors" else shown(key)
            yield from _listed(below, ".".join(filter(None, (name, part))))
        return
    rows = detail if isinstance(detail, list) else [detail]
    own = [{"code": getattr(each, "code", "invalid"), "detail": str(each)} for each in rows if isinstance(each, str)]
    if own:
        yield name, own
    for position, each in enumerate(rows):
        if not isinstance(each, str):
            yield from _listed(each, ".".join(filter(None, (name, str(position)))))


# --- Django's own handlers: what happens before or outside a view -----------------------------------------------------


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def reply(status: int, code: str, detail: str, errors: Errors | None = None) -> JsonResponse:
    return JsonResponse(problem(code, detail, errors), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return reply(400, "parse_error", _("The request cannot be understood."))
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return reply(403, "permission_denied", str(exceptions.PermissionDenied.default_detail))
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return reply(404, "not_found", str(exceptions.NotFound.default_detail))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        return reply(500, "server_error", _("Something went wrong on our side. It has been recorded."))
    return defaults.server_error(request)
