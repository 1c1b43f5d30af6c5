"""What the rows of training make of themselves: one SELECT per source, a pure function of the row and its parents.

Live capture, backfill and the comparison of both all use these, so they cannot disagree. What a parent says follows the
parent (`PARENTS`) or never changes (lessons stay in their course, videos in their lesson). The goal is the one that was
the mentor's at that moment; since choices of a goal are only ever added, it stays the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Model

from timeline.enums import ActivityType as Type
from training import models

#: What is derived, in the order of the statements. `time_zone` is the organisation's when the line is written.
DERIVED = (
    "organization_id", "mentor_id", "activity_type", "detail", "occurred_at", "time_zone", "video_id",
    "video_timestamp_seconds", "course_id", "lesson_id", "goal_id", "quiz_id", "content", "metadata", "media_url",
    "media_type", "media_duration_seconds", "requires_response", "response_status", "waiting_since",
    "instructor_response", "responded_at", "responded_by_id", "edited_at", "source_table", "source_id",
)  # fmt: skip

#: What a column holds where the source does not say; typed, because it stands in a UNION.
_NOTHING = {
    "detail": "''", "video_id": "NULL::uuid", "video_timestamp_seconds": "NULL::int", "course_id": "NULL::uuid",
    "lesson_id": "NULL::uuid", "quiz_id": "NULL::uuid", "content": "''", "metadata": "'{}'::jsonb",
    "media_url": "''", "media_type": "''", "media_duration_seconds": "NULL::int", "requires_response": "false",
    "response_status": "NULL::varchar", "waiting_since": "NULL::timestamptz", "instructor_response": "''",
    "responded_at": "NULL::timestamptz", "responded_by_id": "NULL::uuid", "edited_at": "NULL::timestamptz",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A table of training, as lines see it.

    `says` gives the columns of a line in SQL, over `source` (the row) and what `joins` adds; `reads` names the columns
    of the row that matter: an update that touches no other one changes no line.
    """

    model: type[Model]
    says: dict[str, str]
    reads: tuple[str, ...]
    joins: str = ""
    where: str = "true"

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def derived(self, rows: str) -> str:
        """The lines of `rows`, a table or query with this source's columns, as a SELECT of `DERIVED`."""
        says = _NOTHING | {"goal_id": self._goal(), "source_table": f"'{self.table}'"} | _EVERYWHERE | self.says
        columns = ", ".join(f"{says[name]} AS {name}" for name in DERIVED)
        return f"""
            SELECT {columns} FROM {rows} source
            JOIN accounts_organization organization ON organization.id = source.organization_id
            {self.joins}
            WHERE {self.where}
        """  # noqa: S608 (constants of ours)

    def _goal(self) -> str:
        """The goal that was the mentor's at that moment."""
        return f"""(SELECT switch.goal_id FROM training_goalswitch switch
            WHERE switch.mentor_id = source.mentor_id AND switch.at <= {self.says["occurred_at"]}
            ORDER BY switch.at DESC LIMIT 1)"""  # noqa: S608


_EVERYWHERE = {
    "organization_id": "source.organization_id",
    "mentor_id": "source.mentor_id",
    "time_zone": "organization.time_zone",
    "source_id": "source.id",
}

_EVENT = {"activity_type": "event.activity_type", "detail": "event.detail", "occurred_at": "event.occurred_at"}


def _events(*events: tuple[Type, str, str]) -> str:
    """Several lines of one row: type, detail, and the column with the moment; no moment, no line."""
    values = ", ".join(f"('{type.value}', '{detail}', source.{moment})" for type, detail, moment in events)
    return f"CROSS JOIN LATERAL (VALUES {values}) event(activity_type, detail, occurred_at)"


_LESSON_OF_VIDEO = """
JOIN training_video video ON video.id = source.video_id
JOIN training_lesson lesson ON lesson.id = video.lesson_id
"""
_OF_VIDEO = {"video_id": "source.video_id", "lesson_id": "video.lesson_id", "course_id": "lesson.course_id"}

