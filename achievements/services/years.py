"""Reading years: a mentor's own, and an organisation's for its board and those who fund it (numbers, no names)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Func, Q, Sum, Value
from django.db.models.functions import Coalesce

from accounts.enums import Module
from accounts.local_time import local_date
from accounts.models import Organization, User
from accounts.services.modules import require_module
from achievements.enums import GenerationStatus
from achievements.models import AnnualSummary
from mentoring.models import Activity, ActivityType

#: So many types of activity are told of.
TOP_TYPES = 5


@dataclass(frozen=True)
class TopType:
    """A type of activity, and how many there were of it."""

    slug: str
    name: str
    count: int


@dataclass(frozen=True)
class OrganizationYear:
    """What the mentors of an organisation did in a year, together.

    Contacts are counted once for each mentor who reached them. `as_of` is the last day in it while the year is running;
    `waiting` is how many mentors' summaries are being made anew, so that their numbers may still change. One that could
    not be made is not among them: it waits for somebody, not for the clock.
    """

    year: int
    as_of: date | None
    mentors_active: int
    total_activities: int
    total_hours: Decimal
    total_contacts_reached: int
    total_events_attended: int
    badges_earned_count: int
    monthly_activity_counts: list[int]
    top_types: Sequence[TopType]
    waiting: int

    @property
    def most_active_month(self) -> int | None:
        """The earliest of the busiest; None when nothing was done."""
        counts = self.monthly_activity_counts
        return counts.index(max(counts)) + 1 if any(counts) else None

    @property
    def is_preview(self) -> bool:
        return self.as_of is not None


def summary_of(*, user: User, year: int, at: datetime) -> AnnualSummary | None:
    """A mentor's year as it is stored now; None without any activity, and where the module is off.

    Without `has_numbers` it is being made for the first time.
    """
    rows = AnnualSummary.objects.filter(user=user, year=year).in_use().select_related("organization", "mentor__user")
    found: AnnualSummary | None = rows.first()
    return found


def years_of(*, user: User) -> list[int]:
    """The years of which a mentor has a summary, the latest first."""
    rows = AnnualSummary.objects.filter(user=user).in_use().order_by("-year")
    return list(rows.values_list("year", flat=True))


def view_summary(*, summary: AnnualSummary, at: datetime) -> AnnualSummary:
    """Note that the mentor has opened it, the first time that they do."""
    if summary.viewed_at is None:
        AnnualSummary.objects.filter(pk=summary.pk, viewed_at=None).update(viewed_at=at)
        summary.refresh_from_db(fields=["viewed_at"])
    return summary


def organization_year(*, organization: Organization, year: int, at: datetime) -> OrganizationYear:
    """An organisation's year, from the summaries of its mentors: one statement, and one for the types.

    Raises ModuleDisabled.
    """
    require_module(module=Module.ACHIEVEMENTS, organization_id=organization.pk)
    rows = AnnualSummary.objects.filter(organization=organization, year=year)
    found: dict[str, Any] = rows.aggregate(**_TOTALS, **_MONTHS)
    months = [found.pop(name) for name in _MONTHS]
    today = local_date(at, organization.time_zone)
    running = year >= today.year and found["mentors_active"]
    return OrganizationYear(
        year=year,
        as_of=today if running else None,
        monthly_activity_counts=months,
        top_types=_top_types(organization, year) if found["mentors_active"] else [],
        **found,
    )


def _total(name: str) -> Coalesce:
    field: Any = AnnualSummary._meta.get_field(name)
    return Coalesce(Sum(name), Value(0), output_field=field)


_TOTALS: dict[str, Any] = {
    "mentors_active": Count("pk", filter=Q(total_activities__gt=0)),
    **{
        name: _total(name)
        for name in (
            "total_activities",
            "total_hours",
            "total_contacts_reached",
            "total_events_attended",
            "badges_earned_count",
        )
    },
    "waiting": Count(
        "pk", filter=Q(requested_version__gt=F("done_version")) & ~Q(generation_status=GenerationStatus.FAILED)
    ),
}
_MONTHS: dict[str, Any] = {
    f"month_{month}": Coalesce(Sum(F(f"monthly_activity_counts__{month - 1}")), Value(0)) for month in range(1, 13)
}


def _top_types(organization: Organization, year: int) -> list[TopType]:
    """Counted mentor by mentor along the covering index: what belongs to an organisation's year has none of its own."""
    mine = Activity.objects.countable().filter(
        mentor__organization=organization, local_date__range=(date(year, 1, 1), date(year, 12, 31))
    )
    slug = Func(F("type__slug"), template='%(expressions)s COLLATE "C"')
    counted = mine.values("type__slug").annotate(count=Count("pk")).order_by("-count", slug)[:TOP_TYPES]
    slugs = {row["type__slug"]: row["count"] for row in counted}
    types = ActivityType.objects.filter(Q(organization=None) | Q(organization=organization), slug__in=slugs)
    # The organisation's own name for it before the one that is for all.
    names = {type_.slug: str(type_) for type_ in types.order_by(F("organization_id").asc(nulls_first=True))}
    return [TopType(slug, names[slug], count) for slug, count in slugs.items()]
