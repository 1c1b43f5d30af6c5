"""The archive of reminders: what has been final for more than a year moves there."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max, Min

from certifications.archive import KEEP_GONE, ensure_partitions
from certifications.models import RenewalReminder

#: How long a final reminder stays where it is.
KEPT = timedelta(days=365)
#: So many rows are moved in one transaction.
CHUNK = 5_000

_MOVE = f"""
WITH old AS (
    SELECT reminder.id FROM certifications_renewalreminder reminder
    LEFT JOIN notifications_notification note ON note.id = reminder.notification_id
    WHERE reminder.updated_at < %(before)s AND reminder.scheduled_at < %(before)s
      AND (reminder.status IN ('sent', 'cancelled')
           OR reminder.status = 'failed' AND note.state NOT IN ('pending', 'sending'))
    ORDER BY reminder.scheduled_at LIMIT {CHUNK} FOR UPDATE OF reminder SKIP LOCKED
), gone AS (
    DELETE FROM certifications_renewalreminder reminder USING old WHERE old.id = reminder.id RETURNING reminder.*
)
{KEEP_GONE}
"""  # noqa: S608 (constants of ours)


def archive_reminders(*, at: datetime) -> int:
    """Move every reminder that has been final for more than a year to the archive; answers how many.

    In chunks, each a transaction: stopped half-way, the next run goes on. Doing it again moves nothing. Nothing that
    is decided looks at old reminders, so no decision changes by it.
    """
    total = 0
    while moved := _move_chunk(at):
        total += moved
    return total


@transaction.atomic
def _move_chunk(at: datetime) -> int:
    before = at - KEPT
    span = RenewalReminder.objects.filter(scheduled_at__lt=before).aggregate(
        first=Min("scheduled_at"), last=Max("scheduled_at")
    )
    ensure_partitions(**span)
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, {"before": before, "at": at})
        return int(cursor.rowcount)
