"""The desk of what mentors have done: enrolments, progress, attempts, reflections and goals, to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.base.admin import TenantInline
from accounts.enums import Module
from training.admin.desk import LearnersAdmin
from training.clock import clock
from training.models import (
    Enrollment,
    Goal,
    GoalMilestone,
    LessonProgress,
    QuizAttempt,
    Reflection,
    ReflectionReply,
    VideoProgress,
)


@admin.register(Enrollment)
class EnrollmentAdmin(LearnersAdmin):
    list_display = ("mentor", "course", "enrolled_at", "completed_at")
    list_filter = ("course",)
    list_select_related = ("mentor__user", "organization", "course")
    ordering = ("-enrolled_at", "-id")
    fields = ("mentor", "course", "enrolled_at", "completed_at")


@admin.register(LessonProgress)
class LessonProgressAdmin(LearnersAdmin):
    list_display = ("mentor", "lesson", "completed_at")
    list_filter = ("lesson__course",)
    list_select_related = ("mentor__user", "organization", "lesson")
    ordering = ("-completed_at", "-id")
    fields = ("mentor", "lesson", "completed_at")


@admin.register(VideoProgress)
class VideoProgressAdmin(LearnersAdmin):
    list_display = ("mentor", "video", "percent", "position", "last_watched_at", "reached_95_at")
    list_filter = ("video__lesson__course",)
    list_select_related = ("mentor__user", "organization", "video")
    ordering = ("-last_watched_at", "-id")
    fields = (
        "mentor", "video", "percent", "position", "stretches", "last_watched_at", "reached_25_at", "reached_50_at",
        "reached_75_at", "reached_95_at",
    )  # fmt: skip
    readonly_fields = ("position", "stretches")

    @admin.display(description=_("last position"))
    def position(self, row: VideoProgress) -> str:
        return clock(row.position_seconds)

    @admin.display(description=_("watched"))
    def stretches(self, row: VideoProgress) -> str:
        return ", ".join(f"{clock(each.lower)}–{clock(each.upper)}" for each in row.watched) or "–"


@admin.register(QuizAttempt)
class QuizAttemptAdmin(LearnersAdmin):
    """Without the answers: what counts is whether it was enough."""

    list_display = ("mentor", "quiz", "submitted_at", "result", "passed")
    list_filter = ("passed", "quiz__lesson__course")
    list_select_related = ("mentor__user", "organization", "quiz")
    ordering = ("-submitted_at", "-id")
    fields = ("mentor", "quiz", "submitted_at", "result", "passed", "completes_quiz")
    readonly_fields = ("result",)

    @admin.display(description=_("right answers"))
    def result(self, row: QuizAttempt) -> str:
        return gettext("%(score)d of %(most)d") % {"score": row.score, "most": row.max_score}


class Replies(TenantInline):
    model = ReflectionReply
    module = Module.CERTIFICATION
    fields = ("written_at", "author", "is_from_staff", "text")
    readonly_fields = fields
    ordering = ("written_at", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("author")


@admin.register(Reflection)
class ReflectionAdmin(LearnersAdmin):
    """The conversation goes on at the answer desk."""

    list_display = ("written_at", "mentor", "kind", "where", "beginning", "requires_response")
    list_filter = ("kind", "requires_response")
    list_select_related = ("mentor__user", "organization", "video", "lesson")
    ordering = ("-written_at", "-id")
    inlines = (Replies,)
    fields = (
        "mentor", "kind", "where", "text", "media_type", "media_url", "written_at", "edited_at", "requires_response",
    )  # fmt: skip
    readonly_fields = ("where",)

    @admin.display(description=_("where"))
    def where(self, row: Reflection) -> str:
        if row.video is not None:
            return f"{row.video} {clock(row.video_second) if row.video_second is not None else ''}".rstrip()
        return str(row.lesson or "–")

    @admin.display(description=_("text"))
    def beginning(self, row: Reflection) -> str:
        return Truncator(row.text).chars(60) or "–"


class Milestones(TenantInline):
    model = GoalMilestone
    module = Module.CERTIFICATION
    fields = ("title", "reached_at")
    readonly_fields = fields


@admin.register(Goal)
class GoalAdmin(LearnersAdmin):
    list_display = ("title", "mentor", "set_at", "target_on", "completed_at", "abandoned_at", "is_current")
    ordering = ("-set_at", "-id")
    inlines = (Milestones,)
    fields = ("mentor", "title", "description", "set_at", "target_on", "completed_at", "abandoned_at", "is_current")
    readonly_fields = ("is_current",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).with_current(timezone.now())

    @admin.display(description=_("works on it now"), boolean=True)
    def is_current(self, row: Any) -> bool:
        return bool(row.current_goal_id == row.pk)
