"""From what is asked to rows: each kind of question is compiled once (`timeline.statements`)."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from accounts.access import Access
from accounts.base.pagination import Fetch, Ordering
from accounts.models import User
from timeline.api import shapes
from timeline.api.asking import Asked, door_to, in_use, lines_asked
from timeline.goals import GoalTold, goals_statement, goals_told
from timeline.models import TimelineEntry
from timeline.statements import DAY, STANDINS, Statement, reach, somebody
from training.models import Goal

#: Who asks: the learner, platform staff, or anybody else, of whom the statement has to ask what they may see.
OWN, PLATFORM, OTHER = "own", "platform", "other"


# Grouped where the rows are: of a week nothing has to be read row by row.
_BY_DAY = f"""
SELECT activity_date, count(*), json_agg({shapes.LINE_AS_JSON} ORDER BY occurred_at, id)::text
FROM ({{lines}}) line GROUP BY activity_date
"""  # noqa: S608 (constants of ours)


def lines_of(user: User, want: Asked) -> tuple[Ordering, Fetch]:
    """The order of the lines that are wanted, and how a stretch of them is read."""
    given = {name: value for name, value in vars(want).items() if value is not None}
    who, names = _who(user.access, want.student), frozenset(given)
    values = given | reach(user.access)

    def fetch(place: list[Any] | None, backward: bool, count: int) -> list[dict[str, Any]]:
        way = "" if place is None else "backward" if backward else "forward"
        there = dict(zip(order.names, place or (), strict=False))
        statement = _lines_statement(names, who, way)
        return statement.rows(values | there | {"limit": count}, want.day or want.week)

    order = _order(names, who)
    return order, fetch


def week_of(user: User, student: UUID, last: date, *, is_known: bool) -> list[dict[str, Any]]:
    """The days of the week up to `last` on which the learner did something.

    Who is known to exist for `user` is not asked for again.
    """
    who = "" if is_known else _who(user.access, student)
    return _week_statement(who).rows({"student": student} | reach(user.access), last)


def goals_of(user: User, student: UUID) -> list[GoalTold]:
    """A learner's goals, as far as they exist for `user`."""
    return goals_told(_goals_statement(_who(user.access, student)), {"student": student} | reach(user.access))


def _who(access: Access, student: UUID | None) -> str:
    if access.is_platform_staff:
        return PLATFORM
    return OWN if student in access.mentors_as else OTHER


def _standin(who: str) -> Any:
    return somebody(is_platform_staff=who == PLATFORM, is_student=who == OWN)


def _asked(names: frozenset[str], who: str) -> Any:
    days = {name: DAY for name in ("day", "week") if name in names}
    want = Asked(**{name: STANDINS[name] for name in names - days.keys()}, **days)
    lines = lines_asked(_standin(who), want)
    return shapes.columns(lines, with_names=not {"student", "goal"} & names)


@cache
def _order(names: frozenset[str], who: str) -> Ordering:
    return Ordering(TimelineEntry, _asked(names, who).query.order_by)


@cache
def _lines_statement(names: frozenset[str], who: str, way: str) -> Statement:
    order, lines = _order(names, who), _asked(names, who)
    if way:
        lines = order.beyond(lines, [STANDINS[name] for name in order.names], way == "backward")
    return Statement.of(lines, limited=True)


@cache
def _week_statement(who: str) -> Statement:
    week = TimelineEntry.objects.past_week(STANDINS["student"], DAY)
    if who:
        week = week.filter(door_to(_standin(who), STANDINS["student"]))
    sql, values = shapes.columns(week.order_by()).query.sql_with_params()
    return Statement(_BY_DAY.format(lines=sql), values, ("date", "count", "entries"))


@cache
def _goals_statement(who: str) -> Statement:
    goals: Any = in_use(Goal.objects.filter(mentor=STANDINS["student"]))
    return goals_statement(goals if who == OWN else goals.visible_to(_standin(who)))
