"""The OpenAPI document: how it says what may go wrong, and how it groups."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema

#: What any operation may answer beside what it is for. `problem` makes the body of all of them.
ALWAYS = {
    "400": "The input is not right; `errors` says what.",
    "401": "Not logged in, or not any longer.",
    "403": "Not with this account, or the organisation does not use the module.",
    "404": "There is no such row, or not for you.",
    "405": "Not with this method.",
    "429": "Too many calls; `Retry-After` says how long to wait.",
    "503": "Busy for a moment; `Retry-After` says how long to wait.",
}
WITH_BODY = {
    "409": "It collides with what is there; `code` says how.",
    "413": "The body is larger than 256 KB, or a file than it may be.",
    "415": "Not JSON in UTF-8, nor, where files are taken, a form.",
}

PROBLEM = {
    "type": "object",
    "required": ["code", "detail", "errors"],
    "properties": {
        "code": {"type": "string", "description": "Stable, for programs."},
        "detail": {"type": "string", "description": "A sentence for a person, in their language."},
        "errors": {
            "type": "object",
            "description": "By input field; rows and nested objects as a path (`rows.3.minutes`).",
            "additionalProperties": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["code", "detail"],
                    "properties": {"code": {"type": "string"}, "detail": {"type": "string"}},
                },
            },
        },
    },
    "examples": [
        {
            "code": "invalid",
            "detail": "Some of the input is not right.",
            "errors": {"minutes": [{"code": "max_value", "detail": "At most 1440."}]},
        }
    ],
}


class VardeSchema(AutoSchema):
    """One tag per noun (`/api/v1/<noun>/…`)."""

    def get_tags(self) -> list[str]:
        parts = self.path.strip("/").split("/")
        return [parts[2] if len(parts) > 2 else "api"]


def add_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Post-processing hook: every operation says what may go wrong, in one shape."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in result["paths"].values():
        for method, operation in path.items():
            expected = ALWAYS | (WITH_BODY if method in ("post", "put", "patch", "delete") else {})
            for status, description in expected.items():
                operation["responses"].setdefault(status, {"description": description, "content": content})
    return result


def only_ours(endpoints: list[Any], **kwargs: Any) -> list[Any]:
    """Pre-processing hook: the versioned API, without the document's own address."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]
