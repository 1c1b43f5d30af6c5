"""The demo's badges and years: what its mentors have earned with all they have done, and what each year was."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from achievements import kinds, services
from achievements.enums import EvaluationKind
from mentoring.demo import Demo, chapter
from notifications.channels.memory import MemoryChannel, NoPush
from notifications.dispatch import dispatch
from notifications.enums import Channel
from notifications.models import Notification


class NoPhones(NoPush):
    """Nobody in the demo has a phone that could ring: they find it in the app."""

    fallback = Channel.IN_APP


@chapter
def add_badges(demo: Demo) -> None:
    """Hold the rules of the badges in use against everybody; they are told, and have read what they earned long ago."""
    services.evaluate_organization(
        organization_id=demo.organization.pk, at=demo.at, kind=EvaluationKind.ACTIVATION, by=None
    )
    dispatch(
        clock=lambda: demo.at,
        channels={Channel.PUSH: NoPhones(), Channel.IN_APP: MemoryChannel(Channel.IN_APP)},
    )
    earlier = Notification.objects.filter(organization=demo.organization, kind=kinds.EARLIER_BADGE, read_at=None)
    earlier.update(read_at=demo.at, updated_at=demo.at)


@chapter
def add_years(demo: Demo) -> None:
    """Make the years that all of it has marked: last year whole, this year as far as it has come."""
    with _as_news("achievements.moments"):
        while services.generate_pending(at=demo.at):
            pass


@contextmanager
def _as_news(name: str) -> Iterator[None]:
    """What this logger warns about is expected here: it is logged as INFO, so that no newcomer looks for a fault."""

    def lower(record: logging.LogRecord) -> bool:
        record.levelno, record.levelname = logging.INFO, "INFO"
        return True

    logger = logging.getLogger(name)
    logger.addFilter(lower)
    try:
        yield
    finally:
        logger.removeFilter(lower)
