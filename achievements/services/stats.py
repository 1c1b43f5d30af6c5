"""The verbs of mentors' figures: repaired, and compared. `facts` keeps them exact as things happen.

Where the organisation does not use the module none of them writes anything; when it begins to, `make_whole` derives
everything anew.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.enums import Module
from accounts.models import MentorProfile, Organization, User
from achievements import figures
from achievements.services.starter import add_starter_set
from achievements.services.summaries import ask_for_years, queue_recompute_summaries
from mentoring.models import Activity
from operations.models import Job
from operations.services import queue_job

#: The kind of job that derives the figures of a whole organisation anew.
RECOMPUTE = "recompute_stats"


@dataclass(frozen=True)
class Drift:
    """A mentor whose stored figures are not what they should be: both, by the names of `MentorStats`' fields."""

    mentor_id: UUID
    stored: Mapping[str, Any]
    derived: Mapping[str, Any]

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """What differs: stored and derived."""
        pairs = {name: (self.stored[name], self.derived[name]) for name in figures.FIGURES}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@transaction.atomic
def recompute_stats(*, mentors: Collection[UUID] | None = None, organization: Organization | None = None) -> int:
    """Derive the figures of these mentors, or of all of an organisation, anew; returns how many changed.

    Repeatable: what is right already is left alone. Locks the mentors, in the order of their ids, so that nobody
    records for them meanwhile; then everything is one statement.
    """
    rows = MentorProfile.objects.order_by("pk").select_for_update(no_key=True)
    rows = rows.filter(organization=organization) if mentors is None else rows.filter(pk__in=mentors)
    return rebuild(list(rows.values_list("pk", flat=True)))


def preview_recompute(*, mentors: Collection[UUID]) -> list[Drift]:
    """What `recompute_stats` of these mentors would change; writes nothing."""
    return [Drift(row["mentor_id"], _stored(row), _read(row)) for row in figures.drifted(mentors)]


def make_whole(*, organization: Organization, module: str, by: User | None, at: datetime) -> None:
    """Give an organisation that begins to use the module its starter set, and ask for all its figures and badges.

    In the background, so after the commit: whoever was recording meanwhile, and still found the module off, holds the
    mentor's lock until they have committed, and the job waits for that lock before it counts.
    """
    if module != Module.ACHIEVEMENTS:
        return
    add_starter_set(organization=organization, by=by, at=at)
    _queue_everything(organization, f"enabled:{at.isoformat()}", by, at)


def follow_time_zone(*, organization: Organization, by: User | None, at: datetime) -> None:
    """Ask for all figures, badges and years of an organisation in which days and years now begin at another moment.

    In the background, so after the commit: by then every row that has a local date has the new one. Badges are not
    taken back. Where the module is off there is nothing to ask for; `make_whole` does when it begins to be used.
    """
    if Organization.objects.with_module(Module.ACHIEVEMENTS).filter(pk=organization.pk).exists():
        _queue_everything(organization, f"time_zone:{at.isoformat()}", by, at)


def hand_over_years(*, organization: Organization, module: str, at: datetime) -> None:
    """Ask for the years of mentors who also are mentors where the module is still used.

    A year belongs to the organisation with more activity in it. As long as that one does not use the module, it is the
    other's: otherwise it would be hidden everywhere. When the module is used again, `make_whole` brings it back.
    """
    if module != Module.ACHIEVEMENTS:
        return
    elsewhere = MentorProfile.objects.filter(
        user__mentor_profiles__organization=organization,
        organization__in=Organization.objects.with_module(Module.ACHIEVEMENTS),
    ).exclude(organization=organization)
    done = Activity.objects.countable().filter(mentor__in=elsewhere).order_by()
    ask_for_years(list(done.values_list("mentor_id", "local_date__year").distinct()))


def _queue_everything(organization: Organization, key: str, by: User | None, at: datetime) -> None:
    if MentorProfile.objects.filter(organization=organization).exists():  # a new organisation has nobody yet
        queue_recompute(organization_id=organization.pk, by=by, at=at, key=key, then_evaluate=True)
        queue_recompute_summaries(organization_id=organization.pk, year=None, by=by, at=at, key=key)


def queue_recompute(
    *, organization_id: UUID, by: User | None, at: datetime, key: str = "", then_evaluate: bool = False
) -> Job:
    """Ask for the figures of all mentors of an organisation to be derived anew, in the background.

    `then_evaluate`: and for its badges to be evaluated when that is done, because it counts by the figures.
    """
    params = {"evaluate": True} if then_evaluate else {}
    return queue_job(kind=RECOMPUTE, params=params, organization_id=organization_id, by=by, at=at, key=key)


def rebuild(mentors: Collection[UUID]) -> int:
    """Derive the figures of mentors anew whom the caller has locked; returns how many changed."""
    return figures.rebuild(mentors) if figures.hold(mentors) else 0


def _read(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    values = {name: row[f"{prefix}{name}"] for name in figures.FIGURES}
    return values | {"counts_by_type": json.loads(values["counts_by_type"] or "{}")}  # it comes as it is written


def _stored(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is written down; zeros for a mentor without a row."""
    values = _read(row, "stored_")
    return {name: 0 if value is None and name != "last_activity_on" else value for name, value in values.items()}
