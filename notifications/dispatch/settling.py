"""The statements that write down how it went: one for what was sent, one for all the rest.

Each names the claim it settles. When the lease has run out and another worker has the row, the statement no longer
finds it, so nothing is settled twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from notifications import rules
from notifications.delivery import Delivery
from notifications.enums import Channel, State

_SENT = """
UPDATE notifications_notification n
SET state = 'sent', sent_at = %(at)s, updated_at = %(at)s, claimed_at = NULL, failure_reason = '',
    title = done.title, body = done.body, provider_id = done.provider_id,
    data = CASE WHEN done.path = '' THEN n.data ELSE n.data || jsonb_build_object('path', done.path) END
FROM unnest(%(ids)s::uuid[], %(claims)s::timestamptz[], %(titles)s::text[], %(bodies)s::text[], %(paths)s::text[],
            %(provider_ids)s::text[]) AS done(id, claimed_at, title, body, path, provider_id)
WHERE n.id = done.id AND n.state = 'sending' AND n.claimed_at = done.claimed_at
"""

_NOT_SENT = """
UPDATE notifications_notification n
SET state = done.state, updated_at = %(at)s, claimed_at = NULL, failure_reason = done.reason,
    not_before = done.not_before, attempts = done.attempts, channel = done.channel
FROM unnest(%(ids)s::uuid[], %(claims)s::timestamptz[], %(states)s::text[], %(reasons)s::text[],
            %(not_befores)s::timestamptz[], %(attempts)s::int[], %(channels)s::text[])
    AS done(id, claimed_at, state, reason, not_before, attempts, channel)
WHERE n.id = done.id AND n.state = 'sending' AND n.claimed_at = done.claimed_at
"""


@dataclass(frozen=True, slots=True)
class Sent:
    delivery: Delivery
    provider_id: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Where a row goes that was not sent: which state, from when, with how many attempts used, by which channel."""

    delivery: Delivery
    state: State
    reason: str
    not_before: datetime
    attempts: int
    channel: Channel


def failed(delivery: Delivery, reason: str, at: datetime) -> NotSent:
    """For good: somebody has to look at it."""
    return NotSent(delivery, State.FAILED, reason, at, delivery.attempts, delivery.channel)


def try_again(delivery: Delivery, reason: str, at: datetime) -> NotSent:
    """The attempt counts: again after a while, or, if it was the last, failed."""
    wait = rules.back_off(delivery.attempts)
    if wait is None:
        return failed(delivery, reason, at)
    return NotSent(delivery, State.PENDING, reason, at + wait, delivery.attempts, delivery.channel)


def cancelled(delivery: Delivery, reason: str, at: datetime) -> NotSent:
    """There is no reason to send it any more."""
    return NotSent(delivery, State.CANCELLED, reason, at, delivery.attempts, delivery.channel)


def put_back(delivery: Delivery, reason: str, until: datetime) -> NotSent:
    """It was not tried: the attempt is given back, and it waits until `until`."""
    return NotSent(delivery, State.PENDING, reason, until, delivery.attempts - 1, delivery.channel)


def rerouted(delivery: Delivery, channel: Channel, reason: str, at: datetime) -> NotSent:
    """The person cannot be reached this way: at once by another, with all attempts."""
    return NotSent(delivery, State.PENDING, reason, at, delivery.attempts - 1, channel)


def settle(sent: Sequence[Sent], not_sent: Sequence[NotSent], at: datetime) -> None:
    """Write down outcomes: at most two statements."""
    if sent:
        _execute(
            _SENT,
            at=at,
            ids=[each.delivery.id for each in sent],
            claims=[each.delivery.claimed_at for each in sent],
            titles=[each.delivery.title for each in sent],
            bodies=[each.delivery.body for each in sent],
            paths=["" if each.delivery.path_is_secret else each.delivery.path for each in sent],
            provider_ids=[each.provider_id for each in sent],
        )
    if not_sent:
        _execute(
            _NOT_SENT,
            at=at,
            ids=[each.delivery.id for each in not_sent],
            claims=[each.delivery.claimed_at for each in not_sent],
            states=[str(each.state) for each in not_sent],
            reasons=[each.reason for each in not_sent],
            not_befores=[each.not_before for each in not_sent],
            attempts=[each.attempts for each in not_sent],
            channels=[str(each.channel) for each in not_sent],
        )


def _execute(statement: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
