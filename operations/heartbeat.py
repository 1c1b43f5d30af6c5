"""The heartbeat of every periodic task, taken from Celery's own signals: no task has to remember it."""

from __future__ import annotations

import logging
from typing import Any

from celery.signals import task_failure, task_postrun, task_prerun
from django.db import Error
from django.utils import timezone

from operations.services import clockwork

logger = logging.getLogger(__name__)


def listen() -> None:
    """Begin to listen; doing it again changes nothing."""
    task_prerun.connect(_began, dispatch_uid="operations.heartbeat")
    task_postrun.connect(_ended, dispatch_uid="operations.heartbeat")
    task_failure.connect(_failed, dispatch_uid="operations.heartbeat")


def _began(task: Any, **kwargs: Any) -> None:
    _write(clockwork.note_start, task=task.name)


def _ended(task: Any, state: str | None = None, **kwargs: Any) -> None:
    if state == "SUCCESS":
        _write(clockwork.note_end, task=task.name)


def _failed(sender: Any, exception: BaseException | None = None, **kwargs: Any) -> None:
    _write(clockwork.note_end, task=sender.name, failure=type(exception).__name__)


def _write(note: Any, **facts: Any) -> None:
    try:
        note(at=timezone.now(), **facts)
    except Error as error:  # a heartbeat that cannot be written must not cost the work it is about
        logger.warning("No heartbeat for %s: %s", facts["task"], type(error).__name__)
