"""What is refused before anything looks at it: in the API, the admin and the log-in alike."""

import json

import pytest
from django.db import DataError
from django.http import HttpResponse

from config.api.middleware import SaneRequests

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("url", ["/admin/?q=%00", "/admin/%00/", "/api/v1/contacts?x=%00", "/accounts/login/?next=%00"])
def test_nul_in_an_address_is_refused_everywhere(admin_as_org_admin, url):
    assert admin_as_org_admin.get(url).status_code == 400


def test_nul_in_a_form_is_refused(admin_as_org_admin):
    for data in ({"a": "b\0c"}, {"a\0": "b"}):
        assert admin_as_org_admin.post("/admin/mentoring/contact/add/", data).status_code == 400


LOGIN = "/_allauth/app/v1/auth/login"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"email": "a\\u0000@example.org", "password": "x"}', 400),
        (b'{"email": "\\ud800", "password": "x"}', 400),
        (b"[" * 5000, 400),
        (b'{"email": NaN}', 400),
        (b'{"email": "a", "email": "b"}', 400),
        (b"x" * 300_000, 413),
    ],
)
def test_the_log_in_reads_json_as_strictly_as_the_api(client, body, status):
    answer = client.post(LOGIN, body, content_type="application/json")
    assert answer.status_code == status
    assert json.loads(answer.content).keys() == {"code", "detail", "errors"}


def test_the_log_in_in_another_charset_is_refused(client):
    assert client.post(LOGIN, b"{}", content_type="application/json; charset=utf-7").status_code == 415


def test_many_slashes_at_the_end_are_the_same_address(as_mentor):
    assert as_mentor.get("/api/v1/contacts///").status_code == 200


def test_a_value_that_the_database_cannot_make_sense_of_is_refused(rf):
    door = SaneRequests(lambda request: HttpResponse())
    assert door.process_exception(rf.get("/admin/"), DataError()).status_code == 400
    assert door.process_exception(rf.get("/admin/"), ValueError()) is None
