"""Reading a rule from JSON: everything that is wrong with it at once, or the criterion.

A rule looks like this, `version` at the top only:

    {"version": 1, "type": "threshold", "metric": "activities", "value": 100,
     "activity_types": ["home_visit"], "window": "year"}
    {"version": 1, "type": "streak", "unit": "week", "length": 12, "activity_types": ["home_visit"]}
    {"version": 1, "type": "training_completion", "count": 3}
    {"version": 1, "type": "training_completion", "courses": ["first-aid"]}
    {"version": 1, "type": "tier", "tier": "gold"}
    {"version": 1, "type": "all", "of": [...]}   and "any"

`activity_types` and `window` may be left out. A badge that is earned anew each year counts within that year.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from achievements.criteria.classes import (
    LIFETIME,
    YEAR,
    AllOf,
    AnyOf,
    Criterion,
    Span,
    Streak,
    Threshold,
    TierReached,
    TrainingCompletion,
)
from achievements.enums import Metric, Tier, Window
from achievements.rules import UNITS

VERSION = 1
MOST_LEAVES = 20
#: So deep rules may be nested.
DEEPEST = 3
HIGHEST = 1_000_000
#: The longest streak that can be asked for, and the longest that a calendar year has room for.
LONGEST = {"day": 3_660, "week": 520, "month": 120}
LONGEST_IN_YEAR = {"day": 366, "week": 54, "month": 12}
MOST_TRAININGS = 100
#: So many types or courses may be named.
MOST_NAMES = 20

_SLUG = re.compile(r"[-\w]{1,60}\Z", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where (`of[1].value`; empty for the whole), a stable code and a sentence."""

    path: str
    code: str
    sentence: str


class Unreadable(ValueError):
    """The rule has problems; it was stored by other hands than `save_definition`."""


def problems(
    raw: Any,
    *,
    activity_types: Collection[str] | None = None,
    trainings: Collection[str] | None = None,
    yearly: bool = False,
) -> list[Problem]:
    """Everything that is wrong with a rule, whatever the JSON; empty when it can be read.

    `activity_types` and `trainings` are the short names there are; None lets every name pass that could be one.
    `yearly` is of a badge that is earned anew each year.
    """
    reader = _Reader(activity_types, trainings, yearly)
    reader.rule(raw)
    return reader.problems


def read(raw: Any, *, yearly: bool = False) -> Criterion:
    """The criterion that the JSON describes. Raises `Unreadable` when there are `problems`."""
    reader = _Reader(None, None, yearly)
    found = reader.rule(raw)
    if found is None or reader.problems:
        raise Unreadable("; ".join(f"{each.path} {each.code}" for each in reader.problems))
    return found


