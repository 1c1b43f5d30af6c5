"""The mathematics of tiers: which one a number has reached, and how far it is to the next. Pure: numbers in and out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from achievements.enums import Tier

#: No threshold can be higher: a mentor does not get there.
HIGHEST = 1_000_000


@dataclass(frozen=True)
class TierStanding:
    """Where a mentor stands.

    `tier` is None below the lowest one, and `next` is None on the highest; then nothing is `required` or `missing`.
    """

    tier: Tier | None
    next: Tier | None
    current: int
    required: int | None
    missing: int


def standing(current: int, thresholds: Mapping[Tier, int]) -> TierStanding:
    """Which tier `current` has reached; `thresholds` ascend from the lowest tier to the highest."""
    reached = [tier for tier in Tier if tier in thresholds and current >= thresholds[tier]]
    ahead = [tier for tier in Tier if tier in thresholds and current < thresholds[tier]]
    if not ahead:
        return TierStanding(reached[-1] if reached else None, None, current, None, 0)
    required = thresholds[ahead[0]]
    return TierStanding(reached[-1] if reached else None, ahead[0], current, required, required - current)


def misplaced(thresholds: Mapping[Tier, int]) -> Iterator[tuple[Tier, Tier]]:
    """Each tier that does not begin above the one below it, with that one."""
    for lower, higher in pairwise(Tier):
        if thresholds[higher] <= thresholds[lower]:
            yield higher, lower
