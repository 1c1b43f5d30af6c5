"""The ways a message goes out: classes of one method each, chosen by the setting NOTIFICATION_CHANNELS."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.module_loading import import_string

from notifications.channels.base import (
    Channel,
    ChannelDown,
    NotDelivered,
    Refused,
    TryLater,
    UnknownOutcome,
    Unreachable,
)
from notifications.enums import Channel as Name

__all__ = [
    "Channel",
    "ChannelDown",
    "NotDelivered",
    "Refused",
    "TryLater",
    "UnknownOutcome",
    "Unreachable",
    "in_use",
]


def in_use() -> Mapping[Name, Channel]:
    """A new object of every channel, in the setting's order, which is the order a run goes through them."""
    return {Name(name): import_string(path)() for name, path in settings.NOTIFICATION_CHANNELS.items()}
