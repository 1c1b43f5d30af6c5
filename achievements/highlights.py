"""The moments of a year that its summary tells of: which there are, which are the best, and their sentences.

A moment is stored as `{"type": …, "date": "YYYY-MM-DD"}` and the numbers it is about, and put into words for whoever
reads it, in their language. What they are found from is in `achievements.yearly`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from achievements.models import BadgeDefinition

#: Marks a summary of a year that is still running; not a moment, but it takes one of the five places.
YEAR_TO_DATE = "year_to_date"

#: From the best to the least: when there are more than fit, the last ones are left out. Of several badges the first
#: one has the badge's rank, and the others come after everything else.
RANKING = (
    "milestone",
    "longest_streak",
    "badge",
    "most_active_month",
    "first_event",
    "busiest_day",
    "first_activity",
)

#: How many activities in one year are a milestone; the largest one that was reached is told of.
MILESTONES = (10, 25, 50, 100, 200, 300, 500, 1000)

#: A run of fewer days, or a day with fewer activities, is nothing to tell of.
SHORTEST_STREAK = 2
LEAST_ON_BUSIEST_DAY = 2


def describe(moment: Mapping[str, Any], definitions: Mapping[str, BadgeDefinition] | None = None) -> str:
    """The sentence for a moment, in the language of the moment of reading.

    `definitions` are the badges that mentors of the organisation can have, by slug. A type that this version does not
    know (a newer one has written it) is told as its date.
    """
    day = date.fromisoformat(moment["date"])
    sentence = _SENTENCES.get(moment["type"])
    if moment["type"] == "badge":
        return _badge(moment, day, definitions or {})
    return sentence(moment, day) if sentence else date_format(day)


def _year_to_date(moment: Mapping[str, Any], day: date) -> str:
    return _("The year is not over: this is how far it has come on %(date)s.") % {"date": date_format(day)}


def _first_activity(moment: Mapping[str, Any], day: date) -> str:
    return _("The first activity of the year was on %(date)s.") % {"date": date_format(day)}


def _milestone(moment: Mapping[str, Any], day: date) -> str:
    values = {"count": moment["count"], "date": date_format(day)}
    return _("Activity number %(count)s of the year was on %(date)s.") % values


def _longest_streak(moment: Mapping[str, Any], day: date) -> str:
    days = moment["days"]
    return ngettext(
        "Active on %(days)s day, %(date)s.",
        "Active on %(days)s days in a row, the last one on %(date)s.",
        days,
    ) % {"days": days, "date": date_format(day)}


def _most_active_month(moment: Mapping[str, Any], day: date) -> str:
    count = moment["count"]
    return ngettext(
        "The most active month was %(month)s, with %(count)s activity.",
        "The most active month was %(month)s, with %(count)s activities.",
        count,
    ) % {"month": MONTHS[moment["month"]], "count": count}


def _busiest_day(moment: Mapping[str, Any], day: date) -> str:
    count = moment["count"]
    return ngettext(
        "The busiest day was %(date)s, with %(count)s activity.",
        "The busiest day was %(date)s, with %(count)s activities.",
        count,
    ) % {"date": date_format(day), "count": count}


def _first_event(moment: Mapping[str, Any], day: date) -> str:
    return _("The first event of the year was on %(date)s.") % {"date": date_format(day)}


def _badge(moment: Mapping[str, Any], day: date, definitions: Mapping[str, BadgeDefinition]) -> str:
    definition = definitions.get(moment["slug"])
    if definition is None:
        return _("A badge was earned on %(date)s.") % {"date": date_format(day)}
    values = {"badge": definition.in_language("name"), "date": date_format(day)}
    return _("The badge “%(badge)s” was earned on %(date)s.") % values


_SENTENCES = {
    YEAR_TO_DATE: _year_to_date,
    "first_activity": _first_activity,
    "milestone": _milestone,
    "longest_streak": _longest_streak,
    "most_active_month": _most_active_month,
    "busiest_day": _busiest_day,
    "first_event": _first_event,
}
