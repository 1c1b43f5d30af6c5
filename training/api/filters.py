"""The query parameters of training's lists."""

from __future__ import annotations

from typing import Any

from django_filters import rest_framework as filters

from training.enums import ReflectionKind
from training.models import DailyNote, Enrollment, Goal, Lesson, Quiz, Reflection, SuccessProof, Video


class LessonFilters(filters.FilterSet):
    course_id = filters.UUIDFilter("course_id")

    class Meta:
        model = Lesson
        fields: list[str] = []


class VideoFilters(filters.FilterSet):
    course_id = filters.UUIDFilter("lesson__course_id")
    lesson_id = filters.UUIDFilter("lesson_id")

    class Meta:
        model = Video
        fields: list[str] = []


class QuizFilters(VideoFilters):
    video_id = filters.UUIDFilter("video_id")

    class Meta:
        model = Quiz
        fields: list[str] = []


class EnrollmentFilters(filters.FilterSet):
    peer_mentor_id = filters.UUIDFilter("mentor_id")
    course_id = filters.UUIDFilter("course_id")
    completed = filters.BooleanFilter("completed_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Enrollment
        fields: list[str] = []


class ReflectionFilters(filters.FilterSet):
    peer_mentor_id = filters.UUIDFilter("mentor_id")
    video_id = filters.UUIDFilter("video_id")
    lesson_id = filters.UUIDFilter("lesson_id")
    kind = filters.ChoiceFilter(choices=ReflectionKind.choices)
    requires_response = filters.BooleanFilter("requires_response")

    class Meta:
        model = Reflection
        fields: list[str] = []


class GoalFilters(filters.FilterSet):
    peer_mentor_id = filters.UUIDFilter("mentor_id")
    open = filters.BooleanFilter(method="by_open", help_text="True: neither reached nor given up.")

    class Meta:
        model = Goal
        fields: list[str] = []

    def by_open(self, queryset: Any, name: str, value: bool) -> Any:
        closed = {"completed_at": None, "abandoned_at": None}
        return queryset.filter(**closed) if value else queryset.exclude(**closed)


class DailyNoteFilters(filters.FilterSet):
    peer_mentor_id = filters.UUIDFilter("mentor_id")

    class Meta:
        model = DailyNote
        fields: list[str] = []


class ProofFilters(filters.FilterSet):
    peer_mentor_id = filters.UUIDFilter("mentor_id")
    goal_id = filters.UUIDFilter("goal_id")

    class Meta:
        model = SuccessProof
        fields: list[str] = []
