"""Courses and what belongs to them: read by everybody in the organisation, done by mentors in their own name."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.pagination import SignedCursor
from training import rules, services
from training.api import filters, lookups
from training.api.lookups import heard
from training.api.progress import Progress, enrollments_of
from training.api.serializers import courses as shapes
from training.api.views.base import TrainingViewSet, code_of
from training.media import CONTENT_TYPES
from training.models import Course, Enrollment, Lesson, Question, Quiz, QuizAttempt, Video, VideoProgress
from training.serving import file_answer

ID = "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b"
WATCHED = OpenApiExample(
    "The first minute, and another one further on",
    value={"stretches": [[0, 60], [300, 360]], "position_seconds": 360},
    request_only=True,
)
ANSWERED = OpenApiExample(
    "One question answered",
    value={"answers": {ID: ["0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5c"]}},
    request_only=True,
)
FILE = {
    (code, kind.partition(";")[0]): OpenApiTypes.BINARY
    for code in (status.HTTP_200_OK, status.HTTP_206_PARTIAL_CONTENT)
    for kind in CONTENT_TYPES.values()
} | {status.HTTP_416_REQUESTED_RANGE_NOT_SATISFIABLE: OpenApiResponse(description="The file has no such bytes.")}

_LESSONS = Lesson.objects.filter(course=OuterRef("pk")).order_by().values("course").annotate(number=Count("pk"))


def with_lesson_count(courses: Any) -> Any:
    return courses.annotate(lesson_count=Coalesce(Subquery(_LESSONS.values("number")), 0))


def videos() -> Any:
    return Video.objects.prefetch_related("checkpoints").order_by("position", "id")


def quizzes() -> Any:
    """With their questions and answers, in their order; which is right is left in the database."""
    return Quiz.objects.prefetch_related("questions__options").order_by("title", "id")


def whole_lessons() -> Any:
    found = Lesson.objects.prefetch_related(Prefetch("videos", videos()), Prefetch("quizzes", quizzes()))
    return found.order_by("position", "id")


def course_context(course: Course, mentors: Collection[UUID]) -> dict[str, Any]:
    """What the shapes of a whole course read beside it."""
    return {
        "progress": Progress(mentors, [lesson.pk for lesson in course.lessons.all()]),
        "enrollments": enrollments_of(mentors, [course.pk]),
    }


class CourseViewSet(TrainingViewSet):
    queryset = Course.objects.order_by("position", "title", "id")
    serializer_class = shapes.CourseRow

    def rows(self) -> Any:
        rows = with_lesson_count(super().rows())
        return rows.prefetch_related(Prefetch("lessons", whole_lessons())) if self.action == "retrieve" else rows

    @extend_schema(responses=shapes.CourseRow(many=True))
    def list(self, request: Request) -> Response:
        """The courses the caller may see, in the order in which they are to be taken."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        context = {"enrollments": enrollments_of(self.own_mentors, [course.pk for course in page])}
        return self.get_paginated_response(shapes.CourseRow(page, many=True, context=context).data)

    @extend_schema(responses=shapes.CourseDetail)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """The whole course with its lessons, videos and quizzes, and what the caller has done of it."""
        course = self.get_object()
        return Response(shapes.CourseDetail(course, context=course_context(course, self.own_mentors)).data)


