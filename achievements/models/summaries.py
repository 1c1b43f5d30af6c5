"""The year in review of a mentor ("Wrapped"), and the links by which it is shared."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import DateTimeField, F, Func, IntegerField, Q, Value
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from accounts.base.models import TenantRow
from accounts.constraints import SameOrganization, unique_in_organization
from accounts.models import MentorProfile, User
from achievements.enums import GenerationStatus
from achievements.querysets import AnnualSummaryQuerySet, SummaryShareQuerySet

EARLIEST_YEAR, LATEST_YEAR = 2000, 2100
MOST_HIGHLIGHTS = 5


def twelve_zeros() -> list[int]:
    return [0] * 12


class AnnualSummary(TenantRow):
    """What a mentor did in a calendar year of their organisation's time zone (b0, domain §7).

    Derived: every change of what it is made of raises `requested_version` in its own transaction, and whoever generates
    writes `done_version` with what they found, if it is still the version they claimed. So `ready` means right. While
    the year is running the row is a preview: it has its numbers and `as_of`, and stays `pending`. Kept permanently.
    For somebody who is a mentor in two organisations it belongs to the one with more activity in that year.
    """

    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="annual_summaries", db_index=False, verbose_name=_("user")
    )
    mentor = models.ForeignKey(
        MentorProfile,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="annual_summaries",
        verbose_name=_("mentor"),
    )
    year = models.PositiveSmallIntegerField(_("year"))
    total_activities = models.PositiveIntegerField(_("activities"), default=0, db_default=0)
    total_hours = models.DecimalField(_("hours"), max_digits=9, decimal_places=2, default=0, db_default=0)
    total_contacts_reached = models.PositiveIntegerField(_("contacts reached"), default=0, db_default=0)
    total_events_attended = models.PositiveIntegerField(_("events"), default=0, db_default=0)
    badges_earned_count = models.PositiveIntegerField(_("badges earned"), default=0, db_default=0)
    top_activity_type = models.CharField(
        _("most frequent type"), max_length=60, blank=True, default="", db_default="", help_text=_("Its short name.")
    )
    most_active_month = models.PositiveSmallIntegerField(_("most active month"), null=True)
    streak_days = models.PositiveSmallIntegerField(_("longest streak in days"), default=0, db_default=0)
    highlight_moments = models.JSONField(_("highlights"), default=list, db_default=[])
    monthly_activity_counts = ArrayField(
        models.PositiveIntegerField(),
        verbose_name=_("activities by month"),
        default=twelve_zeros,
        db_default=[0] * 12,
        help_text=_("Beginning with January."),
    )
    generation_status = models.CharField(
        _("status"),
        max_length=10,
        choices=GenerationStatus,
        default=GenerationStatus.PENDING,
        db_default=GenerationStatus.PENDING.value,
    )
    generated_at = models.DateTimeField(_("generated at"), null=True)
    as_of = models.DateField(_("as of"), null=True, help_text=_("The last day in it, while the year is running."))
    viewed_at = models.DateTimeField(_("viewed at"), null=True)
    requested_version = models.PositiveIntegerField(_("requested version"), default=1, db_default=1)
    done_version = models.PositiveIntegerField(_("done version"), default=0, db_default=0)
    claimed_version = models.PositiveIntegerField(_("claimed version"), null=True)
    claimed_at = models.DateTimeField(_("claimed at"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    failure = models.CharField(_("what went wrong"), max_length=200, blank=True, default="", db_default="")

    objects = AnnualSummaryQuerySet.as_manager()

    class Meta:
        verbose_name = _("annual summary")
        verbose_name_plural = _("annual summaries")
        constraints = [
            unique_in_organization("annual_summary_tenant_key"),
            SameOrganization(field="mentor", name="summary_mentor_in_org"),
            models.UniqueConstraint(fields=["user", "year"], name="idx_annual_summaries_user_year"),
            models.CheckConstraint(condition=Q(year__range=(EARLIEST_YEAR, LATEST_YEAR)), name="summary_year_range"),
            models.CheckConstraint(
                condition=Q(monthly_activity_counts__len=12)
                & Q(
                    total_activities=sum(
                        (F(f"monthly_activity_counts__{month}") for month in range(1, 12)),
                        start=F("monthly_activity_counts__0"),
                    )
                ),
                name="summary_months_add_up",
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(
                    Func(F("highlight_moments"), function="jsonb_array_length", output_field=IntegerField()),
                    MOST_HIGHLIGHTS,
                ),
                name="summary_highlights_at_most_five",
            ),
            models.CheckConstraint(
                condition=Q(most_active_month=None, total_activities=0)
                | Q(most_active_month__range=(1, 12), total_activities__gt=0),
                name="summary_active_has_a_month",
            ),
            # `ready` says: right, of a whole year.
            models.CheckConstraint(
                condition=~Q(generation_status=GenerationStatus.READY)
                | Q(done_version=F("requested_version"), as_of=None, generated_at__isnull=False),
                name="summary_ready_is_right",
            ),
            # No year is over before it is over where it ends first; when it is where the organisation is, the service
            # knows.
            models.CheckConstraint(
                condition=~Q(generation_status=GenerationStatus.READY)
                | Q(
                    GreaterThanOrEqual(
                        Func(
                            Value("Pacific/Kiritimati"),
                            F("generated_at"),
                            function="timezone",
                            output_field=DateTimeField(),
                        ),
                        Func(
                            F("year") + 1,
                            *(Value(part) for part in (1, 1, 0, 0, 0.0)),
                            function="make_timestamp",
                            output_field=DateTimeField(),
                        ),
                    )
                ),
                name="summary_ready_after_its_year",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "year"], name="idx_annual_summaries_org_year"),
            models.Index(fields=["generation_status"], name="idx_annual_summaries_status"),
            models.Index(
                fields=["user", "year"],
                condition=Q(requested_version__gt=F("done_version")),
                name="annual_summaries_to_generate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mentor} {self.year}"

    @property
    def is_preview(self) -> bool:
        """Is it of a year that was still running when it was made?"""
        return self.as_of is not None

    @property
    def has_numbers(self) -> bool:
        """Has it ever been generated? What is shown may then be a version old."""
        return self.generated_at is not None

    def last_day(self) -> date:
        return self.as_of or date(self.year, 12, 31)


class SummaryShare(TenantRow):
    """A link by which a mentor shows a summary to whoever has it, until it expires or is withdrawn."""

    summary = models.ForeignKey(
        AnnualSummary, on_delete=models.CASCADE, db_constraint=False, related_name="shares", verbose_name=_("summary")
    )
    token = models.CharField(_("token"), max_length=43, unique=True, editable=False)
    expires_at = models.DateTimeField(_("expires at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)

    objects = SummaryShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("shared summary")
        verbose_name_plural = _("shared summaries")
        constraints = [
            SameOrganization(field="summary", name="share_summary_in_org"),
            models.UniqueConstraint(
                fields=["summary"], condition=Q(withdrawn_at=None), name="summary_shared_by_one_link"
            ),
        ]

    def __str__(self) -> str:
        return str(self.expires_at)
