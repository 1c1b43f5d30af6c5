"""On which day activities were, when their organisation's days begin at another moment than before."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from accounts.models import Organization

# Two that were on different days, and are twins only by the new ones, were two visits: they go on counting, and nobody
# is asked to look at them.
_REDATE = """
WITH moved AS (
    SELECT activity.id, (activity.occurred_at AT TIME ZONE %(zone)s)::date AS day
    FROM mentoring_activity activity
    WHERE activity.organization_id = %(organization)s
      AND activity.local_date <> (activity.occurred_at AT TIME ZONE %(zone)s)::date
)
UPDATE mentoring_activity activity
SET local_date = moved.day, updated_at = %(at)s,
    duplicate = CASE WHEN activity.duplicate = 'none' AND EXISTS (
        SELECT FROM mentoring_activity twin
        WHERE twin.mentor_id = activity.mentor_id AND twin.type_id = activity.type_id
          AND twin.contact_id = activity.contact_id AND twin.local_date <> activity.local_date
          AND twin.local_date BETWEEN moved.day - 2 AND moved.day + 2  -- no two zones lie further apart
          AND (twin.occurred_at AT TIME ZONE %(zone)s)::date = moved.day
          AND twin.deleted_at IS NULL AND twin.status <> 'rejected'
    ) THEN 'distinct' ELSE activity.duplicate END
FROM moved WHERE moved.id = activity.id
"""


def redate_activities(*, organization: Organization, at: datetime) -> int:
    """Give an organisation's activities the dates of its time zone; returns how many were moved.

    One statement. Whoever records holds the organisation's row (`drafts.lock_mentor`), and so does who changes its
    zone: what is recorded meanwhile waits, and reads the new one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REDATE, {"organization": organization.pk, "zone": organization.time_zone, "at": at})
        return int(cursor.rowcount)
