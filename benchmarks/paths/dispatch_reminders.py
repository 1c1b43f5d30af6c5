"""Finding and handling 500 due renewal reminders among 700,000, beside a raw claim and mark.

Ours decides, acts on what has lapsed, and writes the messages and the coordinators' notices; all of it is measured.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from benchmarks import data
from benchmarks.harness import Path, raw
from certifications.models import RenewalReminder
from certifications.services.clockwork import process_batch

#: The moment at which five hundred reminders have come due since the morning of the data.
_NTH_DUE = """
SELECT scheduled_at FROM certifications_renewalreminder
WHERE status = 'pending' AND notification_id IS NULL AND organization_id = %s
ORDER BY scheduled_at, id OFFSET 499 LIMIT 1
"""

_CLAIM = """
WITH due AS (
    SELECT id FROM certifications_renewalreminder
    WHERE status = 'pending' AND notification_id IS NULL AND scheduled_at <= %(at)s AND organization_id = %(org)s
    ORDER BY scheduled_at, id LIMIT 500 FOR UPDATE SKIP LOCKED
)
UPDATE certifications_renewalreminder reminder SET retry_count = retry_count + 1, updated_at = %(at)s
FROM due WHERE reminder.id = due.id
RETURNING reminder.id, reminder.certificate_id, reminder.user_id, reminder.reminder_type
"""
_MARK = """
UPDATE certifications_renewalreminder SET status = 'sent', sent_at = %(at)s, updated_at = %(at)s WHERE id = ANY(%(ids)s)
"""


class DispatchReminders(Path):
    name = "dispatch_reminders"
    sentence = "500 due reminders among 700,000, decided and handed over"
    bound = 2.5
    rounds = 25

    def set_up(self) -> None:
        self.organization_id = data.organization_id()
        with connection.cursor() as cursor:
            cursor.execute(_NTH_DUE, [self.organization_id])
            self.at: datetime = cursor.fetchone()[0] + timedelta(seconds=1)

    def before(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM certifications_renewalreminder, notifications_notification")
        self.block = transaction.atomic()
        self.block.__enter__()
        self.due = self._count_due()

    def ours(self) -> None:
        process_batch([self.organization_id], at=self.at)

    def twin(self) -> None:
        values = {"at": self.at, "org": self.organization_id}
        with raw().cursor() as cursor:
            ids = [row[0] for row in cursor.execute(_CLAIM, values).fetchall()]
            cursor.execute(_MARK, values | {"ids": ids})

    def after(self) -> None:
        left = self._count_due()
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)
        assert self.due - left >= 500, (self.due, left)

    def _count_due(self) -> int:
        return RenewalReminder.objects.due(self.at).filter(organization_id=self.organization_id).count()


class TenfoldHistory(DispatchReminders):
    """The reminders twice over, with a tenth of the history and with all of it, each in a schema of its own, so that
    the two can be measured in turn."""

    name = "dispatch_reminders_history_x10"
    sentence = "ours with ten times as many final reminders, beside ours without"
    bound = 1.3

    def set_up(self) -> None:
        super().set_up()
        with connection.cursor() as cursor:
            for schema, keeps in (("short_history", "hashtext(id::text) % 10 = 0"), ("long_history", "true")):
                cursor.execute(_COPY.format(schema=schema, keeps=keeps))
                cursor.execute(f"VACUUM ANALYZE {schema}.certifications_renewalreminder")

    def ours(self) -> None:
        self._look_at("long_history")
        super().ours()

    def twin(self) -> None:
        self._look_at("short_history")
        super().ours()

    def tear_down(self) -> None:
        self._look_at("public")
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA short_history, long_history CASCADE")

    def _look_at(self, schema: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {schema}, public")


_COPY = """
DROP SCHEMA IF EXISTS {schema} CASCADE;
CREATE SCHEMA {schema};
CREATE TABLE {schema}.certifications_renewalreminder
    (LIKE public.certifications_renewalreminder INCLUDING ALL);
INSERT INTO {schema}.certifications_renewalreminder
    SELECT * FROM public.certifications_renewalreminder WHERE status = 'pending' OR {keeps};
"""

PATHS: list[Path] = [DispatchReminders(), TenfoldHistory()]
