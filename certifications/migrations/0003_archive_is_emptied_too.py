"""The archive's table counts as Django's own, so that emptying the database (`flush`, tests) empties it too."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("certifications", "0002_archived_reminders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            # The table has had these columns from the beginning.
            state_operations=[
                migrations.AlterModelOptions(
                    name="archivedreminder",
                    options={"verbose_name": "archived reminder", "verbose_name_plural": "archived reminders"},
                ),
                migrations.AddField(
                    model_name="archivedreminder",
                    name="certificate",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="certifications.certificate",
                        verbose_name="certificate",
                    ),
                ),
                migrations.AddField(
                    model_name="archivedreminder",
                    name="organization",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                        verbose_name="organisation",
                    ),
                ),
                migrations.AddField(
                    model_name="archivedreminder",
                    name="user",
                    field=models.ForeignKey(
                        db_index=False,
                        help_text="The certificate's mentor, copied so that the scheduler needs no join.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="mentor",
                    ),
                ),
            ]
        )
    ]
