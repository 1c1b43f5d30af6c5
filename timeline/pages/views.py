"""The pages of the timeline. Each is a learner's own, or names a mentor whom the reader looks after."""

from __future__ import annotations

from datetime import date, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_POST, require_safe

from accounts.base.pages import View, person, signed_in
from accounts.base.pagination import BadCursor, keyset_page
from accounts.base.refusals import Refusal
from accounts.local_time import local_date
from accounts.models import MentorProfile, User
from timeline.desk import REFLECTIONS
from timeline.goals import GoalTold, goals_statement, goals_told
from timeline.models import TimelineEntry
from timeline.pages.doors import Closed, Whose, closed, no_such_page, video_for, whose
from timeline.pages.reading import Day, ShownLine, by_day, lesson_address, shown
from timeline.querysets import DAYS_OF_A_WEEK
from training.models import Goal, Reflection, Video
from training.models.reflections import LONGEST_TEXT
from training.services import reply_to_reflection

LINES_OF_A_PAGE = 30
#: So many of a goal's lines stand on the page of all goals.
LINES_OF_A_GOAL = 5


class DayForm(forms.Form):
    day = forms.DateField(required=False)


class ReplyForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What do you want to say?"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def page_for_one(view: View) -> View:
    """A page for somebody who is signed in; what is closed to them says so."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Closed as reason:
            return closed(request, reason)

    return signed_in(opened)


@require_safe
@page_for_one
def timeline(request: HttpRequest, mentor_id: UUID | None = None) -> HttpResponse:
    """Everything, newest first."""
    user = person(request)
    about = whose(user, mentor_id)
    lines = TimelineEntry.objects.of_mentor(about.mentor.pk)
    found, pages = _page(request, lines, user, about)
    return render(request, "timeline/all.html", _about(about, "timeline") | pages | {"days": by_day(found)})


@require_safe
@page_for_one
def week(request: HttpRequest, mentor_id: UUID | None = None) -> HttpResponse:
    """The past week, or seven days that end with `?day=`."""
    user, form = person(request), DayForm(request.GET)
    about = whose(user, mentor_id)
    if not form.is_valid():
        raise no_such_page()
    today = about.today(timezone.now())
    last = form.cleaned_data["day"] or today
    if not date.min + timedelta(days=2 * DAYS_OF_A_WEEK) <= last <= today:
        raise no_such_page()
    lines = shown(TimelineEntry.objects.past_week(about.mentor.pk, last).with_context(), user, about)
    by_date = {day.day: day.lines for day in by_day(lines)}
    days = [last - timedelta(days=past) for past in range(DAYS_OF_A_WEEK)]
    later = min(last + timedelta(days=DAYS_OF_A_WEEK), today)
    context = {
        "days": [Day(day, by_date.get(day, [])) for day in days],
        "earlier": last - timedelta(days=DAYS_OF_A_WEEK),
        "later": later if later > last else None,
        "last": last,
        "is_now": last == today,
    }
    return render(request, "timeline/week.html", _about(about, "week" if last == today else "") | context)


@require_safe
@page_for_one
def goals(request: HttpRequest, mentor_id: UUID | None = None) -> HttpResponse:
    """All goals, the latest first: from when to when, how much was done, and how it began."""
    user = person(request)
    about = whose(user, mentor_id)
    told = goals_told(goals_statement(Goal.objects.filter(mentor=about.mentor.pk)))
    firsts = {each.id: [line["id"] for line in each.timeline[:LINES_OF_A_GOAL]] for each in told}
    wanted = [line for lines in firsts.values() for line in lines]
    lines = TimelineEntry.objects.shown().filter(pk__in=wanted).with_context().order_by("occurred_at", "id")
    found = {str(line.entry.pk): line for line in shown(lines, user, about)}
    shown_goals = [
        _goal(about, each) | {"lines": [found[line] for line in firsts[each.id] if line in found]}
        for each in reversed(told)
    ]
    return render(request, "timeline/goals.html", _about(about, "goals") | {"goals": shown_goals})


@require_safe
@page_for_one
def goal(request: HttpRequest, goal_id: UUID, mentor_id: UUID | None = None) -> HttpResponse:
    """One goal, and all that was done while it was theirs, from the beginning."""
    user = person(request)
    about = whose(user, mentor_id)
    told = goals_told(goals_statement(Goal.objects.filter(pk=goal_id, mentor=about.mentor.pk)))
    if not told:
        raise no_such_page()
    found, pages = _page(request, TimelineEntry.objects.towards(goal_id, about.mentor.pk), user, about)
    context = {"goal": _goal(about, told[0]), "days": by_day(found)}
    return render(request, "timeline/goal.html", _about(about, "goals") | pages | context)


@require_safe
@page_for_one
def video(request: HttpRequest, video_id: UUID, mentor_id: UUID | None = None) -> HttpResponse:
    """What happened on a video, by position: one mentor's, or for staff that of everybody they look after."""
    user = person(request)
    seen = video_for(user, video_id)
    everybody = mentor_id is None and user.access.may_staff(seen.organization_id)
    about = None if everybody else whose(user, mentor_id or _profile_at(user, seen))
    lines = TimelineEntry.objects.on_video(seen.pk, about and about.mentor.pk)
    found, pages = _page(
        request, lines if about else lines.visible_to(user).prefetch_related("mentor__user"), user, about
    )
    context = {"video": seen, "lines": found, "everybody": everybody, "lesson_address": lesson_address(seen.lesson_id)}
    return render(request, "timeline/video.html", (_about(about, "video") if about else {}) | pages | context)


