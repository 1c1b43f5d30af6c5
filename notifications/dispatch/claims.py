"""The statements that take rows out of the queue. Every one is a transaction of its own.

A claim is a lease: the row is `sending`, its attempt is counted, and `not_before` is when it may be taken over.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from notifications import rules
from notifications.delivery import Delivery
from notifications.enums import Channel

# All of it is found by the partial index `notification_due` (channel, state, not_before, id), so that the history of
# what has been sent costs nothing, and neither does the backlog of a channel that is closed.
_TAKE = """
WITH due AS (
    SELECT id FROM notifications_notification
    WHERE channel = %(channel)s AND {which} AND not_before <= %(at)s
    ORDER BY not_before, id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE notifications_notification n
SET state = 'sending', attempts = n.attempts + 1, claimed_at = %(at)s, not_before = %(lease_end)s, updated_at = %(at)s
FROM due, accounts_user person, accounts_organization organization
WHERE n.id = due.id AND person.id = n.recipient_id AND organization.id = n.organization_id
RETURNING n.id, n.organization_id, n.recipient_id, n.kind, n.subject_id, n.data::text, n.attempts, n.claimed_at,
          n.created_at, n.channel, person.email, person.phone, person.first_name, person.language,
          COALESCE(NULLIF(person.time_zone, ''), organization.time_zone), person.is_active,
          person.is_superuser OR EXISTS (
              SELECT FROM accounts_membership member
              WHERE member.user_id = person.id AND member.organization_id = organization.id AND member.is_active
          ),
          organization.name, organization.quiet_from, organization.quiet_to
"""

TAKE_WAITING = _TAKE.format(which="state = 'pending'")
TAKE_ABANDONED = _TAKE.format(which="state = 'sending' AND attempts < %(most)s")

_WORN_OUT = """
UPDATE notifications_notification
SET state = 'failed', failure_reason = 'worker_lost', claimed_at = NULL, updated_at = %(at)s
WHERE channel = %(channel)s AND state = 'sending' AND not_before <= %(at)s AND attempts >= %(most)s
"""

_WORK = """
SELECT channel,
       EXISTS (SELECT FROM notifications_notification n
               WHERE n.channel = name.channel AND n.state = 'pending' AND n.not_before <= %(at)s),
       EXISTS (SELECT FROM notifications_notification n
               WHERE n.channel = name.channel AND n.state = 'sending' AND n.not_before <= %(at)s)
FROM unnest(%(channels)s::text[]) AS name(channel)
"""


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do for one channel: rows that wait, and rows whose worker has been lost."""

    channel: Channel
    waiting: bool
    abandoned: bool


def look_for_work(channels: Collection[Channel], at: datetime) -> list[Work]:
    """Which of `channels` have anything to do. One statement, however long the queue."""
    with connection.cursor() as cursor:
        cursor.execute(_WORK, {"channels": [str(name) for name in channels], "at": at})
        found = [Work(Channel(name), waiting, abandoned) for name, waiting, abandoned in cursor.fetchall()]
    return [work for work in found if work.waiting or work.abandoned]


def take_waiting(channel: Channel, *, limit: int, at: datetime, lease: timedelta) -> list[Delivery]:
    """Claim up to `limit` rows that wait, the longest waiting first."""
    return _take(TAKE_WAITING, channel, limit=limit, at=at, lease=lease)


def take_abandoned(channel: Channel, *, at: datetime, lease: timedelta) -> list[Delivery]:
    """Take over one row whose worker was lost with it: alone, so that a row that kills workers harms only itself.

    Rows that have lost their last attempt that way have failed and go to the list of those that need attention.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WORN_OUT, {"channel": channel, "at": at, "most": rules.MAX_ATTEMPTS})
    return _take(TAKE_ABANDONED, channel, limit=1, at=at, lease=lease)


def _take(statement: str, channel: Channel, *, limit: int, at: datetime, lease: timedelta) -> list[Delivery]:
    values: dict[str, Any] = {
        "channel": channel,
        "limit": limit,
        "at": at,
        "lease_end": at + lease,
        "most": rules.MAX_ATTEMPTS,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Delivery(*row) for row in cursor.fetchall()]
