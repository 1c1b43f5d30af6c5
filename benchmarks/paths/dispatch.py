"""Delivering 500 due notifications through a channel that does nothing, beside a raw claim and mark.

And, as a path of its own, with ten times the history beside the time without it: it must cost the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from uuid import UUID

from django.db import connection

from benchmarks import data
from benchmarks.harness import Path, raw
from notifications import kinds
from notifications.channels.memory import MemoryChannel
from notifications.delivery import Delivery
from notifications.dispatch import database_clock, dispatch
from notifications.enums import Channel

DUE = 500

_WRITE_DUE = """
INSERT INTO notifications_notification (id, organization_id, recipient_id, kind, subject_id, dedupe_key, channel,
    title, body, not_before)
SELECT varde_uuid7(), mentor.organization_id, mentor.user_id, 'benchmark', mentor.id, 'benchmark:' || mentor.id,
       'email', '', '', now() - interval '1 minute'
FROM accounts_mentorprofile mentor WHERE mentor.organization_id = %s ORDER BY mentor.id LIMIT %s
"""

_CLAIM = """
WITH due AS (
    SELECT id FROM notifications_notification
    WHERE channel = 'email' AND state = 'pending' AND not_before <= now()
    ORDER BY not_before, id LIMIT 500 FOR UPDATE SKIP LOCKED
)
UPDATE notifications_notification n
SET state = 'sending', attempts = attempts + 1, claimed_at = now(), not_before = now() + interval '2 minutes',
    updated_at = now()
FROM due, accounts_user person WHERE n.id = due.id AND person.id = n.recipient_id
RETURNING n.id, n.kind, n.subject_id, person.email, person.language
"""
_MARK = """
UPDATE notifications_notification n
SET state = 'sent', sent_at = now(), updated_at = now(), claimed_at = NULL, title = done.title, body = done.body
FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS done(id, title, body)
WHERE n.id = done.id AND n.state = 'sending'
"""

_TEXT = ("Time to get in touch", "A text of about the usual length, so that rows have about the usual width.")


def compose(deliveries: Sequence[Delivery]) -> Mapping[UUID, kinds.Message]:
    return {delivery.id: kinds.Message(*_TEXT) for delivery in deliveries}


class Dispatch(Path):
    name = "dispatch"
    sentence = "500 due notifications through a channel that does nothing"
    bound = 2.5
    rounds = 25

    def set_up(self) -> None:
        self.stack = ExitStack()
        kind = kinds.Kind(slug="benchmark", label="Benchmark", default_channel=Channel.EMAIL, compose=compose)
        self.stack.enter_context(kinds.temporarily(kind))
        self.organization_id = data.organization_id()
        with connection.cursor() as cursor:
            # Quiet hours would make the measurement depend on the time of day.
            cursor.execute("UPDATE accounts_organization SET quiet_from = NULL, quiet_to = NULL")

    def before(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM notifications_notification WHERE kind = 'benchmark'")
            cursor.execute("VACUUM notifications_notification")
            cursor.execute(_WRITE_DUE, [self.organization_id, DUE])

    def ours(self) -> None:
        self.channel = MemoryChannel(Channel.EMAIL)
        dispatch(clock=database_clock(), channels={Channel.EMAIL: self.channel})

    def twin(self) -> None:
        with raw().cursor() as cursor:
            rows = cursor.execute(_CLAIM).fetchall()
            cursor.execute(_MARK, [[row[0] for row in rows], [_TEXT[0] for _ in rows], [_TEXT[1] for _ in rows]])

    def after(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM notifications_notification WHERE kind = 'benchmark' AND state = 'sent'"
                " AND title <> '' AND attempts = 1"
            )
            assert cursor.fetchone() == (DUE,)

    def tear_down(self) -> None:
        self.stack.close()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM notifications_notification WHERE kind = 'benchmark'")


class TenfoldHistory(Dispatch):
    """The ledger twice over, once with the history and once with ten times of it, each in a schema of its own, so that
    the two can be measured in turn."""

    name = "dispatch_history_x10"
    sentence = "ours with ten times as many sent notifications, beside ours without"
    bound = 1.3

    def set_up(self) -> None:
        super().set_up()
        with connection.cursor() as cursor:
            for schema, times in (("short_history", 1), ("long_history", 10)):
                cursor.execute(_COPY.format(schema=schema, times=times))
                cursor.execute(f"VACUUM ANALYZE {schema}.notifications_notification")

    def before(self) -> None:
        for schema in ("long_history", "short_history"):
            self._look_at(schema)
            super().before()

    def ours(self) -> None:
        self._look_at("long_history")
        super().ours()

    def twin(self) -> None:
        self._look_at("short_history")
        super().ours()

    def tear_down(self) -> None:
        self._look_at("public")
        super().tear_down()
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA short_history, long_history CASCADE")

    def _look_at(self, schema: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {schema}, public")


_COPY = """
DROP SCHEMA IF EXISTS {schema} CASCADE;
CREATE SCHEMA {schema};
CREATE TABLE {schema}.notifications_notification (LIKE public.notifications_notification INCLUDING ALL);
INSERT INTO {schema}.notifications_notification (id, organization_id, recipient_id, kind, dedupe_key, channel, title,
        body, state, attempts, not_before, sent_at)
    SELECT varde_uuid7(), organization_id, recipient_id, kind, dedupe_key || ':' || number, channel, title, body, state,
           attempts, not_before, sent_at
    FROM public.notifications_notification, generate_series(1, {times}) number WHERE kind = 'history';
"""

PATHS: list[Path] = [Dispatch(), TenfoldHistory()]
