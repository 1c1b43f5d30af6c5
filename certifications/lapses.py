"""Lapses in SQL: who has to be paused, and which lapses nothing has caught.

A mentor is protected by any required certificate whose pause has not come: one that is valid, or in its days of
grace. `certifications.rules.pause_moment` is the rule behind `_PAUSE_MOMENT`; a property test compares the two.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from certifications.archive import KEEP_GONE, ensure_partitions
from certifications.enums import EXPIRY_TYPES
from certifications.models.settings import DEFAULT_HOUR

_EXPIRY_TYPES = ", ".join(f"'{name}'" for name in EXPIRY_TYPES)


def _pause_moment(certificate: str, type_: str) -> str:
    """SQL of the moment at which a lapse of `certificate` pauses; `organization` and `settings` are joined."""
    return (
        f"((({certificate}.expires_at AT TIME ZONE organization.time_zone)::date + {type_}.grace_days)"
        f" + make_interval(hours => COALESCE(settings.reminder_hour, {DEFAULT_HOUR})))"
        " AT TIME ZONE organization.time_zone"
    )


_WITH_SETTINGS = """
JOIN accounts_organization organization ON organization.id = certificate.organization_id
LEFT JOIN certifications_certificationsettings settings ON settings.organization_id = certificate.organization_id
"""

_PROTECTED = f"""
EXISTS (
    SELECT FROM certifications_certificate other
    JOIN certifications_certificationtype other_type ON other_type.id = other.type_id
        AND other_type.required_for_active
    WHERE other.mentor_id = certificate.mentor_id AND other.status IN ('active', 'expired')
      AND (other.expires_at IS NULL OR {_pause_moment("other", "other_type")} > %(at)s)
)"""

_EXPIRE = """
UPDATE certifications_certificate SET status = 'expired', lapsed_at = %(at)s, updated_at = %(at)s
WHERE mentor_id = ANY(%(mentors)s) AND status IN ('active', 'expired') AND expires_at <= %(at)s AND lapsed_at IS NULL
"""

_TO_PAUSE = f"""
SELECT DISTINCT certificate.mentor_id
FROM certifications_certificate certificate
JOIN certifications_certificationtype type ON type.id = certificate.type_id AND type.required_for_active
{_WITH_SETTINGS}
WHERE certificate.mentor_id = ANY(%(mentors)s) AND certificate.status = 'expired'
  AND certificate.paused_mentor_at IS NULL AND {_pause_moment("certificate", "type")} <= %(at)s
  AND NOT {_PROTECTED}
"""  # noqa: S608 (constants of ours)

_UNPROTECTED = f"""
SELECT certificate.mentor_id
FROM (SELECT id AS mentor_id, organization_id FROM accounts_mentorprofile WHERE id = ANY(%(mentors)s)) certificate
{_WITH_SETTINGS}
WHERE NOT {_PROTECTED}
"""  # noqa: S608

# Every lapse so far counts as acted on: whoever is brought back in spite of them is not paused for them again.
_MARK_PAUSED = f"""
WITH paused AS (
    UPDATE certifications_certificate certificate SET paused_mentor_at = %(at)s, updated_at = %(at)s
    FROM certifications_certificationtype type
    WHERE type.id = certificate.type_id AND type.required_for_active
      AND certificate.mentor_id = ANY(%(mentors)s) AND certificate.status = 'expired'
      AND certificate.paused_mentor_at IS NULL
    RETURNING certificate.id
)
UPDATE certifications_renewalreminder reminder SET auto_pause_triggered = true, updated_at = %(at)s
FROM paused
WHERE paused.id = reminder.certificate_id AND reminder.reminder_type IN ({_EXPIRY_TYPES})
  AND reminder.status = 'pending' AND reminder.notification_id IS NULL AND reminder.scheduled_at <= %(at)s
"""  # noqa: S608

# With days of grace the notice of expiry does not pause; a row of its own does, when they are over.
_ADD_END_OF_GRACE = f"""
INSERT INTO certifications_renewalreminder
    (id, organization_id, certificate_id, user_id, reminder_type, scheduled_at, certificate_expiry_date)
SELECT varde_uuid7(), certificate.organization_id, certificate.id, mentor.user_id, 'post_expiry',
       {_pause_moment("certificate", "type")}, certificate.expires_at
FROM certifications_certificate certificate
JOIN certifications_certificationtype type ON type.id = certificate.type_id AND type.required_for_active
JOIN accounts_mentorprofile mentor ON mentor.id = certificate.mentor_id
{_WITH_SETTINGS}
WHERE certificate.mentor_id = ANY(%(mentors)s) AND certificate.status = 'expired'
  AND {_pause_moment("certificate", "type")} > %(at)s
