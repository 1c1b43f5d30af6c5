"""The timeline as a slow Python oracle sees it: row by row, in another style than the statements.

What a line says follows from its row; only its goal and its zone are those of the moment it was first written for, so
the oracle has a memory, as the table has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from timeline.models import TimelineEntry
from training.models import (
    CheckpointVisit,
    DailyNote,
    Enrollment,
    Goal,
    GoalMessage,
    GoalMilestone,
    GoalSwitch,
    LessonProgress,
    QuizAttempt,
    Reflection,
    SuccessProof,
    VideoProgress,
)

Key = tuple[str, Any, str, str]
Line = dict[str, Any]

BLANK: Line = {
    "video_id": None,
    "video_timestamp_seconds": None,
    "course_id": None,
    "lesson_id": None,
    "quiz_id": None,
    "content": "",
    "metadata": {},
    "media_url": "",
    "media_type": "",
    "media_duration_seconds": None,
    "requires_response": False,
    "response_status": None,
    "waiting_since": None,
    "instructor_response": "",
    "responded_at": None,
    "responded_by_id": None,
    "edited_at": None,
}
SHOWN = ("organization_id", "mentor_id", "occurred_at", "time_zone", "activity_date", "goal_id", *BLANK)
#: What a line keeps when its row is gone.
KEPT = ("organization_id", "mentor_id", "occurred_at", "time_zone", "activity_date")


class Oracle:
    """Knows what the table must hold after each statement, if it was told of every one."""

    def __init__(self) -> None:
        self.shown: dict[Key, Line] = {}
        self.redacted: dict[Key, Line] = {}

    def look(self) -> None:
        """Something has been written."""
        said = dict(_all_lines())
        for key in self.shown.keys() - said.keys():
            self.redacted[key] = {name: self.shown[key][name] for name in KEPT}
        fresh: dict[Key, Line] = {}
        for key, line in said.items():
            known = self.shown.get(key)
            self.redacted.pop(key, None)
            unmoved = known and (known["occurred_at"], known["mentor_id"]) == (line["occurred_at"], line["mentor_id"])
            names_its_goal = "goal_id" in line
            if not names_its_goal:
                line["goal_id"] = known["goal_id"] if unmoved else goal_at(line["mentor_id"], line["occurred_at"])
            if unmoved:
                line["time_zone"] = known["time_zone"]
            line["activity_date"] = line["occurred_at"].astimezone(ZoneInfo(line["time_zone"])).date()
            fresh[key] = line
        self.shown = fresh

    def forget(self, mentor_id: Any) -> None:
        """A mentor was erased."""
        for lines in (self.shown, self.redacted):
            for key in [key for key, line in lines.items() if line["mentor_id"] == mentor_id]:
                del lines[key]

    def agrees(self) -> None:
        shown, redacted = stored()
        assert shown == self.shown
        assert redacted == self.redacted


def stored() -> tuple[dict[Key, Line], dict[Key, Line]]:
    """What the table holds: lines that are shown, and those without their content (checked to be so)."""
    shown, redacted = {}, {}
    for entry in TimelineEntry.objects.all():
        key = (entry.source_table, entry.source_id, entry.activity_type, entry.detail)
        if entry.source_deleted_at is None:
            shown[key] = {name: getattr(entry, name) for name in SHOWN}
        else:
            assert {name: getattr(entry, name) for name in BLANK} == BLANK
            assert entry.goal_id is None
            redacted[key] = {name: getattr(entry, name) for name in KEPT}
    return shown, redacted


def goal_at(mentor_id: Any, moment: Any) -> Any:
    before = [switch for switch in GoalSwitch.objects.filter(mentor_id=mentor_id) if switch.at <= moment]
    return max(before, key=lambda switch: switch.at).goal_id if before else None


def _all_lines() -> Iterator[tuple[Key, Line]]:
    for model, tell in TELLERS.items():
        for row in model.objects.select_related("organization"):
            for kind, detail, moment, says in tell(row):
                line = BLANK | says | {
                    "organization_id": row.organization_id,
                    "mentor_id": row.mentor_id,
                    "occurred_at": moment,
                    "time_zone": row.organization.time_zone,
                }  # fmt: skip
                yield (model._meta.db_table, row.pk, kind, detail), line


Told = Iterator[tuple[str, str, Any, Line]]


def _enrollment(row: Enrollment) -> Told:
    yield "course_enrollment", "", row.enrolled_at, {"course_id": row.course_id}
    if row.completed_at:
        yield "course_completion", "", row.completed_at, {"course_id": row.course_id}


def _lesson(row: LessonProgress) -> Told:
    says = {"lesson_id": row.lesson_id, "course_id": row.lesson.course_id}
    yield "lesson_completion", "", row.completed_at, says


def _of_video(video: Any) -> Line:
    return {"video_id": video.pk, "lesson_id": video.lesson_id, "course_id": video.lesson.course_id}


def _watching(row: VideoProgress) -> Told:
    for band, moment in ((25, row.reached_25_at), (50, row.reached_50_at), (75, row.reached_75_at)):
        if moment:
            yield "video_progress", str(band), moment, _of_video(row.video) | {"metadata": {"percent": band}}
    if row.reached_95_at:
        yield "video_completion", "", row.reached_95_at, _of_video(row.video)


def _checkpoint(row: CheckpointVisit) -> Told:
    place = row.checkpoint
    says = {"video_timestamp_seconds": place.at_second, "content": place.title}
    yield "checkpoint_reached", "", row.reached_at, _of_video(place.video) | says


def _quiz(row: QuizAttempt) -> Told:
    says = {
        "quiz_id": row.quiz_id,
        "video_id": row.quiz.video_id,
        "video_timestamp_seconds": row.quiz.at_second,
        "lesson_id": row.quiz.lesson_id,
        "course_id": row.quiz.lesson.course_id,
        "metadata": {"score": row.score, "max_score": row.max_score, "passed": row.passed},
    }
    yield "quiz_attempt", "", row.submitted_at, dict(says)
    if row.completes_quiz:
        yield "quiz_completion", "", row.submitted_at, dict(says)


def _reflection(row: Reflection) -> Told:
    kind = {"voice": "voice", "screenshot": "screenshot", "video": "loom"}.get(row.kind, "text")
    says: Line = {
        "video_timestamp_seconds": row.video_second,
        "content": row.text,
        "media_url": str(row.media_file) or row.media_url,
        "media_type": row.media_type,
        "media_duration_seconds": row.media_duration_seconds,
        "requires_response": row.requires_response,
        "edited_at": row.edited_at,
    }
    if row.video:
        says |= _of_video(row.video)
    elif row.lesson:
        says |= {"lesson_id": row.lesson_id, "course_id": row.lesson.course_id}
    answer, waiting = None, row.written_at
    for reply in sorted(row.replies.all(), key=lambda reply: (reply.written_at, reply.pk)):
        if reply.is_from_staff:
            answer, waiting = reply, None
        elif waiting is None:
            waiting = reply.written_at
    if answer:
        says |= {
            "instructor_response": answer.text,
            "responded_at": answer.written_at,
            "responded_by_id": answer.author_id,
        }
    if row.requires_response:
        says |= {"response_status": "pending" if waiting else "responded", "waiting_since": waiting}
    yield f"{kind}_reflection", "", row.written_at, says


def _goal(row: Goal) -> Told:
    if row.completed_at:
        yield "goal_completion", "", row.completed_at, {"goal_id": row.pk, "content": row.title}


def _milestone(row: GoalMilestone) -> Told:
    if row.reached_at:
        yield "goal_milestone", "", row.reached_at, {"goal_id": row.goal_id, "content": row.title}


def _note(row: DailyNote) -> Told:
    yield "daily_note", "", row.written_at, {"content": row.text}


def _proof(row: SuccessProof) -> Told:
    says = {
        "goal_id": row.goal_id,
        "content": row.text,
        "media_url": str(row.media_file),
        "media_type": row.media_type,
        "media_duration_seconds": row.media_duration_seconds,
    }
    yield "success_proof", "", row.submitted_at, says


def _message(row: GoalMessage) -> Told:
    if row.is_from_staff:
        yield "instructor_message", "", row.written_at, {"goal_id": row.goal_id, "content": row.text}


TELLERS: dict[Any, Any] = {
    Enrollment: _enrollment,
    LessonProgress: _lesson,
    VideoProgress: _watching,
    CheckpointVisit: _checkpoint,
    QuizAttempt: _quiz,
    Reflection: _reflection,
    Goal: _goal,
    GoalMilestone: _milestone,
    DailyNote: _note,
    SuccessProof: _proof,
    GoalMessage: _message,
}
