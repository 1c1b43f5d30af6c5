"""The archive of reminders: one table, partitioned by the moment they were due (b1). Partitions are made when needed."""

from django.db import migrations

MAKE = """
CREATE TABLE certifications_archivedreminder (
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    organization_id uuid NOT NULL,
    certificate_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES accounts_user (id),
    reminder_type varchar(16) NOT NULL,
    scheduled_at timestamptz NOT NULL,
    sent_at timestamptz,
    status varchar(10) NOT NULL,
    channel varchar(8) NOT NULL,
    failure_reason varchar(60) NOT NULL,
    retry_count smallint NOT NULL,
    certificate_expiry_date timestamptz NOT NULL,
    coordinator_notified boolean NOT NULL,
    auto_pause_triggered boolean NOT NULL,
    notification_id uuid,
    archived_at timestamptz NOT NULL,
    PRIMARY KEY (scheduled_at, id),
    CONSTRAINT archived_reminder_is_final CHECK (status IN ('sent', 'cancelled', 'failed')),
    CONSTRAINT archived_reminder_certificate_in_org FOREIGN KEY (organization_id, certificate_id)
        REFERENCES certifications_certificate (organization_id, id)
) PARTITION BY RANGE (scheduled_at);
CREATE INDEX archived_reminder_certificate ON certifications_archivedreminder (certificate_id);
CREATE INDEX archived_reminder_newest ON certifications_archivedreminder (organization_id, scheduled_at DESC);
"""


class Migration(migrations.Migration):
    dependencies = [("certifications", "0001_initial")]

    operations = [
        migrations.RunSQL(MAKE, "DROP TABLE certifications_archivedreminder", elidable=False),
    ]
