"""Rules and progress in sentences of the reader's language.

Pure but for the language of the moment: criteria and numbers in, text out. `names` gives activity types and courses
by their short names; what is not in it is called by that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from achievements.criteria import YEAR, AllOf, AnyOf, Criterion, Figure, Leaf, Span, TierReached, Values
from achievements.enums import Tier

Names = Mapping[str, str]


def goal(criterion: Criterion, names: Names) -> str:
    """What it takes: “100 activities in 2026”."""
    if isinstance(criterion, AllOf | AnyOf):
        parts = [goal(part, names) for part in criterion.of]
        if len(parts) == 1:
            return parts[0]
        listed = "; ".join(parts)
        return (
            _("all of (%(parts)s)") % {"parts": listed}
            if isinstance(criterion, AllOf)
            else _("one of (%(parts)s)") % {"parts": listed}
        )
    if isinstance(criterion, TierReached):
        return _tier(criterion)
    assert criterion.figure is not None
    return _within(_amount(criterion.figure, criterion.required, names), criterion.figure.span)


def standing(criterion: Criterion, values: Values, names: Names) -> str:
    """How far a mentor is: what it takes, what is there, and what is missing."""
    if isinstance(criterion, AllOf):
        if len(criterion.of) == 1:
            return standing(criterion.of[0], values, names)
        missing = [standing(part, values, names) for part in criterion.of if not part.met(values)]
        return " ".join(missing) or _reached(criterion, names)
    if isinstance(criterion, AnyOf):
        return standing(criterion.nearest(values), values, names)
    if criterion.met(values):
        return _reached(criterion, names)
    if criterion.figure is None:
        return _("%(goal)s: your association has not said yet what it takes.") % {
            "goal": _sentence(goal(criterion, names))
        }
    progress = criterion.progress(values)
    amounts = {
        "goal": _sentence(goal(criterion, names)),
        "current": _number(criterion.figure, progress.current),
        "missing": _number(criterion.figure, progress.missing),
    }
    return _("%(goal)s: %(current)s so far, %(missing)s to go.") % amounts


def award(criterion: Criterion, evidence: Mapping[str, Any], names: Names) -> str:
    """Why a badge was awarded, by the rule it was awarded under and what was counted then."""
    return _("Awarded for %(goal)s.") % {"goal": goal(criterion, names)}


def _reached(criterion: Criterion, names: Names) -> str:
    return _("%(goal)s: reached.") % {"goal": _sentence(goal(criterion, names))}


def _amount(figure: Figure, count: int, names: Names) -> str:
    if figure.courses:
        listed = ", ".join(names.get(code, code) for code in figure.courses)
        return ngettext("the training %(courses)s", "the trainings %(courses)s", len(figure.courses)) % {
            "courses": listed
        }
    amount = _counted(figure, count)
    if not figure.types:
        return amount
    kinds = ", ".join(names.get(slug, slug) for slug in figure.types)
    return _("%(amount)s (%(kinds)s)") % {"amount": amount, "kinds": kinds}


def _counted(figure: Figure, count: int) -> str:
    if figure.what == "minutes" and count % 60 == 0:
        return ngettext("%(count)d hour", "%(count)d hours", count // 60) % {"count": count // 60}
    phrases = {
        "activities": ngettext("%(count)d activity", "%(count)d activities", count),
        "minutes": ngettext("%(count)d minute", "%(count)d minutes", count),
        "contacts": ngettext("%(count)d person reached", "%(count)d people reached", count),
        "assignments": ngettext("%(count)d assignment", "%(count)d assignments", count),
        "events": ngettext("%(count)d event", "%(count)d events", count),
        "day_streak": ngettext("%(count)d day in a row", "%(count)d days in a row", count),
        "week_streak": ngettext("%(count)d week in a row", "%(count)d weeks in a row", count),
        "month_streak": ngettext("%(count)d month in a row", "%(count)d months in a row", count),
        "trainings": ngettext("%(count)d training completed", "%(count)d trainings completed", count),
    }
    return phrases[figure.what] % {"count": count}


def _number(figure: Figure, count: int) -> str:
    """A number in the middle of a sentence that says already of what; minutes with their unit."""
    return _counted(figure, count) if figure.what == "minutes" else str(count)


def _within(amount: str, span: Span) -> str:
    if span == YEAR:
        return _("%(amount)s in one calendar year") % {"amount": amount}
    return _("%(amount)s in %(year)d") % {"amount": amount, "year": span} if isinstance(span, int) else amount


def _tier(criterion: TierReached) -> str:
    name = Tier(criterion.tier).label
    if criterion.figure is None:
        return _("the tier %(tier)s") % {"tier": name}
    amount = _within(_counted(criterion.figure, criterion.required), criterion.figure.span)
    return _("the tier %(tier)s (%(amount)s)") % {"tier": name, "amount": amount}


def _sentence(text: str) -> str:
    """With a capital letter, as sentences begin."""
    return text[:1].upper() + text[1:]


def names_in(criterion: Criterion) -> tuple[set[str], set[str]]:
    """The activity types and the courses whose names a sentence needs."""
    leaves: list[Leaf] = list(criterion.leaves())
    figures = [leaf.figure for leaf in leaves if leaf.figure is not None]
    types = {slug for figure in figures for slug in figure.types}
    return types, {code for figure in figures for code in figure.courses}
