"""Series of reminders in SQL: written together with their certificates, moved, and begun again.

When a reminder fires is decided by `certifications.rules.series` alone; its moments come into the statements as a
table of slots, one for each type of certificate and expiry that occurs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from certifications import rules
from certifications.archive import KEEP_GONE, ensure_partitions
from certifications.enums import CancelReason

_SLOTS = """
slot AS (
    SELECT * FROM unnest(%(slot_types)s::uuid[], %(slot_expiries)s::timestamptz[], %(slot_reminders)s::text[],
                         %(slot_moments)s::timestamptz[])
        AS slot(type_id, expires_at, reminder_type, scheduled_at)
)"""

# Unique keys, not looking first, keep a list that is processed twice from adding anything.
_ISSUE = f"""
WITH {_SLOTS}, draft AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(mentor_ids)s::uuid[], %(user_ids)s::uuid[], %(type_ids)s::uuid[],
                         %(numbers)s::text[], %(check_codes)s::text[], %(statuses)s::text[], %(issued_ons)s::date[],
                         %(expires_ats)s::timestamptz[], %(renews_ids)s::uuid[], %(evidences)s::text[])
        AS draft(id, mentor_id, user_id, type_id, number, check_code, status, issued_on, expires_at, renews_id,
                 evidence)
), issued AS (
    INSERT INTO certifications_certificate
        (id, organization_id, mentor_id, type_id, number, check_code, status, issued_on, expires_at, issued_by_id,
         renews_id, evidence, revocation_reason, lapsed_at)
    SELECT id, %(organization)s, mentor_id, type_id, number, check_code, status, issued_on, expires_at, %(by)s,
           renews_id, evidence, '', CASE status WHEN 'expired' THEN %(at)s::timestamptz END
    FROM draft
    ON CONFLICT DO NOTHING
    RETURNING id, mentor_id, type_id, status, expires_at
), series AS (
    INSERT INTO certifications_renewalreminder
        (id, organization_id, certificate_id, user_id, reminder_type, scheduled_at, status, failure_reason,
         certificate_expiry_date)
    SELECT varde_uuid7(), %(organization)s, issued.id, draft.user_id, slot.reminder_type, slot.scheduled_at,
           CASE WHEN issued.status = 'superseded' OR slot.scheduled_at <= %(at)s THEN 'cancelled' ELSE 'pending' END,
           CASE WHEN issued.status = 'superseded' THEN '{CancelReason.RENEWED}'
                WHEN slot.scheduled_at <= %(at)s THEN '{CancelReason.PAST_AT_ENTRY}' ELSE '' END,
           issued.expires_at
    FROM issued JOIN draft ON draft.id = issued.id
    JOIN slot ON slot.type_id = issued.type_id AND slot.expires_at = issued.expires_at
    ON CONFLICT (certificate_id, reminder_type) DO NOTHING
)
SELECT id FROM issued
"""  # noqa: S608 (constants of ours)

# What was final for the old date (or cancelled while the certificate was for life) and would be due again moves to the
# archive, so that the new date has its whole series; what waits is moved; what is missing is made. `archive` must run
# before `renew`: the key is free then.
_ARCHIVE_FINAL = f"""
WITH {_SLOTS}, gone AS (
    DELETE FROM certifications_renewalreminder reminder
    USING certifications_certificate certificate, slot
    WHERE certificate.id = reminder.certificate_id AND certificate.id = ANY(%(certificates)s)
      AND slot.type_id = certificate.type_id AND slot.expires_at = certificate.expires_at
      AND slot.reminder_type = reminder.reminder_type AND slot.scheduled_at > %(at)s
      AND (reminder.status IN ('sent', 'cancelled') OR reminder.notification_id IS NOT NULL)
      AND (reminder.certificate_expiry_date <> certificate.expires_at
           OR reminder.status = 'cancelled' AND reminder.failure_reason = '{CancelReason.EXTENDED}')
    RETURNING reminder.*
)
{KEEP_GONE}
"""  # noqa: S608

_MOVE = f"""
WITH {_SLOTS}
UPDATE certifications_renewalreminder reminder
SET scheduled_at = slot.scheduled_at, certificate_expiry_date = certificate.expires_at, updated_at = %(at)s,
    status = CASE WHEN slot.scheduled_at <= %(at)s THEN 'cancelled' ELSE 'pending' END,
    failure_reason = CASE WHEN slot.scheduled_at <= %(at)s THEN '{CancelReason.PAST_AT_ENTRY}' ELSE '' END
FROM certifications_certificate certificate, slot
WHERE certificate.id = reminder.certificate_id AND certificate.id = ANY(%(certificates)s)
  AND slot.type_id = certificate.type_id AND slot.expires_at = certificate.expires_at
  AND slot.reminder_type = reminder.reminder_type
  AND reminder.status = 'pending' AND reminder.notification_id IS NULL
"""  # noqa: S608

# Another hour of the day: what was due already stays due, and what becomes so by the earlier hour comes at once.
_MOVE_HOUR = f"""
WITH {_SLOTS}
UPDATE certifications_renewalreminder reminder SET scheduled_at = slot.scheduled_at, updated_at = %(at)s
FROM certifications_certificate certificate, slot
WHERE certificate.id = reminder.certificate_id AND certificate.id = ANY(%(certificates)s)
  AND slot.type_id = certificate.type_id AND slot.expires_at = certificate.expires_at
  AND slot.reminder_type = reminder.reminder_type
  AND reminder.status = 'pending' AND reminder.notification_id IS NULL AND reminder.scheduled_at > %(at)s
