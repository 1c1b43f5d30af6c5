"""Beat's schedule and the tasks belong together."""

import importlib
import inspect

import pytest
from django.apps import apps
from django.conf import settings
from django.utils.module_loading import module_has_submodule

from config.celery import app
from config.schedule import SCHEDULE

#: Tasks that nobody schedules, each with who calls it. What is rung for is in the schedule as well.
ON_DEMAND: dict[str, str] = {}

ROOMS = [config for config in apps.get_app_configs() if config.path.startswith(str(settings.BASE_DIR) + "/")]
MODULES = [f"{room.name}.tasks" for room in ROOMS if module_has_submodule(room.module, "tasks")]


def own_tasks():
    app.loader.import_default_modules()
    for module in MODULES:
        importlib.import_module(module)
    return {name: task for name, task in app.tasks.items() if task.run.__module__ in MODULES}


def test_every_entry_of_the_schedule_is_a_task_and_every_task_has_its_entry():
    scheduled = {task for task, _ in SCHEDULE.values()}
    assert scheduled | set(ON_DEMAND) == set(own_tasks())
    assert len(scheduled) == len(SCHEDULE)


def test_the_schedule_is_plain_intervals_of_at_most_an_hour():
    assert all(isinstance(seconds, int) and 1 <= seconds <= 3600 for _, seconds in SCHEDULE.values())


@pytest.mark.parametrize("name", sorted(own_tasks()))
def test_a_task_is_at_most_five_statements_and_is_called_without_arguments_by_beat(name):
    function = own_tasks()[name].run
    lines = inspect.getsource(function).split('"""')
    body = lines[-1] if len(lines) == 3 else inspect.getsource(function).split(":", 1)[1]
    assert len([line for line in body.splitlines() if line.strip() and not line.strip().startswith("#")]) <= 6
    if name not in ON_DEMAND:
        assert list(inspect.signature(function).parameters) == []
