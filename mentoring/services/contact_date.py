"""The contact date as a fact: derived from the activities, stored so that lists and reminders need not derive it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from mentoring.querysets import COUNTABLE_SQL

#: The derived contact date of an assignment `a`: what `check_invariants` compares the stored one with.
DERIVED = f"""
GREATEST(a.contact_reported_at, (
    SELECT max(activity.occurred_at)
    FROM mentoring_activity activity JOIN mentoring_activitytype type ON type.id = activity.type_id
    WHERE activity.assignment_id = a.id AND type.counts_as_contact AND activity.reached AND {COUNTABLE_SQL}
))
"""  # noqa: S608 (a constant of ours)

# First lock, then derive in a statement of its own: only so does it see what a recorder, who held the lock before us,
# has just committed.
_LOCK = "SELECT id FROM mentoring_assignment WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"

# A later contact ends the reminder cycle; one that turned out not to have been leaves the reminders as they were.
_RECOMPUTE = f"""
UPDATE mentoring_assignment assignment
SET last_contact_date = derived.contact_at, updated_at = %(at)s,
    reminder_sent_at = CASE WHEN derived.is_later THEN NULL ELSE reminder_sent_at END,
    escalation_sent_at = CASE WHEN derived.is_later THEN NULL ELSE escalation_sent_at END
FROM (
    SELECT id, contact_at, contact_at > COALESCE(last_contact_date, '-infinity') AS is_later
    FROM (SELECT a.id, a.last_contact_date, {DERIVED} AS contact_at
          FROM mentoring_assignment a WHERE a.id = ANY(%(ids)s)) current
    WHERE contact_at IS DISTINCT FROM last_contact_date
) derived
WHERE assignment.id = derived.id
"""  # noqa: S608 (a constant of ours)


def recompute_contact_dates(assignment_ids: Iterable[UUID | None], *, at: datetime) -> int:
    """Derive the contact dates of these assignments anew; returns how many changed. Call it inside a transaction."""
    ids = [key for key in assignment_ids if key is not None]
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [ids])
        cursor.execute(_RECOMPUTE, {"ids": ids, "at": at})
        return cursor.rowcount
