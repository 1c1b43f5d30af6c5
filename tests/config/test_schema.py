"""The OpenAPI document and the page that shows it."""

import re

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from tests.hostile.routes import document, operations

pytestmark = pytest.mark.django_db


@pytest.fixture
def served(client) -> dict:
    answer = client.get("/api/schema/")
    assert answer.status_code == 200
    return answer.json()


def test_the_document_is_openapi_3_1_and_valid(served):
    assert served["openapi"] == "3.1.0"
    validate_schema(served)


def test_making_the_document_warns_of_nothing():
    document.cache_clear()
    GENERATOR_STATS.reset()
    document()
    assert (list(GENERATOR_STATS._warn_cache), list(GENERATOR_STATS._error_cache)) == ([], [])


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_every_operation_says_what_it_does_and_what_may_go_wrong(operation):
    said = document()["paths"][operation.path][operation.method]
    assert {"400", "401", "403", "404", "429"} <= said["responses"].keys()
    assert any(status.startswith("2") for status in said["responses"])
    assert said["tags"] == [operation.path.split("/")[3]]
    assert said["security"]


def test_the_document_has_examples(served):
    assert str(served).count("'examples'") >= 3


def test_the_page_needs_nothing_from_anywhere_else(client):
    page = client.get("/api/docs/")
    assert page.status_code == 200
    policy = page["Content-Security-Policy"]
    assert "script-src" not in policy or "unsafe" not in policy.split("script-src")[1].split(";")[0]
    text = page.content.decode()
    assert re.findall(r'(?:src|href)="(?:https?:)?//', text) == []
    assert re.findall(r"<script>\s*\S", text) == []  # no script in the page itself: the policy would stop it
    assert client.get("/api/docs/", {"script": ""}).status_code == 200