#: Where the conversation about a reflection stands: the latest answer of staff, and the first word since.
_CONVERSATION = """
LEFT JOIN LATERAL (
    SELECT reply.text, reply.written_at, reply.author_id, reply.id FROM training_reflectionreply reply
    WHERE reply.reflection_id = source.id AND reply.is_from_staff ORDER BY reply.written_at DESC, reply.id DESC LIMIT 1
) answer ON true
LEFT JOIN LATERAL (
    SELECT min(reply.written_at) AS written_at FROM training_reflectionreply reply
    WHERE reply.reflection_id = source.id AND NOT reply.is_from_staff
      AND (reply.written_at, reply.id) > (answer.written_at, answer.id)
) again ON true
"""

SOURCES = (
    Source(
        models.Enrollment,
        reads=("organization_id", "mentor_id", "course_id", "enrolled_at", "completed_at"),
        joins=_events((Type.COURSE_ENROLLMENT, "", "enrolled_at"), (Type.COURSE_COMPLETION, "", "completed_at")),
        says=_EVENT | {"course_id": "source.course_id"},
        where="event.occurred_at IS NOT NULL",
    ),
    Source(
        models.LessonProgress,
        reads=("organization_id", "mentor_id", "lesson_id", "completed_at"),
        joins="JOIN training_lesson lesson ON lesson.id = source.lesson_id",
        says={
            "activity_type": f"'{Type.LESSON_COMPLETION}'",
            "occurred_at": "source.completed_at",
            "lesson_id": "source.lesson_id",
            "course_id": "lesson.course_id",
        },
    ),
    Source(
        models.VideoProgress,
        reads=(
            "organization_id", "mentor_id", "video_id", "reached_25_at", "reached_50_at", "reached_75_at",
            "reached_95_at",
        ),
        joins=_LESSON_OF_VIDEO
        + _events(
            (Type.VIDEO_PROGRESS, "25", "reached_25_at"),
            (Type.VIDEO_PROGRESS, "50", "reached_50_at"),
            (Type.VIDEO_PROGRESS, "75", "reached_75_at"),
            (Type.VIDEO_COMPLETION, "", "reached_95_at"),
        ),
        says=_EVENT | _OF_VIDEO | {
            "metadata": "CASE WHEN event.detail = '' THEN '{}'::jsonb"
            " ELSE jsonb_build_object('percent', event.detail::int) END",
        },
        where="event.occurred_at IS NOT NULL",
    ),
    Source(
        models.CheckpointVisit,
        reads=("organization_id", "mentor_id", "checkpoint_id", "reached_at"),
        joins="""
            JOIN training_checkpoint checkpoint ON checkpoint.id = source.checkpoint_id
            JOIN training_video video ON video.id = checkpoint.video_id
            JOIN training_lesson lesson ON lesson.id = video.lesson_id
        """,
        says={
            "activity_type": f"'{Type.CHECKPOINT_REACHED}'",
            "occurred_at": "source.reached_at",
            "video_id": "checkpoint.video_id",
            "video_timestamp_seconds": "checkpoint.at_second",
            "lesson_id": "video.lesson_id",
            "course_id": "lesson.course_id",
            "content": "checkpoint.title",
        },
    ),
    Source(
        models.QuizAttempt,
        reads=(
            "organization_id", "mentor_id", "quiz_id", "submitted_at", "score", "max_score", "passed", "completes_quiz",
        ),
        joins=f"""
            JOIN training_quiz quiz ON quiz.id = source.quiz_id
            JOIN training_lesson lesson ON lesson.id = quiz.lesson_id
            CROSS JOIN LATERAL (VALUES ('{Type.QUIZ_ATTEMPT.value}', true), ('{Type.QUIZ_COMPLETION.value}',
                source.completes_quiz)) event(activity_type, happened)
        """,
        says={
            "activity_type": "event.activity_type",
            "occurred_at": "source.submitted_at",
            "quiz_id": "source.quiz_id",
            "video_id": "quiz.video_id",
            "video_timestamp_seconds": "quiz.at_second",
            "lesson_id": "quiz.lesson_id",
            "course_id": "lesson.course_id",
            "metadata": "jsonb_build_object('score', source.score, 'max_score', source.max_score,"
            " 'passed', source.passed)",
        },
        where="event.happened",
    ),
    Source(
        models.Reflection,
        reads=(
            "organization_id", "mentor_id", "kind", "lesson_id", "video_id", "video_second", "text", "media_file",
            "media_url", "media_type", "media_duration_seconds", "written_at", "edited_at", "requires_response",
        ),
        joins=f"""
            LEFT JOIN training_video video ON video.id = source.video_id
            LEFT JOIN training_lesson lesson ON lesson.id = coalesce(video.lesson_id, source.lesson_id)
            {_CONVERSATION}
        """,
        says={
            "activity_type": "CASE source.kind WHEN 'voice' THEN 'voice_reflection' WHEN 'screenshot' THEN"
            " 'screenshot_reflection' WHEN 'video' THEN 'loom_reflection' ELSE 'text_reflection' END",
            "occurred_at": "source.written_at",
            "video_id": "source.video_id",
            "video_timestamp_seconds": "source.video_second",
            "lesson_id": "lesson.id",
            "course_id": "lesson.course_id",
            "content": "source.text",
            "media_url": "CASE WHEN source.media_file <> '' THEN source.media_file ELSE source.media_url END",
            "media_type": "source.media_type",
            "media_duration_seconds": "source.media_duration_seconds",
            "requires_response": "source.requires_response",
            "response_status": "CASE WHEN NOT source.requires_response THEN NULL"
            " WHEN answer.id IS NULL OR again.written_at IS NOT NULL THEN 'pending' ELSE 'responded' END",
            "waiting_since": "CASE WHEN NOT source.requires_response THEN NULL"
            " WHEN answer.id IS NULL THEN source.written_at ELSE again.written_at END",
            "instructor_response": "coalesce(answer.text, '')",
            "responded_at": "answer.written_at",
            "responded_by_id": "answer.author_id",
            "edited_at": "source.edited_at",
        },
    ),
    Source(
        models.Goal,
        reads=("organization_id", "mentor_id", "title", "completed_at"),
        says={
            "activity_type": f"'{Type.GOAL_COMPLETION}'",
            "occurred_at": "source.completed_at",
            "goal_id": "source.id",
            "content": "source.title",
        },
        where="source.completed_at IS NOT NULL",
    ),
    Source(
        models.GoalMilestone,
        reads=("organization_id", "mentor_id", "goal_id", "title", "reached_at"),
        says={
            "activity_type": f"'{Type.GOAL_MILESTONE}'",
            "occurred_at": "source.reached_at",
            "goal_id": "source.goal_id",
            "content": "source.title",
        },
        where="source.reached_at IS NOT NULL",
    ),
    Source(
        models.DailyNote,
        reads=("organization_id", "mentor_id", "text", "written_at"),
        says={
            "activity_type": f"'{Type.DAILY_NOTE}'",
            "occurred_at": "source.written_at",
            "content": "source.text",
        },
    ),
    Source(
        models.SuccessProof,
        reads=(
            "organization_id", "mentor_id", "goal_id", "text", "media_file", "media_type", "media_duration_seconds",
            "submitted_at",
        ),
        says={
            "activity_type": f"'{Type.SUCCESS_PROOF}'",
            "occurred_at": "source.submitted_at",
            "goal_id": "source.goal_id",
            "content": "source.text",
            "media_url": "source.media_file",
            "media_type": "source.media_type",
            "media_duration_seconds": "source.media_duration_seconds",
        },
    ),
    Source(
        models.GoalMessage,
        reads=("organization_id", "mentor_id", "goal_id", "is_from_staff", "text", "written_at"),
        says={
            "activity_type": f"'{Type.INSTRUCTOR_MESSAGE}'",
            "occurred_at": "source.written_at",
            "goal_id": "source.goal_id",
            "content": "source.text",
        },
        where="source.is_from_staff",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Parent:
    """A table whose columns `reads` stand in the lines of another source's rows, which point at it with `key`."""

    model: type[Model]
    reads: tuple[str, ...]
    of: Source
    key: str


def _source_of(model: type[Model]) -> Source:
    return next(source for source in SOURCES if source.model is model)


PARENTS = (
    Parent(models.Checkpoint, ("at_second", "title"), _source_of(models.CheckpointVisit), "checkpoint_id"),
    Parent(models.Quiz, ("video_id", "at_second"), _source_of(models.QuizAttempt), "quiz_id"),
)
REFLECTIONS = _source_of(models.Reflection)
