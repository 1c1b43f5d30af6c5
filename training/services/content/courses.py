"""Courses, with their lessons."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.models import User
from accounts.services import log_change
from training.models import Course, Enrollment, Lesson, LessonProgress, Quiz, Reflection, Video
from training.refusals import Begun, CourseEmpty, CourseInUse, CourseSlugTaken, LastLesson, PositionTaken
from training.services.content.quizzes import remove_quiz
from training.services.content.videos import remove_video
from training.services.content.writing import (
    before_of,
    locked,
    locked_to_go,
    log_deletion,
    require_staff,
    require_stays,
    write,
)


@transaction.atomic
def save_course(*, course: Course, by: User | None, at: datetime) -> Course:
    """Write a course down, new or changed. Whether mentors see it is changed by `publish_course` alone."""
    before = before_of(course)
    course.is_published = before.is_published if before else False
    require_stays(course, before, "organization_id")
    require_staff(course, by)
    if Course.objects.filter(organization=course.organization_id, slug=course.slug).exclude(pk=course.pk).exists():
        raise CourseSlugTaken
    try:
        with transaction.atomic():
            return write(course, before, by, at)
    except IntegrityError as error:  # somebody else was there in the same moment
        if "course_slug_once" in str(error):
            raise CourseSlugTaken from error
        raise


@transaction.atomic
def publish_course(*, course: Course, by: User | None, at: datetime) -> Course:
    """Show a course to mentors; refuses one without lessons. One that is shown stays so."""
    if not Lesson.objects.filter(course=locked_to_go(course)).exists():
        raise CourseEmpty
    return _set_published(course, True, by, at)


@transaction.atomic
def unpublish_course(*, course: Course, by: User | None, at: datetime) -> Course:
    """Hide a course from mentors. What they have done stays, and is there again when it is shown again."""
    return _set_published(course, False, by, at)


@transaction.atomic
def delete_course(*, course: Course, by: User | None, at: datetime) -> None:
    """Delete a course with all that is in it. Refuses one that somebody has begun, or that gives a certificate."""
    held = locked_to_go(course)
    require_staff(held, by)
    if Enrollment.objects.filter(course=held).exists():
        raise Begun
    log_deletion(held, by, at)
    for lesson in Lesson.objects.filter(course=held):
        _delete_lesson(lesson)
    try:
        with transaction.atomic():
            held.delete()
    except ProtectedError as error:  # an app above names it
        raise CourseInUse from error


def _set_published(course: Course, is_published: bool, by: User | None, at: datetime) -> Course:
    held: Course = locked_to_go(course)
    require_staff(held, by)
    if held.is_published != is_published:
        held.is_published = is_published
        held.save(update_fields=["is_published", "updated_at"])
        log_change(held, by=by, at=at, before={"is_published": not is_published})
    course.is_published = is_published
    return held


@transaction.atomic
def save_lesson(*, lesson: Lesson, by: User | None, at: datetime) -> Lesson:
    """Write a lesson down, new or changed; it stays in its course. Whoever has completed the course keeps that."""
    before = before_of(lesson)
    require_stays(lesson, before, "course_id")
    lesson.organization_id = locked(lesson.course).organization_id
    require_staff(lesson, by)
    others = Lesson.objects.filter(course=lesson.course_id, position=lesson.position).exclude(pk=lesson.pk)
    if others.exists():
        raise PositionTaken
    return write(lesson, before, by, at)


@transaction.atomic
def delete_lesson(*, lesson: Lesson, by: User | None, at: datetime) -> None:
    """Delete a lesson with its videos and quizzes. Refuses when somebody has begun its course, and the last one of a
    course that mentors see.

    Without it, those who have done the others would have completed the course unawares.
    """
    course = locked_to_go(lesson.course)
    require_staff(course, by)
    if Enrollment.objects.filter(course=course).exists():
        raise Begun
    if course.is_published and not Lesson.objects.filter(course=course).exclude(pk=lesson.pk).exists():
        raise LastLesson
    log_deletion(lesson, by, at)
    _delete_lesson(locked_to_go(lesson))


def _delete_lesson(lesson: Lesson) -> None:
    if LessonProgress.objects.filter(lesson=lesson).exists() or Reflection.objects.filter(lesson=lesson).exists():
        raise Begun
    for quiz in Quiz.objects.filter(lesson=lesson).select_for_update():
        remove_quiz(quiz)
    for video in Video.objects.filter(lesson=lesson).select_for_update():
        remove_video(video)
    lesson.delete()
