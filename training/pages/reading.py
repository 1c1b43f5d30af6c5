"""What the learners' pages show, put together with few questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from accounts.models import MentorProfile
from training.clock import clock
from training.media import content_type_of
from training.models import (
    CheckpointVisit,
    Course,
    Enrollment,
    Lesson,
    LessonProgress,
    Quiz,
    QuizAttempt,
    Reflection,
    ReflectionReply,
    Video,
    VideoProgress,
)


@dataclass(frozen=True)
class Step:
    """A lesson, and whether the learner has done it."""

    lesson: Lesson
    is_done: bool


@dataclass(frozen=True)
class Taken:
    """A course as far as a learner has come."""

    course: Course
    steps: Sequence[Step]
    enrolled_at: datetime | None
    completed_at: datetime | None

    @property
    def done_count(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def count(self) -> int:
        return len(self.steps)

    @property
    def percent(self) -> int:
        return self.done_count * 100 // self.count if self.count else 0

    @property
    def next(self) -> Lesson | None:
        """The first lesson that is not done."""
        return next((step.lesson for step in self.steps if not step.is_done), None)


def courses_of(rows: QuerySet[Any], mentors: Sequence[UUID]) -> list[Taken]:
    """These courses, with what these profiles of one person have done of them; four questions."""
    courses = list(rows.select_related("organization").order_by("position", "title", "id"))
    lessons: dict[UUID, list[Lesson]] = defaultdict(list)
    for lesson in Lesson.objects.filter(course__in=courses).order_by("position", "id").defer("body"):
        lessons[lesson.course_id].append(lesson)
    done = LessonProgress.objects.filter(mentor__in=mentors, lesson__course__in=courses)
    done_ids = set(done.values_list("lesson_id", flat=True))
    enrollments = {row.course_id: row for row in Enrollment.objects.filter(mentor__in=mentors, course__in=courses)}
    return [
        Taken(
            course,
            [Step(lesson, lesson.pk in done_ids) for lesson in lessons[course.pk]],
            enrollments[course.pk].enrolled_at if course.pk in enrollments else None,
            enrollments[course.pk].completed_at if course.pk in enrollments else None,
        )
        for course in courses
    ]


@dataclass(frozen=True)
class Place:
    """A checkpoint of a video, and whether the learner has come so far."""

    second: int
    clock: str
    title: str
    is_reached: bool
    key: UUID


@dataclass(frozen=True)
class Shown:
    """A video of a lesson with what the learner has watched of it."""

    video: Video
    content_type: str
    percent: int
    position: int
    places: Sequence[Place]

    @property
    def length(self) -> str:
        return clock(self.video.duration_seconds)

    @property
    def is_watched(self) -> bool:
        return self.percent >= 95


def videos_of(lesson: Lesson, learner: MentorProfile | None) -> list[Shown]:
    videos = list(lesson.videos.prefetch_related("checkpoints").order_by("position", "id"))
    progress: dict[UUID, VideoProgress] = {}
    visited: set[UUID] = set()
    if learner is not None and videos:
        progress = {row.video_id: row for row in VideoProgress.objects.filter(mentor=learner, video__in=videos)}
        visits = CheckpointVisit.objects.filter(mentor=learner, checkpoint__video__in=videos)
        visited = set(visits.values_list("checkpoint_id", flat=True))
    return [_shown(video, progress.get(video.pk), visited) for video in videos]


def _shown(video: Video, watched: VideoProgress | None, visited: set[UUID]) -> Shown:
    return Shown(
        video=video,
        content_type=content_type_of(str(video.file.name)) if video.file else "",
        percent=watched.percent if watched else 0,
        position=watched.position_seconds if watched else 0,
        places=[
            Place(row.at_second, clock(row.at_second), row.title, row.pk in visited, row.pk)
            for row in video.checkpoints.all()
        ],
    )


@dataclass(frozen=True)
class Asked:
    """A quiz of a lesson, and whether the learner has passed it."""

    quiz: Quiz
    is_passed: bool
    is_tried: bool


def quizzes_of(lesson: Lesson, learner: MentorProfile | None) -> list[Asked]:
    quizzes = list(lesson.quizzes.order_by("at_second", "title", "id"))
    attempts = dict[UUID, list[bool]]()
    if learner is not None and quizzes:
        for key, passed in QuizAttempt.objects.filter(mentor=learner, quiz__in=quizzes).values_list("quiz", "passed"):
            attempts.setdefault(key, []).append(passed)
    return [Asked(quiz, any(attempts.get(quiz.pk, ())), quiz.pk in attempts) for quiz in quizzes]


@dataclass(frozen=True)
class Thought:
    """A reflection with what was said about it since, in turn."""

    row: Reflection
    clock: str
    replies: Sequence[ReflectionReply]

    @property
    def is_waiting(self) -> bool:
        """Is the last word the learner's, who would like an answer?"""
        return self.row.requires_response and not (self.replies and self.replies[-1].is_from_staff)


def reflections_of(lesson: Lesson, learner: MentorProfile) -> list[Thought]:
    """The learner's own, on the lesson or one of its videos, the latest first, each with its conversation."""
    rows = Reflection.objects.filter(mentor=learner)
    rows = rows.filter(lesson=lesson) | rows.filter(video__lesson=lesson)
    in_turn = Prefetch("replies", ReflectionReply.objects.in_turn())
    found = rows.select_related("video").prefetch_related(in_turn).order_by("-written_at", "-id").distinct()
    return [Thought(row, clock(row.video_second), list(row.replies.all())) for row in found]


@dataclass(frozen=True)
class Result:
    """One question of an attempt: what was chosen, what is right."""

    question: Any
    lines: Sequence[tuple[Any, bool]]
    is_right: bool


def results_of(attempt: QuizAttempt) -> list[Result]:
    """The attempt, question by question, as the quiz stands now."""
    found = []
    for question in attempt.quiz.questions.prefetch_related("options"):
        options = list(question.options.all())
        chosen = set(attempt.answers.get(str(question.pk), ()))
        right = {str(option.pk) for option in options if option.is_correct}
        found.append(Result(question, [(option, str(option.pk) in chosen) for option in options], chosen == right))
    return found
