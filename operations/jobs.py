"""What kinds of background jobs there are, and what their handlers may do.

An app registers its handlers in its `AppConfig.ready()`:

    jobs.register("import_roster", import_roster, title=_("Roster import"))

A handler does its work in transactions of its own, reports with `progress(done, total)`, may be started again after
its worker died (so it must be repeatable), and returns what came out, as ids, numbers and sentences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.functional import Promise

from operations.models import Job


class Progress(Protocol):
    """Tells the row how far the job is. Raises `Cancelled` or `Lost`, which a handler lets through."""

    def __call__(self, done: int, total: int | None = None) -> None: ...


Handler = Callable[[Job, Progress], "dict[str, Any] | None"]


class Cancelled(Exception):
    """Somebody has asked for the job to stop."""


class Lost(Exception):
    """The lease ran out and another worker has taken the job."""


@dataclass(frozen=True)
class Kind:
    """A kind of job: its handler, and what people call it."""

    name: str
    handler: Handler
    title: str | Promise


_kinds: dict[str, Kind] = {}


def register(name: str, handler: Handler, *, title: str | Promise) -> None:
    """Make a kind of job known. Registering the same handler again changes nothing."""
    known = _kinds.setdefault(name, Kind(name, handler, title))
    if known.handler is not handler:
        raise ValueError(f"There are two handlers for jobs of the kind {name!r}.")


def kind(name: str) -> Kind | None:
    """What is known of a kind; None when this version does not know it."""
    return _kinds.get(name)
