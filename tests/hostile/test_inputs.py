"""Hostile input at every address of the API: refused in one shape, never an error of ours, nothing written."""

import json
from urllib.parse import quote

import pytest

from tests.hostile.conftest import fingerprint, path_values, sample_body
from tests.hostile.routes import operations

pytestmark = pytest.mark.django_db

JSON = "application/json"
#: (content type, body, status of those addresses that read a body)
BODIES = {
    "NUL in a value": (JSON, b'{"summary": "a\\u0000b"}', 400),
    "NUL in a key": (JSON, b'{"a\\u0000b": 1}', 400),
    "raw NUL": (JSON, b'{"summary": "a\0b"}', 400),
    "half a surrogate pair": (JSON, b'{"summary": "\\ud800"}', 400),
    "half a surrogate pair in a key": (JSON, b'{"\\udfff": 1}', 400),
    "depth 21": (JSON, b'{"a":' + b"[" * 20 + b"]" * 20 + b"}", 400),
    "depth 990": (JSON, b"[" * 990 + b"]" * 990, 400),
    "depth 100,000": (JSON, b'{"a":' * 40_000 + b"1" + b"}" * 40_000, 400),
    "unclosed depth": (JSON, b"[" * 200_000, 400),
    "NaN": (JSON, b'{"minutes": NaN}', 400),
    "Infinity": (JSON, b'{"minutes": -Infinity}', 400),
    "1e400": (JSON, b'{"minutes": 1e400}', 400),
    "5,000 digits": (JSON, b'{"minutes": ' + b"9" * 5000 + b"}", 400),
    "invalid UTF-8": (JSON, b'{"summary": "\xff\xfe"}', 400),
    "UTF-16": (JSON, '{"a": 1}'.encode("utf-16"), 400),
    "truncated": (JSON, b'{"summary": "a', 400),
    "a list": (JSON, b"[1, 2]", 400),
    "a text": (JSON, b'"text"', 400),
    "null": (JSON, b"null", 400),
    "a number": (JSON, b"7", 400),
    "a name twice": (JSON, b'{"status": "active", "status": "cancelled"}', 400),
    "a byte order mark": (JSON, b"\xef\xbb\xbf{}", 400),
    "bogus charset": (JSON + "; charset=bogus", b"{}", 415),
    "UTF-7": (JSON + "; charset=utf-7", b"{}", 415),
    "rot13": (JSON + "; charset=rot13", b"{}", 415),
    "a form": ("application/x-www-form-urlencoded", b"status=active&a=%00", 415),
    "a broken multipart": ("multipart/form-data; boundary=x", b"--y\r\n\r\n", 415),
    "plain text": ("text/plain", b"{}", 415),
    "no type": ("", b"{}", 415),
    "300 KB": (JSON, json.dumps({"summary": "x" * 300_000}).encode(), 413),
    "1 MB": (JSON, b" " * 1_000_000, 413),
}
VALUES = [
    None, "", " ", "a\0b", "\ud800", "x" * 10_000, -1, 0, 2**31, 2**63, 10**17, 1.5, True, [], {}, [[]], {"a": "\0"},
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30", "2027-03-28T02:30:00", "0000-00-00",
    "\u202eabc", "{{ 7 }}", "' OR 1=1 --", "=1+1", "Å" * 200, "e\u0301" * 300, "🦉", "a\r\nBcc: b@example.org",
]  # fmt: skip
QUERY = [
    "", "%00", "a" * 3000, "%C2%B2", "-1", "9" * 25, "{}", "%27%20OR%201=1", "NaN", "2026-02-30", "0001-01-01",
    "9999-12-31", "%ED%A0%80", "(", "1e9", "[0]", "true", "%F0%9F%A6%89", "+".join("abcdefghijklmnopqrst"),
]  # fmt: skip
#: Names that some operation documents, or that another framework would know.
NAMES = ("limit", "page", "cursor", "ordering", "search", "format", "mentor__user__email")
PATHS = ["nonsense", "%00", "%7B0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b%7D", "9" * 3000, "%ED%A0%80", "..", "%2e%2e%2f"]

WRITES = [each for each in operations() if each.method != "get"]
READS_BODY = [each for each in WRITES if each.body is not None]


def well_formed(answer) -> bool:
    """Below 500, and when refused then in the one shape."""
    if answer.status_code < 400:
        return True
    return answer.status_code < 500 and {"code", "detail", "errors"} <= answer.json().keys()