ON CONFLICT (certificate_id, reminder_type) DO NOTHING
"""  # noqa: S608

# Lapses that no reminder has caught: the notice was cancelled, the date was corrected into the past, the mentor was on
# leave, the type has become required since, its days of grace are fewer. What waits to be decided now is not uncaught.
_UNCAUGHT = f"""
uncaught AS MATERIALIZED (
    SELECT certificate.id, certificate.organization_id, mentor.user_id, certificate.expires_at
    FROM certifications_certificate certificate
    JOIN certifications_certificationtype type ON type.id = certificate.type_id
    JOIN accounts_mentorprofile mentor ON mentor.id = certificate.mentor_id AND mentor.status <> 'resigned'
    {_WITH_SETTINGS}
    WHERE certificate.organization_id = %(organization)s AND certificate.status IN ('active', 'expired')
      AND certificate.expires_at <= %(at)s AND {_pause_moment("certificate", "type")} <= %(at)s
      AND (certificate.lapsed_at IS NULL
           OR type.required_for_active AND certificate.paused_mentor_at IS NULL AND mentor.status = 'active'
              AND NOT {_PROTECTED})
      AND NOT EXISTS (
          SELECT FROM certifications_renewalreminder waiting
          WHERE waiting.certificate_id = certificate.id AND waiting.reminder_type IN ({_EXPIRY_TYPES})
            AND waiting.status = 'pending' AND waiting.notification_id IS NULL AND waiting.scheduled_at <= %(at)s
      )
)"""  # noqa: S608

_ARCHIVE_EARLIER = f"""
WITH {_UNCAUGHT}, gone AS (
    DELETE FROM certifications_renewalreminder reminder USING uncaught
    WHERE uncaught.id = reminder.certificate_id AND reminder.reminder_type = 'post_expiry'
    RETURNING reminder.*
)
{KEEP_GONE}
"""  # noqa: S608

_CATCH = f"""
WITH {_UNCAUGHT}
INSERT INTO certifications_renewalreminder
    (id, organization_id, certificate_id, user_id, reminder_type, scheduled_at, certificate_expiry_date)
SELECT varde_uuid7(), organization_id, id, user_id, 'post_expiry', %(at)s, expires_at FROM uncaught
ON CONFLICT (certificate_id, reminder_type) DO NOTHING
"""  # noqa: S608


def expire(mentors: Collection[UUID], *, at: datetime) -> None:
    """Of these (locked) mentors: what has expired is written down as expired."""
    _execute(_EXPIRE, mentors=list(mentors), at=at)


def mentors_to_pause(mentors: Collection[UUID], *, at: datetime) -> list[UUID]:
    """Which of these (locked) mentors a lapse pauses: no required certificate is valid or in its days of grace."""
    with connection.cursor() as cursor:
        cursor.execute(_TO_PAUSE, {"mentors": list(mentors), "at": at})
        return [key for (key,) in cursor.fetchall()]


def mark_paused(mentors: Collection[UUID], *, at: datetime) -> None:
    """Write down that the lapses of these mentors have paused them, on certificates and due reminders."""
    _execute(_MARK_PAUSED, mentors=list(mentors), at=at)


def add_end_of_grace(mentors: Collection[UUID], *, at: datetime) -> None:
    """Make the reminders that pause when the days of grace are over."""
    _execute(_ADD_END_OF_GRACE, mentors=list(mentors), at=at)


def catch_lapses(organization_id: UUID, *, at: datetime) -> int:
    """Make a due reminder for every lapse of an organisation that none has caught; answers how many."""
    ensure_partitions(*_span_of_earlier(organization_id))
    _execute(_ARCHIVE_EARLIER, organization=organization_id, at=at)
    return _execute(_CATCH, organization=organization_id, at=at)


def unprotected(mentors: Collection[UUID], *, at: datetime) -> list[UUID]:
    """Which of these mentors hold no required certificate that is valid or in its days of grace."""
    with connection.cursor() as cursor:
        cursor.execute(_UNPROTECTED, {"mentors": list(mentors), "at": at})
        return [key for (key,) in cursor.fetchall()]


def _span_of_earlier(organization_id: UUID) -> tuple[datetime | None, datetime | None]:
    """Between which moments the earlier rows lie that catching may move to the archive."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(scheduled_at), max(scheduled_at) FROM certifications_renewalreminder"
            " WHERE organization_id = %s AND reminder_type = 'post_expiry'",
            [organization_id],
        )
        first, last = cursor.fetchone()
    return first, last


def _execute(statement: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
