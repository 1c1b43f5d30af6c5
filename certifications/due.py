"""What is due, in SQL: found, decided, handed over to the ledger, and what became of it copied back.

`certifications.rules.decide` is the rule; `_HAND_OVER` says the same for hundreds of certificates in one statement,
and a property test compares the two.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from certifications import kinds
from certifications.enums import EXPIRY_TYPES, CancelReason
from certifications.rules import COORDINATOR_TYPE
from notifications.enums import Channel
from notifications.ledger import insert_select

logger = logging.getLogger(__name__)

#: So many due reminders are looked at in one transaction.
BATCH = 500

_EXPIRY_TYPES = ", ".join(f"'{name}'" for name in EXPIRY_TYPES)

# A mentor whose row is locked is being worked on this moment, by a renewal, say: they are left to the next sweep, so
# that nobody waits and nothing is decided on what is about to change. Everything that is due of a mentor is decided at
# once, also what lies beyond the batch: an expiry there counts as well.
_LOCK_DUE = f"""
WITH due AS MATERIALIZED (
    SELECT certificate_id FROM certifications_renewalreminder
    WHERE status = 'pending' AND notification_id IS NULL AND scheduled_at <= %(at)s
      AND organization_id = ANY(%(organizations)s)
    ORDER BY scheduled_at, id LIMIT {BATCH}
), expiring AS MATERIALIZED (
    SELECT DISTINCT organization_id, user_id FROM certifications_renewalreminder
    WHERE status = 'pending' AND notification_id IS NULL AND scheduled_at <= %(at)s
      AND organization_id = ANY(%(organizations)s) AND reminder_type IN ({_EXPIRY_TYPES})
)
SELECT mentor.id, (mentor.organization_id, mentor.user_id) IN (SELECT organization_id, user_id FROM expiring)
FROM accounts_mentorprofile mentor
WHERE mentor.id IN (
    SELECT certificate.mentor_id FROM due JOIN certifications_certificate certificate
        ON certificate.id = due.certificate_id
)
ORDER BY mentor.id
FOR NO KEY UPDATE OF mentor SKIP LOCKED
"""  # noqa: S608 (constants of ours)

# Who is told about a mentor: the coordinators in whose care their primary local association lies, or, if there is
# none, the administrators.
_COORDINATORS = """
path AS (
    SELECT affiliation.mentor_id, affiliation.local_association_id AS association_id
    FROM accounts_mentoraffiliation affiliation
    WHERE affiliation.is_primary AND affiliation.mentor_id IN (SELECT mentor_id FROM told)
    UNION
    SELECT path.mentor_id, above.parent_id
    FROM path JOIN accounts_localassociation above ON above.id = path.association_id
    WHERE above.parent_id IS NOT NULL
), coordinator AS (
    SELECT DISTINCT path.mentor_id, member.user_id
    FROM path
    JOIN accounts_carearea area ON area.local_association_id = path.association_id
    JOIN accounts_membership member ON member.id = area.membership_id
        AND member.role = 'coordinator' AND member.is_active
    JOIN accounts_user person ON person.id = member.user_id AND person.is_active
), overseer AS (
    SELECT mentor_id, user_id, true AS is_coordinator FROM coordinator
    UNION ALL
    SELECT DISTINCT told.mentor_id, member.user_id, false
    FROM told
    JOIN accounts_membership member ON member.organization_id = told.organization_id
        AND member.role = 'org_admin' AND member.is_active
    JOIN accounts_user person ON person.id = member.user_id AND person.is_active
    WHERE NOT EXISTS (SELECT FROM coordinator WHERE coordinator.mentor_id = told.mentor_id)
)"""

_LETTER = """
{name}_letter AS (
    SELECT varde_uuid7() AS notification_id, speaking.organization_id, speaking.user_id AS recipient_id,
           speaking.id AS subject_id, 'due' AS occasion
    FROM speaking WHERE {which}
), {name}_written AS ({insert})"""

_NOTICE = """
{name}_letter AS (
    SELECT varde_uuid7() AS notification_id, told.organization_id, overseer.user_id AS recipient_id,
           told.id AS subject_id, 'due' AS occasion
    FROM told JOIN overseer ON overseer.mentor_id = told.mentor_id
    WHERE {which}
), {name}_written AS ({insert})"""


def _hand_over_statement() -> str:
    letters = [
        _LETTER.format(name=name, which=which, insert=insert_select(f"{name}_letter", kind, Channel.EMAIL))
        for name, which, kind in (
            ("reminder", f"reminder_type NOT IN ({_EXPIRY_TYPES})", kinds.REMINDER),
            ("expiry", f"reminder_type IN ({_EXPIRY_TYPES})", kinds.EXPIRED),
        )
    ]
    notices = [
        _NOTICE.format(name=name, which=which, insert=insert_select(f"{name}_letter", kind, Channel.EMAIL))
        for name, which, kind in (
            ("notice", f"told.reminder_type = '{COORDINATOR_TYPE}'", kinds.NOTICE),
            ("lapse", f"told.reminder_type IN ({_EXPIRY_TYPES})", kinds.LAPSE_NOTICE),
        )
    ]
    return f"""
