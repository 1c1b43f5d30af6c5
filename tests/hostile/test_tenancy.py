"""The wall between organisations, at every address that the URLconf has."""

import json
from uuid import uuid4

import pytest

from tests.hostile.conftest import BY_NAME, fingerprint, path_values, sample_body
from tests.hostile.routes import api_patterns, operations

WITH_ROW = [
    each for each in operations() if each.parameters and {"kind", "device_id", "year"}.isdisjoint(each.parameters)
]
#: What everybody may ask, which has tests of its own (tests/certifications/test_public_mentors.py).
PUBLIC = [each for each in operations() if each.path.startswith("/api/v1/public/")]
LISTS = [each for each in operations() if each.method == "get" and not each.parameters and each not in PUBLIC]
WITH_IDS_IN_BODY = [each for each in operations() if each.body and not BY_NAME.keys().isdisjoint(each.body)]

pytestmark = pytest.mark.django_db


def test_the_document_has_every_address_and_method_of_the_urlconf():
    documented = {(each.method, each.path.replace("{", "<").replace("}", ">")) for each in operations()}
    plain = {(method, path.split("<")[0], path.count("<")) for method, path in documented}
    found = {(method, path.split("{")[0], path.count("{")) for method, path in api_patterns()}
    assert plain == found
    assert len(documented) == len(list(api_patterns()))


@pytest.mark.parametrize("operation", WITH_ROW, ids=str)
def test_a_row_of_another_organisation_answers_like_one_that_does_not_exist(operation, as_stranger, north, south):
    theirs = path_values(operation, north.ids)
    absent = dict.fromkeys(theirs, uuid4())
    body = sample_body(operation, south.ids) if operation.body else None
    before = fingerprint()
    answers = [getattr(as_stranger, operation.method)(operation.url(**values), body) for values in (theirs, absent)]
    assert [answer.status_code for answer in answers] == [404, 404], answers[0].content
    assert answers[0].json() == answers[1].json()
    assert fingerprint() == before


@pytest.mark.slow
@pytest.mark.parametrize("operation", WITH_ROW, ids=str)
def test_no_row_of_any_kind_answers_at_an_address_for_another_kind(operation, as_org_admin, north, south):
    """Every id of the other organisation at every address, whatever kind of row it is."""
    before = fingerprint()
    for key in south.ids.values():
        url = operation.url(**dict.fromkeys(operation.parameters, key))
        body = sample_body(operation, north.ids) if operation.body else None
        assert getattr(as_org_admin, operation.method)(url, body).status_code == 404, url
    assert fingerprint() == before


@pytest.mark.parametrize("operation", LISTS, ids=str)
def test_every_list_hides_the_strangers_rows(operation, as_mentor, as_coordinator, as_org_admin, north, south):
    for client in (as_mentor, as_coordinator, as_org_admin):
        answer = client.get(operation.path)
        # Staff say whose timeline they want to see.
        assert answer.status_code in (200, 403) or answer.json()["code"] == "student_required", answer.content
        text = answer.content.decode()
        assert south.canary not in text
        assert [kind for kind, key in south.ids.items() if str(key) in text] == []


@pytest.mark.parametrize("operation", LISTS, ids=str)
def test_a_filter_by_an_id_of_another_organisation_finds_nothing(operation, as_org_admin, south):
    for name in set(operation.query) & BY_NAME.keys():
        answer = as_org_admin.get(operation.path, {name: str(south.ids[BY_NAME[name]])})
        assert answer.status_code in (200, 404), answer.content
        assert not answer.json().get("data")


def test_the_lists_would_show_the_rows_if_they_were_ones_own(as_stranger, as_mentor, as_org_admin, north, south):
    """The control: the rows that the tests above look for are there and are shown to those whose they are."""
    seen = "".join(
        client.get(operation.path).content.decode() for operation in LISTS for client in (as_mentor, as_org_admin)
    )
    assert {kind for kind, key in north.ids.items() if str(key) not in seen} <= {"user"}
    theirs = "".join(as_stranger.get(operation.path).content.decode() for operation in LISTS)
    assert south.canary in theirs
    assert north.canary not in theirs


@pytest.mark.parametrize("operation", WITH_IDS_IN_BODY, ids=str)
def test_an_id_of_another_organisation_in_the_body_changes_nothing(operation, as_org_admin, north, south):
    own = path_values(operation, north.ids)
    whole = sample_body(operation, north.ids)
    before = fingerprint()
    for name in operation.body.keys() & BY_NAME.keys():
        body = whole | {name: sample_body(operation, south.ids)[name]}
        answer = getattr(as_org_admin, operation.method)(operation.url(**own), body)
        assert 400 <= answer.status_code < 500 or answer.json().get("saved") == 0, (name, answer.content)
        assert south.canary not in answer.content.decode()
    assert fingerprint() == before


@pytest.mark.parametrize("operation", [each for each in operations() if each not in PUBLIC], ids=str)
def test_without_a_log_in_every_address_answers_401(operation, anonymous, north):
    url = operation.url(**path_values(operation, north.ids))
    before = fingerprint()
    answer = getattr(anonymous, operation.method)(url, json.loads("{}"))
    assert (answer.status_code, answer.json().keys()) == (401, {"code", "detail", "errors"})
    assert fingerprint() == before
