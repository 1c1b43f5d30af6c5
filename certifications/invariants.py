"""What must always be true of certificates and their reminders."""

from datetime import timedelta

from certifications.models.settings import DEFAULT_HOUR
from operations.duties import duty, invariant

invariant(
    "certificate_expires_as_a_day_begins",
    "A certificate expires as a day begins in the organisation's time zone.",
    "SELECT certificate.id FROM certifications_certificate certificate"
    " JOIN accounts_organization organization ON organization.id = certificate.organization_id"
    " WHERE certificate.status IN ('active', 'expired') AND certificate.expires_at <>"
    " date_trunc('day', certificate.expires_at AT TIME ZONE organization.time_zone)"
    " AT TIME ZONE organization.time_zone",
)

invariant(
    "certificate_has_its_series",
    "An active certificate that expires has a reminder for its expiry.",
    """
    SELECT certificate.id FROM certifications_certificate certificate
    WHERE certificate.status = 'active' AND certificate.expires_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM certifications_renewalreminder reminder
                      WHERE reminder.certificate_id = certificate.id AND reminder.reminder_type = 'on_expiry')
      AND NOT EXISTS (SELECT FROM certifications_archivedreminder archived
                      WHERE archived.certificate_id = certificate.id AND archived.reminder_type = 'on_expiry')
    """,
)

invariant(
    "final_certificate_has_nothing_waiting",
    "Nothing waits to remind of a certificate that was renewed or revoked.",
    "SELECT reminder.id FROM certifications_renewalreminder reminder"
    " JOIN certifications_certificate certificate ON certificate.id = reminder.certificate_id"
    " WHERE certificate.status IN ('superseded', 'revoked') AND reminder.status = 'pending'",
)

invariant(
    "reminder_knows_its_expiry",
    "A reminder that waits has the expiry date of its certificate.",
    "SELECT reminder.id FROM certifications_renewalreminder reminder"
    " JOIN certifications_certificate certificate ON certificate.id = reminder.certificate_id"
    " WHERE reminder.status = 'pending' AND reminder.notification_id IS NULL"
    " AND reminder.certificate_expiry_date IS DISTINCT FROM certificate.expires_at",
)

invariant(
    "paused_for_expiry_lacks_a_certificate",
    "Nobody is paused for an expired certificate who holds a valid one that is required.",
    """
    SELECT mentor.id FROM accounts_mentorprofile mentor
    WHERE mentor.status = 'paused' AND mentor.paused_by = 'system' AND mentor.pause_reason = 'certification_expired'
      AND EXISTS (
          SELECT FROM certifications_certificate certificate
          JOIN certifications_certificationtype type ON type.id = certificate.type_id AND type.required_for_active
          WHERE certificate.mentor_id = mentor.id AND certificate.status = 'active'
            AND (certificate.expires_at IS NULL OR certificate.expires_at > %(at)s))
    """,
)

invariant(
    "reminder_is_of_its_mentor",
    "A reminder goes to the mentor of its certificate.",
    "SELECT reminder.id FROM certifications_renewalreminder reminder"
    " JOIN certifications_certificate certificate ON certificate.id = reminder.certificate_id"
    " JOIN accounts_mentorprofile mentor ON mentor.id = certificate.mentor_id"
    " WHERE mentor.user_id <> reminder.user_id",
)

duty(
    "renewal_reminders",
    "Reminders are decided about when they are due.",
    """
    SELECT reminder.id, greatest(reminder.scheduled_at, module.updated_at) AS due_at
    FROM certifications_renewalreminder reminder
    JOIN accounts_modulesetting module ON module.organization_id = reminder.organization_id
        AND module.module = 'certification-training' AND module.is_enabled
    WHERE reminder.status = 'pending' AND reminder.notification_id IS NULL AND reminder.scheduled_at <= %(at)s
    """,
    patience=timedelta(minutes=2),
)

duty(
    "expiry_sweep",
    "Every organisation with certificates has been swept for lapses today, from its hour on.",
    f"""
    SELECT id, due_at FROM (
        SELECT organization.id, greatest(
            module.updated_at,
            (coalesce(sweep.swept_on + 1, (%(at)s::timestamptz AT TIME ZONE organization.time_zone)::date)
                + make_interval(hours => coalesce(settings.reminder_hour, {DEFAULT_HOUR})))
                AT TIME ZONE organization.time_zone
        ) AS due_at
        FROM accounts_organization organization
        JOIN accounts_modulesetting module ON module.organization_id = organization.id
            AND module.module = 'certification-training' AND module.is_enabled
        LEFT JOIN certifications_expirysweep sweep ON sweep.organization_id = organization.id
        LEFT JOIN certifications_certificationsettings settings ON settings.organization_id = organization.id
    ) morning
    WHERE due_at <= %(at)s
    """,  # noqa: S608 (a constant of ours)
    patience=timedelta(minutes=2),
)
