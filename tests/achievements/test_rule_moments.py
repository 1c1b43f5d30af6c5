"""When a whole rule was met: against an oracle that replays a mentor's history and asks after every single fact.

The statements look for the moment of each part and put them together; the oracle reads the rule as it is written down,
knows nothing of parts, and takes the first moment at which what had been done by then was enough.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from achievements import services
from achievements.criteria import read
from achievements.criteria.classes import TiersOf
from achievements.enums import Metric, Tier, Window
from achievements.moments import dated
from achievements.qualifying import Rule, qualified
from certifications.models import Certificate
from mentoring.models import Activity, Assignment
from tests.factories import (
    ActivityFactory,
    ActivityTypeFactory,
    AssignmentFactory,
    CertificateFactory,
    CertificationTypeFactory,
)

pytestmark = pytest.mark.django_db

#: How many random histories are held against the oracle; raise it to 1,000 by hand.
HISTORIES = 60
RULES = 6

OSLO = ZoneInfo("Europe/Oslo")
BEGIN, NOW = datetime(2025, 12, 20, 20, tzinfo=UTC), datetime(2026, 4, 2, 11, tzinfo=UTC)
KINDS = ("walk", "talk")
COURSES = ("basic", "aid")
PAIRS = 3


class Act(NamedTuple):
    moment: datetime
    type: str
    minutes: int
    pair: int
    reached: bool
    event: bool
    counts: bool


class Began(NamedTuple):
    """An assignment: when it was written down, and from which day on it is."""

    written: datetime
    start: date
    is_there: bool


class Passed(NamedTuple):
    course: str
    day: date
    is_revoked: bool


class History(NamedTuple):
    acts: list[Act]
    began: list[Began]
    passed: list[Passed]


# --- What may have been done, and what may be asked for

# Every half hour, so that things happen at the same time, and on both sides of midnight and New Year.
moments = st.integers(0, 2 * 24 * 25).map(lambda halves: BEGIN + timedelta(minutes=30 * halves))
days = moments.map(lambda moment: moment.astimezone(OSLO).date())
often = st.sampled_from([True, True, True, False])
histories = st.builds(
    History,
    acts=st.lists(
        st.builds(
            Act, moments, st.sampled_from(KINDS), st.integers(1, 90), st.integers(0, PAIRS - 1), often, often, often
        ),
        max_size=25,
    ),
    began=st.lists(st.builds(Began, moments, days, often), min_size=PAIRS, max_size=PAIRS),
    passed=st.lists(
        st.builds(Passed, st.sampled_from(COURSES), days, st.booleans()),
        max_size=4,
        unique_by=lambda each: (each.course, each.day),
    ),
)

_types = st.sampled_from([{}, {"activity_types": ["walk"]}, {"activity_types": ["talk", "walk"]}])
_windows = st.sampled_from([{}, {"window": "year"}])


@st.composite
def thresholds(draw):
    metric = draw(st.sampled_from(Metric.values))
    value = draw(st.integers(1, 300) if metric == "minutes" else st.integers(1, 8))
    types = {} if metric == "assignments" else draw(_types)
    return {"type": "threshold", "metric": metric, "value": value, **types, **draw(_windows)}


@st.composite
def streaks(draw):
    unit, longest = draw(st.sampled_from([("day", 5), ("week", 4), ("month", 2)]))
    return {"type": "streak", "unit": unit, "length": draw(st.integers(1, longest)), **draw(_types)}


trainings = st.sampled_from(
    [
        {"type": "training_completion", **asked}
        for asked in ({"count": 1}, {"count": 2}, {"courses": ["aid"]}, {"courses": ["basic", "aid"]})
    ]
)
reached_tiers = st.sampled_from(Tier.values).map(lambda tier: {"type": "tier", "tier": tier})
leaves = thresholds() | streaks() | trainings | reached_tiers
parts = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda kind, of: {"type": kind, "of": of},
        st.sampled_from(["all", "any"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=5,
)
rules = parts.map(lambda raw: {"version": 1, **raw})
tiers = st.builds(
    TiersOf,
    st.sampled_from(Metric),
    st.sampled_from(Window),
    st.just(dict(zip(Tier, (1, 2, 4, 8), strict=True))),
)


# --- The oracle


def local(moment: datetime) -> date:
    return moment.astimezone(OSLO).date()


def begins(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=OSLO)


def facts_of(history: History) -> list[tuple[datetime, date, Any]]:
    """What counts: since when, on which day, and what it is."""
    facts: list[tuple[datetime, date, Any]] = []
    facts += [(act.moment, local(act.moment), act) for act in history.acts if act.counts]
    for began in history.began:
        if began.is_there:
            since = min(begins(began.start), began.written)
            facts.append((since, local(since), began))
    facts += [(begins(each.day), each.day, each) for each in history.passed if not each.is_revoked]
    return sorted(facts, key=lambda fact: fact[0])


def first_met(raw: dict, facts: list, tiers: TiersOf, year: int | None) -> datetime | None:
    """The first moment at which what had been done by then was enough."""
    mine = [fact for fact in facts if year is None or fact[1].year == year]
    for moment in sorted({fact[0] for fact in mine}):
        if holds(raw, [fact for fact in mine if fact[0] <= moment], tiers):
            return moment
    return None


def holds(raw: dict, facts: list, tiers: TiersOf) -> bool:
    if raw["type"] == "all":
        return all(holds(part, facts, tiers) for part in raw["of"])
    if raw["type"] == "any":
        return any(holds(part, facts, tiers) for part in raw["of"])
    if raw["type"] == "tier":
        needed = tiers.thresholds[Tier(raw["tier"])]
        raw = {"metric": tiers.metric.value, "window": tiers.window.value, "value": needed, "type": "threshold"}
    types = raw.get("activity_types", KINDS)
    facts = [fact for fact in facts if not isinstance(fact[2], Act) or fact[2].type in types]
    if raw["type"] == "training_completion":
        done = {what.course for _, _, what in facts if isinstance(what, Passed)}
        return done >= set(raw["courses"]) if "courses" in raw else len(done) >= raw["count"]
    if raw["type"] == "streak":
        return longest_run({day for _, day, what in facts if isinstance(what, Act)}, raw["unit"]) >= raw["length"]
    if raw.get("window") == "year":
        each = ([fact for fact in facts if fact[1].year == year] for year in (2025, 2026))
    else:
        each = iter([facts])
    return max(amount(raw["metric"], mine) for mine in each) >= raw["value"]


def amount(metric: str, facts: list) -> int:
    acts = [what for _, _, what in facts if isinstance(what, Act)]
    if metric == "assignments":
        return sum(isinstance(what, Began) for _, _, what in facts)
    if metric == "contacts":
        return len({act.pair for act in acts if act.reached})
    if metric == "events":
        return sum(act.event for act in acts)
    return len(acts) if metric == "activities" else sum(act.minutes for act in acts)


def longest_run(active: set[date], unit: str) -> int:
    """By looking at every day of the whole stretch: at what a calendar on the wall calls it."""
    if not active:
        return 0

    def label(day: date) -> Any:
        return {"day": day, "week": day.isocalendar()[:2], "month": (day.year, day.month)}[unit]

    every = [min(active) + timedelta(days=n) for n in range((max(active) - min(active)).days + 1)]
    marked = {label(day) for day in active}
    longest = run = 0
    for name in dict.fromkeys(map(label, every)):
        run = run + 1 if name in marked else 0
        longest = max(longest, run)
    return longest


# --- Held against each other


@pytest.fixture
def stage(organization, mentor, local_association):
    """What a history is written down with; each example clears away the one before."""
    types = {slug: ActivityTypeFactory(slug=slug, organization=organization) for slug in KINDS}
    courses = {code: CertificationTypeFactory(organization=organization, code=code) for code in COURSES}
    pairs = [AssignmentFactory(organization=organization, mentor=mentor, local=local_association) for _ in range(PAIRS)]

    def write(history: History) -> None:
        Activity.objects.filter(mentor=mentor).delete()
        Certificate.objects.filter(mentor=mentor).delete()
        Activity.objects.bulk_create(
            ActivityFactory.build(
                assignment=pairs[act.pair],
                type=types[act.type],
                occurred_at=act.moment,
                local_date=local(act.moment),
                minutes=act.minutes,
                reached=act.reached,
                event=act.event,
                duplicate="none" if act.counts else "duplicate",
            )
            for act in history.acts
        )
        for pair, began in zip(pairs, history.began, strict=True):
            deleted_at = None if began.is_there else NOW
            Assignment.objects.filter(pk=pair.pk).update(
                created_at=began.written, start_date=began.start, deleted_at=deleted_at
            )
        for each in history.passed:
            revoked = {"status": "revoked", "revoked_at": NOW, "revocation_reason": "By mistake"}
            facts = revoked if each.is_revoked else {"status": "superseded"}
            CertificateFactory(
                organization=organization, mentor=mentor, type=courses[each.course], issued_on=each.day, **facts
            )
        services.recompute_stats(mentors=[mentor.pk])

    return write


NOTHING = History([], [Began(BEGIN, BEGIN.date(), False)] * PAIRS, [])
USUAL = TiersOf(Metric.ACTIVITIES, Window.YEAR, dict(zip(Tier, (1, 2, 4, 8), strict=True)))
#: Ten to midnight on New Year's Eve in Oslo, and ten past.
EVE = [
    Act(datetime(2025, 12, 31, 22, 50, tzinfo=UTC) + timedelta(minutes=20 * n), "walk", 30, n, True, True, True)
    for n in (0, 1)
]


@given(history=histories, raws=st.lists(rules, min_size=RULES, max_size=RULES), tiers=tiers)
@example(NOTHING, [{"version": 1, "type": "tier", "tier": "bronze"}], USUAL)
@example(NOTHING._replace(acts=EVE), [{"version": 1, "type": "streak", "unit": "day", "length": 2}], USUAL)
@example(
    NOTHING._replace(acts=EVE), [{"version": 1, "type": "tier", "tier": "silver"}], USUAL
)  # one in each year: no silver
@settings(
    max_examples=HISTORIES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_rule_was_met_when_a_replay_of_the_history_says_so(stage, organization, mentor, history, raws, tiers):
    stage(history)
    facts = facts_of(history)
    asked: list[Rule] = []
    expected: dict[tuple[Any, str], datetime] = {}
    for raw in raws:
        for year in (None, 2025, 2026):
            criterion = read(raw, yearly=year is not None).with_tiers(tiers)
            rule = Rule(uuid4(), 1, str(year or ""), criterion.during(year) if year else criterion)
            asked.append(rule)
            moment = first_met(raw, facts, tiers, year)
            if moment is not None:
                expected[rule.definition_id, rule.period] = moment
    met = qualified(organization_id=organization.pk, rules=asked)
    found = {(one.definition_id, one.period): one.earned_at for one in dated(met, at=NOW)}
    assert found == expected


def test_nothing_was_earned_later_than_it_was_noticed(stage, organization, mentor):
    """A phone whose clock is ahead sends what has not happened yet."""
    stage(NOTHING._replace(acts=EVE))
    rule = Rule(uuid4(), 1, "", read({"version": 1, "type": "threshold", "metric": "activities", "value": 2}))
    met = qualified(organization_id=organization.pk, rules=[rule])
    noticed = EVE[1].moment - timedelta(minutes=5)
    assert [one.earned_at for one in dated(met, at=noticed)] == [noticed]
