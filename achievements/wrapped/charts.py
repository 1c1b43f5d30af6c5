"""Twelve months as bars and as a cairn: geometry alone, in whole units of the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.dates import MONTHS, MONTHS_3

#: The drawing of the bars: a column for each month, the values above the bars and the months below.
COLUMN, BAR, BASELINE, TALLEST = 30, 20, 150, 118
CHART_WIDTH, CHART_HEIGHT = 12 * COLUMN, 176
#: What a month with anything in it stands out by, however busy the others were.
SHORTEST = 4
#: From here on the values would run into each other: the highest one is written alone, the others are in the table.
CROWDED = 1000

#: The drawing of the cairn.
CAIRN_WIDTH, CAIRN_HEIGHT = 240, 264
GROUND, ROOM = 258, 222
WIDEST, NARROWEST = 204, 46
THICKEST = 42
#: Cairns are built by hand: each stone lies a little beside the one below, and no two are of the same breadth.
ASIDE = (0, 6, -5, 3, -7, 5, -2, 6, -4, 2, -3, 2)
BREADTH = (1, 0.84, 0.9, 0.76, 0.86, 0.72, 0.82, 0.7, 0.78, 0.66, 0.74, 0.6)


@dataclass(frozen=True, slots=True)
class Bar:
    """A month: its names, how many, and where its bar stands."""

    name: str
    short: str
    count: int
    x: int
    y: int
    height: int
    is_most: bool
    has_value: bool

    @property
    def middle(self) -> int:
        return self.x + BAR // 2

    @property
    def above(self) -> int:
        """Where the value is written."""
        return self.y - 6


@dataclass(frozen=True, slots=True)
class Stone:
    """A stone of the cairn as the path of an SVG; `tone` 1 to 3 keeps neighbours apart."""

    path: str
    tone: int


@dataclass(frozen=True, slots=True)
class Cairn:
    """The stones from the ground upwards, and where the light on top of them is."""

    stones: list[Stone]
    light_x: int
    light_y: int


def bars(counts: Sequence[int]) -> list[Bar]:
    """One bar for each month, January first; the highest count reaches the top, and its first month stands out."""
    most = max(counts)
    first = list(counts).index(most)
    made = []
    for position, count in enumerate(counts):
        height = max(SHORTEST, round(TALLEST * count / most)) if count else 0
        made.append(
            Bar(
                name=str(MONTHS[position + 1]),
                short=str(MONTHS_3[position + 1]),
                count=count,
                x=position * COLUMN + (COLUMN - BAR) // 2,
                y=BASELINE - height,
                height=height,
                is_most=bool(count) and position == first,
                has_value=bool(count) and (most < CROWDED or position == first),
            )
        )
    return made


def cairn(counts: Sequence[int]) -> Cairn:
    """A stone for each month with anything in it, the largest at the bottom. One activity is a stone, too."""
    months = sorted(filter(None, counts), reverse=True)
    shares = [(count / months[0]) ** 0.6 for count in months]
    base = min(WIDEST, 120 + 12 * len(months))
    thickest = min(THICKEST, ROOM / max(1, sum(0.6 + 0.4 * share for share in shares)))
    stones, ground, middle = [], GROUND, CAIRN_WIDTH // 2
    for position, share in enumerate(shares):
        width = round((NARROWEST + (base - NARROWEST) * share) * BREADTH[position])
        thickness = round(thickest * (0.6 + 0.4 * share))
        middle = CAIRN_WIDTH // 2 + ASIDE[position]
        stones.append(Stone(path=_pebble(middle, ground, width, thickness, position % 2), tone=position % 3 + 1))
        ground -= thickness - 1
    return Cairn(stones=stones, light_x=middle, light_y=ground - 12)


def _pebble(middle: int, ground: int, width: int, thickness: int, mirrored: int) -> str:
    """A rounded stone that lies on `ground`, a little fuller on one side."""
    side = -1 if mirrored else 1

    def at(x: float, y: float) -> str:
        return f"{round(middle + side * x * width)} {round(ground - y * thickness)}"

    return (
        f"M{at(-0.5, 0.42)}C{at(-0.5, 0.8)} {at(-0.34, 1)} {at(-0.06, 1)}"
        f"C{at(0.3, 1)} {at(0.5, 0.86)} {at(0.5, 0.46)}"
        f"C{at(0.5, 0.12)} {at(0.34, 0)} {at(0.02, 0)}"
        f"C{at(-0.36, 0)} {at(-0.5, 0.1)} {at(-0.5, 0.42)}Z"
    )
