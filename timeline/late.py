"""Who has to be told of what waits too long, in SQL: one statement for the morning and for the mail that goes out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from timeline.rules import Promise, waiting_before


class Limits(NamedTuple):
    """What has waited since before these moments is overdue, and escalated."""

    overdue_before: datetime
    escalated_before: datetime


class Late(NamedTuple):
    """What one person is told about an organisation; without a recipient, what there is nobody to tell."""

    organization_id: UUID
    recipient_id: UUID | None
    overdue: int
    escalated: int
    oldest: datetime


# Overdue reflections are told to the coordinators in whose care their mentor is. Administrators are told of those that
# no coordinator looks after, and of all that are escalated. Nobody is told of a reflection of their own.
_LATE = """
WITH RECURSIVE limits AS (
    SELECT * FROM unnest(%(organizations)s::uuid[], %(overdue)s::timestamptz[], %(escalated)s::timestamptz[])
        AS given(organization_id, overdue_before, escalated_before)
), late AS MATERIALIZED (
    SELECT entry.id, entry.organization_id, entry.mentor_id, entry.waiting_since, mentor.user_id AS own_user_id,
           entry.waiting_since < limits.escalated_before AS is_escalated
    FROM limits
    JOIN timeline_timelineentry entry ON entry.organization_id = limits.organization_id
        AND entry.response_status = 'pending' AND entry.waiting_since < limits.overdue_before
    JOIN accounts_mentorprofile mentor ON mentor.id = entry.mentor_id
), path AS (
    SELECT affiliation.mentor_id, affiliation.local_association_id AS association_id
    FROM accounts_mentoraffiliation affiliation WHERE affiliation.mentor_id IN (SELECT mentor_id FROM late)
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
    JOIN accounts_mentorprofile mentor ON mentor.id = path.mentor_id AND mentor.user_id <> member.user_id
), addressed AS (
    SELECT late.id, coordinator.user_id FROM late JOIN coordinator ON coordinator.mentor_id = late.mentor_id
    UNION
    SELECT late.id, member.user_id
    FROM late
    JOIN accounts_membership member ON member.organization_id = late.organization_id
        AND member.role = 'org_admin' AND member.is_active AND member.user_id <> late.own_user_id
    JOIN accounts_user person ON person.id = member.user_id AND person.is_active
    WHERE late.is_escalated OR NOT EXISTS (SELECT FROM coordinator WHERE coordinator.mentor_id = late.mentor_id)
)
SELECT late.organization_id, addressed.user_id, count(*), count(*) FILTER (WHERE late.is_escalated),
       min(late.waiting_since)
FROM late LEFT JOIN addressed ON addressed.id = late.id
GROUP BY late.organization_id, addressed.user_id
ORDER BY late.organization_id, addressed.user_id
"""


def limits_at(at: datetime, promise: Promise) -> Limits:
    """What counts as late at `at`."""
    zone, holidays = promise.zone, promise.holidays
    return Limits(
        waiting_before(at, promise.answer_within_days, zone, holidays),
        waiting_before(at, promise.escalates_within_days, zone, holidays),
    )


def whom_to_tell(limits: Mapping[UUID, Limits]) -> list[Late]:
    """What everybody in these organisations has to be told; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LATE,
            {
                "organizations": list(limits),
                "overdue": [each.overdue_before for each in limits.values()],
                "escalated": [each.escalated_before for each in limits.values()],
            },
        )
        return [Late(*row) for row in cursor.fetchall()]
