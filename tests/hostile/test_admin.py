"""Hostile input at the admin: every table on the desk, ours or another package's, its list, forms and look-ups."""

from collections.abc import Iterator
from functools import partial

import pytest
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from tests.conftest import browser
from tests.hostile.conftest import fingerprint

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
KEYS = ["nonsense", "\ufffd", "0", "-1", "9" * 40, "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b", "{}", "a_2Fb", "_00"]
QUERIES = [
    "q=%00", "q=" + "a" * 3000, "q=(", "q='", "q=%ED%A0%80", "q=" + "+".join("abcdefghijklmnopqrst"), "p=abc", "p=-1",
    "p=" + "9" * 30, "o=abc", "o=1.2.-99999999999999999999", "all=x", "e=1", "_facets=x", "_to_field=password",
    "_popup=%00", "pk=abc", "pk__in=a,b", "id__regex=(", "nonsense=1", "organization__slug__regex=(",
    "mentor__user__password__startswith=a", "id=%00", "_changelist_filters=%ED",
]  # fmt: skip
VALUES = ["abc", "-1", "9" * 30, "\ud7ff", "2026-02-30", "[]", "x" * 5000, "[" * 5000, "🦉"]


def url(model: type, page: str, *args: str) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def desk(platform_staff, north, south):
    """A browser that may open everything, so that nothing is refused for being forbidden."""
    made = browser(platform_staff)
    made.raise_request_exception = False
    return made


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_hostile_query_at_a_list_is_no_error_of_ours(model, desk):
    request = desk.get(url(model, "changelist")).wsgi_request
    for query in [*QUERIES, *_by_fields(model, request)]:
        assert desk.get(f"{url(model, 'changelist')}?{query}").status_code < 500, query


def _by_fields(model: type, request: HttpRequest) -> Iterator[str]:
    """Every value and comparison for each field that the list may be asked by; the others are refused unread."""
    may_be_asked = partial(admin.site._registry[model].lookup_allowed, request=request)
    for name in (field.name for field in model._meta.get_fields() if getattr(field, "concrete", False)):
        yield from (f"{name}={value}" for value in ("%00", "abc"))
        if may_be_asked(name, "abc"):
            yield from (f"{name}={value}" for value in ("(", "9" * 30))
        for lookup in ("regex", "exact", "gte", "isnull", "range"):
            if lookup == "regex" or may_be_asked(f"{name}__{lookup}", "("):
                yield f"{name}__{lookup}=("


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_hostile_key_is_not_found_at_any_page(model, desk):
    before = fingerprint()
    for key in KEYS:
        for page in ("change", "delete", "history"):
            for method in (desk.get, desk.post):
                assert method(url(model, page, key)).status_code < 500, (page, key)
    # A list without actions is shown whatever was chosen.
    has_actions = b'name="action"' in desk.get(url(model, "changelist")).content
    for key in KEYS if has_actions else KEYS[:1]:
        for action in ("delete_selected", key):
            data = {"action": action, "_selected_action": key}
            assert desk.post(url(model, "changelist"), data).status_code < 500, data
    assert fingerprint() == before


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_hostile_form_is_no_error_of_ours(model, desk):
    fields = [field.name for field in model._meta.get_fields() if getattr(field, "editable", False)]
    page = url(model, "add")
    posts = [dict.fromkeys(fields, value) for value in VALUES]
    posts += [{name: value} for name in fields for value in (*VALUES[:3], "a\0b")]
    # What nobody may add is refused before any field is read.
    for data in posts if desk.get(page).status_code != 403 else posts[-1:]:
        assert desk.post(page, data).status_code < 500, data


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_hostile_look_up_is_no_error_of_ours(model, desk):
    names = [field.name for field in model._meta.get_fields() if field.is_relation]
    for name in [*names, "id", "nonsense", "%00"]:
        for term in ("%00", "(", "a" * 3000, "%ED%A0%80"):
            query = f"term={term}&app_label={model._meta.app_label}&model_name={model._meta.model_name}"
            assert desk.get(f"/admin/autocomplete/?{query}&field_name={name}").status_code < 500, (name, term)


def test_a_list_of_another_package_answers_only_what_its_filters_ask(desk):
    address = "/admin/django_celery_beat/periodictask/"
    assert desk.get(f"{address}?enabled__exact=1").status_code == 200
    for query in ("name__regex=(", "name__range=(", "args__startswith=[", "interval__every__range=("):
        assert desk.get(f"{address}?{query}").status_code == 400, query


def test_ways_to_time_a_task_that_nothing_uses_are_not_on_the_desk(desk):
    for unused in ("solarschedule", "crontabschedule", "clockedschedule"):
        assert desk.get(f"/admin/django_celery_beat/{unused}/?event__range=(").status_code == 404


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_the_lists_of_the_desk_hide_the_strangers_rows(model, admin_as_org_admin, admin_as_coordinator, north, south):
    rows = {str(key) for key in model._default_manager.values_list("pk", flat=True)}
    for client in (admin_as_org_admin, admin_as_coordinator):
        for page in ("changelist", "add"):
            text = client.get(url(model, page)).content.decode()
            assert south.canary not in text
            assert [kind for kind, key in south.ids.items() if str(key) in text] == []
        for key in map(str, south.ids.values()):
            # What is no row of this list in any association has nothing to hide: one page says so.
            for page in ("change", "delete", "history") if key in rows else ("change",):
                # Not followed: where it leads says nothing but the key that was asked for, and costs a page each time.
                assert south.canary not in client.get(url(model, page, key)).content.decode()
