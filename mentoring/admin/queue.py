"""The desk's first page: who has been forgotten, what else waits, and what can be done about it at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import MentorStatus, Module
from accounts.models import MentorProfile, User
from accounts.services import organizations_with
from mentoring import rules
from mentoring.admin.desk import by_of, in_care
from mentoring.evaluation import evaluate_assignment
from mentoring.messages import explain
from mentoring.models import Activity, Assignment
from notifications.models import Notification
from operations.services import clockwork_state

PER_PAGE = 25
_VIEWS = ("overdue", "snoozed", "open")
#: The verbs that stand on every line; the rest stand on the assignment's own page.
_ONE_CLICK = ("remind", "tell")
_WITH_FORM = ("snooze", "hand-over", "log-contact")


@dataclass(frozen=True)
class Line:
    """One assignment in the queue."""

    assignment: Assignment
    evaluation: rules.Evaluation
    sentence: str
    state: str
    label: str
    can_remind: bool
    links: list[tuple[str, str]]


@dataclass(frozen=True)
class Note:
    """A number that wants a look, with where to look; `is_alarm` when it should be zero."""

    label: str
    count: int
    address: str
    is_alarm: bool = True


def queue_page(request: HttpRequest) -> dict[str, Any]:
    """What the first page shows, for the person behind the request: a fixed number of queries, however many rows."""
    user, at = by_of(request), timezone.now()
    rows = _open_ones(user, at)
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in _VIEWS else "overdue"
    counts = rows.aggregate(
        overdue=Count("pk", filter=_OVERDUE & ~_SNOOZED), snoozed=Count("pk", filter=_SNOOZED), open=Count("pk")
    )
    page = Paginator(_of_view(rows, chosen).order_by("-counted_days", "id"), PER_PAGE)
    page.count = counts[chosen]  # counted above already
    shown = page.get_page(request.GET.get("page"))
    return {
        "views": _views(chosen, counts),
        "chosen": chosen,
        "page": shown,
        "pages": list(page.get_elided_page_range(shown.number)),
        "lines": _lines(shown, at, request.get_full_path()),
        "notes": _notes(user),
        "clockwork": clockwork_state(at=at),
        "do": {name: _verb(name) for name in _ONE_CLICK},
    }


_SNOOZED = Q(snoozed_until__gt=F("today"))
_OVERDUE = Q(counted_days__gte=F("remind_after"))


def _open_ones(user: User, at: datetime) -> QuerySet[Any]:
    """Open assignments in the person's care, of organisations that follow up."""
    rows = Assignment.objects.visible_to(user).open().with_days(at).with_participants()
    return in_care(rows, user).filter(organization_id__in=organizations_with(module=Module.FOLLOW_UP, user=user))


def _of_view(rows: QuerySet[Any], chosen: str) -> QuerySet[Any]:
    if chosen == "overdue":
        return rows.filter(_OVERDUE).exclude(snoozed_until__isnull=False, snoozed_until__gt=F("today"))
    return rows.filter(_SNOOZED) if chosen == "snoozed" else rows


def _views(chosen: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    labels = {"overdue": _("Overdue"), "snoozed": _("Snoozed"), "open": _("All open")}
    return [
        {"name": name, "label": labels[name], "count": counts[name], "is_chosen": name == chosen} for name in _VIEWS
    ]


def _lines(page: Page[Any], at: datetime, here: str) -> list[Line]:
    return [_line(row, at, here) for row in page.object_list]


def _line(row: Assignment, at: datetime, here: str) -> Line:
    evaluation = evaluate_assignment(row, at)
    state = _state(evaluation)
    desk: Any = admin.site._registry[Assignment]
    return Line(
        assignment=row,
        evaluation=evaluation,
        sentence=explain(evaluation),
        state=state,
        label=_labels()[state],
        can_remind=row.mentor.status == MentorStatus.ACTIVE,
        links=[
            (str(verb.title), desk.verb_address(verb.name, row.pk, here))
            for verb in desk.verbs
            if verb.name in _WITH_FORM
        ],
    )


def _state(evaluation: rules.Evaluation) -> str:
    if rules.is_snoozed(evaluation.facts, evaluation.today):
        return "snoozed"
    if not evaluation.facts.mentor_is_active:
        return "paused"
    if not evaluation.is_overdue:
        return "fine"
    return "long" if evaluation.days >= evaluation.thresholds.escalation else "overdue"


def _labels() -> dict[str, str]:
    return {
        "snoozed": _("Snoozed"),
        "paused": _("Mentor not active"),
        "fine": _("In touch"),
        "overdue": _("Overdue"),
        "long": _("Long overdue"),
    }


def _verb(name: str) -> str:
    desk: Any = admin.site._registry[Assignment]
    return desk.verb_address(name)


def _notes(user: User) -> list[Note]:
    suspected = in_care(Activity.objects.visible_to(user).suspected(), user).count()
    failed = Notification.objects.visible_to(user).needing_attention().count()
    paused = MentorProfile.objects.visible_to(user).filter(status=MentorStatus.PAUSED).count()
    return [
        Note(_("Suspected duplicates"), suspected, _list("mentoring_activity", "duplicate__exact=suspected")),
        Note(_("Messages that failed"), failed, _list("notifications_notification", "state__exact=failed")),
        Note(_("Paused mentors"), paused, _list("accounts_mentorprofile", "status__exact=paused"), is_alarm=False),
    ]


def _list(name: str, query: str) -> str:
    """The address of a list with a filter; empty where there is no such list."""
    try:
        return f"{reverse(f'admin:{name}_changelist')}?{query}"
    except NoReverseMatch:
        return ""
