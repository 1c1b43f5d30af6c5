"""The verb of the figures' list that awards the chosen mentors what they have earned and lack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import MentorProfile, User
from achievements import services
from achievements.models import BadgeDefinition, MentorStats
from mentoring.admin.desk import Verb


def _preview(rows: Sequence[MentorStats], facts: dict[str, Any]) -> list[tuple[Any, str, bool]]:
    lacks = _lacking(rows)
    lines = [(row, _in_a_sentence(row, lacks.get(row.mentor_id, [])), row.mentor_id in lacks) for row in rows]
    return sorted(lines, key=lambda line: not line[2])


def _lacking(rows: Sequence[MentorStats]) -> dict[Any, list[str]]:
    """The badges that each mentor lacks."""
    at, found = timezone.now(), []
    by_organization = sorted(rows, key=lambda row: row.organization_id)
    for organization_id, theirs in groupby(by_organization, key=lambda row: row.organization_id):
        mentors = [row.mentor_id for row in theirs]
        found += services.preview_evaluation(organization_id=organization_id, at=at, mentors=mentors)
    badges = BadgeDefinition.objects.in_bulk({one.definition_id for one in found})
    lacks: dict[Any, list[str]] = {}
    for one in found:
        lacks.setdefault(one.mentor_id, []).append(f"{badges[one.definition_id]} {one.period}".rstrip())
    return lacks


def _in_a_sentence(row: MentorStats, badges: Sequence[str]) -> str:
    sentence = gettext("%(mentor)s: gets %(badges)s") if badges else gettext("%(mentor)s: nothing is missing")
    return sentence % {"mentor": row.mentor, "badges": ", ".join(badges)}


def _award(rows: Sequence[MentorStats], facts: dict[str, Any], by: User, at: datetime) -> int:
    """Under the locks of the mentors, in the order in which everybody takes them."""
    mentors = MentorProfile.objects.filter(pk__in=[row.mentor_id for row in rows])
    locked = list(mentors.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    services.evaluate_mentors(mentors=locked, at=at)
    return len(locked)


AWARD_MISSING = Verb(
    "award_missing",
    _("Award what is missing"),
    lambda row, facts, by, at: _award([row], facts, by, at),
    lambda n: ngettext("%d mentor has what they have earned.", "%d mentors have what they have earned.", n) % n,
    preview=_preview,
    run_all=_award,
    help_text=_("Holds the rules of all badges in use against these mentors. It happens each night by itself."),
)