WITH RECURSIVE due AS MATERIALIZED (
    SELECT reminder.id, reminder.organization_id, reminder.certificate_id, reminder.user_id, reminder.reminder_type,
           certificate.mentor_id, type.required_for_active,
           CASE WHEN mentor.status = 'resigned' THEN '{CancelReason.MENTOR_LEFT}'
                WHEN NOT fits.so THEN '{CancelReason.CERTIFICATE_CHANGED}'
                WHEN lead(reminder.id) OVER series IS NOT NULL THEN '{CancelReason.OVERTAKEN}' END AS mute,
           mentor.status <> 'resigned' AND fits.so AS holds
    FROM certifications_renewalreminder reminder
    JOIN certifications_certificate certificate ON certificate.id = reminder.certificate_id
    JOIN certifications_certificationtype type ON type.id = certificate.type_id
    JOIN accounts_mentorprofile mentor ON mentor.id = certificate.mentor_id
    CROSS JOIN LATERAL (
        SELECT certificate.status IN ('active', 'expired')
               AND certificate.expires_at IS NOT DISTINCT FROM reminder.certificate_expiry_date AS so
    ) fits
    WHERE certificate.mentor_id = ANY(%(mentors)s) AND reminder.status = 'pending'
      AND reminder.notification_id IS NULL AND reminder.scheduled_at <= %(at)s
      AND (%(only)s::uuid IS NULL OR reminder.id = %(only)s)
    WINDOW series AS (
        PARTITION BY reminder.certificate_id, fits.so
        ORDER BY reminder.scheduled_at, reminder.reminder_type IN ({_EXPIRY_TYPES}), reminder.id
    )
), speaking AS (
    SELECT * FROM due WHERE mute IS NULL
), told AS (
    SELECT * FROM due
    WHERE holds AND (reminder_type = '{COORDINATOR_TYPE}'
                     OR mute IS NULL AND required_for_active AND reminder_type IN ({_EXPIRY_TYPES}))
), {_COORDINATORS}, {", ".join(letters + notices)}, written AS (
    SELECT letter.subject_id, letter.notification_id
    FROM (SELECT * FROM reminder_letter UNION ALL SELECT * FROM expiry_letter) letter
    JOIN (SELECT id FROM reminder_written UNION ALL SELECT id FROM expiry_written) new
        ON new.id = letter.notification_id
), decided AS (
    UPDATE certifications_renewalreminder reminder
    SET notification_id = written.notification_id,
        status = CASE WHEN due.mute IS NULL THEN 'pending' ELSE 'cancelled' END,
        failure_reason = COALESCE(due.mute, ''),
        coordinator_notified = reminder.coordinator_notified OR EXISTS (
            SELECT FROM overseer WHERE overseer.mentor_id = due.mentor_id
        ) AND due.id IN (SELECT id FROM told),
        updated_at = %(at)s
    FROM due LEFT JOIN written ON written.subject_id = due.id
    WHERE reminder.id = due.id AND (due.mute IS NOT NULL OR written.notification_id IS NOT NULL)
    RETURNING 1
)
SELECT (SELECT count(*) FROM decided),
       (SELECT count(DISTINCT told.mentor_id) FROM told
        WHERE NOT EXISTS (SELECT FROM coordinator WHERE coordinator.mentor_id = told.mentor_id))
"""  # noqa: S608 (constants of ours)


_HAND_OVER = _hand_over_statement()

# What is still open of what has been handed over; the partial index `reminder_handed_over` has just these.
_COPY_OUTCOMES = """
UPDATE certifications_renewalreminder reminder
SET status = CASE note.state WHEN 'sent' THEN 'sent' WHEN 'cancelled' THEN 'cancelled' ELSE 'failed' END,
    sent_at = note.sent_at, channel = note.channel, retry_count = note.attempts, updated_at = %(at)s,
    failure_reason = note.failure_reason
FROM notifications_notification note
WHERE note.id = reminder.notification_id AND reminder.status IN ('pending', 'failed')
  AND (%(only)s::uuid[] IS NULL OR reminder.id = ANY(%(only)s))
  AND (note.state IN ('sent', 'cancelled') OR note.state = 'failed' AND (
           reminder.status <> 'failed' OR reminder.retry_count <> note.attempts
           OR reminder.failure_reason <> note.failure_reason)
       OR note.state = 'pending' AND (note.attempts > 0 OR reminder.status = 'failed') AND (
           reminder.status <> 'failed' OR reminder.retry_count <> note.attempts))
"""


class DueMentor(NamedTuple):
    """A locked mentor with something due; `expires` when a notice of expiry is among it."""

    id: UUID
    expires: bool


def lock_mentors_due(organizations: Collection[UUID], *, at: datetime) -> list[DueMentor]:
    """Lock the mentors of the longest due reminders; those somebody else has locked are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_DUE, {"organizations": list(organizations), "at": at})
        return [DueMentor(*row) for row in cursor.fetchall()]


def hand_over(mentors: Collection[UUID], *, at: datetime, only: UUID | None = None) -> int:
    """Decide about all that is due of these (locked) mentors, and write the messages; answers how many were decided.

    Of what is due of one certificate the most urgent speaks, the rest is cancelled as overtaken. The coordinators'
    notice at 30 days is written even when the reminder itself is overtaken. With `only`, one reminder alone.
    """
    values: dict[str, Any] = {"mentors": list(mentors), "at": at, "only": only}
    with connection.cursor() as cursor:
        cursor.execute(_HAND_OVER, values)
        decided, without_coordinator = cursor.fetchone()
    if without_coordinator:
        logger.warning("%d mentors have no coordinator; their administrators are told.", without_coordinator)
    return int(decided)


def copy_outcomes(*, at: datetime, only: Collection[UUID] | None = None) -> int:
    """Copy what became of the messages into their reminders, of all or of `only` these; answers how many changed.

    A message that waits for another attempt leaves its reminder failed with the attempts so far.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COPY_OUTCOMES, {"at": at, "only": list(only) if only is not None else None})
        return int(cursor.rowcount)
