"""Back-pressure: a channel whose provider does not answer is closed, so that an outage costs no row its attempts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from notifications import rules
from notifications.enums import Channel
from notifications.models import ChannelHealth

_FAILURE = """
INSERT INTO notifications_channelhealth AS health (channel, failures, last_error)
VALUES (%(channel)s, 1, %(error)s)
ON CONFLICT (channel) DO UPDATE SET failures = health.failures + 1, last_error = excluded.last_error
RETURNING failures
"""


@dataclass(slots=True)
class Health:
    """How one channel's provider has answered lately, as this run knows it."""

    channel: Channel
    failures: int = 0
    closed_until: datetime | None = None
    _is_probing: bool = False

    def is_closed(self, at: datetime) -> bool:
        return self.closed_until is not None and self.closed_until > at

    @property
    def on_probation(self) -> bool:
        """Closed, and not known to answer again: one row is sent to find out."""
        return self.closed_until is not None

    def begin_probe(self, at: datetime, lease: timedelta) -> bool:
        """May this run send the one row that finds out? Of several runs that ask at once one may."""
        rows = ChannelHealth.objects.filter(channel=self.channel, closed_until=self.closed_until)
        if not rows.update(closed_until=at + lease):
            return False
        self.closed_until, self._is_probing = at + lease, True
        return True

    def end_probe(self, at: datetime) -> None:
        """The probe found nothing out (nobody could be sent anything): the next run may try at once."""
        if self._is_probing:
            ChannelHealth.objects.filter(channel=self.channel, closed_until=self.closed_until).update(closed_until=at)

    def failed(self, error: str, at: datetime) -> None:
        """The provider did not answer. Five times in a row close the channel, longer each time."""
        with connection.cursor() as cursor:
            cursor.execute(_FAILURE, {"channel": self.channel, "error": error})
            self.failures = cursor.fetchone()[0]
        wait = rules.closure(self.failures)
        if wait is not None:
            self._is_probing = False
            self.closed_until = at + wait
            ChannelHealth.objects.filter(channel=self.channel).update(closed_until=self.closed_until)

    def answered(self) -> None:
        """The provider answered, whatever it said: the channel is open."""
        if self.failures or self.closed_until:
            self.failures, self.closed_until = 0, None
            ChannelHealth.objects.filter(channel=self.channel).update(failures=0, closed_until=None)


def read(channels: Iterable[Channel]) -> dict[Channel, Health]:
    """The health of `channels`, in one query; one of which nothing is written is well."""
    written = ChannelHealth.objects.in_bulk(list(channels))
    return {
        channel: Health(channel, row.failures, row.closed_until) if (row := written.get(channel)) else Health(channel)
        for channel in channels
    }
