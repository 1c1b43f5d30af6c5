"""Channels without a provider: one that remembers, for tests and demonstrations, and one that has nobody."""

from __future__ import annotations

from notifications.channels.base import Channel, Unreachable
from notifications.delivery import Delivery
from notifications.enums import Channel as Name


class MemoryChannel(Channel):
    """Puts every delivery into `sent`, in this process only. Stands in for the channel called `name`."""

    is_network = False

    def __init__(self, name: Name, *, batch_size: int = 500) -> None:
        super().__init__(batch_size=batch_size)
        self.name = name  # type: ignore[misc] # one class for all of them
        self.keeps_quiet = name != Name.IN_APP  # type: ignore[misc]
        self.sent: list[Delivery] = []

    def send(self, delivery: Delivery) -> str:
        self.sent.append(delivery)
        return ""


class NoPush(Channel):
    """A server without a push provider: everybody gets an e-mail instead."""

    name = Name.PUSH
    is_network = False
    keeps_quiet = False  # the e-mail does
    fallback = Name.EMAIL

    def send(self, delivery: Delivery) -> str:
        raise Unreachable("no_push_provider")


class NoSms(NoPush):
    """A server without an SMS provider: everybody gets an e-mail instead."""

    name = Name.SMS

    def send(self, delivery: Delivery) -> str:
        raise Unreachable("no_sms_provider")
