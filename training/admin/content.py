"""The desk of courses and their lessons."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.base.admin import TenantInline
from accounts.base.desk import VerbsDecide
from accounts.enums import Module
from mentoring.admin.desk import Verb, by_of
from training.admin.desk import ContentAdmin
from training.clock import clock
from training.models import Course, Enrollment, Lesson, Quiz, Video
from training.services import content


class Below(TenantInline):
    """Rows below, to look at, each with a link to its own page."""

    module = Module.CERTIFICATION
    show_change_link = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields


class LessonsBelow(Below):
    model = Lesson
    fields = ("position", "title")
    verbose_name_plural = _("Lessons")


class VideosBelow(Below):
    model = Video
    fields = ("position", "title", "length")
    verbose_name_plural = _("Videos")

    @admin.display(description=_("length"))
    def length(self, row: Video) -> str:
        return clock(row.duration_seconds)


class QuizzesBelow(Below):
    model = Quiz
    fields = ("title", "pass_percent")
    verbose_name_plural = _("Quizzes")


PUBLISH = Verb(
    "publish",
    _("Show to mentors"),
    lambda row, facts, by, at: content.publish_course(course=row, by=by, at=at),
    lambda n: ngettext("Mentors see %d course now.", "Mentors see %d courses now.", n) % n,
    offered=lambda row: not row.is_published,
    help_text=_("From now on the association's mentors can take it."),
)
UNPUBLISH = Verb(
    "unpublish",
    _("Hide from mentors"),
    lambda row, facts, by, at: content.unpublish_course(course=row, by=by, at=at),
    lambda n: ngettext("%d course is hidden now.", "%d courses are hidden now.", n) % n,
    offered=lambda row: row.is_published,
    help_text=_("What mentors have done of it stays, and is there again when it is shown again."),
)


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many of `rows` there are in each course."""
    counted = rows.filter(course=OuterRef("pk")).order_by().values("course").annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count")), 0)


class CourseForm(VerbsDecide, forms.ModelForm[Course]):
    """What the verb asks for."""


@admin.register(Course)
class CourseAdmin(ContentAdmin):
    """Staff write courses; showing them to mentors is a step of its own."""

    form = CourseForm
    verbs = (PUBLISH, UNPUBLISH)
    bulk_verbs = ("publish", "unpublish")
    actions: Any = ()
    inlines = (LessonsBelow,)
    fields = ("organization", "title", "slug", "description", "position")
    prepopulated_fields = {"slug": ("title",)}
    list_display = ("title", "organization", "is_published", "lesson_count", "enrolled_count", "completed_count")
    list_filter = ("is_published",)
    list_select_related = ("organization",)
    search_fields = ("title", "slug")
    search_help_text = _("Titles.")
    ordering = ("position", "title", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        enrolled = Enrollment.objects.all()
        counts = {
            "lessons_in_it": _count(Lesson.objects.all()),
            "mentors_in_it": _count(enrolled),
            "mentors_through_it": _count(enrolled.filter(completed_at__isnull=False)),
        }
        return super().get_queryset(request).annotate(**counts)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj is None else ("is_published", *self.fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("is_published", "organization")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None else ()

    def _links_to_pages(self, request: HttpRequest, object_id: str | None) -> list[dict[str, str]]:
        links = super()._links_to_pages(request, object_id)
        if object_id is None or not self.get_object(request, object_id):
            return links
        seen = {"title": str(_("See it as mentors do")), "url": reverse("training-course", args=[object_id])}
        return [*links, self.link_to_add(Lesson, _("Add a lesson"), course=object_id), seen]

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return content.save_course(course=form.instance, by=by_of(request), at=timezone.now())

    def delete_row(self, request: HttpRequest, obj: Any) -> None:
        content.delete_course(course=obj, by=by_of(request), at=timezone.now())

    @admin.display(description=_("lessons"))
    def lesson_count(self, row: Any) -> int:
        return int(row.lessons_in_it)

    @admin.display(description=_("have begun"))
    def enrolled_count(self, row: Any) -> int:
        return int(row.mentors_in_it)

    @admin.display(description=_("have completed it"))
    def completed_count(self, row: Any) -> int:
        return int(row.mentors_through_it)


class LessonForm(VerbsDecide, forms.ModelForm[Lesson]):
    """What the verb asks for."""


@admin.register(Lesson)
class LessonAdmin(ContentAdmin):
    form = LessonForm
    inlines = (VideosBelow, QuizzesBelow)
    fields = ("course", "position", "title", "body")
    list_display = ("title", "course", "position")
    list_filter = ("course",)
    list_select_related = ("course",)
    search_fields = ("title", "course__title")
    search_help_text = _("Titles of lessons and courses.")
    ordering = ("course__position", "course__title", "position", "id")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("course",)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The place after the last one, in the course that the address names."""
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        try:
            rows = self.get_queryset(request).filter(course=UUID(str(given.get("course"))))
        except ValueError:
            return given
        last = rows.aggregate(last=Max("position"))["last"]
        return {"position": 1 if last is None else last + 1, **given}

    def _links_to_pages(self, request: HttpRequest, object_id: str | None) -> list[dict[str, str]]:
        links = super()._links_to_pages(request, object_id)
        if object_id is None or not self.get_object(request, object_id):
            return links
        below = ((Video, _("Add a video")), (Quiz, _("Add a quiz")))
        return links + [self.link_to_add(model, title, lesson=object_id) for model, title in below]

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return content.save_lesson(lesson=form.instance, by=by_of(request), at=timezone.now())

    def delete_row(self, request: HttpRequest, obj: Any) -> None:
        content.delete_lesson(lesson=obj, by=by_of(request), at=timezone.now())
