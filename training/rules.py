"""The mathematics of training: what has been watched, what was answered right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

#: Percent of a video: a quarter, the half, three quarters, and what counts as all of it.
BANDS = (25, 50, 75, 95)
COMPLETE = BANDS[-1]

#: A stretch of a video in whole seconds, from the first up to, but not with, the second.
Stretch = tuple[int, int]


def merge(stretches: Iterable[Stretch], length: int) -> list[Stretch]:
    """The stretches in order and without overlap, cut to a video of `length` seconds; empty ones fall away."""
    merged: list[Stretch] = []
    cut = ((max(first, 0), min(last, length)) for first, last in stretches)
    for first, last in sorted(stretch for stretch in cut if stretch[0] < stretch[1]):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def percent_watched(merged: Iterable[Stretch], length: int) -> int:
    """How much of `length` seconds the merged stretches are, in whole percent, rounded down."""
    return sum(last - first for first, last in merged) * 100 // length


def has_reached(second: int, merged: Iterable[Stretch]) -> bool:
    """Has somebody who has watched these stretches come to that second? Also to the one at which a stretch ended."""
    return any(first <= second <= last for first, last in merged)


def bands_reached(percent: int) -> tuple[int, ...]:
    """The bands that somebody who has watched so much has reached."""
    return tuple(band for band in BANDS if percent >= band)


def right_answers(chosen: Mapping[str, Iterable[str]], right: Mapping[str, Iterable[str]]) -> int:
    """How many questions were answered right: exactly the right options and no other. Both are ids by question id."""
    return sum(set(chosen.get(question, ())) == set(options) for question, options in right.items())


def has_passed(score: int, questions: int, pass_percent: int) -> bool:
    """Was it enough? A quiz without questions cannot be passed."""
    return questions > 0 and score * 100 >= pass_percent * questions


def completes(lessons: Sequence[object], done: Iterable[object]) -> bool:
    """Is the course completed? One without lessons never is."""
    return bool(lessons) and set(lessons) <= set(done)
