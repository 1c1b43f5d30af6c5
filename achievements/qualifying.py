"""Who meets which rule and has not been awarded it: in SQL for many mentors, from figures in hand for one.

A rule only asks for "at least so many", so the stored figures, which are never less than the same counted over a year
or of some types, say who cannot meet it. Whoever is left over is counted, mentor by mentor; for most rules the stored
figures are the answer.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from accounts.enums import Module
from accounts.services.modules import module_is_on_sql
from achievements.counting import Parameters, ceiling, counted, stored
from achievements.criteria import AllOf, AnyOf, Criterion, Figure, read
from achievements.criteria.classes import TiersOf
from achievements.enums import Metric, Repeats, Window
from achievements.models import BadgeDefinition, RecognitionTiers


@dataclass(frozen=True)
class Rule:
    """What a badge is awarded for in one period: the criterion with its year and its association's tiers filled in."""

    definition_id: UUID
    version: int
    period: str
    criterion: Criterion

    @property
    def is_stored(self) -> bool:
        """Do the stored figures alone decide?"""
        return all(figure.is_stored for figure in self.criterion.figures())


class Qualified(NamedTuple):
    """A mentor who meets a rule, with the figures that say so where they had to be counted or were in hand."""

    mentor_id: UUID
    rule: Rule


@lru_cache(maxsize=4_096)
def criterion_of(text: str, yearly: bool) -> Criterion:
    """The criterion of a stored rule, as PostgreSQL writes it; read once in each process."""
    return read(json.loads(text), yearly=yearly)


#: Of associations that have not laid down their own.
DEFAULT_TIERS = RecognitionTiers()


def tiers_of(organization_id: UUID) -> TiersOf:
    """What the association's tiers take."""
    row = RecognitionTiers.objects.filter(organization_id=organization_id).first() or DEFAULT_TIERS
    return TiersOf(Metric(row.metric), Window(row.window), row.thresholds)


def rules_of(definitions: Iterable[BadgeDefinition], years: Collection[int], tiers: TiersOf) -> list[Rule]:
    """The rules of these badges; of those that are earned anew each year, one for each of `years`."""
    found = []
    for definition in definitions:
        if definition.criteria is None:
            continue
        yearly = definition.repeats == Repeats.YEARLY
        criterion = criterion_of(json.dumps(definition.criteria), yearly).with_tiers(tiers)
        periods = {str(year): criterion.during(year) for year in years} if yearly else {"": criterion}
        found += [Rule(definition.pk, definition.criteria_version, period, each) for period, each in periods.items()]
    return found


def condition(criterion: Criterion, values: Parameters) -> str:
    """SQL: could the mentor of `stats` meet it? Exactly whether they do, when the stored figures decide."""
    if isinstance(criterion, AllOf | AnyOf):
        parts = [condition(part, values) for part in criterion.of]
        return f"({(' AND ' if isinstance(criterion, AllOf) else ' OR ').join(parts)})"
    if criterion.figure is None:
        return "false"
    return f"{ceiling(criterion.figure, values)} >= {values.bind(criterion.required)}"


_MODULE_IS_ON = module_is_on_sql(Module.ACHIEVEMENTS, "%(organization)s")


def candidates_sql(rules: Sequence[Rule], values: Parameters, *, narrowed: bool, has_module: bool = True) -> str:
    """Selects the place of a rule and a mentor who could meet it and has no such badge.

    Takes `organization`, and `mentors` when it is `narrowed` to some. One pass over the stored figures; the badges of
    each mentor are read once, from one index.
    """
    # Not an anti-join over the whole organisation: where the statistics are behind, as when everybody has just been
    # awarded something, the planner takes the badges for few and compares each with every mentor.
    lines = [
        f"({place}, {values.bind(rule.definition_id)}::uuid, {values.bind(rule.period)}::text,"
        f" {condition(rule.criterion, values)})"
        for place, rule in enumerate(rules)
    ]
    return f"""
    SELECT rule.place, stats.mentor_id
    FROM achievements_mentorstats stats
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(earned.definition_id) FILTER (WHERE earned.period = ''), '{{}}') AS once,
               coalesce(array_agg(earned.definition_id || earned.period) FILTER (WHERE earned.period <> ''), '{{}}')
                   AS of_years
        FROM achievements_earnedbadge earned WHERE earned.mentor_id = stats.mentor_id
    ) held
    CROSS JOIN LATERAL (VALUES {", ".join(lines)}) rule(place, definition_id, period, is_met)
    WHERE stats.organization_id = %(organization)s AND rule.is_met
      AND {"stats.mentor_id = ANY(%(mentors)s)" if narrowed else "true"}
      AND {_MODULE_IS_ON if has_module else "true"}
      AND CASE rule.period WHEN '' THEN rule.definition_id <> ALL(held.once)
                           ELSE rule.definition_id || rule.period <> ALL(held.of_years) END
    """  # noqa: S608 (constants of ours)


def qualified(
    *, organization_id: UUID, rules: Sequence[Rule], mentors: Collection[UUID] | None = None, has_module: bool = True
) -> list[Qualified]:
    """Who meets these rules and has not been awarded them, in the order of mentors; nobody where the module is off.

    One statement, and one more when some rule counts what is not stored. With `has_module` false the module is not
    asked for.
    """
    if not rules:
        return []
    values = Parameters(organization=organization_id)
    if mentors is not None:
        values["mentors"] = list(mentors)
    statement = candidates_sql(rules, values, narrowed=mentors is not None, has_module=has_module)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = [Qualified(mentor_id, rules[place]) for place, mentor_id in cursor.fetchall()]
    return sorted(decided(found), key=lambda one: (one.mentor_id, one.rule.definition_id, one.rule.period))


def decided(candidates: Sequence[Qualified]) -> list[Qualified]:
    """Those of them who do meet the rule."""
    open_ = [one for one in candidates if not one.rule.is_stored]
    if not open_:
        return list(candidates)
    figures = figures_of({one.mentor_id for one in open_}, (one.rule for one in open_))
    return [
        one
        for one in candidates
        if one.rule.is_stored or one.rule.criterion.met(values_of(one.mentor_id, one.rule.criterion, figures))
    ]


Figures = dict[Figure, dict[UUID, int]]


def figures_of(mentors: Collection[UUID], rules: Iterable[Rule]) -> Figures:
    """All figures that these rules ask for, of these mentors: two statements at most."""
    wanted = list(dict.fromkeys(figure for rule in rules for figure in rule.criterion.figures()))
    return counted(mentors, (figure for figure in wanted if not figure.is_stored)) | stored(
        mentors, (figure for figure in wanted if figure.is_stored)
    )


def values_of(mentor_id: UUID, criterion: Criterion, figures: Figures) -> dict[Figure, int]:
    """One mentor's."""
    return {figure: figures[figure].get(mentor_id, 0) for figure in criterion.figures()}