"""  # noqa: S608

_COMPLETE = f"""
WITH {_SLOTS}
INSERT INTO certifications_renewalreminder
    (id, organization_id, certificate_id, user_id, reminder_type, scheduled_at, status, failure_reason,
     certificate_expiry_date)
SELECT varde_uuid7(), certificate.organization_id, certificate.id, mentor.user_id, slot.reminder_type,
       slot.scheduled_at, CASE WHEN slot.scheduled_at <= %(at)s THEN 'cancelled' ELSE 'pending' END,
       CASE WHEN slot.scheduled_at <= %(at)s THEN '{CancelReason.PAST_AT_ENTRY}' ELSE '' END, certificate.expires_at
FROM certifications_certificate certificate
JOIN accounts_mentorprofile mentor ON mentor.id = certificate.mentor_id
JOIN slot ON slot.type_id = certificate.type_id AND slot.expires_at = certificate.expires_at
WHERE certificate.id = ANY(%(certificates)s) AND certificate.status = 'active'
  AND NOT EXISTS (
      SELECT FROM certifications_archivedreminder archived
      WHERE archived.certificate_id = certificate.id AND archived.reminder_type = slot.reminder_type
        AND archived.certificate_expiry_date = certificate.expires_at
        AND archived.failure_reason <> '{CancelReason.EXTENDED}'
  )
ON CONFLICT (certificate_id, reminder_type) DO NOTHING
"""  # noqa: S608


class NewCertificate(NamedTuple):
    """A certificate to be written, with all that has been decided about it."""

    id: UUID
    mentor_id: UUID
    user_id: UUID
    type_id: UUID
    number: str
    check_code: str
    status: str
    issued_on: date
    expires_at: datetime | None
    renews_id: UUID | None
    evidence: str


class Schedule(NamedTuple):
    """What a series depends on beside the expiry date: the local hour, the zone, each type's days before."""

    zone: str
    hour: int
    reminder_days: Mapping[UUID, Sequence[int]]


def write_certificates(
    rows: Sequence[NewCertificate],
    schedule: Schedule,
    expiries: Iterable[tuple[UUID, date]],
    *,
    organization_id: UUID,
    by: UUID | None,
    at: datetime,
) -> set[UUID]:
    """Write certificates with their series, in one statement; answers the ids of those that were new.

    `expiries` are the types and expiry dates that occur. Of a reminder whose day has passed it is written down that
    it was cancelled, and why.
    """
    names = ("ids", "mentor_ids", "user_ids", "type_ids", "numbers", "check_codes", "statuses", "issued_ons",
             "expires_ats", "renews_ids", "evidences")  # fmt: skip
    values: dict[str, Any] = {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    values |= _slots(schedule, expiries) | {"organization": organization_id, "by": by, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_ISSUE, values)
        return {key for (key,) in cursor.fetchall()}


def move_series(
    certificates: Collection[UUID], schedule: Schedule, expiries: Iterable[tuple[UUID, date]], *, at: datetime
) -> None:
    """Bring the reminders of certificates whose expiry has just changed in line with it. Three statements.

    What waits is moved; what had been sent or cancelled for the old date, and would be due again, goes to the archive
    and is made anew; nothing is made for what the archive has of the same date.
    """
    values: dict[str, Any] = _slots(schedule, expiries) | {"certificates": list(certificates), "at": at}
    ensure_partitions(*_span_of(certificates))
    with connection.cursor() as cursor:
        for statement in (_ARCHIVE_FINAL, _MOVE, _COMPLETE):
            cursor.execute(statement, values)


def move_hour(
    certificates: Collection[UUID], schedule: Schedule, expiries: Iterable[tuple[UUID, date]], *, at: datetime
) -> None:
    """Move what waits to the schedule's hour. Nothing is cancelled: what is due by that comes at once."""
    values: dict[str, Any] = _slots(schedule, expiries) | {"certificates": list(certificates), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_HOUR, values)


def _span_of(certificates: Collection[UUID]) -> tuple[datetime | None, datetime | None]:
    """Between which moments the reminders of `certificates` lie."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(scheduled_at), max(scheduled_at) FROM certifications_renewalreminder"
            " WHERE certificate_id = ANY(%s)",
            [list(certificates)],
        )
        first, last = cursor.fetchone()
    return first, last


def complete_series(
    certificates: Collection[UUID], schedule: Schedule, expiries: Iterable[tuple[UUID, date]], *, at: datetime
) -> int:
    """Make what is missing of the series of active certificates; answers how many. Doing it again adds nothing."""
    values: dict[str, Any] = _slots(schedule, expiries) | {"certificates": list(certificates), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_COMPLETE, values)
        return int(cursor.rowcount)


def _slots(schedule: Schedule, expiries: Iterable[tuple[UUID, date]]) -> dict[str, Any]:
    """The table of slots, as columns."""
    rows = [
        (type_id, rules.expiry_moment(expires_on, schedule.zone), slot.reminder_type, slot.scheduled_at)
        for type_id, expires_on in set(expiries)
        for slot in rules.series(expires_on, schedule.zone, schedule.hour, schedule.reminder_days[type_id])
    ]
    columns = zip(*rows, strict=True) if rows else ((), (), (), ())
    return dict(zip(("slot_types", "slot_expiries", "slot_reminders", "slot_moments"), map(list, columns), strict=True))
