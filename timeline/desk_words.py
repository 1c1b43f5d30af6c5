"""What the answer desk says in words: by when an answer is due, and who is at it."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from timeline.desk import Standing
from timeline.enums import ResponseStatus
from timeline.models import AnswerClaim
from timeline.rules import Level


def due_in_words(standing: Standing) -> tuple[str, str]:
    """A word for where it stands, and by when it is, or was, due: "Past its day", "was due 4 days ago"."""
    entry, due_on = standing.entry, standing.due_on
    if due_on is None:
        if entry.response_status == ResponseStatus.RESPONDED and entry.responded_at is not None:
            day = date_format(entry.responded_at.astimezone(ZoneInfo(entry.time_zone)), "DATE_FORMAT")
            return _("Answered"), _("by %(name)s on %(day)s") % {"name": entry.responded_by, "day": day}
        return _("Needs no answer"), ""
    if standing.level == Level.WAITING:
        return _("Waits"), _due(due_on, standing.today)
    label = _("Long past its day") if standing.level == Level.ESCALATED else _("Past its day")
    days = (standing.today - due_on).days
    late = ngettext("was due %(days)d day ago", "was due %(days)d days ago", days) % {"days": days}
    return label, late


def _due(due_on: date, today: date) -> str:
    days = (due_on - today).days
    if days <= 0:
        return _("due today")
    if days == 1:
        return _("due tomorrow")
    return _("due on %(day)s") % {"day": f"{date_format(due_on, 'l')} {date_format(due_on, 'MONTH_DAY_FORMAT')}"}


def claimed_in_words(claim: AnswerClaim | None, zone: str) -> str:
    """Who is answering it, and until when; empty when nobody is."""
    if claim is None:
        return ""
    until = time_format(claim.until.astimezone(ZoneInfo(zone)))
    return _("%(name)s, until %(time)s") % {"name": claim.by, "time": until}
