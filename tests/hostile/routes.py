"""Every address there is, found by walking the URLconf, and what its document says it takes.

A new endpoint is in all of these tests by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.urls import URLPattern, get_resolver
from drf_spectacular.generators import SchemaGenerator

PARAMETER = re.compile(r"\{(\w+)\}")
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One method of one address; `path` has its parameters in braces."""

    method: str
    path: str
    body: dict[str, Any] | None = field(default=None, compare=False)
    query: tuple[str, ...] = ()
    takes_forms: bool = False

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def parameters(self) -> list[str]:
        return PARAMETER.findall(self.path)

    def url(self, **values: Any) -> str:
        return PARAMETER.sub(lambda found: str(values[found[1]]), self.path)


@cache
def document() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


@cache
def operations() -> tuple[Operation, ...]:
    return tuple(
        Operation(method, path, _body(said), _query(said), _takes_forms(said))
        for path, methods in document()["paths"].items()
        for method, said in methods.items()
    )


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow references, and take the first of several alternatives that is an object."""
    while True:
        if "$ref" in schema:
            schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif "oneOf" in schema or "allOf" in schema:
            schema = (schema.get("oneOf") or schema["allOf"])[0]
        else:
            return schema


def _body(said: dict[str, Any]) -> dict[str, Any] | None:
    content = said.get("requestBody", {}).get("content", {}).get("application/json")
    return resolve(content["schema"]).get("properties", {}) if content else None


def _takes_forms(said: dict[str, Any]) -> bool:
    return "multipart/form-data" in said.get("requestBody", {}).get("content", {})


def _query(said: dict[str, Any]) -> tuple[str, ...]:
    return tuple(each["name"] for each in said.get("parameters", []) if each["in"] == "query")


def api_patterns() -> Iterator[tuple[str, str]]:
    """`(method, path)` of everything below /api/v1/, from the URLconf itself and not from the document."""
    for method, path, __ in api_views():
        yield method, path


def api_views() -> Iterator[tuple[str, str, Any]]:
    """`(method, path, callback)` of everything below /api/v1/."""
    for route, pattern in _walk(get_resolver()):
        if not route.startswith("api/v1/"):
            continue
        view = pattern.callback
        if hasattr(view, "actions"):
            methods = [name for name in view.actions if name in METHODS]  # a view adds `head` when it is first called
        else:
            methods = [name for name in METHODS if hasattr(view.cls, name)]
        for method in methods:
            yield method, _readable(route), view


def _walk(resolver: Any, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            yield route, each
        else:
            yield from _walk(each, route)


def _readable(route: str) -> str:
    """`api/v1/^x/(?P<pk>…)$` and `api/v1/x/<int:pk>` as `/api/v1/x/{}`."""
    route = re.sub(r"<(?:\w+:)?\w+>", "{}", re.sub(r"\(\?P<\w+>(?:[^()]|\([^()]*\))*\)", "{}", route))
    return "/" + route.replace("^", "").replace("$", "")
