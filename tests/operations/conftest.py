"""Job kinds for the tests, each a handler that does one plain thing."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from operations import jobs


class Clock:
    """A clock that the test moves."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **length: float) -> None:
        self.at += timedelta(**length)


@pytest.fixture
def clock(now) -> Clock:
    return Clock(now)


@pytest.fixture
def kind() -> Iterator[Callable[[jobs.Handler], str]]:
    """Registers a handler for the length of the test and answers its kind."""
    registered = []

    def register(handler: jobs.Handler) -> str:
        name = f"test_{handler.__name__}"
        jobs.register(name, handler, title=name)
        registered.append(name)
        return name

    yield register
    for name in registered:
        jobs._kinds.pop(name)
