"""The engine: takes due notifications out of the ledger, sends them, and writes down how it went.

Rows are the queue. Any number of runs may work at once, on any number of hosts; each claims its own rows. A run that
is killed loses nothing: its rows come back when their lease is over. See `Turn` for a channel's share of a run,
`claims` and `settling` for the statements, `health` for what happens when a provider is down.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings

from notifications import channels as doors
from notifications.dispatch import claims, health
from notifications.dispatch.clock import Clock, database_clock
from notifications.dispatch.turns import Turn
from notifications.enums import Channel

__all__ = ["Clock", "database_clock", "dispatch"]


def dispatch(
    *,
    clock: Clock,
    channels: Mapping[Channel, doors.Channel] | None = None,
    budget: timedelta | None = None,
    lease: timedelta | None = None,
) -> Counter[str]:
    """Deliver what is due, until there is no more or `budget` is used up; answers how many went which way, by state.

    `clock` answers the moment it is now: in production the database's, so that all workers agree. `channels` are the
    doors to use (the setting's, unless given), `lease` how long a claim holds. Call it outside any transaction.
    """
    doors_by_name = dict(channels or doors.in_use())
    if budget is None:
        budget = timedelta(seconds=settings.NOTIFICATION_BUDGET_SECONDS)
    if lease is None:
        lease = timedelta(seconds=settings.NOTIFICATION_LEASE_SECONDS)
    ends = time.monotonic() + budget.total_seconds()
    turns = {
        name: Turn(doors_by_name[name], found, clock=clock, lease=lease, ends=ends)
        for name, found in health.read(doors_by_name).items()
        if not found.is_closed(clock())
    }
    try:
        while time.monotonic() < ends and _round(turns, clock):
            pass
    finally:
        for turn in turns.values():
            turn.finish()
    return sum((turn.counts for turn in turns.values()), Counter())


def _round(turns: Mapping[Channel, Turn], clock: Clock) -> bool:
    """Give every channel that has work one batch, so that a backlog in one does not starve the others."""
    active = [name for name, turn in turns.items() if not turn.is_over]
    found = claims.look_for_work(active, clock()) if active else []
    for work in found:
        turns[work.channel].work(work)
    return bool(found)
