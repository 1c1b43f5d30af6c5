"""The criteria: what is counted, how much of it is required, and how parts make a whole.

Every criterion only ever says "at least so many", alone or in `all` and `any`. So a mentor who meets one still meets
it with more, and where even the highest that a figure can be does not meet it, nobody has to count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Literal, NamedTuple, Self

from achievements.enums import Metric, Tier, Window
from achievements.rules import Unit

#: Over which time a figure is counted: all years, the best calendar year, or one of them.
Span = Literal["lifetime", "year"] | int
LIFETIME: Literal["lifetime"] = "lifetime"
YEAR: Literal["year"] = "year"


@dataclass(frozen=True)
class Figure:
    """One number of a mentor: what is counted, over which time, and of which types or courses (all when empty).

    `what` is a `Metric`, a streak of a unit (`day_streak` …) or `trainings`.
    """

    what: str
    span: Span = LIFETIME
    types: tuple[str, ...] = ()
    courses: tuple[str, ...] = ()

    @property
    def is_stored(self) -> bool:
        """Do a mentor's stored figures hold exactly this number? Otherwise they hold one that is not less."""
        if self.span != LIFETIME or self.courses:
            return False
        return not self.types or self.what == "activities"


#: The figures of one mentor (of one year, where a figure has none of its own).
Values = Mapping[Figure, int]


class Progress(NamedTuple):
    current: int
    required: int

    @property
    def missing(self) -> int:
        return max(0, self.required - self.current)


@dataclass(frozen=True)
class Leaf:
    """A criterion about one figure."""

    @cached_property
    def figure(self) -> Figure | None:
        """What is counted; None when the association has not laid down what it takes, and so nobody meets it."""
        raise NotImplementedError

    @property
    def required(self) -> int:
        raise NotImplementedError

    def leaves(self) -> Iterator[Leaf]:
        yield self

    def figures(self) -> Iterator[Figure]:
        if self.figure is not None:
            yield self.figure

    def met(self, values: Values) -> bool:
        return self.figure is not None and values[self.figure] >= self.required

    def progress(self, values: Values) -> Progress:
        return Progress(values[self.figure] if self.figure else 0, self.required)

    def during(self, year: int) -> Criterion:
        """The same within the calendar year `year`."""
        return replace(self, span=year)  # type: ignore[call-arg,return-value] # the classes below, and no others

    def with_tiers(self, tiers: TiersOf) -> Criterion:
        """The same, with what a tier takes in an association."""
        return self  # type: ignore[return-value]


@dataclass(frozen=True)
class Threshold(Leaf):
    """At least `value` of something."""

    metric: Metric
    value: int
    activity_types: tuple[str, ...] = ()
    span: Span = LIFETIME

    @cached_property
    def figure(self) -> Figure:
        return Figure(self.metric.value, self.span, self.activity_types)

    @property
    def required(self) -> int:
        return self.value


@dataclass(frozen=True)
class Streak(Leaf):
    """`length` days, ISO weeks or months in a row, in each of which something was done."""

    unit: Unit
    length: int
    activity_types: tuple[str, ...] = ()
    span: Span = LIFETIME

    @cached_property
    def figure(self) -> Figure:
        return Figure(f"{self.unit}_streak", self.span, self.activity_types)

    @property
    def required(self) -> int:
        return self.length


@dataclass(frozen=True)
class TrainingCompletion(Leaf):
    """`count` trainings, whichever; or each of `courses`.

    A training is a kind of certificate that was issued, or a completed course for which none is given.
    """

    count: int = 0
    courses: tuple[str, ...] = ()
    span: Span = LIFETIME

    @cached_property
    def figure(self) -> Figure:
        return Figure("trainings", self.span, courses=self.courses)

    @property
    def required(self) -> int:
        return len(self.courses) or self.count


class TiersOf(NamedTuple):
    """What tiers take in an association."""

    metric: Metric
    window: Window
    thresholds: Mapping[Tier, int]


@dataclass(frozen=True)
class TierReached(Leaf):
    """A recognition tier, as the association has laid it down; so it is a threshold once `with_tiers` is known."""

    tier: Tier
    span: Span = LIFETIME
    tiers: TiersOf | None = None

    @cached_property
    def figure(self) -> Figure | None:
        if self.tiers is None:
            return None
        span = YEAR if self.span == LIFETIME and self.tiers.window == Window.YEAR else self.span
        return Figure(self.tiers.metric.value, span)

    @property
    def required(self) -> int:
        return self.tiers.thresholds[self.tier] if self.tiers else 1

    def with_tiers(self, tiers: TiersOf) -> Criterion:
        return replace(self, tiers=tiers)

    def __hash__(self) -> int:
        return hash((self.tier, self.span))


@dataclass(frozen=True)
class _Group:
    of: tuple[Criterion, ...]

    def leaves(self) -> Iterator[Leaf]:
        for part in self.of:
            yield from part.leaves()

    def figures(self) -> Iterator[Figure]:
        for part in self.of:
            yield from part.figures()

    def during(self, year: int) -> Self:
        return replace(self, of=tuple(part.during(year) for part in self.of))

    def with_tiers(self, tiers: TiersOf) -> Self:
        return replace(self, of=tuple(part.with_tiers(tiers) for part in self.of))


@dataclass(frozen=True)
class AllOf(_Group):
    """Every part of it. Progress is how many parts are met."""

    def met(self, values: Values) -> bool:
        return all(part.met(values) for part in self.of)

    def progress(self, values: Values) -> Progress:
        return Progress(sum(part.met(values) for part in self.of), len(self.of))


@dataclass(frozen=True)
class AnyOf(_Group):
    """One part of it. Progress is that of the part that is nearest."""

    def met(self, values: Values) -> bool:
        return any(part.met(values) for part in self.of)

    def nearest(self, values: Values) -> Criterion:
        return max(self.of, key=lambda part: _share(part.progress(values)))

    def progress(self, values: Values) -> Progress:
        return self.nearest(values).progress(values)


Criterion = Threshold | Streak | TrainingCompletion | TierReached | AllOf | AnyOf


def _share(progress: Progress) -> Fraction:
    return Fraction(min(progress.current, progress.required), progress.required)