@pytest.mark.slow
@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_a_body_that_is_hostile_as_a_whole_is_refused(operation, as_org_admin, north):
    url = operation.url(**path_values(operation, north.ids))
    before, refused = fingerprint(), True
    for name, (content_type, body, status) in BODIES.items():
        answer = as_org_admin.generic(operation.method.upper(), url, body, content_type)
        assert well_formed(answer), (name, answer.content)
        if operation.body is not None and answer.status_code != 403:
            expected = 400 if operation.takes_forms and "multipart" in content_type else status
            assert answer.status_code == expected, (name, answer.content)
        refused &= answer.status_code >= 400
    if refused:
        assert fingerprint() == before


@pytest.mark.slow
@pytest.mark.parametrize("operation", READS_BODY, ids=str)
def test_a_field_with_a_hostile_value_is_no_error_of_ours(operation, as_org_admin, north):
    url = operation.url(**path_values(operation, north.ids))
    good = sample_body(operation, north.ids)
    for name in operation.body:
        for value in VALUES:
            text = json.dumps(good | {name: value})
            answer = as_org_admin.generic(operation.method.upper(), url, text, JSON)
            assert well_formed(answer), (name, value, answer.content)


@pytest.mark.parametrize("operation", READS_BODY, ids=str)
def test_fields_that_are_not_the_callers_to_set_are_refused(operation, as_org_admin, north):
    url = operation.url(**path_values(operation, north.ids))
    before = fingerprint()
    for name in ("id", "organization_id", "user_id", "is_staff", "deleted_at", "sequence", "created_at", "__class__"):
        body = sample_body(operation, north.ids) | {name: "x"}
        answer = getattr(as_org_admin, operation.method)(url, body)
        assert answer.status_code in (400, 403, 404, 409), (name, answer.content)
        if answer.json()["code"] == "invalid":
            assert answer.json()["errors"][name][0]["code"] == "unknown_field"
    assert fingerprint() == before


@pytest.mark.slow
@pytest.mark.parametrize("operation", [each for each in operations() if each.method == "get"], ids=str)
def test_a_hostile_query_is_no_error_of_ours_and_an_unknown_one_is_refused(operation, as_org_admin, north):
    url = operation.url(**path_values(operation, north.ids))
    asked = dict.fromkeys(operation.query, QUERY)
    # Refused for its name, whatever its value: nothing, something plain and what no column holds say it for all.
    asked |= dict.fromkeys(set(NAMES) - asked.keys(), ("", "2026-02-30", "%00"))
    for name, values in asked.items():
        for value in values:
            answer = as_org_admin.get(f"{url}?{name}={value}")
            assert well_formed(answer), (name, value, answer.content)
            if value == "%00" or name not in operation.query:
                assert answer.status_code in (400, 403), (name, value, answer.content)
    assert as_org_admin.get(f"{url}?limit=101").status_code in (400, 403)
    assert as_org_admin.get(f"{url}?%00=1").status_code == 400


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_a_parameter_that_the_document_does_not_name_is_refused_and_changes_nothing(
    operation, as_org_admin, as_mentor, as_platform_staff, north
):
    url = operation.url(**path_values(operation, north.ids))
    body = sample_body(operation, north.ids) if operation.body else None
    before = fingerprint()
    for name in sorted({"nonsense", "page", "limit", "cursor", "status"} - set(operation.query)):
        codes = {}
        for client in (as_org_admin, as_mentor, as_platform_staff):
            answer = getattr(client, operation.method)(f"{url}?{name}=1", body)
            codes[answer.status_code] = answer.json()["errors"].get(name, [{}])[0].get("code")
        assert codes.pop(400) == "unknown_parameter", (name, codes)
        assert codes.keys() <= {403}
    assert fingerprint() == before


@pytest.mark.parametrize("operation", [each for each in operations() if each.query], ids=str)
def test_a_parameter_that_the_document_names_is_known(operation, as_org_admin, north):
    url = operation.url(**path_values(operation, north.ids))
    for name in operation.query:
        answer = as_org_admin.get(url, {name: "1"})
        assert "unknown_parameter" not in answer.content.decode(), name
        assert as_org_admin.head(url, {name: "1"}).status_code == answer.status_code


@pytest.mark.parametrize("operation", [each for each in operations() if each.parameters], ids=str)
def test_a_hostile_id_in_the_path_is_not_found(operation, as_org_admin, north):
    for value in PATHS:
        url = operation.url(**dict.fromkeys(operation.parameters, value))
        answer = as_org_admin.generic(operation.method.upper(), url, b"{}", JSON)
        assert answer.status_code in (400, 404, 405), (value, answer.content)
        assert well_formed(answer)


@pytest.mark.parametrize("value", PATHS)
def test_an_address_that_does_not_exist_answers_in_the_same_shape(value, as_org_admin):
    answer = as_org_admin.get(f"/api/v1/{quote(value)}")
    assert answer.status_code in (400, 404)
    assert answer.json().keys() == {"code", "detail", "errors"}
