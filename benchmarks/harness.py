"""Measuring: ours and the twin in turn, in one process and on one connection; medians, and their ratio."""

from __future__ import annotations

import gc
import importlib
import json
import pkgutil
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection

from benchmarks import paths as rooms


class Path:
    """A hot path. Subclasses say what is measured; the rest is around it and not measured.

    `bound` is the largest ratio of the medians that is good enough, `rounds` how often each side runs.
    """

    name: str
    sentence: str
    bound: float
    rounds: int = 15

    def set_up(self) -> None:
        """Once, before the first round."""

    def before(self) -> None:
        """Before every run of either side."""

    def ours(self) -> None:
        """The product's way."""
        raise NotImplementedError

    def twin(self) -> None:
        """The hand-written way with the same outcome."""
        raise NotImplementedError

    def after(self) -> None:
        """After every run of either side: check what came out, and put things back."""

    def tear_down(self) -> None:
        """Once, after the last round."""


@dataclass(frozen=True)
class Result:
    """Medians in milliseconds, and how many statements ours makes."""

    path: Path
    ours_ms: float
    twin_ms: float
    queries: int

    @property
    def ratio(self) -> float:
        return self.ours_ms / self.twin_ms

    @property
    def holds(self) -> bool:
        return self.ratio <= self.path.bound

    def as_dict(self) -> dict[str, Any]:
        return {
            "path": self.path.name,
            "ours_ms": round(self.ours_ms, 3),
            "twin_ms": round(self.twin_ms, 3),
            "ratio": round(self.ratio, 2),
            "queries": self.queries,
            "bound": self.path.bound,
        }


def find(name: str = "") -> list[Path]:
    """The paths whose names begin with `name`, in the order of their files."""
    found: list[Path] = []
    for module in sorted(pkgutil.iter_modules(rooms.__path__), key=lambda module: module.name):
        found += importlib.import_module(f"{rooms.__name__}.{module.name}").PATHS
    return [path for path in found if path.name.startswith(name)]


def left_out(name: str = "") -> dict[str, str]:
    """The paths that cannot run here, and why; `LEFT_OUT` of their files."""
    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(rooms.__path__):
        found |= getattr(importlib.import_module(f"{rooms.__name__}.{module.name}"), "LEFT_OUT", {})
    return {path: why for path, why in found.items() if path.startswith(name)}


def names() -> list[str]:
    return [path.name for path in find()]


def measure(path: Path, *, rounds: int | None = None, report: Callable[[Result], None]) -> Result:
    """Run both sides in turn; the first run of each is not counted."""
    ours: list[float] = []
    twin: list[float] = []
    path.set_up()
    gc.freeze()  # so that collecting between two runs does not walk through all of Django
    try:
        queries = _count_queries(path)
        sides = [(path.twin, twin), (path.ours, ours)]
        _timed(path, path.twin)
        for _ in range(rounds or path.rounds):
            # Whoever goes second finds the pages warm, so they take turns at that as well.
            sides.reverse()
            for act, times in sides:
                times.append(_timed(path, act))
    finally:
        path.tear_down()
    result = Result(path, statistics.median(ours), statistics.median(twin), queries)
    report(result)
    return result


def _timed(path: Path, act: Callable[[], None]) -> float:
    """One run, in milliseconds."""
    path.before()
    gc.collect()
    began = time.perf_counter()
    act()
    taken = time.perf_counter() - began
    path.after()
    return taken * 1000


def _count_queries(path: Path) -> int:
    made = 0

    def count(execute: Any, *arguments: Any) -> Any:
        nonlocal made
        made += 1
        return execute(*arguments)

    path.before()
    with connection.execute_wrapper(count):
        path.ours()
    path.after()
    return made


def raw() -> psycopg.Connection[Any]:
    """The driver's connection under Django's: the twins' statements go the same way as ours."""
    connection.ensure_connection()
    found: psycopg.Connection[Any] = connection.connection
    return found


def printer(as_json: bool) -> Callable[[Result], None]:
    """Prints each result as soon as it is there: lines of JSON, or a table."""
    if as_json:
        return lambda result: print(json.dumps(result.as_dict()), flush=True)
    print(f"{'path':<28} {'ours ms':>9} {'twin ms':>9} {'ratio':>6} {'bound':>6} {'queries':>8}", flush=True)

    def line(result: Result) -> None:
        mark = "" if result.holds else "  OVER ITS BOUND"
        print(
            f"{result.path.name:<28} {result.ours_ms:>9.2f} {result.twin_ms:>9.2f} {result.ratio:>6.2f}"
            f" {result.path.bound:>6.2f} {result.queries:>8}{mark}",
            flush=True,
        )

    return line
