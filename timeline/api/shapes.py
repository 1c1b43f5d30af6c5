"""What the timeline's answers look like: how lines are read, and what the document says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from timeline.enums import ActivityType, ResponseStatus
from training.enums import MediaType

#: What is read of a line; `_said` gives two of them the names they have in the brief.
COLUMNS = (
    "id",
    "mentor_id",
    "activity_type",
    "detail",
    "occurred_at",
    "recorded_at",
    "activity_date",
    "video_id",
    "video_timestamp_seconds",
    "video_order",
    "course_id",
    "lesson_id",
    "goal_id",
    "quiz_id",
    "content",
    "metadata",
    "media_url",
    "media_type",
    "media_duration_seconds",
    "requires_response",
    "response_status",
    "waiting_since",
    "instructor_response",
    "responded_at",
    "responded_by_id",
    "edited_at",
    "source_table",
    "source_id",
)
NAMES = ("mentor__user__first_name", "mentor__user__last_name")


def columns(lines: QuerySet[Any], *, with_names: bool = False) -> QuerySet[Any]:
    """The lines as dictionaries; with the learner's name where they are of several."""
    return lines.values(*COLUMNS, *(NAMES if with_names else ()))


def lines_said(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of `columns` as the API says them. Takes them over, for there is nothing quicker."""
    return [_said(row) for row in rows]


def _said(row: dict[str, Any]) -> dict[str, Any]:
    del row["video_order"]
    row["student_id"] = row.pop("mentor_id")
    row["responded_by"] = row.pop("responded_by_id")
    if isinstance(row["metadata"], str):
        row["metadata"] = orjson.Fragment(row["metadata"])
    if row["media_url"]:
        row["media_url"] = media_address(row)
    if NAMES[0] in row:
        row["student_name"] = f"{row.pop(NAMES[0])} {row.pop(NAMES[1])}".strip()
    return row


def media_address(row: Mapping[str, Any]) -> str:
    """Where the media of a line are: an address elsewhere as it is, a file of ours behind the door of its line."""
    said: str = row["media_url"]
    return said if said.startswith(("https://", "http://")) else f"/api/v1/timeline/{row['id']}/media"


def _as_json() -> str:
    """The same as the database says it, where it groups lines."""
    renamed = {"mentor_id": "student_id", "responded_by_id": "responded_by"}
    values = {renamed.get(name, name): name for name in COLUMNS if name != "video_order"}
    values["media_url"] = (
        "CASE WHEN media_url = '' OR media_url ~ '^https?://' THEN media_url"
        " ELSE '/api/v1/timeline/' || id || '/media' END"
    )
    pairs = ", ".join(f"'{name}', {value}" for name, value in values.items())
    return f"json_build_object({pairs})"


LINE_AS_JSON = _as_json()


class Line(serializers.Serializer[Any]):
    """One line of a learner's timeline."""

    id = serializers.UUIDField()
    student_id = serializers.UUIDField()
    student_name = serializers.CharField(required=False, help_text="Where a list is of several learners.")
    activity_type = serializers.ChoiceField(ActivityType.choices)
    detail = serializers.CharField(allow_blank=True, help_text="Which of several of one source: 25, 50, 75.")
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    activity_date = serializers.DateField(help_text="The day it was for the learner.")
    video_id = serializers.UUIDField(allow_null=True)
    video_timestamp_seconds = serializers.IntegerField(allow_null=True)
    course_id = serializers.UUIDField(allow_null=True)
    lesson_id = serializers.UUIDField(allow_null=True)
    goal_id = serializers.UUIDField(allow_null=True, help_text="The goal that was the learner's at that moment.")
    quiz_id = serializers.UUIDField(allow_null=True)
    content = serializers.CharField(allow_blank=True)
    metadata = serializers.DictField(help_text="`percent`, or a quiz's `score`, `max_score` and `passed`.")
    media_url = serializers.CharField(allow_blank=True, help_text="An address elsewhere, or below `/api/v1/`.")
    media_type = serializers.ChoiceField(MediaType.choices, allow_blank=True)
    media_duration_seconds = serializers.IntegerField(allow_null=True)
    requires_response = serializers.BooleanField()
    response_status = serializers.ChoiceField(ResponseStatus.choices, allow_null=True)
    waiting_since = serializers.DateTimeField(allow_null=True)
    instructor_response = serializers.CharField(allow_blank=True, help_text="The latest answer.")
    responded_at = serializers.DateTimeField(allow_null=True)
    responded_by = serializers.UUIDField(allow_null=True)
    edited_at = serializers.DateTimeField(allow_null=True)
    source_table = serializers.CharField()
    source_id = serializers.UUIDField()


class Turn(serializers.Serializer[Any]):
    """One message of the conversation about a reflection."""

    id = serializers.UUIDField()
    author_name = serializers.CharField()
    is_from_staff = serializers.BooleanField()
    text = serializers.CharField()
    written_at = serializers.DateTimeField()


class LineWithReplies(Line):
    replies = Turn(many=True)


@extend_schema_field({"type": ["string", "null"], "description": "Send it as `cursor`.", "example": None})
class _Cursor(serializers.CharField):
    pass


class _Pagination(serializers.Serializer[Any]):
    limit = serializers.IntegerField()
    next = _Cursor(allow_null=True)
    previous = _Cursor(allow_null=True)


class Page(serializers.Serializer[Any]):
    data = Line(many=True)
    pagination = _Pagination()


class Day(serializers.Serializer[Any]):
    date = serializers.DateField()
    count = serializers.IntegerField()
    entries = Line(many=True)


class Week(serializers.Serializer[Any]):
    """Seven days, the newest first; each from morning to evening."""

    student_id = serializers.UUIDField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    days = Day(many=True)


class GoalLine(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    activity_type = serializers.ChoiceField(ActivityType.choices)
    detail = serializers.CharField(allow_blank=True)
    occurred_at = serializers.DateTimeField()
    activity_date = serializers.DateField()
    content = serializers.CharField(allow_blank=True)
    metadata = serializers.DictField()
    video_id = serializers.UUIDField(allow_null=True)
    video_timestamp_seconds = serializers.IntegerField(allow_null=True)
    course_id = serializers.UUIDField(allow_null=True)
    lesson_id = serializers.UUIDField(allow_null=True)
    quiz_id = serializers.UUIDField(allow_null=True)
    response_status = serializers.ChoiceField(ResponseStatus.choices, allow_null=True)


class GoalWithTimeline(serializers.Serializer[Any]):
    """A goal, from when to when, how much was done for it, and the first of it."""

    goal_id = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(["ongoing", "completed", "abandoned"])
    goal_start = serializers.DateTimeField()
    goal_end = serializers.DateTimeField(allow_null=True, help_text="Null while it goes on.")
    target_on = serializers.DateField(allow_null=True)
    last_activity_at = serializers.DateTimeField(allow_null=True)
    total_activities = serializers.IntegerField()
    timeline = GoalLine(many=True, help_text="The first ones, in order; all of them with `?goal=`.")


class Goals(serializers.Serializer[Any]):
    student_id = serializers.UUIDField()
    goals = GoalWithTimeline(many=True)
