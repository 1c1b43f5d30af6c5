"""A year in sentences. Each card says something first and shows a number second, in the language of the moment.

It looks at nothing but what it is given. Nobody is compared with anybody; the year before is mentioned only when that
is good to hear.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.dates import MONTHS
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from achievements.enums import Metric
from achievements.models import AnnualSummary
from achievements.services.years import OrganizationYear
from achievements.tiers import TierStanding

#: Up to here the page says that few is fine.
FEW = 5


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is shown, and what it counts."""

    figure: str
    unit: str

    def __str__(self) -> str:
        return f"{self.figure} {self.unit}"


@dataclass(frozen=True, slots=True)
class Card:
    """A part of the story. `name` is its place in the page, `more` is said after the first sentence."""

    name: str
    title: str
    sentence: str
    number: Number | None = None
    more: str = ""


def cards(summary: AnnualSummary, before: AnnualSummary | None = None, top_type: str = "") -> list[Card]:
    """What there is to tell of a year with activity; `before` is the year before, `top_type` the type's name."""
    told = [_presence(summary, before), _time(summary), _people(summary), _events(summary), _streak(summary)]
    if top_type and summary.total_activities > 1:
        told.append(Card("kind", _("Most often"), _("What you did most often: %(type)s.") % {"type": top_type}))
    return [card for card in told if card]


def numbers(summary: AnnualSummary) -> list[Number]:
    """The year in numbers, for the share image and the shared page: what is nothing is left out."""
    return list(_numbers(summary))


def organization_numbers(year: OrganizationYear) -> Iterator[Number]:
    """An association's year in numbers."""
    yield Number(_shown(year.mentors_active), ngettext("active mentor", "active mentors", year.mentors_active))
    yield activities_number(year.total_activities)
    yield time_number(year.total_hours)
    yield people_number(year.total_contacts_reached)
    yield events_number(year.total_events_attended)
    yield badges_number(year.badges_earned_count)


def months_sentence(counts: Sequence[int], most_active: int | None) -> str:
    """What the chart of the months shows, in one sentence."""
    if most_active is None:
        return ""
    facts = {"month": MONTHS[most_active], "count": _shown(counts[most_active - 1])}
    if sum(1 for count in counts if count) == 1:
        return _("It all happened in %(month)s.") % facts
    return (
        ngettext(
            "The most active month was %(month)s, with %(count)s activity.",
            "The most active month was %(month)s, with %(count)s activities.",
            counts[most_active - 1],
        )
        % facts
    )


def chart_label(year: int, counts: Sequence[int]) -> str:
    """The chart for those who do not see it: every month that has anything."""
    said = ", ".join(f"{MONTHS[month]} {_shown(count)}" for month, count in enumerate(counts, 1) if count)
    return _("Activities by month in %(year)s: %(months)s.") % {"year": year, "months": said or _("none")}


def in_a_sentence(summary: AnnualSummary) -> str:
    """The numbers one after the other."""
    return ", ".join(map(str, numbers(summary)))


def image_alt(summary: AnnualSummary) -> str:
    """What the share image shows."""
    facts = {"year": summary.year, "numbers": in_a_sentence(summary)}
    return _("A cairn with a stone for each active month, and the numbers of %(year)s: %(numbers)s.") % facts


def thanks(name: str) -> str:
    return _("Thank you, %(name)s. Those who come after find the way because you were there.") % {"name": name}


def tier_sentence(standing: TierStanding, metric: Metric) -> str:
    """Where the mentor stands today, and how far it is to the next tier. Nobody else is in it."""
    missing = missing_number(standing.missing, metric)
    if standing.next is None:
        return _("Today you are at %(tier)s, the highest tier.") % {
            "tier": standing.tier.label if standing.tier else ""
        }
    facts = {"next": standing.next.label, "missing": missing}
    if standing.tier is None:
        return _("%(next)s, the first tier, is %(missing)s away.") % facts
    facts["tier"] = standing.tier.label
    return _("Today you are at %(tier)s. %(next)s is %(missing)s away.") % facts


def missing_number(count: int, metric: Metric) -> Number:
    """So much of what tiers count."""
    made = {
        Metric.ACTIVITIES: activities_number,
        Metric.MINUTES: lambda minutes: Number(_shown(minutes), ngettext("minute", "minutes", minutes)),
        Metric.CONTACTS: lambda people: Number(_shown(people), ngettext("person", "people", people)),
        Metric.ASSIGNMENTS: lambda pairs: Number(_shown(pairs), ngettext("assignment", "assignments", pairs)),
        Metric.EVENTS: events_number,
    }
    return made[metric](count)


