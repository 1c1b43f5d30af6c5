"""What there is to be told: the register in which the apps above enter their kinds of notification.

An app registers in `ready()`. Its `compose` is asked when a batch is about to go out and looks at the facts as they
are then, so that one function both says whether the reason still holds and writes the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.functional import Promise

from accounts.base.refusals import Refusal
from accounts.enums import Module
from notifications.enums import Channel

if TYPE_CHECKING:
    from notifications.delivery import Delivery


@dataclass(frozen=True, slots=True)
class Message:
    """What one person is told: a title (one line, at most 200 characters), a text, and where to go from there.

    `path` begins with a slash and is relative to the site; empty, the mail has no link. A path that is a
    secret stands in the mail and is kept nowhere.
    """

    title: str | Promise
    body: str | Promise
    path: str = ""
    path_is_secret: bool = False


#: Given deliveries of one kind in one language (which is active), answers the messages of those whose reason still
#: holds, by the delivery's id. What is missing is cancelled. Makes a constant number of queries, whatever the length.
Compose = Callable[[Sequence["Delivery"]], Mapping[UUID, Message]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notification. `slug` is stored (at most 40 characters), `label` is what people choose by.

    An urgent kind goes out in quiet hours too. A kind of a `module` is cancelled in organisations that have turned the
    module off meanwhile. A kind that `is_fixed` goes by its default channel; people are not asked how they want it.
    """

    slug: str
    label: str | Promise
    default_channel: Channel
    compose: Compose
    is_urgent: bool = False
    module: Module | None = None
    is_fixed: bool = False


class UnknownKind(Refusal):
    """Nobody has registered this kind."""

    code = "unknown_kind"
    status = 404


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Enter a kind, once per process."""
    if kind.slug in _kinds:
        raise ValueError(f"The kind {kind.slug!r} is registered already.")
    _kinds[kind.slug] = kind
    return kind


def find(slug: str) -> Kind | None:
    """The kind, or None when this process does not know it (an older release wrote the row, say)."""
    return _kinds.get(slug)


def get(slug: str) -> Kind:
    """The kind; refuses an unknown one."""
    kind = _kinds.get(slug)
    if kind is None:
        raise UnknownKind(f"There is no kind of notification called “{slug}”.")
    return kind


def choosable(slug: str) -> Kind:
    """The kind, if people choose how they are told of it; refuses others."""
    kind = get(slug)
    if kind.is_fixed:
        raise UnknownKind(f"Nobody chooses how to be told of “{slug}”.")
    return kind


def registered() -> list[Kind]:
    """All kinds, in the order of their names."""
    return sorted(_kinds.values(), key=lambda kind: kind.slug)


@contextmanager
def temporarily(*kinds: Kind) -> Iterator[None]:
    """Kinds for the length of a block: for measurements and tests."""
    for kind in kinds:
        register(kind)
    try:
        yield
    finally:
        for kind in kinds:
            _kinds.pop(kind.slug, None)
