"""A mentor's goals as the timeline tells them: from when to when, how much was done, and what. One statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet

from timeline.statements import Statement

#: So many lines of each goal come with it; the rest are pages of their own.
LINES_OF_A_GOAL = 20

# The aggregate is over `entry_towards_goal` alone; the lines are its last entries, read backwards.
_GOALS = """
SELECT goal.id, goal.mentor_id, goal.title, goal.description, goal.set_at, goal.target_on, goal.completed_at,
       goal.abandoned_at, coalesce(least(goal.set_at, done.first), goal.set_at) AS started_at,
       coalesce(goal.completed_at, goal.abandoned_at) AS ended_at, done.last AS last_activity_at, done.count,
       coalesce(told.lines, '[]')::text AS lines
FROM ({goals}) wanted
JOIN training_goal goal ON goal.id = wanted.id
CROSS JOIN LATERAL (
    SELECT min(occurred_at) AS first, max(occurred_at) AS last, count(*) AS count FROM timeline_timelineentry
    WHERE mentor_id = goal.mentor_id AND goal_id = goal.id AND source_deleted_at IS NULL
) done
LEFT JOIN LATERAL (
    SELECT json_agg(line) AS lines FROM (
        SELECT id, activity_type, detail, occurred_at, activity_date, content, metadata, video_id,
               video_timestamp_seconds, course_id, lesson_id, quiz_id, response_status
        FROM timeline_timelineentry
        WHERE mentor_id = goal.mentor_id AND goal_id = goal.id AND source_deleted_at IS NULL
        ORDER BY occurred_at, id LIMIT %s
    ) line
) told ON done.count > 0
ORDER BY started_at, goal.id
"""


@dataclass(frozen=True)
class GoalTold:
    """A goal with what was done for it. `ended_at` is None while it goes on; `lines` are the first ones, as JSON."""

    id: UUID
    mentor_id: UUID
    title: str
    description: str
    set_at: datetime
    target_on: date | None
    completed_at: datetime | None
    abandoned_at: datetime | None
    started_at: datetime
    ended_at: datetime | None
    last_activity_at: datetime | None
    count: int
    lines: str

    @property
    def status(self) -> str:
        if self.completed_at:
            return "completed"
        return "abandoned" if self.abandoned_at else "ongoing"

    @property
    def timeline(self) -> Any:
        return orjson.loads(self.lines)


def goals_statement(goals: QuerySet[Any]) -> Statement:
    """What is asked about `goals`, a queryset that says whose they are and who may see them."""
    wanted, values = goals.order_by().values("id").query.sql_with_params()
    return Statement(_GOALS.format(goals=wanted), (*values, LINES_OF_A_GOAL), [each.name for each in fields(GoalTold)])


def goals_told(statement: Statement, values: Mapping[str, Any] = MappingProxyType({})) -> list[GoalTold]:
    """Each goal, in the order in which they began."""
    return [GoalTold(**row) for row in statement.rows(values)]