@require_safe
@page_for_one
def reflection(request: HttpRequest, reflection_id: UUID) -> HttpResponse:
    """On to a reflection's line, on its day: where the message that it has been answered leads."""
    user = person(request)
    lines = TimelineEntry.objects.shown().filter(source_table=REFLECTIONS, source_id=reflection_id)
    line: TimelineEntry | None = lines.visible_to(user).first()
    if line is None:
        raise no_such_page()
    about = whose(user, line.mentor_id)
    day = min(line.activity_date, about.today(timezone.now()))  # a phone's clock may run ahead
    return redirect(f"{about.address('week')}?day={day}#line-{line.pk}")


@require_POST
@page_for_one
def reply(request: HttpRequest, reflection_id: UUID) -> HttpResponse:
    """The learner writes again below a reflection of their own."""
    user, form = person(request), ReplyForm(request.POST)
    rows = Reflection.objects.filter(pk=reflection_id, mentor_id__in=user.access.mentors_as)
    row: Reflection | None = rows.select_related("mentor__user", "mentor__organization").first()
    if row is None:
        raise no_such_page()
    about = whose(user, row.mentor_id)
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/timeline/"):
        back = about.address("timeline")
    if not form.is_valid():
        messages.error(request, _("Write something first; at most %(most)s characters.") % {"most": LONGEST_TEXT})
        return redirect(back)
    try:
        reply_to_reflection(reflection=row, text=form.cleaned_data["text"], by=user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal.sentence))
    else:
        messages.success(request, _("It is sent. Somebody will read it."))
    return redirect(back)


def _profile_at(user: User, seen: Video) -> UUID | None:
    """The reader's own profile where the video is shown."""
    rows = MentorProfile.objects.filter(pk__in=user.access.mentors_as, organization=seen.organization_id)
    return rows.values_list("pk", flat=True).first()


def _page(request: HttpRequest, lines: Any, user: User, about: Whose | None) -> tuple[list[ShownLine], dict[str, Any]]:
    """The lines of this page, and the ways to those around it."""
    scope, token = f"{request.path}&{user.pk}", request.GET.get("cursor")
    try:
        page = keyset_page(lines.with_context(), scope=scope, token=token, limit=LINES_OF_A_PAGE)
    except BadCursor as error:
        raise no_such_page() from error
    return shown(page.rows, user, about), {"next": page.next, "previous": page.previous}


def _goal(about: Whose, told: GoalTold) -> dict[str, Any]:
    """A goal with the days on which it began and ended where the learner is."""
    zone = about.mentor.organization.time_zone
    return {
        "told": told,
        "first_day": local_date(told.started_at, zone),
        "last_day": local_date(told.ended_at, zone) if told.ended_at else None,
        "address": about.address("goal", told.id),
        "has_more": told.count > LINES_OF_A_GOAL,
    }


def _about(about: Whose, page: str) -> dict[str, Any]:
    """Whose page it is, and the ways to their other ones."""
    titles = {"timeline": pgettext("of a timeline", "Everything"), "week": _("The past week"), "goals": _("Goals")}
    ways = [(name, title, about.address(name)) for name, title in titles.items()]
    return {
        "about": about,
        "mentor": about.mentor,
        "is_own": about.is_own,
        "ways": [{"title": title, "address": address, "is_here": name == page} for name, title, address in ways],
        "page": page,
        "reply_form": ReplyForm(auto_id=False),
    }