class EnrollmentViewSet(TrainingViewSet):
    queryset = Enrollment.objects.select_related("mentor__user", "course").order_by("-enrolled_at", "-id")
    filterset_class = filters.EnrollmentFilters
    serializer_class = shapes.EnrollmentRow

    @extend_schema(responses=shapes.EnrollmentRow(many=True))
    def list(self, request: Request) -> Response:
        """Who takes which course: one's own, and for staff those of the mentors in their care."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.EnrollmentRow(page, many=True).data)

    @extend_schema(responses=shapes.EnrollmentDetail)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """With the whole course, and what this mentor has done of it."""
        enrollment = self.get_object()
        courses = with_lesson_count(Course.objects.prefetch_related(Prefetch("lessons", whole_lessons())))
        course = courses.get(pk=enrollment.course_id)
        context = course_context(course, [enrollment.mentor_id]) | {"course": course}
        return Response(shapes.EnrollmentDetail(enrollment, context=context).data)

    @extend_schema(request=shapes.NewEnrollment, responses={201: shapes.EnrollmentRow, 200: shapes.EnrollmentRow})
    def create(self, request: Request) -> Response:
        """Take a course: 201, and 200 when the caller has taken it already."""
        given = heard(shapes.NewEnrollment, request)
        course = lookups.course_of(request.user, self.enabled_organizations, given["course_id"])
        mentor = self.own_profile(course.organization_id)
        known = Enrollment.objects.filter(mentor=mentor, course=course).exists()
        made = services.enroll(mentor=mentor, course=course, by=request.user, at=timezone.now())
        fresh = self.get_queryset().get(pk=made.pk)
        code = status.HTTP_200_OK if known else status.HTTP_201_CREATED
        return Response(shapes.EnrollmentRow(fresh).data, status=code)


class LessonViewSet(TrainingViewSet):
    queryset = Lesson.objects.select_related("course").order_by("course__position", "course_id", "position", "id")
    filterset_class = filters.LessonFilters
    serializer_class = shapes.LessonRow

    def rows(self) -> Any:
        rows = super().rows()
        if self.action != "retrieve":
            return rows
        return rows.prefetch_related(Prefetch("videos", videos()), Prefetch("quizzes", quizzes()))

    @extend_schema(responses=shapes.LessonRow(many=True))
    def list(self, request: Request) -> Response:
        """The lessons the caller may see, by course and in their order."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        context = {"progress": Progress(self.own_mentors, [lesson.pk for lesson in page])}
        return self.get_paginated_response(shapes.LessonRow(page, many=True, context=context).data)

    @extend_schema(responses=shapes.LessonDetail)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        lesson = self.get_object()
        context = {"progress": Progress(self.own_mentors, [lesson.pk])}
        return Response(shapes.LessonDetail(lesson, context=context).data)

    @extend_schema(request=None, responses=shapes.LessonDone)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: UUID) -> Response:
        """The lesson is done. The last one completes the course. Said again, it changes nothing.

        409 `quiz_not_passed` with `quizzes` while a quiz of the lesson has not been passed.
        """
        lesson = self.get_object()
        mentor = self.own_profile(lesson.organization_id)
        done = services.complete_lesson(mentor=mentor, lesson=lesson, by=request.user, at=timezone.now())
        enrollment = Enrollment.objects.get(mentor=mentor, course=lesson.course_id)
        said = {"lesson_id": lesson.pk, "completed_at": done.completed_at, "lesson": lesson}
        return Response(shapes.LessonDone(said | {"course_completed_at": enrollment.completed_at}).data)


