"""What one mentor has earned and lacks: the question that every recording asks, so it costs one statement."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.enums import Module
from achievements.counting import STORED, ceiling_of, counted
from achievements.criteria import Criterion, Figure
from achievements.criteria.classes import TiersOf
from achievements.enums import Metric, Tier, Window
from achievements.qualifying import DEFAULT_TIERS, Qualified, Rule, criterion_of

_STORED = ", ".join(f"stats.{name}" for name in STORED)
_TIERS = ", ".join(f"tiers.{tier.value}::text" for tier in Tier)

# One row for each badge, and each year of one that is earned anew, that the mentor does not have. What is looked up
# once stands in sub-queries of its own: planning a join of so many tables would take longer than answering it.
_LACKED = f"""
SELECT definition.id, definition.criteria_version, definition.criteria::text, due.period,
       (SELECT ARRAY[tiers.metric, tiers."window", {_TIERS}] FROM achievements_recognitiontiers tiers
        WHERE tiers.organization_id = stats.organization_id) AS tiers, {_STORED}
FROM achievements_mentorstats stats
JOIN achievements_badgedefinition definition
    ON (definition.organization_id IS NULL OR definition.organization_id = stats.organization_id)
    AND definition.is_active AND definition.criteria IS NOT NULL
CROSS JOIN LATERAL unnest(CASE definition.repeats WHEN 'never' THEN ARRAY[''] ELSE ARRAY(
    SELECT DISTINCT year::text
    FROM (SELECT date_part('year', %(at)s::timestamptz AT TIME ZONE time_zone)::int AS number
          FROM accounts_organization WHERE id = stats.organization_id) running,
         unnest(running.number || %(years)s::int[]) year
    WHERE year BETWEEN running.number - 1 AND running.number
) END) due(period)
WHERE stats.mentor_id = %(mentor)s
  AND (SELECT is_enabled FROM accounts_modulesetting module
       WHERE module.organization_id = stats.organization_id AND module.module = '{Module.ACHIEVEMENTS.value}')
  AND NOT EXISTS (SELECT FROM achievements_earnedbadge earned
                  WHERE earned.mentor_id = %(mentor)s AND earned.definition_id = definition.id
                    AND earned.period = due.period)
"""  # noqa: S608 (constants of ours)


class _Ceilings(dict[Figure, int]):
    """What each figure is at most, looked up in the stored ones."""

    def __init__(self, stats: Mapping[str, Any]) -> None:
        super().__init__()
        self.stats = stats

    def __missing__(self, figure: Figure) -> int:
        found = self[figure] = ceiling_of(figure, self.stats)
        return found


def of_mentor(mentor_id: UUID, *, at: datetime, years: Collection[int] = ()) -> list[Qualified]:
    """The rules that a mentor meets and has not been awarded; none where the module is off.

    Call it under the mentor's lock. `years` are counted beside the running one where a badge is earned anew each year.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LACKED, {"mentor": mentor_id, "at": at, "years": list(years)})
        rows = cursor.fetchall()
    if not rows:
        return []
    ceilings = _Ceilings(_stats(rows[0][-len(STORED) :]))
    possible = [rule for rule in map(_rule, rows) if rule.criterion.met(ceilings)]
    return [Qualified(mentor_id, rule) for rule in _decided(mentor_id, possible, ceilings)]


def _decided(mentor_id: UUID, possible: list[Rule], ceilings: _Ceilings) -> list[Rule]:
    """Those that are met when what is not stored has been counted."""
    open_ = [figure for rule in possible for figure in rule.criterion.figures() if not figure.is_stored]
    if not open_:
        return possible
    for figure, numbers in counted([mentor_id], open_).items():
        ceilings[figure] = numbers.get(mentor_id, 0)
    return [rule for rule in possible if rule.criterion.met(ceilings)]


def _rule(row: tuple[Any, ...]) -> Rule:
    definition_id, version, text, period, tiers = row[: -len(STORED)]
    return Rule(definition_id, version, period, _criterion(text, period, tuple(tiers or ())))


@lru_cache(maxsize=4_096)
def _criterion(text: str, period: str, tiers: tuple[str, ...]) -> Criterion:
    found = criterion_of(text, bool(period)).with_tiers(_tiers(tiers))
    return found.during(int(period)) if period else found


def _tiers(row: tuple[str, ...]) -> TiersOf:
    """What the association's tiers take; as long as it has not laid down any, what is usual."""
    if not row:
        return TiersOf(Metric(DEFAULT_TIERS.metric), Window(DEFAULT_TIERS.window), DEFAULT_TIERS.thresholds)
    metric, window, *thresholds = row
    return TiersOf(Metric(metric), Window(window), dict(zip(Tier, map(int, thresholds), strict=True)))


def _stats(values: tuple[Any, ...]) -> dict[str, Any]:
    stats = dict(zip(STORED, values, strict=True))
    return stats | {"counts_by_type": json.loads(stats["counts_by_type"])}  # it comes as it is written
