"""What apps above mentoring add to the demo: each in its own `<app>/demo.py`, which is found by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.module_loading import autodiscover_modules

if TYPE_CHECKING:
    from mentoring.demo.build import Demo

#: Adds to a demo that mentoring has built, up to the moment `demo.at`, and to what the chapters before it have added.
Chapter = Callable[["Demo"], None]

_chapters: list[Chapter] = []


def chapter(add: Chapter) -> Chapter:
    """Decorates the function that adds an app's part to the demo."""
    _chapters.append(add)
    return add


def chapters() -> list[Chapter]:
    """All of them, those of lower apps first."""
    autodiscover_modules("demo")
    order = [config.name for config in apps.get_app_configs()]
    return sorted(_chapters, key=lambda add: order.index(add.__module__.partition(".")[0]))
