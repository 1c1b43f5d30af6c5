"""What a page of a year is made of: read here, said in `story`, drawn in `charts`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.formats import date_format

from accounts.local_time import local_date, start_of_day
from accounts.models import User
from achievements import services
from achievements.enums import Metric
from achievements.highlights import YEAR_TO_DATE
from achievements.icons import is_known, static_path
from achievements.models import AnnualSummary, EarnedBadge
from achievements.models.summaries import EARLIEST_YEAR
from achievements.words import Words
from achievements.wrapped import charts, story

#: Moments that have a place of their own on the page: the mark of a preview, the months, the badges.
TOLD_ELSEWHERE = frozenset({YEAR_TO_DATE, "most_active_month", "badge"})


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge as a page shows it."""

    name: str
    icon: str
    alt: str
    earned_on: str


def own_year(summary: AnnualSummary, user: User, at: datetime, is_latest: bool) -> dict[str, Any]:
    """The whole story, for the mentor it belongs to."""
    badges, words = _badges(summary), Words([summary])
    before = _year_before(summary, user, at)
    return {
        **shared_year(summary),
        "cards": story.cards(summary, before, words.top_activity_type(summary)),
        "badges": [_shown(badge) for badge in badges],
        "moments": _moments(summary, words),
        "tier_sentence": _tier(summary, at) if is_latest else "",
        "thanks": story.thanks(user.first_name),
    }


def shared_year(summary: AnnualSummary) -> dict[str, Any]:
    """Numbers and months alone: nothing in it is about anybody the mentor has met, not even a date."""
    counts = summary.monthly_activity_counts
    return {
        "summary": summary,
        "first_name": summary.user.first_name,
        "organization": summary.organization,
        "numbers": story.numbers(summary),
        "image_alt": story.image_alt(summary),
        "preview_until": date_format(summary.as_of, "DATE_FORMAT") if summary.as_of else "",
        **months(summary.year, counts, summary.most_active_month),
    }


def months(year: int, counts: list[int], most_active: int | None) -> dict[str, Any]:
    """The chart with its sentence and what it says to those who do not see it, and the cairn."""
    return {
        "bars": charts.bars(counts),
        "cairn": charts.cairn(counts),
        "chart": {"width": charts.CHART_WIDTH, "height": charts.CHART_HEIGHT, "baseline": charts.BASELINE},
        "chart_label": story.chart_label(year, counts),
        "months_sentence": story.months_sentence(counts, most_active),
    }


def _year_before(summary: AnnualSummary, user: User, at: datetime) -> AnnualSummary | None:
    """The year before in the same association: numbers of another one are no comparison."""
    if summary.year == EARLIEST_YEAR:
        return None
    before = services.summary_of(user=user, year=summary.year - 1, at=at)
    return before if before and before.organization_id == summary.organization_id else None


def _badges(summary: AnnualSummary) -> list[EarnedBadge]:
    """Those of the mentor in the local year that are valid, in the order in which they were earned."""
    zone = summary.organization.time_zone
    first, last = (start_of_day(date(year, 1, 1), zone) for year in (summary.year, summary.year + 1))
    rows = EarnedBadge.objects.valid().filter(mentor_id=summary.mentor_id, earned_at__gte=first, earned_at__lt=last)
    return list(rows.select_related("definition", "organization").order_by("earned_at", "id"))


def _shown(badge: EarnedBadge) -> Badge:
    earned_on = local_date(badge.earned_at, badge.organization.time_zone)
    return Badge(
        name=str(badge.definition),
        icon=_icon(badge.definition.icon),
        alt=badge.definition.in_language("alt_text"),
        earned_on=date_format(earned_on, "DATE_FORMAT"),
    )


def _icon(name: str) -> str:
    """The address of the drawing; empty when there is none of this name."""
    return str(staticfiles_storage.url(static_path(name))) if is_known(name) else ""


def _moments(summary: AnnualSummary, words: Words) -> list[str]:
    """The other highlights as sentences, as they came in the year."""
    told = [moment for moment in words.highlights(summary) if moment["type"] not in TOLD_ELSEWHERE]
    return [moment["description"] for moment in sorted(told, key=itemgetter("date"))]


def _tier(summary: AnnualSummary, at: datetime) -> str:
    """Where the mentor stands today, which is for their latest year to say."""
    standing = services.tier_of(mentor=summary.mentor, at=at)
    metric = Metric(services.tiers_of(organization=summary.organization).metric)
    return story.tier_sentence(standing, metric)