def activities_number(count: int) -> Number:
    return Number(_shown(count), ngettext("activity", "activities", count))


def time_number(hours: Decimal) -> Number:
    """Minutes below one hour; hours with a decimal where they need one; whole hours from a hundred on."""
    minutes = round(hours * 60)
    if minutes < 60:
        return Number(_shown(minutes), ngettext("minute", "minutes", minutes))
    shown = hours.quantize(Decimal("0.1") if hours < 100 else Decimal(1), ROUND_HALF_UP)
    whole = shown == shown.to_integral_value()
    figure = number_format(shown, decimal_pos=0 if whole else 1, force_grouping=True)
    return Number(figure, ngettext("hour", "hours", 1 if shown == 1 else 2))


def people_number(count: int) -> Number:
    return Number(_shown(count), ngettext("person reached", "people reached", count))


def events_number(count: int) -> Number:
    return Number(_shown(count), ngettext("event", "events", count))


def badges_number(count: int) -> Number:
    return Number(_shown(count), ngettext("badge", "badges", count))


def _numbers(summary: AnnualSummary) -> Iterator[Number]:
    yield activities_number(summary.total_activities)
    if summary.total_hours:
        yield time_number(summary.total_hours)
    if summary.total_contacts_reached:
        yield people_number(summary.total_contacts_reached)
    if summary.total_events_attended:
        yield events_number(summary.total_events_attended)
    if summary.badges_earned_count:
        yield badges_number(summary.badges_earned_count)


def _presence(summary: AnnualSummary, before: AnnualSummary | None) -> Card:
    count = summary.total_activities
    facts = {"year": summary.year, "count": _shown(count)}
    if summary.is_preview:
        sentence = ngettext(
            "So far in %(year)s you have been there for others once.",
            "So far in %(year)s you have been there for others %(count)s times.",
            count,
        )
    else:
        sentence = ngettext(
            "In %(year)s you were there for others once.",
            "In %(year)s you were there for others %(count)s times.",
            count,
        )
    more = _compared(summary, before) or (_few(count) if count <= FEW else "")
    return Card("presence", _("Being there"), sentence % facts, activities_number(count), more)


def _few(count: int) -> str:
    if count == 1:
        return _("Every cairn begins with one stone.")
    return _("Every one of them counts.")


def _compared(summary: AnnualSummary, before: AnnualSummary | None) -> str:
    """The year before, when it was whole and this one has at least as much; nothing otherwise."""
    if before is None or not before.has_numbers or before.is_preview or not before.total_activities:
        return ""
    more = summary.total_activities - before.total_activities
    facts = {"year": before.year, "more": _shown(more)}
    if more < 0:
        return ""
    if summary.is_preview:
        return (
            _("That is already more than in all of %(year)s.")
            if more
            else _("That is already as much as in all of %(year)s.")
        ) % facts
    if more == 0:
        return _("Just as often as in %(year)s: steady as a cairn.") % facts
    return ngettext("That is one more than in %(year)s.", "That is %(more)s more than in %(year)s.", more) % facts


def _time(summary: AnnualSummary) -> Card | None:
    if not summary.total_hours:
        return None
    number = time_number(summary.total_hours)
    sentence = _("You gave %(time)s of your time.") % {"time": number}
    return Card("time", _("Time"), sentence, number)


def _people(summary: AnnualSummary) -> Card | None:
    count = summary.total_contacts_reached
    if not count:
        return None
    sentence = ngettext(
        "One person did not have to go it alone, because you got through to them.",
        "%(count)s people did not have to go it alone, because you got through to them.",
        count,
    ) % {"count": _shown(count)}
    return Card("people", _("People"), sentence, people_number(count))


def _events(summary: AnnualSummary) -> Card | None:
    count = summary.total_events_attended
    if not count:
        return None
    sentence = ngettext("You took part in %(count)s event.", "You took part in %(count)s events.", count)
    sentence %= {"count": _shown(count)}
    return Card("events", _("Together"), sentence, events_number(count))


def _streak(summary: AnnualSummary) -> Card | None:
    days = summary.streak_days
    if days < 2:
        return None
    sentence = ngettext("You were active %(count)s day in a row.", "You were active %(count)s days in a row.", days) % {
        "count": _shown(days)
    }
    unit = ngettext("day in a row", "days in a row", days)
    return Card("streak", _("Rhythm"), sentence, Number(_shown(days), unit))


def _shown(count: int) -> str:
    return str(number_format(count, force_grouping=True))
