"""What every channel is: a door to one provider, and the five ways in which going through it can end."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import ClassVar, Self

from django.conf import settings

from notifications.delivery import Delivery
from notifications.enums import Channel as Name


class NotDelivered(Exception):
    """A message did not arrive. `code` (at most 60 characters, nothing personal) is stored as the reason."""

    def __init__(self, code: str) -> None:
        self.code = code[:60]
        super().__init__(self.code)


class Refused(NotDelivered):
    """For good: the address does not exist, or the provider does not want this message."""


class TryLater(NotDelivered):
    """For this recipient not now: a full mailbox, greylisting. The attempt counts."""


class Unreachable(NotDelivered):
    """This person cannot be reached by this channel at all (no device, no phone number): take the fallback."""


class ChannelDown(NotDelivered):
    """The provider does not answer, or not us: nothing is known against the message, so the attempt does not count."""


class UnknownOutcome(ChannelDown):
    """The provider went away after it had the message. It may have arrived, so the attempt does count."""


class Channel:
    """One way to reach people. Made once per run of the dispatcher and entered once per batch.

    `name` is what the rows say. A network channel speaks to the outside world: it is used in small batches, outside
    any transaction. One that `keeps_quiet` holds back what is not urgent in the recipient's quiet hours. `fallback` is
    where those go who are `Unreachable`.
    """

    name: ClassVar[Name]
    is_network: ClassVar[bool] = True
    keeps_quiet: ClassVar[bool] = True
    fallback: ClassVar[Name | None] = None
    batch_size: int = 500

    def __init__(self, *, batch_size: int | None = None) -> None:
        if batch_size is not None:
            self.batch_size = batch_size
        elif self.is_network:
            self.batch_size = settings.NOTIFICATION_BATCH_SIZE

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what a batch had open. Must not raise: what has been sent has been sent."""

    def prepare(self, batch: Sequence[Delivery]) -> None:
        """Read what the whole batch needs (devices, say) in a constant number of queries."""

    def send(self, delivery: Delivery) -> str:
        """Send one composed delivery; answers the provider's id ("" if it gives none), or raises `NotDelivered`."""
        raise NotImplementedError
