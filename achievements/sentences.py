"""Sentences about mentors' figures and tiers, in the language of the moment."""

from __future__ import annotations

from django.utils.translation import gettext, ngettext

from achievements.enums import Metric, Tier
from achievements.tiers import TierStanding


def amount(metric: Metric, count: int) -> str:
    """So many of what is counted: "12 activities"."""
    return {
        Metric.ACTIVITIES: ngettext("%(count)d activity", "%(count)d activities", count),
        Metric.MINUTES: ngettext("%(count)d minute", "%(count)d minutes", count),
        Metric.CONTACTS: ngettext("%(count)d contact reached", "%(count)d contacts reached", count),
        Metric.ASSIGNMENTS: ngettext("%(count)d assignment", "%(count)d assignments", count),
        Metric.EVENTS: ngettext("%(count)d event", "%(count)d events", count),
    }[metric] % {"count": count}


def tier_sentence(standing: TierStanding, metric: Metric) -> str:
    """Where the reader stands, and where the next tier begins."""
    words = {
        "tier": Tier(standing.tier).label if standing.tier else "",
        "next": Tier(standing.next).label if standing.next else "",
        "current": amount(metric, standing.current),
        "required": amount(metric, standing.required or 0),
    }
    if standing.next is None:
        return gettext("%(current)s: %(tier)s, the highest tier.") % words
    if standing.tier is None:
        return gettext("%(current)s so far. %(next)s comes at %(required)s.") % words
    return gettext("%(current)s: %(tier)s. %(next)s comes at %(required)s.") % words
