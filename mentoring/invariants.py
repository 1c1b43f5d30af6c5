"""What must always be true of assignments, activities and reminders."""

from datetime import timedelta

from mentoring.services.contact_date import DERIVED
from operations.duties import duty, invariant

invariant(
    "contact_date_is_derived",
    "The stored contact date is the latest contact of the assignment.",
    f"SELECT a.id FROM mentoring_assignment a WHERE a.last_contact_date IS DISTINCT FROM {DERIVED}",  # noqa: S608 (a constant of ours)
)

invariant(
    "assignment_numbers_have_no_gap",
    "A mentor's assignments are numbered from one, without a gap but for those that were handed over.",
    """
    SELECT mentor_id AS id FROM mentoring_assignment assignment GROUP BY mentor_id
    HAVING max(sequence) > count(*) AND max(sequence) > count(*) + (
        SELECT count(*) FROM accounts_changeentry entry
        WHERE entry.subject_type = 'mentoring.assignment' AND entry.before ->> 'mentor_id' = mentor_id::text
    )
    """,
)

invariant(
    "deleted_contact_has_no_open_assignment",
    "A deleted contact has no open assignment.",
    "SELECT a.id FROM mentoring_assignment a JOIN mentoring_contact contact ON contact.id = a.contact_id"
    " WHERE contact.deleted_at IS NOT NULL AND a.deleted_at IS NULL AND a.status IN ('pending', 'active')",
)

invariant(
    "activity_date_is_local",
    "The stored date of an activity is its date in the organisation's time zone.",
    "SELECT activity.id FROM mentoring_activity activity"
    " JOIN accounts_organization organization ON organization.id = activity.organization_id"
    " WHERE activity.local_date <> (activity.occurred_at AT TIME ZONE organization.time_zone)::date",
)

invariant(
    "activity_is_of_its_assignment",
    "An activity has the contact of its assignment.",
    "SELECT activity.id FROM mentoring_activity activity"
    " JOIN mentoring_assignment a ON a.id = activity.assignment_id"
    " WHERE activity.contact_id IS DISTINCT FROM a.contact_id",
)

invariant(
    "activity_twins_are_looked_at",
    "Two activities of one mentor, day, type and contact are flagged or have been looked at.",
    """
    SELECT DISTINCT later.id
    FROM mentoring_activity later JOIN mentoring_activity earlier
      ON earlier.mentor_id = later.mentor_id AND earlier.local_date = later.local_date
     AND earlier.type_id = later.type_id AND earlier.contact_id = later.contact_id AND earlier.id <> later.id
    WHERE later.duplicate = 'none' AND earlier.duplicate = 'none'
      AND later.deleted_at IS NULL AND earlier.deleted_at IS NULL
      AND later.status <> 'rejected' AND earlier.status <> 'rejected'
    """,
)

invariant(
    "reminder_has_its_notification",
    "A reminder's notification goes to the same person, in the same organisation.",
    "SELECT reminder.id FROM mentoring_followupreminder reminder"
    " LEFT JOIN notifications_notification note ON note.id = reminder.notification_id"
    " WHERE note.recipient_id IS DISTINCT FROM reminder.recipient_id"
    " OR note.organization_id IS DISTINCT FROM reminder.organization_id",
)

duty(
    "daily_evaluation",
    "Every organisation with follow-up has been evaluated today, from 08:00 local time on.",
    """
    SELECT id, due_at FROM (
        SELECT organization.id, greatest(
            -- An organisation that has only just begun with it is due from then on, not since this morning.
            module.updated_at,
            (coalesce(run.evaluated_on + 1, (%(at)s::timestamptz AT TIME ZONE organization.time_zone)::date)
                + time '08:00') AT TIME ZONE organization.time_zone
        ) AS due_at
        FROM accounts_organization organization
        JOIN accounts_modulesetting module ON module.organization_id = organization.id
            AND module.module = 'assignment-follow-up' AND module.is_enabled
        LEFT JOIN mentoring_evaluationrun run ON run.organization_id = organization.id
    ) morning
    WHERE due_at <= %(at)s
    """,
    patience=timedelta(minutes=2),
)
