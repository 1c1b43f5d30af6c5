"""The verbs that hold rules against figures: for one mentor as something happens, for a whole organisation at night.

A rule that is met is awarded once, with `>=`, so whoever jumps over a threshold has it too. Nothing is taken back, and
what staff have revoked is not awarded again. A badge that is earned anew each year is awarded for the running local
year and the one before it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.db import transaction

from accounts.local_time import local_date
from accounts.models import MentorProfile, Organization, User
from achievements import earning, moments
from achievements.enums import EvaluationKind
from achievements.models import BadgeDefinition, BadgeEvaluation, EarnedBadge, MentorStats
from achievements.qualifying import Qualified, Rule, qualified, rules_of, tiers_of
from achievements.services.awarding import write
from operations.models import Job
from operations.services import queue_job

#: The kind of job that evaluates the badges of a whole organisation.
EVALUATE = "evaluate_badges"

#: So many mentors are awarded what they lack in one transaction, in which nobody else records for them.
PART = 200


@dataclass(frozen=True)
class Missing:
    """A badge that a mentor has earned and has not been awarded."""

    mentor_id: UUID
    definition_id: UUID
    period: str = ""


@transaction.atomic(savepoint=False)
def evaluate_mentor(*, mentor_id: UUID, at: datetime, years: Collection[int] = ()) -> list[EarnedBadge]:
    """Award a mentor what they have earned and lack; answers what is new.

    Call it in the transaction of the fact, under the mentor's lock, when the figures are right. `years` are those of
    the fact, beside the running one. One statement when nothing is new and the stored figures say so; one more when a
    year or a type has to be counted.
    """
    found = earning.of_mentor(mentor_id, at=at, years=years)
    if not found:
        return []
    made = write(moments.dated(found, at=at), at=at)
    return list(EarnedBadge.objects.filter(pk__in=[one.id for one in made]).select_related("definition"))


@transaction.atomic(savepoint=False)
def evaluate_mentors(*, mentors: Collection[UUID], at: datetime) -> int:
    """The same for several mentors at once, in the order of their ids; answers how many badges are new.

    Badges that are earned anew each year are awarded for the running one and the one before.
    """
    if not mentors:
        return 0
    if len(mentors) == 1:
        return len(evaluate_mentor(mentor_id=next(iter(mentors)), at=at))
    found: list[Qualified] = []
    rows = MentorProfile.objects.filter(pk__in=mentors).order_by().values_list("organization_id").distinct()
    for (organization_id,) in rows:
        found += qualified(organization_id=organization_id, rules=_rules(organization_id, at), mentors=mentors)
    found.sort(key=lambda one: (one.mentor_id, one.rule.definition_id, one.rule.period))
    return len(write(moments.dated(found, at=at), at=at))


def evaluate_organization(
    *,
    organization_id: UUID,
    at: datetime,
    kind: EvaluationKind,
    definition: BadgeDefinition | None = None,
    by: User | None = None,
) -> BadgeEvaluation:
    """Award all mentors of an organisation what they have earned and lack, of all badges or of one; log it.

    Who lacks something is one statement. Only they are then locked, part after part in the order of their ids, and
    looked at again; each part is a transaction of its own. Doing it again awards nothing.
    """
    began = time.monotonic()
    row = BadgeEvaluation(organization_id=organization_id, kind=kind, definition=definition, by=by, evaluated_at=at)
    rules = _rules(organization_id, at, definition)
    row.awarded_count = sum(_award(organization_id, rules, part, at) for part in _parts(organization_id, rules))
    row.definition_count = len({rule.definition_id for rule in rules})
    row.mentor_count = MentorStats.objects.filter(organization_id=organization_id).count()
    row.milliseconds = round((time.monotonic() - began) * 1000)
    row.save(force_insert=True)
    return row


def preview_evaluation(
    *, organization_id: UUID, at: datetime, mentors: Collection[UUID] | None = None
) -> list[Missing]:
    """What `evaluate_organization` would award, in the order of mentors; writes nothing."""
    found = qualified(organization_id=organization_id, rules=_rules(organization_id, at), mentors=mentors)
    return [Missing(one.mentor_id, one.rule.definition_id, one.rule.period) for one in found]


def queue_evaluation(
    *,
    organization_id: UUID,
    by: User | None,
    at: datetime,
    kind: EvaluationKind = EvaluationKind.REQUEST,
    definition_id: UUID | None = None,
) -> Job:
    """Ask for an organisation's badges to be evaluated in the background."""
    params = {"kind": kind.value, "definition": str(definition_id) if definition_id else None}
    return queue_job(kind=EVALUATE, params=params, organization_id=organization_id, by=by, at=at)


def years_awarded(year: int) -> list[int]:
    """The years for which badges that are earned anew each year are awarded, while `year` is running."""
    return [year, year - 1]


def rules_for(organization: Organization, definitions: Sequence[BadgeDefinition], at: datetime) -> list[Rule]:
    """The rules of these badges in an organisation on the local day of `at`."""
    years = years_awarded(local_date(at, organization.time_zone).year)
    return rules_of(definitions, years, tiers_of(organization.pk))


def _rules(organization_id: UUID, at: datetime, definition: BadgeDefinition | None = None) -> list[Rule]:
    definitions = BadgeDefinition.objects.usable_in(organization_id).exclude(criteria=None).order_by("pk")
    if definition is not None:
        definitions = definitions.filter(pk=definition.pk)
    return rules_for(Organization.objects.get(pk=organization_id), list(definitions), at)


def _parts(organization_id: UUID, rules: Sequence[Rule]) -> Iterator[list[UUID]]:
    """The mentors who lack something, in order."""
    found = qualified(organization_id=organization_id, rules=rules)
    mentors = [mentor_id for mentor_id, _ in groupby(found, key=lambda one: one.mentor_id)]
    return (mentors[start : start + PART] for start in range(0, len(mentors), PART))


@transaction.atomic
def _award(organization_id: UUID, rules: Sequence[Rule], mentors: Collection[UUID], at: datetime) -> int:
    rows = MentorProfile.objects.order_by("pk").select_for_update(no_key=True).filter(pk__in=mentors)
    locked = list(rows.values_list("pk", flat=True))
    found = qualified(organization_id=organization_id, rules=rules, mentors=locked)
    return len(write(moments.dated(found, at=at), at=at))
