"""A mentor's figures."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.base.models import TenantRow
from accounts.constraints import SameOrganization
from accounts.models import MentorProfile
from achievements import rules
from achievements.querysets import MentorStatsQuerySet


class MentorStats(TenantRow):
    """A mentor's figures over all years, from the activities that count (`Activity.objects.countable()`).

    Stored so that lists, badges and tiers need not derive them; exact at the end of every transaction that changes an
    activity, as long as the organisation uses the module. A mentor without a row has done nothing yet. A streak is kept
    as the run that ends on `last_activity_on`; whether it is still going on depends on the day one asks (`streaks`).
    """

    mentor = models.OneToOneField(
        MentorProfile, on_delete=models.CASCADE, db_constraint=False, related_name="stats", verbose_name=_("mentor")
    )
    activity_count = models.PositiveIntegerField(_("activities"), default=0, db_default=0)
    minutes = models.PositiveIntegerField(_("minutes"), default=0, db_default=0)
    contact_count = models.PositiveIntegerField(
        _("contacts reached"), default=0, db_default=0, help_text=_("Different people, each counted once.")
    )
    assignment_count = models.PositiveIntegerField(_("assignments"), default=0, db_default=0)
    event_count = models.PositiveIntegerField(_("events"), default=0, db_default=0)
    training_count = models.PositiveIntegerField(
        _("trainings completed"),
        default=0,
        db_default=0,
        help_text=_("Kinds of certificate that were issued and not revoked, and courses without a certificate."),
    )
    longest_day_streak = models.PositiveIntegerField(_("longest streak in days"), default=0, db_default=0)
    latest_day_streak = models.PositiveIntegerField(_("last streak in days"), default=0, db_default=0)
    longest_week_streak = models.PositiveIntegerField(_("longest streak in weeks"), default=0, db_default=0)
    latest_week_streak = models.PositiveIntegerField(_("last streak in weeks"), default=0, db_default=0)
    longest_month_streak = models.PositiveIntegerField(_("longest streak in months"), default=0, db_default=0)
    latest_month_streak = models.PositiveIntegerField(_("last streak in months"), default=0, db_default=0)
    counts_by_type = models.JSONField(
        _("activities by type"), default=dict, db_default={}, help_text=_("By the short name of the type.")
    )
    last_activity_on = models.DateField(_("last activity on"), null=True)
    computed_at = models.DateTimeField(
        _("computed at"), db_default=Now(), help_text=_("When a figure last changed, by the database's clock.")
    )

    objects = MentorStatsQuerySet.as_manager()

    class Meta:
        verbose_name = _("mentor's figures")
        verbose_name_plural = _("mentors' figures")
        constraints = [
            SameOrganization(field="mentor", name="stats_mentor_in_org"),
            models.CheckConstraint(
                condition=Q(activity_count=0, last_activity_on=None)
                | Q(activity_count__gt=0, last_activity_on__isnull=False),
                name="stats_active_has_last_day",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"longest_{unit}_streak__gte": F(f"latest_{unit}_streak")}),
                    name=f"stats_longest_{unit}_streak_is",
                )
                for unit in rules.UNITS
            ),
        ]

    def __str__(self) -> str:
        return str(self.mentor)

    def streaks(self, today: date) -> dict[rules.Unit, tuple[int, int]]:
        """Current and longest streak by unit, on the local day `today`."""
        return {
            unit: (
                rules.current(getattr(self, f"latest_{unit}_streak"), self.last_activity_on, today, unit),
                getattr(self, f"longest_{unit}_streak"),
            )
            for unit in rules.UNITS
        }
