"""Kinds for the tests of the engine. What they say follows from the delivery alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext_lazy

from accounts.enums import Module
from notifications.delivery import Delivery
from notifications.enums import Channel
from notifications.kinds import Kind, Message

GREETINGS = {"nb": "Hei på deg", "nn": "Hei på deg, du", "en": "Hello there"}


def greet(batch: Sequence[Delivery]) -> Mapping[UUID, Message]:
    """Greets in the active language; whose `data` says `gone` has no reason any more."""
    return {
        delivery.id: Message(
            f"{GREETINGS[translation.get_language()]}, {delivery.first_name}",
            "First paragraph.\nSecond line.\n\nSecond <paragraph> & more.",
            "/greetings/",
        )
        for delivery in batch
        if not delivery.data.get("gone")
    }


def choke(batch: Sequence[Delivery]) -> Mapping[UUID, Message]:
    """Raises when anything in the batch says `poison`."""
    if any(delivery.data.get("poison") for delivery in batch):
        raise RuntimeError("This row cannot be composed.")
    return greet(batch)


GREETING = Kind("greeting", gettext_lazy("Yes"), Channel.EMAIL, greet)
URGENT = Kind("urgent", "An urgent matter", Channel.EMAIL, greet, is_urgent=True)
CHOKING = Kind("choking", "What may choke", Channel.EMAIL, choke)
QUIET = Kind("quiet", "Only in the app", Channel.IN_APP, greet)
PUSHED = Kind("pushed", "By push", Channel.PUSH, greet)
TEXTED = Kind("texted", "By SMS", Channel.SMS, greet)
OF_MODULE = Kind("of-module", "Of a module", Channel.EMAIL, greet, module=Module.FOLLOW_UP)
ALL = (GREETING, OF_MODULE, URGENT, CHOKING, QUIET, PUSHED, TEXTED)
