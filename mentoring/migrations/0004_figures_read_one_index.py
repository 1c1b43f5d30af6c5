"""The index of one mentor's activities holds what their figures are made of, so that these read nothing else."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_listed_when_active"),
        ("mentoring", "0003_roster_report"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="activity",
            name="activity_of_mentor",
        ),
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at", None),
                    models.Q(("status", "rejected"), _negated=True),
                    models.Q(("duplicate", "duplicate"), _negated=True),
                ),
                fields=["mentor", "local_date", "type"],
                include=("contact", "minutes", "reached", "event", "duplicate"),
                name="activity_of_mentor",
            ),
        ),
    ]
