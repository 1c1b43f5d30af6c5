"""The night for which each organisation's badges were last evaluated; and a word for one organisation's tiers."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import accounts.keys


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_listed_when_active"),
        ("achievements", "0005_years_of_what_is_there"),
    ]

    operations = [
        migrations.CreateModel(
            name="BadgeNight",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=accounts.keys.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="id",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        auto_now=True, db_default=django.db.models.functions.datetime.Now(), verbose_name="updated at"
                    ),
                ),
                ("night", models.DateField(verbose_name="night")),
                ("claimed_at", models.DateTimeField(null=True, verbose_name="claimed at")),
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                        verbose_name="organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "night of evaluation",
                "verbose_name_plural": "nights of evaluation",
            },
        ),
        migrations.AlterModelOptions(
            name="recognitiontiers",
            options={"verbose_name": "set of recognition tiers", "verbose_name_plural": "recognition tiers"},
        ),
    ]
