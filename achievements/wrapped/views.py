"""The mentor's own year: the story, its picture, and the link by which it is shared."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.base.pages import person, signed_in
from accounts.base.refusals import Refusal
from accounts.local_time import local_date
from accounts.models import MentorProfile, User
from accounts.services.modules import ModuleDisabled
from achievements import services
from achievements.models import AnnualSummary, SummaryShare
from achievements.models.summaries import EARLIEST_YEAR
from achievements.wrapped.doors import notice, own_profile
from achievements.wrapped.images import image_answer
from achievements.wrapped.reading import own_year

#: Marks what is said about the link: it stands beside it, where the page is opened after a change.
SHARING = "sharing"


class ShareForm(forms.Form):
    """For how long the link is there."""

    days = forms.TypedChoiceField(
        choices=[(7, gettext_lazy("one week")), (30, gettext_lazy("one month")), (90, gettext_lazy("three months"))],
        coerce=int,
    )


@require_safe
@signed_in
def latest_year(request: HttpRequest) -> HttpResponse:
    """`/wrapped/`: the latest year with anything in it, else this year's friendly empty answer."""
    user, at = person(request), timezone.now()
    profile = own_profile(user)
    if profile is None:
        return _closed(request, user)
    years = services.years_of(user=user)
    return redirect("wrapped-year", year=max(years, default=_this_year(profile, at)))


@require_safe
@signed_in
def year_page(request: HttpRequest, year: int) -> HttpResponse:
    """`/wrapped/<year>/`: the story. Opening it for the first time is remembered."""
    user, at = person(request), timezone.now()
    profile = own_profile(user)
    if profile is None:
        return _closed(request, user)
    if not EARLIEST_YEAR <= year <= _this_year(profile, at):
        return _no_such_year(request, user)
    summary = services.summary_of(user=user, year=year, at=at)
    if summary is not None and not summary.has_numbers:
        return _being_made(request, user, year)
    if summary is None or not summary.total_activities:
        return _nothing_registered(request, user, year, is_over=year < _this_year(profile, at))
    if request.method == "GET":
        services.view_summary(summary=summary, at=at)
    years = services.years_of(user=user)
    context = {
        **own_year(summary, user, at, is_latest=year == max(years, default=year)),
        **_sharing(summary, user, at),
        **_said(request),
        "years": years,
        "is_stale": summary.requested_version > summary.done_version,
    }
    return render(request, "achievements/wrapped/story.html", context)


@require_safe
@signed_in
def year_image(request: HttpRequest, year: int) -> HttpResponse:
    """`/wrapped/<year>/image.png`: the picture of one's own year."""
    user = person(request)
    summary = _own_summary(user, year, timezone.now())
    return image_answer(request, summary) if summary else _no_such_year(request, user)


@require_POST
@signed_in
def share(request: HttpRequest, year: int) -> HttpResponse:
    """Make a link, or let the one that is there last longer."""
    user, at = person(request), timezone.now()
    summary, form = _own_summary(user, year, at), ShareForm(request.POST)
    if summary is None:
        return _no_such_year(request, user)
    if not form.is_valid():
        messages.error(request, _("Choose for how long the link is there."), SHARING)
        return _back_to_sharing(year)
    try:
        services.share_summary(summary=summary, by=user, at=at, days=form.cleaned_data["days"])
    except Refusal as refusal:
        messages.error(request, str(refusal.sentence), SHARING)
    else:
        messages.success(request, _("The link is there. Whoever has it sees your year."), SHARING)
    return _back_to_sharing(year)


@require_POST
@signed_in
def withdraw(request: HttpRequest, year: int) -> HttpResponse:
    """Take the link back: from now on it leads nowhere."""
    user, at = person(request), timezone.now()
    summary = _own_summary(user, year, at)
    if summary is None:
        return _no_such_year(request, user)
    link = _live_share(summary, user, at)
    if link is not None:
        services.withdraw_share(share=link, by=user, at=at)
    messages.success(request, _("The link is withdrawn. It leads nowhere any more."), SHARING)
    return _back_to_sharing(year)


def _own_summary(user: User, year: int, at: datetime) -> AnnualSummary | None:
    """The person's own year with its numbers; None when there is none to show."""
    if own_profile(user) is None or year < EARLIEST_YEAR:
        return None
    summary = services.summary_of(user=user, year=year, at=at)
    return summary if summary and summary.has_numbers and summary.total_activities else None


def _sharing(summary: AnnualSummary, user: User, at: datetime) -> dict[str, object]:
    link = _live_share(summary, user, at)
    address = f"{settings.SITE_URL}{reverse('wrapped-shared', args=[link.token])}" if link else ""
    return {"share": link, "share_address": address, "share_form": ShareForm(initial={"days": 30})}


def _said(request: HttpRequest) -> dict[str, object]:
    """What there is to say about the link, and everything else, as the greeting after the log-in."""
    said = list(messages.get_messages(request))
    return {
        "said_of_link": [each for each in said if each.extra_tags == SHARING],
        "said_first": [each for each in said if each.extra_tags != SHARING],
    }


def _live_share(summary: AnnualSummary, user: User, at: datetime) -> SummaryShare | None:
    found: SummaryShare | None = SummaryShare.objects.visible_to(user).live(at).filter(summary=summary).first()
    return found


def _back_to_sharing(year: int) -> HttpResponse:
    return redirect(f"{reverse('wrapped-year', args=[year])}#share")


def _this_year(profile: MentorProfile, at: datetime) -> int:
    return local_date(at, profile.organization.time_zone).year


def _closed(request: HttpRequest, user: User) -> HttpResponse:
    """For a mentor whose association does not use the module, and for those who are no mentors."""
    if user.access.mentors_as:
        return notice(request, _("No year in review here"), str(ModuleDisabled.sentence), status=403)
    sentence = _("The year in review is made for peer mentors. You are not registered as one.")
    return notice(request, _("No year in review here"), sentence, status=404)


def _no_such_year(request: HttpRequest, user: User) -> HttpResponse:
    facts = {"years": services.years_of(user=user)}
    return notice(request, _("There is no such year"), _("Choose another one."), status=404, facts=facts)


def _nothing_registered(request: HttpRequest, user: User, year: int, is_over: bool) -> HttpResponse:
    title = _("Your year %(year)s") % {"year": year}
    said = _("Nothing is registered for this year, and that is fine.")
    more = (
        _("Some years are for others, some for oneself. What you did before is not forgotten.")
        if is_over
        else _("As soon as you register something, your year begins here.")
    )
    return notice(request, title, said, more, facts={"years": services.years_of(user=user), "year": year})


def _being_made(request: HttpRequest, user: User, year: int) -> HttpResponse:
    title = _("Your year %(year)s") % {"year": year}
    sentences = _("Your year is being put together."), _("Open this page again in a few minutes.")
    return notice(request, title, *sentences, facts={"years": services.years_of(user=user), "year": year})