class VideoViewSet(TrainingViewSet):
    queryset = (
        Video.objects.select_related("lesson__course")
        .prefetch_related("checkpoints")
        .order_by("lesson__course_id", "lesson__position", "position", "id")
    )
    filterset_class = filters.VideoFilters
    serializer_class = shapes.VideoRow

    @extend_schema(responses=shapes.VideoRow(many=True))
    def list(self, request: Request) -> Response:
        """The videos the caller may see, by course and lesson."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        context = {"progress": Progress(self.own_mentors, {video.lesson_id for video in page})}
        return self.get_paginated_response(shapes.VideoRow(page, many=True, context=context).data)

    @extend_schema(responses=shapes.VideoDetail)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """With its transcript."""
        video = self.get_object()
        context = {"progress": Progress(self.own_mentors, [video.lesson_id])}
        return Response(shapes.VideoDetail(video, context=context).data)

    @extend_schema(responses=shapes.VideoProgressShape, filters=False)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def progress(self, request: Request, pk: UUID) -> Response:
        """How much of it the caller has watched; 404 before they have begun."""
        found = VideoProgress.objects.filter(video=self.get_object(), mentor__in=self.own_mentors).first()
        if found is None:
            raise Http404
        return Response(shapes.VideoProgressShape(found).data)

    @extend_schema(request=shapes.Watching, responses=shapes.VideoProgressShape, examples=[WATCHED])
    @progress.mapping.post
    def watch(self, request: Request, pk: UUID) -> Response:
        """Add what was played. Sent again, or in another order, it comes to the same."""
        video = self.get_object()
        given = heard(shapes.Watching, request)
        watched = services.record_watching(
            mentor=self.own_profile(video.organization_id),
            video=video,
            stretches=[(first, last) for first, last in given["stretches"]],
            position=given.get("position_seconds"),
            by=request.user,
            at=timezone.now(),
        )
        return Response(shapes.VideoProgressShape(watched).data)

    @extend_schema(request=shapes.Watching, responses=shapes.VideoProgressShape, examples=[WATCHED])
    @progress.mapping.put
    def put_watched(self, request: Request, pk: UUID) -> Response:
        """The same as POST: what was played before stays."""
        return self.watch(request, pk)

    @extend_schema(responses=FILE, filters=False)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def file(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The video itself, whole or the bytes that `Range` asks for. 404 when it stands elsewhere."""
        return file_answer(self.get_object().file, request)

    @extend_schema(responses=FILE, filters=False)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def captions(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The captions (WebVTT). 404 when there are none."""
        return file_answer(self.get_object().captions, request)


class NewestAttempt(SignedCursor):
    ordering = ("-submitted_at", "-id")


class QuizViewSet(TrainingViewSet):
    queryset = (
        Quiz.objects.select_related("lesson__course")
        .prefetch_related("questions__options")
        .order_by("lesson__course_id", "lesson__position", "title", "id")
    )
    filterset_class = filters.QuizFilters
    serializer_class = shapes.QuizRow

    @extend_schema(responses=shapes.QuizRow(many=True))
    def list(self, request: Request) -> Response:
        """The quizzes the caller may see, without what is right."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        context = {"progress": Progress(self.own_mentors, {quiz.lesson_id for quiz in page})}
        return self.get_paginated_response(shapes.QuizRow(page, many=True, context=context).data)

    @extend_schema(responses=shapes.QuizRow)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        quiz = self.get_object()
        return Response(shapes.QuizRow(quiz, context={"progress": Progress(self.own_mentors, [quiz.lesson_id])}).data)

    @extend_schema(responses=shapes.AttemptRow(many=True), filters=False)
    @action(detail=True, filterset_class=None, pagination_class=NewestAttempt)
    def attempts(self, request: Request, pk: UUID) -> Response:
        """The attempts at it, newest first: one's own, and for staff those of the mentors in their care."""
        rows = QuizAttempt.objects.filter(quiz=self.get_object()).visible_to(request.user)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(shapes.AttemptRow(page, many=True).data)

    @extend_schema(
        request=shapes.Answers,
        responses={201: shapes.AttemptResult, 200: shapes.AttemptResult},
        examples=[ANSWERED],
    )
    @attempts.mapping.post
    def attempt(self, request: Request, pk: UUID) -> Response:
        """Hand in answers: 201; says which questions were right, and why. May be tried again.

        With a `client_id` that is known already: 200 and that attempt.
        """
        quiz = self.get_object()
        given = heard(shapes.Answers, request)
        mentor = self.own_profile(quiz.organization_id)
        made = services.submit_quiz(mentor=mentor, quiz=quiz, by=request.user, at=timezone.now(), **given)
        return Response(shapes.AttemptResult(made, context={"results": results_of(made)}).data, status=code_of(made))


def results_of(attempt: QuizAttempt) -> list[dict[str, Any]]:
    """Question by question: was it right, and what there is to say about it."""
    questions = Question.objects.filter(quiz=attempt.quiz_id).prefetch_related("options").order_by("position", "id")
    return [
        {
            "question_id": question.pk,
            "explanation": question.explanation,
            "right": bool(
                rules.right_answers(
                    attempt.answers,
                    {str(question.pk): [str(option.pk) for option in question.options.all() if option.is_correct]},
                )
            ),
        }
        for question in questions
    ]
