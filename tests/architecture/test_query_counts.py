"""Every list asks the database as often for three rows as for one: those of the API and those of the desk.

The lists are found by walking the URLconf and the admin site; `rows.MAKERS` makes what they show. A new list is here by
itself, and fails until somebody says how to make a row for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ChangeEntry, LocalAssociation, MentorStatusChange
from tests.architecture.rows import MAKERS, Stage, the_video
from tests.conftest import api_client, browser
from tests.hostile.routes import api_views, document
from timeline.models import TimelineEntry
from training.models import GoalMessage, QuizAttempt, ReflectionReply

pytestmark = pytest.mark.django_db

#: What a list shows where its view's rows do not say it. None: as many lines whatever the tables hold.
SHOWN: dict[str, type[models.Model] | None] = {
    "/api/v1/me/devices": UserSession,
    "/api/v1/mentors/{}/status-log": MentorStatusChange,
    "/api/v1/training/quizzes/{}/attempts": QuizAttempt,
    "/api/v1/training/reflections/{}/replies": ReflectionReply,
    "/api/v1/training/goals/{}/messages": GoalMessage,
    "/api/v1/timeline": TimelineEntry,
    "/api/v1/notification-preferences": None,
    # Kept in the cache from one question to the next; counted in tests/certifications/test_public_mentors.py.
    "/api/v1/public/mentors": None,
}
#: What has to be asked of a list that does not answer without.
ASKED: dict[str, Callable[[Stage], dict[str, str]]] = {
    "/api/v1/public/mentors": lambda stage: {"organization": stage.organization.slug},
    "/api/v1/timeline": lambda stage: {"video": the_video(stage).pk},
}


def api_lists() -> Iterator[tuple[str, Any]]:
    """`(path, callback)` of everything in the URLconf that answers GET with a list, as the document has it."""
    said = {re.sub(r"\{\w+\}", "{}", path): methods for path, methods in document()["paths"].items()}
    for method, path, view in api_views():
        if method == "get" and _is_list(said[path]["get"]["responses"]["200"]):
            yield path, view


def _is_list(answer: dict[str, Any]) -> bool:
    schema = next(iter(answer["content"].values()))["schema"]
    if "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema["type"] == "array" or schema.get("properties", {}).get("data", {}).get("type") == "array"


def _shown(path: str) -> type[models.Model] | None:
    if path in SHOWN:
        return SHOWN[path]
    rows = getattr(LISTS[path].cls, "queryset", None)
    if rows is None:
        pytest.fail(f"say in SHOWN which model {path} lists")
    return rows.model


LISTS = dict(api_lists())
TABLES = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def stages(organization, mentor, org_admin, platform_staff) -> list[Stage]:
    """An administrator and platform staff: between them they see every list."""
    return [Stage(organization, mentor, caller) for caller in (org_admin, platform_staff)]


def add(model: type[models.Model] | None, stage: Stage, count: int) -> None:
    if model is not None and model not in MAKERS:
        pytest.fail(f"make rows for {model._meta.label}: say how in tests/architecture/rows.py")
    for __ in range(count if model else 0):
        MAKERS[model](stage)


def check(model: type[models.Model] | None, stages: list[Stage], door: Callable[[Stage], Any]) -> None:
    """`door(stage)` gives a function that asks for the list and says how many rows it has, None if it is closed."""
    closed = 0
    for stage in stages:
        ask = door(stage)
        add(model, stage, 1)
        few = ask()  # and whatever is only asked once is asked now
        if few is None:
            closed += 1
            continue
        with CaptureQueriesContext(connection) as one:
            assert ask() == few
        add(model, stage, 2)
        with CaptureQueriesContext(connection) as three:
            many = ask()
        assert few >= 1
        assert model is None or many >= few + 2, "the rows that were made are not in the list"
        assert len(three) == len(one), "\n".join(sorted(each["sql"] for each in three))
    assert closed < len(stages), "neither an administrator nor platform staff see this list"


@pytest.mark.parametrize("path", LISTS)
def test_a_list_of_the_api_costs_the_same_for_one_row_and_for_three(path, stages):
    model = _shown(path)

    def door(stage: Stage) -> Callable[[], int | None]:
        client = api_client(stage.caller)
        parent = stage.parents.get(path.split("/{}")[0].rpartition("/")[2])
        query = ASKED[path](stage) if path in ASKED else {}

        def ask() -> int | None:
            answer = client.get(path.replace("{}", str(parent)), query)
            if answer.status_code == 403:
                return None
            assert answer.status_code == 200, answer.content
            said = answer.json()
            return len(said["data"] if isinstance(said, dict) else said)

        return ask

    check(model, stages, door)


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model._meta.label)
def test_a_list_of_the_desk_costs_the_same_for_one_row_and_for_three(model, stages):
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

    def door(stage: Stage) -> Callable[[], int | None]:
        client = browser(stage.caller)

        def ask() -> int | None:
            answer = client.get(address)
            if answer.status_code == 403:
                return None
            assert answer.status_code == 200
            return len(answer.context["cl"].result_list)

        return ask

    check(model, stages, door)


def test_the_lists_are_found():
    assert {"/api/v1/assignments", "/api/v1/mentors/{}/status-log", "/api/v1/me/devices"} <= LISTS.keys()


def test_a_question_for_each_row_is_noticed(stages):
    """The control."""

    def door(stage: Stage) -> Callable[[], int | None]:
        return lambda: len([list(row.children.all()) for row in LocalAssociation.objects.all()])

    with pytest.raises(AssertionError, match="parent_id"):
        check(LocalAssociation, stages, door)


def test_a_model_without_a_maker_is_named(stages):
    with pytest.raises(pytest.fail.Exception, match=r"make rows for accounts\.ChangeEntry"):
        add(ChangeEntry, stages[0], 1)
