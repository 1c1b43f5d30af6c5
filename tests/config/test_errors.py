"""One body for everything that went wrong, and what a verb's refusal and the database's become."""

import json

import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError
from django.http import Http404, HttpRequest
from rest_framework import exceptions

from accounts.base.refusals import Refusal
from config.api import errors


class TooMany(Refusal):
    code = "too_many"
    sentence = "There are too many."
    status = 409
    field = "rows"


class Postgres(Exception):
    """What psycopg raises below Django's errors."""

    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate


def caused(error: Exception, sqlstate: str | None) -> Exception:
    error.__cause__ = Postgres(sqlstate)
    return error


def test_a_refusal_names_the_field_and_carries_what_a_program_needs(db):
    answer = errors.answer(TooMany(candidates=[1, 2]), {})
    assert answer.status_code == 409
    assert answer.data == {
        "code": "too_many",
        "detail": "There are too many.",
        "errors": {"rows": [{"code": "too_many", "detail": "There are too many."}]},
        "candidates": [1, 2],
    }


def test_nested_errors_are_listed_by_their_path(db):
    detail = {"rows": [{}, {"minutes": ["No."]}], "non_field_errors": ["Neither."], "who": {"name": ["Short."]}}
    found = errors.answer(exceptions.ValidationError(detail), {}).data["errors"]
    assert found == {
        "rows.1.minutes": [{"code": "invalid", "detail": "No."}],
        "": [{"code": "invalid", "detail": "Neither."}],
        "who.name": [{"code": "invalid", "detail": "Short."}],
    }


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (Http404("secret"), 404, "not_found"),
        (exceptions.NotFound("secret"), 404, "not_found"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.AuthenticationFailed(), 401, "authentication_failed"),
        (exceptions.PermissionDenied(), 403, "permission_denied"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.UnsupportedMediaType("x"), 415, "unsupported_media_type"),
        (exceptions.ParseError(), 400, "parse_error"),
        (exceptions.Throttled(wait=3), 429, "throttled"),
        (DjangoValidationError("no"), 400, "invalid"),
        (caused(IntegrityError(), "23505"), 409, "conflict"),
        (caused(IntegrityError(), "23514"), 400, "invalid"),
        (caused(DataError(), "22003"), 400, "invalid"),
        (caused(DataError(), "22001"), 400, "invalid"),
        (caused(ProgrammingError(), "P0001"), 409, "not_allowed"),
        (caused(OperationalError(), "57014"), 503, "unavailable"),
        (caused(OperationalError(), None), 503, "unavailable"),
    ],
)
def test_every_kind_of_trouble_has_its_status_and_the_one_body(db, raised, status, code):
    answer = errors.answer(raised, {})
    assert (answer.status_code, answer.data["code"]) == (status, code)
    assert answer.data.keys() == {"code", "detail", "errors"}
    assert "secret" not in str(answer.data)


def test_a_defect_of_ours_is_left_to_be_a_500(db):
    assert errors.answer(ZeroDivisionError(), {}) is None
    assert errors.answer(caused(ProgrammingError(), "42601"), {}) is None


@pytest.mark.parametrize(("wait", "header"), [(3, "3"), (0.2, "1")])
def test_who_calls_too_often_is_told_how_long_to_wait(db, wait, header):
    assert errors.answer(exceptions.Throttled(wait=wait), {})["Retry-After"] == header


@pytest.mark.parametrize(
    ("handler", "status", "code"),
    [
        (lambda request: errors.bad_request(request, Exception()), 400, "parse_error"),
        (lambda request: errors.permission_denied(request, Exception()), 403, "permission_denied"),
        (lambda request: errors.not_found(request, Http404()), 404, "not_found"),
        (errors.server_error, 500, "server_error"),
    ],
)
def test_what_happens_outside_a_view_has_the_same_body_below_api_and_a_page_elsewhere(handler, status, code):
    request = HttpRequest()
    request.path = request.path_info = "/api/v1/x"
    answer = handler(request)
    assert (answer.status_code, json.loads(answer.content).keys()) == (status, {"code", "detail", "errors"})
    assert json.loads(answer.content)["code"] == code
    request.path = request.path_info = "/x"
    page = handler(request)
    assert page.status_code == status
    assert page["Content-Type"].startswith("text/html")
