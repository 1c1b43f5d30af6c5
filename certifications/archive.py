"""The archive's table in SQL: how a reminder gets there, and the partitions it falls in."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection

_COLUMNS = (
    "id, organization_id, certificate_id, user_id, reminder_type, scheduled_at, sent_at, {status}, channel,"
    " failure_reason, retry_count, certificate_expiry_date, coordinator_notified, auto_pause_triggered,"
    " notification_id, created_at, updated_at"
)

#: SQL that writes the reminders of a CTE `gone` (deleted rows, all columns) into the archive. One that still waited
#: has been overtaken by what archives it, so it counts as cancelled.
KEEP_GONE = f"""
INSERT INTO certifications_archivedreminder ({_COLUMNS.format(status="status")}, archived_at)
SELECT {_COLUMNS.format(status="CASE status WHEN 'pending' THEN 'cancelled' ELSE status END")}, %(at)s
FROM gone
"""  # noqa: S608 (constants of ours)


def ensure_partitions(first: datetime | None, last: datetime | None) -> None:
    """Make the missing partitions, a year (UTC) each, for reminders that were due between these moments."""
    if first is None or last is None:
        return
    for year in range(first.astimezone(UTC).year, last.astimezone(UTC).year + 1):
        _ensure_partition(year)


def _ensure_partition(year: int) -> None:
    name = f"certifications_archivedreminder_{year:04d}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NULL", [name])
        # Asked first, because making a partition locks the whole table even when it is there already.
        if cursor.fetchone()[0]:
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF certifications_archivedreminder"
                f" FOR VALUES FROM ('{year:04d}-01-01 00:00Z') TO ('{year + 1:04d}-01-01 00:00Z')"
            )
