"""What mentors have done of what a page shows: one question per kind, however much there is on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q

from training.models import CheckpointVisit, Enrollment, LessonProgress, QuizAttempt, VideoProgress


class Progress:
    """What these mentors (the caller's own profiles, or one in their care) have done of some lessons.

    A lesson belongs to one organisation, in which a person is at most one mentor: so each row has one answer.
    """

    def __init__(self, mentors: Collection[UUID], lessons: Iterable[UUID]) -> None:
        keys = list(lessons) if mentors else []
        self.lessons: dict[UUID, Any] = {}
        self.videos: dict[UUID, VideoProgress] = {}
        self.checkpoints: dict[UUID, Any] = {}
        self.quizzes: dict[UUID, dict[str, Any]] = {}
        if keys:
            self._read({"mentor__in": mentors}, keys)

    def _read(self, own: dict[str, Any], keys: list[UUID]) -> None:
        done = LessonProgress.objects.filter(lesson__in=keys, **own)
        self.lessons = dict(done.values_list("lesson_id", "completed_at"))
        watched = VideoProgress.objects.filter(video__lesson__in=keys, **own)
        self.videos = {progress.video_id: progress for progress in watched}
        visits = CheckpointVisit.objects.filter(checkpoint__video__lesson__in=keys, **own)
        self.checkpoints = dict(visits.values_list("checkpoint_id", "reached_at"))
        attempts = QuizAttempt.objects.filter(quiz__lesson__in=keys, **own).values("quiz_id")
        summed = attempts.annotate(
            attempts=Count("pk"),
            best_score=Max("score"),
            passed_at=Min("submitted_at", filter=Q(completes_quiz=True)),
        )
        self.quizzes = {row["quiz_id"]: row for row in summed}


def enrollments_of(mentors: Collection[UUID], courses: Iterable[UUID]) -> dict[UUID, Enrollment]:
    """The enrolment of these mentors by course."""
    if not mentors:
        return {}
    rows = Enrollment.objects.filter(mentor__in=mentors, course__in=list(courses))
    return {row.course_id: row for row in rows}
