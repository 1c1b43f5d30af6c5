import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import accounts.constraints
import accounts.keys


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0003_listed_when_active"),
    ]

    operations = [
        migrations.CreateModel(
            name="MentorStats",
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
                ("activity_count", models.PositiveIntegerField(db_default=0, default=0, verbose_name="activities")),
                ("minutes", models.PositiveIntegerField(db_default=0, default=0, verbose_name="minutes")),
                (
                    "contact_count",
                    models.PositiveIntegerField(
                        db_default=0,
                        default=0,
                        help_text="Different people, each counted once.",
                        verbose_name="contacts reached",
                    ),
                ),
                ("assignment_count", models.PositiveIntegerField(db_default=0, default=0, verbose_name="assignments")),
                ("event_count", models.PositiveIntegerField(db_default=0, default=0, verbose_name="events")),
                (
                    "longest_day_streak",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="longest streak in days"),
                ),
                (
                    "latest_day_streak",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="last streak in days"),
                ),
                (
                    "longest_week_streak",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="longest streak in weeks"),
                ),
                (
                    "latest_week_streak",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="last streak in weeks"),
                ),
                (
                    "longest_month_streak",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="longest streak in months"),
                ),
                (
                    "latest_month_streak",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="last streak in months"),
                ),
                (
                    "counts_by_type",
                    models.JSONField(
                        db_default={},
                        default=dict,
                        help_text="By the short name of the type.",
                        verbose_name="activities by type",
                    ),
                ),
                ("last_activity_on", models.DateField(null=True, verbose_name="last activity on")),
                (
                    "computed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        help_text="When a figure last changed, by the database's clock.",
                        verbose_name="computed at",
                    ),
                ),
                (
                    "mentor",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stats",
                        to="accounts.mentorprofile",
                        verbose_name="mentor",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                        verbose_name="organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "mentor's figures",
                "verbose_name_plural": "mentors' figures",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("activity_count", 0), ("last_activity_on", None)),
                            models.Q(("activity_count__gt", 0), ("last_activity_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="stats_active_has_last_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("longest_day_streak__gte", models.F("latest_day_streak"))),
                        name="stats_longest_day_streak_is",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("longest_week_streak__gte", models.F("latest_week_streak"))),
                        name="stats_longest_week_streak_is",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("longest_month_streak__gte", models.F("latest_month_streak"))),
                        name="stats_longest_month_streak_is",
                    ),
                ],
            },
        ),
        # Not with the table itself: there Django would make it before the key that it points at.
        migrations.AddConstraint(
            model_name="mentorstats",
            constraint=accounts.constraints.SameOrganization(field="mentor", name="stats_mentor_in_org"),
        ),
    ]
