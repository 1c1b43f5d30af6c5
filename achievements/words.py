"""The words in summaries: what types of activity and badges are called, read once for all rows of an answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from achievements.highlights import describe
from achievements.models import AnnualSummary, BadgeDefinition
from mentoring.models import ActivityType


def with_words_changed_at(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Annotates summaries with `words_changed_at`: when a name that may stand in them was last changed, or None."""
    usable = Q(organization=None) | Q(organization_id=OuterRef("organization_id"))
    latest = [
        Subquery(model._default_manager.filter(usable).order_by("-updated_at").values("updated_at")[:1])
        for model in (ActivityType, BadgeDefinition)
    ]
    return rows.annotate(words_changed_at=Greatest(*latest))


class Words:
    """Two questions at most, however many rows."""

    def __init__(self, summaries: Iterable[AnnualSummary]) -> None:
        rows = list(summaries)
        self._types = _named(ActivityType, {row.top_activity_type for row in rows})
        self._badges = _named(BadgeDefinition, {moment.get("slug", "") for row in rows for moment in _badges(row)})

    def top_activity_type(self, summary: AnnualSummary) -> str:
        """The name of the most frequent type; empty when there is none."""
        return str(_found(self._types, summary.organization_id, summary.top_activity_type) or "")

    def highlights(self, summary: AnnualSummary) -> list[dict[str, Any]]:
        """The highlights, each with its sentence."""
        slugs = {moment.get("slug", "") for moment in _badges(summary)}
        definitions = {slug: _found(self._badges, summary.organization_id, slug) for slug in slugs}
        known = {slug: each for slug, each in definitions.items() if each is not None}
        return [{**moment, "description": describe(moment, known)} for moment in summary.highlight_moments]


def sentence_of(summary: AnnualSummary) -> str:
    """What to say first of a year."""
    if not summary.total_activities:
        is_made = summary.generation_status is None or summary.has_numbers
        text = (
            gettext("There are no activities in %(year)d.")
            if is_made
            else gettext("The summary of %(year)d is being made. Come back in a few minutes.")
        )
        return text % {"year": summary.year}
    words = {
        "year": summary.year,
        "count": summary.total_activities,
        "day": date_format(summary.last_day(), "DATE_FORMAT"),
    }
    if summary.is_preview:
        text = ngettext(
            "%(count)d activity in %(year)d up to %(day)s.",
            "%(count)d activities in %(year)d up to %(day)s.",
            summary.total_activities,
        )
    else:
        text = ngettext(
            "%(count)d activity in %(year)d.", "%(count)d activities in %(year)d.", summary.total_activities
        )
    return text % words


Named = Mapping[tuple[UUID | None, str], Any]


def _badges(summary: AnnualSummary) -> list[dict[str, Any]]:
    return [moment for moment in summary.highlight_moments if moment["type"] == "badge"]


def _named(model: Any, slugs: Collection[str]) -> Named:
    wanted = {slug for slug in slugs if slug}
    rows = model.objects.filter(slug__in=wanted) if wanted else ()
    return {(row.organization_id, row.slug): row for row in rows}


def _found(named: Named, organization_id: UUID, slug: str) -> Any:
    """The organisation's own before the one that is for all."""
    return named.get((organization_id, slug)) or named.get((None, slug))
