"""An association's own year, for its board and its funders: totals and months, and nobody's name."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.base.pages import person, signed_in
from accounts.enums import Module
from accounts.local_time import local_date
from accounts.models import Organization, User
from accounts.services.modules import ModuleDisabled, organizations_with
from achievements import services
from achievements.models.summaries import EARLIEST_YEAR
from achievements.wrapped import story
from achievements.wrapped.doors import notice
from achievements.wrapped.reading import months


@require_safe
@signed_in
def year_page(request: HttpRequest, year: int, slug: str) -> HttpResponse:
    """`/wrapped/<year>/organisation/<slug>/`: for those who coordinate or administer the association."""
    user, at = person(request), timezone.now()
    organization = _staffed_by(user, slug)
    if organization.pk not in organizations_with(module=Module.ACHIEVEMENTS, user=user):
        return notice(request, _("No year in review here"), str(ModuleDisabled.sentence), status=403)
    today = local_date(at, organization.time_zone)
    if not EARLIEST_YEAR <= year <= today.year:
        return notice(request, _("There is no such year"), _("Choose another one."), status=404)
    told = services.organization_year(organization=organization, year=year, at=at)
    context = {
        "organization": organization,
        "year": year,
        "preview_until": date_format(told.as_of, "DATE_FORMAT") if told.as_of else "",
        "numbers": list(story.organization_numbers(told)),
        "top_types": told.top_types,
        "has_activity": bool(told.total_activities),
        "waiting": told.waiting,
        "before": year - 1 if year > EARLIEST_YEAR else None,
        "after": year + 1 if year < today.year else None,
        **months(year, list(told.monthly_activity_counts), told.most_active_month),
    }
    return render(request, "achievements/wrapped/organization.html", context)


def _staffed_by(user: User, slug: str) -> Organization:
    found: Organization | None = Organization.objects.visible_to(user).filter(slug=slug).first()
    if found is None or not user.access.may_staff(found.pk):
        raise Http404
    return found
