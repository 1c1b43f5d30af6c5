"""The verbs of the year in review: asked for in the transaction of the fact, made afterwards, many in one statement.

A fact (an activity, a correction, a badge) marks its year: a higher `requested_version`. Making one is three steps:
claim (short, counted, with a lease), derive and write in one statement, and only if it is still the version that was
claimed. A summary that says `ready` is right; whatever was marked meanwhile is made again.

Locks: marking takes the summaries in the order of users and years, after the mentors. Making never waits for any.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import MentorProfile, Organization, User
from achievements import generation, yearly
from achievements.highlights import YEAR_TO_DATE
from achievements.models import AnnualSummary
from achievements.models.summaries import MOST_HIGHLIGHTS
from operations.models import Job
from operations.services import queue_job

logger = logging.getLogger(__name__)
#: By itself, so that the demo can say the same as news.
moments = logging.getLogger("achievements.moments")

#: The kind of job that makes an organisation's summaries anew.
RECOMPUTE_SUMMARIES = "recompute_summaries"

#: So many summaries are one statement.
CHUNK = 1_000

#: For so many mentors at a time years are asked for without a fact.
PART = 200


def generate_pending(*, at: datetime, limit: int = CHUNK) -> int:
    """Make up to `limit` of the summaries that are to be made; returns how many were.

    0: there is nothing left, or nothing that can be made now. Any number of workers may do it at the same time.
    """
    generation.give_up()
    return _make(generation.claim(limit), at)


def generate(*, ids: Collection[UUID], at: datetime) -> int:
    """Make those of these summaries that are to be made; returns how many were."""
    return _make(generation.claim(len(ids), ids), at) if ids else 0


@dataclass(frozen=True)
class SummaryDrift:
    """A summary that is not what it should be: what differs, by field, stored and derived."""

    summary: AnnualSummary
    changes: Mapping[str, tuple[Any, Any]]


def recompute_summaries(
    *,
    summaries: Iterable[AnnualSummary] = (),
    organization: Organization | None = None,
    year: int | None = None,
    by: User | None,
    at: datetime,
) -> int:
    """Ask for these summaries to be made anew, or those of all mentors of an organisation (of all years without one).

    Returns how many were asked for; they are made by the next sweep. `by` wished for it, and stands on the job when it
    is one.
    """
    if organization is not None:
        return ask_for_years(generation.active(organization.pk, year))
    return ask_for_years([(summary.mentor_id, summary.year) for summary in summaries])


def queue_recompute_summaries(
    *, organization_id: UUID, year: int | None, by: User | None, at: datetime, key: str = ""
) -> Job:
    """Have the summaries of a year (all years without one) made anew for a whole organisation, in the background."""
    params = {"year": year}
    return queue_job(kind=RECOMPUTE_SUMMARIES, params=params, organization_id=organization_id, by=by, at=at, key=key)


def preview_summaries(*, ids: Collection[UUID]) -> list[SummaryDrift]:
    """Those of these summaries that making them anew would change, and how; writes nothing."""
    rows = AnnualSummary.objects.filter(pk__in=ids).order_by("year", "user_id")
    drifts = []
    for year, of_year in groupby(rows, key=lambda row: row.year):
        summaries = list(of_year)
        users = [summary.user_id for summary in summaries]
        mentors = MentorProfile.objects.filter(user_id__in=users).values_list("pk", flat=True)
        derived = yearly.derive(year, mentors)
        drifts += [SummaryDrift(summary, _changes(summary, derived.get(summary.user_id))) for summary in summaries]
    return [drift for drift in drifts if drift.changes]


def turn_year(*, at: datetime) -> int:
    """Ask for the year that has ended to be made, from 2 January where each organisation is; returns how many.

    The previews become whole years; and a mentor who was active without a summary being asked for gets one.
    """
    return ask_for_years(generation.ended(at))


def ask_for_years(years: Sequence[tuple[UUID, int]]) -> int:
    """Mark years without a fact, in parts, so that nobody waits long for a mentor; returns how many were marked."""
    return sum(_ask(years[start : start + PART]) for start in range(0, len(years), PART))


@transaction.atomic
def _ask(years: Collection[tuple[UUID, int]]) -> int:
    """Locks the mentors first, as whoever has a fact does: so no two of them wait for each other."""
    users = MentorProfile.objects.filter(pk__in=[mentor for mentor, _ in years]).values("user_id")
    locked = MentorProfile.objects.filter(user_id__in=users).order_by("pk").select_for_update(no_key=True)
    return generation.mark(years) if list(locked.values_list("pk", flat=True)) else 0


def _changes(summary: AnnualSummary, derived: Mapping[str, Any] | None) -> dict[str, tuple[Any, Any]]:
    """A year without anything is the empty summary, which would be deleted."""
    empty = AnnualSummary()
    wanted = {name: derived[name] if derived else getattr(empty, name) for name in yearly.FIGURES}
    moments = [json.loads(moment) for moment in derived["candidates"]] if derived else []
    marker = [moment for moment in summary.highlight_moments if moment["type"] == YEAR_TO_DATE]
    wanted["highlight_moments"] = [*marker, *moments][:MOST_HIGHLIGHTS]
    if derived:
        wanted |= {"organization_id": derived["organization_id"], "mentor_id": derived["mentor_id"]}
    pairs = {name: (getattr(summary, name), value) for name, value in wanted.items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def waiting(years: Collection[tuple[UUID, int]]) -> list[UUID]:
    """The summaries of these years (mentor's id, year) that are to be made."""
    users = dict(MentorProfile.objects.filter(pk__in=[mentor for mentor, _ in years]).values_list("pk", "user_id"))
    wanted = {(users[mentor], year) for mentor, year in years}
    rows = AnnualSummary.objects.to_generate().filter(user__in=users.values())
    return [key for key, user, year in rows.values_list("pk", "user_id", "year") if (user, year) in wanted]


def _make(claims: list[generation.Claim], at: datetime) -> int:
    """One statement for each year; where that fails, one for each summary, so that a bad one stops no other."""
    by_year = defaultdict(list)
    for claim in claims:
        by_year[claim.year].append(claim)
    made = 0
    for of_year in by_year.values():
        try:
            made += _write(of_year, at)
        except Exception as failure:
            logger.warning("%s summaries are made one by one: %s.", len(of_year), type(failure).__name__)
            made += sum(_write_one(claim, at) for claim in of_year)
    return made


def _write(claims: list[generation.Claim], at: datetime) -> int:
    with transaction.atomic():
        written = generation.write(claims, at=at)
    if written.trimmed:
        moments.warning("%s summaries had more than five moments; the best five are kept.", written.trimmed)
    if rest := [claim for claim in claims if claim.id not in written.ids]:
        generation.give_back(rest)
    return len(written.ids)


def _write_one(claim: generation.Claim, at: datetime) -> int:
    try:
        return _write([claim], at)
    except Exception as failure:
        # The error's name alone: its text may hold values of rows.
        logger.error("Summary %s could not be made: %s.", claim.id, type(failure).__name__)
        generation.give_back([claim], failure=type(failure).__name__)
        return 0