@dataclass
class _Reader:
    activity_types: Collection[str] | None
    trainings: Collection[str] | None
    yearly: bool
    problems: list[Problem] = field(default_factory=list)
    leaf_count: int = 0

    @property
    def span(self) -> Span:
        return YEAR if self.yearly else LIFETIME

    def rule(self, raw: Any) -> Criterion | None:
        if isinstance(raw, dict):
            version = raw.get("version")
            if "version" not in raw:
                self._missing("version")
            elif type(version) is not int or version != VERSION:
                self._wrong(
                    "version",
                    "unknown_version",
                    _("The version of the rule must be %(version)d.") % {"version": VERSION},
                )
        found = self.criterion(raw, "", 0)
        if self.leaf_count > MOST_LEAVES:
            sentence = ngettext("At most %(most)d condition.", "At most %(most)d conditions.", MOST_LEAVES)
            self._wrong("", "too_many_conditions", sentence % {"most": MOST_LEAVES})
        return found

    def criterion(self, raw: Any, path: str, depth: int) -> Criterion | None:
        if not isinstance(raw, dict):
            self._wrong(path, "not_an_object", _("A condition must be an object."))
            return None
        kind = raw.get("type")
        if "type" not in raw:
            self._missing(_at(path, "type"))
            return None
        readers: dict[str, Callable[[Mapping[str, Any], str], Criterion | None]] = {
            "threshold": self._threshold,
            "streak": self._streak,
            "training_completion": self._training,
            "tier": self._tier,
        }
        if kind in ("all", "any"):
            return self._group(kind, raw, path, depth)
        if not isinstance(kind, str) or kind not in readers:
            self._choice(_at(path, "type"), [*readers, "all", "any"])
            return None
        self.leaf_count += 1
        return readers[kind](raw, path)

    # --- The kinds

    def _threshold(self, raw: Mapping[str, Any], path: str) -> Criterion | None:
        self._only(raw, path, "metric", "value", "activity_types", "window")
        metric = self._one_of(raw, path, "metric", Metric.values)
        value = self._number(raw, path, "value", HIGHEST)
        types = self._types(raw, path)
        if types and metric == Metric.ASSIGNMENTS:
            sentence = _("Assignments have no activity types.")
            self._wrong(_at(path, "activity_types"), "not_for_this_metric", sentence)
        window = self._one_of(raw, path, "window", Window.values) if "window" in raw else self.span
        if self.yearly and window == Window.LIFETIME:
            sentence = _("A badge that is earned anew each year counts within that year.")
            self._wrong(_at(path, "window"), "not_for_a_yearly_badge", sentence)
        if metric is None or value is None or types is None or window is None:
            return None
        return Threshold(Metric(metric), value, types, YEAR if window == YEAR else LIFETIME)

    def _streak(self, raw: Mapping[str, Any], path: str) -> Criterion | None:
        self._only(raw, path, "unit", "length", "activity_types")
        unit = self._one_of(raw, path, "unit", UNITS)
        longest = LONGEST_IN_YEAR if self.yearly else LONGEST
        length = self._number(raw, path, "length", longest[unit] if unit else max(longest.values()))
        types = self._types(raw, path)
        if unit is None or length is None or types is None:
            return None
        return Streak(unit, length, types, self.span)  # type: ignore[arg-type] # one of UNITS

    def _training(self, raw: Mapping[str, Any], path: str) -> Criterion | None:
        self._only(raw, path, "count", "courses")
        if ("count" in raw) == ("courses" in raw):
            self._wrong(path, "count_or_courses", _("Give either how many trainings, or which courses."))
            return None
        if "count" in raw:
            count = self._number(raw, path, "count", MOST_TRAININGS)
            return None if count is None else TrainingCompletion(count, (), self.span)
        courses = self._names(raw["courses"], _at(path, "courses"), self.trainings, _("There is no such course."))
        return None if courses is None else TrainingCompletion(0, courses, self.span)

    def _tier(self, raw: Mapping[str, Any], path: str) -> Criterion | None:
        self._only(raw, path, "tier")
        tier = self._one_of(raw, path, "tier", Tier.values)
        return None if tier is None else TierReached(Tier(tier), self.span)

    def _group(self, kind: str, raw: Mapping[str, Any], path: str, depth: int) -> Criterion | None:
        self._only(raw, path, "of")
        if depth >= DEEPEST:
            sentence = _("Rules may be nested at most %(most)d deep.")
            self._wrong(path, "too_deep", sentence % {"most": DEEPEST})
            return None
        of = _at(path, "of")
        if "of" not in raw:
            self._missing(of)
            return None
        parts = raw["of"]
        if not isinstance(parts, list) or not parts:
            self._wrong(of, "not_a_list", _("Give a list of at least one condition."))
            return None
        if len(parts) > MOST_LEAVES:
            self.leaf_count += len(parts)  # and no word of each of them
            return None
        found = [self.criterion(part, f"{of}[{place}]", depth + 1) for place, part in enumerate(parts)]
        read_all = tuple(part for part in found if part is not None)
        return None if len(read_all) < len(found) else (AllOf if kind == "all" else AnyOf)(read_all)

    # --- The values

    def _only(self, raw: Mapping[str, Any], path: str, *names: str) -> None:
        known = {"type", *names} if path else {"type", "version", *names}
        for name in raw:
            if name not in known:
                self._wrong(_at(path, str(name)[:60]), "unknown_key", _("This is not known here."))

    def _number(self, raw: Mapping[str, Any], path: str, name: str, highest: int) -> int | None:
        where = _at(path, name)
        if name not in raw:
            self._missing(where)
            return None
        value = raw[name]
        if type(value) is not int:  # true and false are numbers to Python, and 3.0 is none here
            self._wrong(where, "not_a_number", _("Give a whole number."))
            return None
        if not 1 <= value <= highest:
            sentence = _("Give a number from 1 to %(highest)d.") % {"highest": highest}
            self._wrong(where, "out_of_range", sentence)
            return None
        return value

    def _one_of(self, raw: Mapping[str, Any], path: str, name: str, known: Collection[str]) -> str | None:
        if name not in raw:
            self._missing(_at(path, name))
            return None
        value = raw[name]
        if not isinstance(value, str) or value not in known:
            self._choice(_at(path, name), known)
            return None
        return value

    def _types(self, raw: Mapping[str, Any], path: str) -> tuple[str, ...] | None:
        """The types that are named, none when there is no word of them; None when they are wrong."""
        if "activity_types" not in raw:
            return ()
        where = _at(path, "activity_types")
        return self._names(raw["activity_types"], where, self.activity_types, _("There is no such activity type."))

    def _names(self, given: Any, where: str, known: Collection[str] | None, sentence: str) -> tuple[str, ...] | None:
        if not isinstance(given, list) or not given or len(given) > MOST_NAMES:
            listed = _("Give a list of 1 to %(most)d short names.") % {"most": MOST_NAMES}
            self._wrong(where, "not_a_list_of_names", listed)
            return None
        before = len(self.problems)
        for place, name in enumerate(given):
            if not isinstance(name, str) or not _SLUG.match(name) or (known is not None and name not in known):
                self._wrong(f"{where}[{place}]", "unknown_name", sentence)
            elif name in given[:place]:
                self._wrong(f"{where}[{place}]", "named_twice", _("This is named already."))
        return None if len(self.problems) > before else tuple(sorted(given))

    # --- What is wrong

    def _wrong(self, path: str, code: str, sentence: str) -> None:
        self.problems.append(Problem(path, code, sentence))

    def _missing(self, path: str) -> None:
        self._wrong(path, "required", _("This is missing."))

    def _choice(self, path: str, known: Collection[str]) -> None:
        self._wrong(path, "unknown_choice", _("Choose one of: %(known)s.") % {"known": ", ".join(known)})


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
