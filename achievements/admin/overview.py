"""The years of an association on one page: totals, who has no activity, and what has failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.http import FileResponse, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.base.export import KINDS, as_file
from accounts.local_time import local_date
from accounts.models import MentorProfile, Organization
from achievements.admin.recompute import OrganizationForm
from achievements.enums import GenerationStatus
from achievements.models import AnnualSummary
from mentoring.admin.desk import by_of

_FAILED = Q(generation_status=GenerationStatus.FAILED)

#: What is added up for each year, and what of it an exported table calls it.
_TOTALS: dict[str, Any] = {
    "mentors": Count("pk", filter=Q(total_activities__gt=0)),
    "activities": Sum("total_activities"),
    "hours": Sum("total_hours"),
    "events": Sum("total_events_attended"),
    "badges": Sum("badges_earned_count"),
    "viewed": Count("viewed_at"),
    "waiting": Count("pk", filter=Q(requested_version__gt=F("done_version")) & ~_FAILED),
    "failed": Count("pk", filter=_FAILED),
}
HEADINGS = {
    "year": _("Year"),
    "mentors": _("Mentors with activity"),
    "without": _("Mentors without"),
    "activities": _("Activities"),
    "hours": _("Hours"),
    "events": _("Events"),
    "badges": _("Badges"),
    "viewed": _("Opened"),
    "waiting": _("Waiting"),
    "failed": _("Failed"),
}


@dataclass(frozen=True)
class Year:
    """A year of an association, from the summaries of its mentors. `without`: were mentors by then and did nothing."""

    year: int
    is_running: bool
    mentors: int
    without: int
    activities: int
    hours: Decimal
    events: int
    badges: int
    viewed: int
    waiting: int
    failed: int


def years_of_organization(organization: Organization, at: datetime) -> list[Year]:
    """The years that any mentor of an association has a summary of, the latest first. Two questions."""
    rows = AnnualSummary.objects.filter(organization=organization).values("year").annotate(**_TOTALS)
    found = list(rows.order_by("-year"))
    without = _without_activity(organization, [row["year"] for row in found])
    this_year = local_date(at, organization.time_zone).year
    return [Year(is_running=row["year"] >= this_year, without=without[f"y{row['year']}"], **row) for row in found]


def _without_activity(organization: Organization, years: Sequence[int]) -> dict[str, int]:
    active = AnnualSummary.objects.filter(user=OuterRef("user"), total_activities__gt=0)
    counted = {
        f"y{year}": Count("pk", filter=_mentor_by_the_end_of(year) & ~Q(Exists(active.filter(year=year))))
        for year in years
    }
    return MentorProfile.objects.filter(organization=organization).aggregate(**counted) if counted else {}


def _mentor_by_the_end_of(year: int) -> Q:
    return Q(started_on=None) | Q(started_on__year__lte=year)


class Overview:
    """Gives the admin of summaries the page about the years of an association, for its administrators."""

    def get_urls(self) -> list[URLPattern]:
        desk: Any = self
        view = desk.admin_site.admin_view(self.overview_view)
        name = "achievements_annualsummary_overview"
        exports = [path(f"overview.{kind}", view, {"kind": kind}, name=f"{name}_{kind}") for kind in KINDS]
        return [path("overview/", view, name=name), *exports, *super().get_urls()]  # type: ignore[misc]

    def overview_view(self, request: HttpRequest, kind: str = "") -> HttpResponse | FileResponse:
        desk: Any = self
        organization, form = self._asked_about(request)
        years = years_of_organization(organization, timezone.now()) if organization else []
        if kind and organization:
            return as_file(_table(years), kind, name=f"years-{organization.slug}", title=gettext("Years"))
        context = {
            **desk.admin_site.each_context(request),
            "opts": desk.opts,
            "title": gettext("Year by year"),
            "form": form,
            "organization": organization,
            "years": years,
            "headings": HEADINGS,
            "exports": [(kind.upper(), self._export_address(kind, organization)) for kind in KINDS],
        }
        return TemplateResponse(request, "achievements/overview.html", context)

    def _asked_about(self, request: HttpRequest) -> tuple[Organization | None, OrganizationForm]:
        """The organisation that is asked for, or the only one; a form to choose one where there are several."""
        desk: Any = self
        by = by_of(request)
        if not desk.has_view_permission(request) or not (by.access.is_platform_staff or by.access.administers):
            raise PermissionDenied
        form = OrganizationForm(request.GET if "organization" in request.GET else None, by=by)
        if form.is_bound:
            return (form.cleaned_data["organization"] if form.is_valid() else None), form
        choices = list(form.fields["organization"].queryset[:2])  # type: ignore[attr-defined]
        return (choices[0] if len(choices) == 1 else None), form

    def _export_address(self, kind: str, organization: Organization | None) -> str:
        address = reverse(f"admin:achievements_annualsummary_overview_{kind}")
        return f"{address}?organization={organization.pk}" if organization else address


def _table(years: Sequence[Year]) -> Iterator[list[Any]]:
    yield [str(heading) for heading in HEADINGS.values()]
    for year in years:
        yield [getattr(year, name) for name in HEADINGS]
