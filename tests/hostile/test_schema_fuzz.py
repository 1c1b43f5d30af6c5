"""The OpenAPI document against the API: whatever it allows and whatever it forbids is answered as it says.

Every operation of the document is asked by an administrator, by a mentor and by nobody, about rows that are there and
about ids that are nobody's. No answer may be an error of ours, have a status or a content type that the document does
not know, or a body of another shape; and what the document forbids is refused. The examples are the same in every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from config.wsgi import application
from tests.conftest import session_token
from tests.hostile.conftest import BY_NAME, path_values, sample_body
from tests.hostile.routes import Operation, document, operations

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
#: Who asks, and how many questions at each operation: the more operations, the fewer, so that the file takes a minute.
EXAMPLES = {
    "administrator": max(6, 900 // len(operations())),
    "mentor": max(4, 480 // len(operations())),
    "nobody": 3,
}


@pytest.fixture
def headers(org_admin, mentor) -> dict[str, dict[str, str]]:
    """What each caller sends."""
    users = {"administrator": org_admin, "mentor": mentor.user}
    return {"nobody": {}} | {name: {"X-Session-Token": session_token(user)} for name, user in users.items()}


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """A request ends with closing its database connection, in which the test's transaction is still open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@cache
def documented() -> Any:
    schema = schemathesis.openapi.from_dict(document())
    schema.app = application
    return schema


def questions(operation: Operation, ids: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Requests that the document allows, with ids of nobody and with ids that are there, and ones that it forbids."""
    described = documented()[operation.path][operation.method.upper()]
    known = {name: str(value) for name, value in path_values(operation, ids).items()}
    good = sample_body(operation, ids)
    ways = [
        described.as_strategy(),
        described.as_strategy(path_parameters=known).map(lambda case: _at_home(case, ids)),
        described.as_strategy(path_parameters=known).map(lambda case: _nearly(case, good)),
    ]
    if operation.body or operation.query:
        ways.append(described.as_strategy(GenerationMode.NEGATIVE, path_parameters=known))
    return st.one_of(ways)


def _at_home(case: Any, ids: dict[str, Any]) -> Any:
    """With the ids of rows that are there."""
    for values in (case.body, case.query):
        if isinstance(values, dict):
            for name in values.keys() & BY_NAME.keys():
                key = str(ids[BY_NAME[name]])
                values[name] = [key] if isinstance(values[name], list) else key
    return case


def _nearly(case: Any, good: dict[str, Any]) -> Any:
    """A good body with one value of the made-up one, so that it gets as far as the verb."""
    if isinstance(case.body, dict):
        made_up = [(name, value) for name, value in case.body.items() if name not in BY_NAME]
        case.body = good | dict(made_up[-1:])
    return case


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_every_answer_is_one_that_the_document_knows(operation, headers, north, south):
    asked = questions(operation, north.ids)
    for caller, examples in EXAMPLES.items():
        _ask(asked, examples, headers[caller])


def _ask(asked: st.SearchStrategy[Any], examples: int, headers: dict[str, str]) -> None:
    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(asked)
    def ask(case: Any) -> None:
        with transaction.atomic():
            answer = case.call(headers=headers)
            transaction.set_rollback(True)  # the next question finds the same rows
        case.validate_response(answer, CHECKS)

    ask()
