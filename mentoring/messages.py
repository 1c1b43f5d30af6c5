"""What mentoring says: the sentence that explains an evaluation, and the texts of reminders and notices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import MentorStatus
from accounts.local_time import local_date
from mentoring import rules
from mentoring.models import Assignment, FollowUpReminder
from notifications.delivery import Delivery
from notifications.kinds import Message


def explain(evaluation: rules.Evaluation) -> str:
    """Why an assignment is, or is not, overdue: one sentence in the current language.

    For example: "No contact for 12 days; reminder after 10; last reminded 3 days ago."
    """
    if evaluation.silence == rules.Silence.CLOSED:
        return _("The assignment has ended.")
    parts = [_gap(evaluation), _threshold(evaluation), *_exceptions(evaluation), *_history(evaluation)]
    return capfirst("; ".join(parts)) + "."


def _gap(evaluation: rules.Evaluation) -> str:
    days = evaluation.days
    if evaluation.facts.last_contact_on is None:
        if evaluation.facts.started_on > evaluation.today:
            return _("has not begun yet")
        return ngettext(
            "no contact yet, %(days)d day after the start", "no contact yet, %(days)d days after the start", days
        ) % {"days": days}
    if days == 0:
        return _("contact today")
    return ngettext("no contact for %(days)d day", "no contact for %(days)d days", days) % {"days": days}


def _threshold(evaluation: rules.Evaluation) -> str:
    thresholds = evaluation.thresholds
    if evaluation.days >= thresholds.escalation:
        return _("the coordinator is told after %(days)d") % {"days": thresholds.escalation}
    return _("reminder after %(days)d") % {"days": thresholds.reminder}


def _exceptions(evaluation: rules.Evaluation) -> Iterable[str]:
    if evaluation.silence == rules.Silence.SNOOZED and evaluation.facts.snoozed_until:
        yield _("snoozed until %(day)s") % {"day": date_format(evaluation.facts.snoozed_until, "SHORT_DATE_FORMAT")}
    if not evaluation.facts.mentor_is_active:
        yield _("the mentor is not active, so the coordinator is told instead")


def _history(evaluation: rules.Evaluation) -> Iterable[str]:
    if evaluation.facts.last_reminded_on:
        yield _("last reminded %(when)s") % {"when": _ago(evaluation.facts.last_reminded_on, evaluation.today)}
    if evaluation.facts.last_escalated_on:
        yield _("coordinator last told %(when)s") % {"when": _ago(evaluation.facts.last_escalated_on, evaluation.today)}


def _ago(day: date, today: date) -> str:
    days = (today - day).days
    if days <= 0:
        return _("today")
    return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}


def compose_reminders(batch: Sequence[Delivery]) -> Mapping[UUID, Message]:
    """To mentors: whom they have not been in touch with. Without those for whom the reason is gone."""
    return {key: _reminder(rows) for key, rows in _still_holding(batch, to_mentor=True).items()}


def compose_escalations(batch: Sequence[Delivery]) -> Mapping[UUID, Message]:
    """To coordinators: which pairs have been without contact for long. Without those for whom the reason is gone."""
    return {key: _escalation(rows) for key, rows in _still_holding(batch, to_mentor=False).items()}


def _reminder(rows: Sequence[FollowUpReminder]) -> Message:
    names = [row.assignment.contact.first_name for row in rows]
    if len(rows) == 1:
        title = _("Time to get in touch with %(name)s?") % {"name": names[0]}
    else:
        title = _("%(count)d people would like to hear from you") % {"count": len(rows)}
    lines = [f"– {row.assignment.contact.first_name}: {_days_without_contact(row)}" for row in rows]
    body = "\n".join(
        [
            _("It has been a while since you were in touch with:"),
            "",
            *lines,
            "",
            _("A short call or message is enough. If you have been in touch already, log it in the app."),
            _("Is it not a good time? Tell your coordinator, who can find a solution together with you."),
        ]
    )
    return Message(title=title, body=body, path="/")


def _escalation(rows: Sequence[FollowUpReminder]) -> Message:
    title = ngettext(
        "An assignment has been without contact for long",
        "%(count)d assignments have been without contact for long",
        len(rows),
    ) % {"count": len(rows)}
    lines = [f"– {row.assignment.mentor} / {row.assignment.contact.first_name}: {_facts(row)}" for row in rows]
    body = "\n".join(
        [
            _("These pairs need somebody to look at them:"),
            "",
            *lines,
            "",
            _("In the queue you can remind the mentor, snooze, hand over or log a contact."),
        ]
    )
    return Message(title=title, body=body, path="/admin/")


def _facts(row: FollowUpReminder) -> str:
    told = _days_without_contact(row)
    if row.assignment.mentor.status == MentorStatus.ACTIVE:
        return told
    return f"{told} ({row.assignment.mentor.get_status_display()})"


def _days_without_contact(row: FollowUpReminder) -> str:
    return ngettext("no contact for %(days)d day", "no contact for %(days)d days", row.days) % {"days": row.days}


def _still_holding(batch: Sequence[Delivery], *, to_mentor: bool) -> dict[UUID, list[FollowUpReminder]]:
    """The rows behind each notification whose reason still holds, the longest without contact first: one query."""
    rows = (
        FollowUpReminder.objects.filter(notification__in=[delivery.id for delivery in batch])
        .select_related("assignment__mentor__user", "assignment__contact", "assignment__organization")
        .order_by("-days", "pk")
    )
    found: dict[UUID, list[FollowUpReminder]] = defaultdict(list)
    for row in rows:
        if _holds(row, to_mentor=to_mentor):
            found[row.notification_id].append(row)
    return found


def _holds(row: FollowUpReminder, *, to_mentor: bool) -> bool:
    """Still open, not snoozed meanwhile, no newer contact than was known, and addressed to the right person."""
    assignment: Assignment = row.assignment
    if not assignment.is_open or (assignment.snoozed_until and assignment.snoozed_until > row.on):
        return False
    mentor = assignment.mentor
    if to_mentor and (mentor.status != MentorStatus.ACTIVE or mentor.user_id != row.recipient_id):
        return False
    if assignment.last_contact_date is None:
        return True
    contact_on = local_date(assignment.last_contact_date, assignment.organization.time_zone)
    return contact_on <= row.on - timedelta(days=row.days)
