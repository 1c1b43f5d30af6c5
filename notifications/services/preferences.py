"""Which way a person wants to be told."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from notifications import kinds
from notifications.enums import Channel
from notifications.models import Preference


@dataclass(frozen=True, slots=True)
class Choice:
    """One kind as one person has it: the channel that holds, and whether they chose it themselves."""

    kind: str
    label: str
    channel: str
    default_channel: str
    is_chosen: bool


def choices_of(user: User) -> list[Choice]:
    """Every kind that people choose a channel for, with the channel that holds for `user`. One query."""
    chosen = dict(Preference.objects.filter(user=user).values_list("kind", "channel"))
    return [_choice(kind, chosen.get(kind.slug)) for kind in kinds.registered() if not kind.is_fixed]


def set_preference(*, user: User, kind: str, channel: Channel) -> Choice:
    """From now on `user` is told of `kind` by `channel`. What is waiting already goes the old way."""
    registered = kinds.choosable(kind)
    Preference.objects.update_or_create(user=user, kind=kind, defaults={"channel": channel})
    return _choice(registered, channel)


def clear_preference(*, user: User, kind: str) -> Choice:
    """Back to the kind's own default."""
    registered = kinds.choosable(kind)
    Preference.objects.filter(user=user, kind=kind).delete()
    return _choice(registered, None)


def _choice(kind: kinds.Kind, chosen: str | None) -> Choice:
    return Choice(
        kind=kind.slug,
        label=str(kind.label),
        channel=chosen or kind.default_channel,
        default_channel=kind.default_channel,
        is_chosen=chosen is not None,
    )
