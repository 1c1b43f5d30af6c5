"""What a claimed batch says: asks again whether there is a reason, and has the text written, in each language."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.utils import translation

from accounts.local_time import quiet_until
from accounts.models import ModuleSetting
from notifications import kinds
from notifications.delivery import Delivery
from notifications.dispatch import settling
from notifications.dispatch.settling import NotSent
from notifications.kinds import Kind, Message

logger = logging.getLogger(__name__)

TITLE_LENGTH = 200
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def sort_out(
    batch: Sequence[Delivery], at: datetime, *, keeps_quiet: bool
) -> tuple[list[tuple[Kind, Delivery]], list[NotSent]]:
    """Those that may go out now, and what becomes of those that may not. No query.

    `keeps_quiet` says whether the channel disturbs anybody, and so keeps quiet hours in the recipient's zone.
    """
    ready: list[tuple[Kind, Delivery]] = []
    not_sent: list[NotSent] = []
    for delivery in batch:
        kind = kinds.find(delivery.kind)
        quiet_end = quiet_hours_end(delivery, at) if keeps_quiet and not (kind and kind.is_urgent) else None
        if not delivery.is_active:
            not_sent.append(settling.cancelled(delivery, "recipient_disabled", at))
        elif not delivery.is_member:
            not_sent.append(settling.cancelled(delivery, "recipient_left", at))
        elif kind is None:  # written by a newer or an older release; another worker may know it
            not_sent.append(settling.try_again(delivery, "unknown_kind", at))
        elif quiet_end is not None:
            not_sent.append(settling.put_back(delivery, "quiet_hours", quiet_end))
        else:
            ready.append((kind, delivery))
    return ready, not_sent


def quiet_hours_end(delivery: Delivery, at: datetime) -> datetime | None:
    """When the quiet hours end that `at` falls in; None outside them."""
    end = quiet_until(at, delivery.time_zone, delivery.quiet_from, delivery.quiet_to)
    # In the hour that the clocks go through twice, quiet hours that end in it have ended the first time.
    return end if end is not None and end > at else None


def compose(ready: Sequence[tuple[Kind, Delivery]], at: datetime) -> tuple[list[Delivery], list[NotSent]]:
    """Write the texts into the deliveries; answers those to send, and what becomes of the others."""
    to_send: list[Delivery] = []
    not_sent: list[NotSent] = []
    groups: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
    in_use = _modules_in_use(ready)
    for kind, delivery in ready:
        if kind.module and (delivery.organization_id, kind.module) not in in_use:
            not_sent.append(settling.cancelled(delivery, "module_disabled", at))
        else:
            groups[kind.slug, delivery.language].append(delivery)
    for (slug, language), group in groups.items():
        with translation.override(language):
            for delivery, message in _messages(kinds.get(slug), group):
                if isinstance(message, Exception):
                    not_sent.append(settling.try_again(delivery, "compose_failed", at))
                elif message is None:
                    not_sent.append(settling.cancelled(delivery, "reason_gone", at))
                else:
                    _write(delivery, message)
                    to_send.append(delivery)
    return to_send, not_sent


def _modules_in_use(ready: Sequence[tuple[Kind, Delivery]]) -> set[tuple[UUID, str]]:
    """Which of the batch's organisations use which of its kinds' modules; one query, none without modules."""
    modules = {kind.module for kind, _delivery in ready if kind.module}
    if not modules:
        return set()
    organizations = {delivery.organization_id for _kind, delivery in ready}
    used = ModuleSetting.objects.filter(organization_id__in=organizations, module__in=modules, is_enabled=True)
    return set(used.values_list("organization_id", "module"))


def _messages(kind: Kind, group: Sequence[Delivery]) -> list[tuple[Delivery, Message | Exception | None]]:
    """Ask for the whole group; if that raises, for one after the other, so that one bad row harms only itself."""
    found = _ask(kind, group)
    if isinstance(found, Exception):
        if len(group) == 1:
            return [(group[0], found)]
        return [answer for delivery in group for answer in _messages(kind, [delivery])]
    return [(delivery, found.get(delivery.id)) for delivery in group]


def _ask(kind: Kind, group: Sequence[Delivery]) -> Mapping[UUID, Message] | Exception:
    try:
        return {key: _plain(message) for key, message in kind.compose(group).items()}
    except Exception as error:
        if len(group) == 1:
            # The error's own words may hold names; its type and the row's id are enough to find it.
            logger.error("Could not compose notification %s: %s", group[0].id, type(error).__name__)
        return error


def _plain(message: Message) -> Message:
    """Texts that can be stored and sent: lazy ones rendered in the active language, the title one line."""
    title = " ".join(storable(str(message.title)).split())
    return replace(message, title=title[:TITLE_LENGTH], body=storable(str(message.body)), path=storable(message.path))


def storable(text: str) -> str:
    """Without what neither PostgreSQL nor a mail takes: control characters and halves of surrogate pairs."""
    return _UNFIT.sub("", text)


def _write(delivery: Delivery, message: Message) -> None:
    delivery.title, delivery.body = str(message.title), str(message.body)
    delivery.path, delivery.path_is_secret = message.path, message.path_is_secret
