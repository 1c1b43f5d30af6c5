"""The verbs of courses: take one, do its lessons, complete it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import MentorProfile, User
from training import rules, signals
from training.models import Course, Enrollment, Lesson, LessonProgress, Question, Quiz, QuizAttempt
from training.refusals import CourseNotPublished, QuizNotPassed
from training.services.learners import lock_mentor, require_own, require_same_organization


@transaction.atomic
def enroll(*, mentor: MentorProfile, course: Course, by: User | None, at: datetime) -> Enrollment:
    """Take a course. Somebody who has taken it already keeps what they have."""
    require_own(by, mentor)
    require_same_organization(mentor, course.organization_id)
    require_open(course)
    lock_mentor(mentor)
    return _enrolled(mentor, course, at)


@transaction.atomic
def complete_lesson(*, mentor: MentorProfile, lesson: Lesson, by: User | None, at: datetime) -> LessonProgress:
    """Say that a lesson is done, which takes the course if need be. Its quizzes must have been passed.

    With the last lesson the course is completed, and `course_completed` announced: once, however often this is called.
    """
    require_own(by, mentor)
    require_same_organization(mentor, lesson.organization_id)
    require_open(lesson.course)
    lock_mentor(mentor)
    _require_quizzes_passed(mentor, lesson)
    enrollment = _enrolled(mentor, lesson.course, at)
    done, __ = LessonProgress.objects.get_or_create(
        mentor=mentor, lesson=lesson, defaults={"organization_id": mentor.organization_id, "completed_at": at}
    )
    _complete(enrollment, at)
    progress: LessonProgress = done
    return progress


def require_open(course: Course) -> None:
    """Refuse what staff have not published: they see it before mentors do."""
    if not course.is_published:
        raise CourseNotPublished


def _enrolled(mentor: MentorProfile, course: Course, at: datetime) -> Enrollment:
    enrollment, __ = Enrollment.objects.select_related("course").get_or_create(
        mentor=mentor, course=course, defaults={"organization_id": mentor.organization_id, "enrolled_at": at}
    )
    found: Enrollment = enrollment
    return found


def _require_quizzes_passed(mentor: MentorProfile, lesson: Lesson) -> None:
    """A quiz without questions asks nothing."""
    passed = QuizAttempt.objects.filter(mentor=mentor, quiz=OuterRef("pk"), completes_quiz=True)
    asks = Question.objects.filter(quiz=OuterRef("pk"))
    missing: list[UUID] = list(
        Quiz.objects.filter(Exists(asks), ~Exists(passed), lesson=lesson).values_list("pk", flat=True)
    )
    if missing:
        raise QuizNotPassed(quizzes=missing)


def _complete(enrollment: Enrollment, at: datetime) -> None:
    if enrollment.completed_at is not None:
        return
    lessons = list(Lesson.objects.filter(course=enrollment.course_id).values_list("pk", flat=True))
    done = LessonProgress.objects.filter(mentor=enrollment.mentor_id, lesson__in=lessons)
    if not rules.completes(lessons, done.values_list("lesson_id", flat=True)):
        return
    enrollment.completed_at = max(at, enrollment.enrolled_at)  # two servers' clocks may differ by a little
    enrollment.save(update_fields=["completed_at", "updated_at"])
    signals.course_completed.send(Enrollment, enrollment=enrollment, at=enrollment.completed_at)
