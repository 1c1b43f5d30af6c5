"""The timeline: a learner's lines, by video, by day and by goal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import PlainView, TenantViewSet
from accounts.base.pagination import DEFAULT_LIMIT, MAX_LIMIT, Keyset
from accounts.enums import Module
from accounts.local_time import local_date
from accounts.models import MentorProfile, User
from mentoring.api.lookups import RowNotFound
from timeline.api import shapes
from timeline.api.asking import (
    DOCUMENTED,
    PARAMETERS,
    STUDENT,
    asked,
    in_use,
    require_in_use,
    settled,
    student_of,
)
from timeline.api.reading import goals_of, lines_of, week_of
from timeline.api.rendering import FastJSON
from timeline.goals import GoalTold
from timeline.models import TimelineEntry
from timeline.querysets import DAYS_OF_A_WEEK
from training.api.views.courses import FILE
from training.models import Reflection, ReflectionReply, SuccessProof
from training.serving import file_answer

CURSOR = OpenApiParameter("cursor", str, description="What `next` or `previous` said.")
LIMIT = OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT})
#: The sources whose rows have files.
WITH_MEDIA: tuple[Any, ...] = (Reflection, SuccessProof)
DAY = OpenApiParameter("day", OpenApiTypes.DATE, description="The last of the seven days; today, when left out.")


class ThinView(PlainView):
    """A view that goes from its parameters to one statement, and from its rows to JSON."""

    renderer_classes = [FastJSON]
    knows: frozenset[str]

    def _known_parameters(self) -> frozenset[str]:
        return self.knows

    @property
    def user(self) -> User:
        user: User = self.request.user
        return user


class TimelineView(ThinView):
    knows = frozenset(PARAMETERS) | Keyset.query_parameters

    @extend_schema(
        operation_id="timeline_list",
        parameters=[*DOCUMENTED, CURSOR, LIMIT],
        responses=shapes.Page,
    )
    def get(self, request: Request) -> Response:
        """Lines of a learner: all of them newest first, or those of a video, a day, a week or a goal.

        Mentors see their own, and need not say whose. Staff say whose, or which video: then it is everybody's whom
        they look after, with names. 400 `student_required` when neither is said, 400 `filters_do_not_combine` for two
        of video, day, week and goal.
        """
        want = settled(self.user, asked(request))
        pages = Keyset()
        rows = pages.paginate(*lines_of(self.user, want), request)
        if not rows:
            require_in_use(self.user)
        return pages.get_paginated_response(shapes.lines_said(rows))


class WeekView(ThinView):
    knows = frozenset({"student", "day"})

    @extend_schema(parameters=[STUDENT, DAY], responses=shapes.Week)
    def get(self, request: Request) -> Response:
        """A learner's past week: today and the six days before where they are, newest day first."""
        want = asked(request)
        student = student_of(self.user, want.student)
        last = want.day or _today_of(mentor_found(self.user, student))
        found = week_of(self.user, student, last, is_known=want.day is None)
        if want.day and not found:
            mentor_found(self.user, student)
        return Response(_week(student, last, found))


class GoalsView(ThinView):
    knows = frozenset({"student"})

    @extend_schema(parameters=[STUDENT], responses=shapes.Goals)
    def get(self, request: Request) -> Response:
        """A learner's goals in the order in which they began: from when to when, how much was done, and the first of
        it. While a goal goes on it has no end."""
        student = student_of(self.user, asked(request).student)
        told = goals_of(self.user, student)
        if not told:
            mentor_found(self.user, student)
        return Response({"student_id": student, "goals": [_goal(each) for each in told]})


class LineViewSet(TenantViewSet):
    """One line, and what it carries."""

    queryset = TimelineEntry.objects.shown()
    module = Module.CERTIFICATION
    filterset_class = None
    pagination_class = None
    renderer_classes = [FastJSON]

    @extend_schema(responses=shapes.LineWithReplies)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """A line, with the conversation about it when it is a reflection."""
        row = shapes.columns(self.get_queryset().filter(pk=pk)).first()
        if row is None:
            raise NotFound
        said = shapes.lines_said([row])[0]
        replies = ReflectionReply.objects.filter(reflection=row["source_id"]).in_turn()
        return Response(said | {"replies": [_turn(each) for each in replies]})

    @extend_schema(responses=FILE)
    @action(detail=True)
    def media(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The file of a line, whole or the bytes that `Range` asks for. 404 when it has none with us."""
        line = self.get_object()
        source = next((model for model in WITH_MEDIA if model._meta.db_table == line.source_table), None)
        row = source and source._default_manager.filter(pk=line.source_id).first()
        return file_answer(row and row.media_file, request)


def mentor_found(user: User, student: UUID) -> MentorProfile:
    """The learner, or why there is none for `user`."""
    rows = in_use(MentorProfile.objects.filter(pk=student)).visible_to(user).select_related("organization")
    found: MentorProfile | None = rows.first()
    if found is None:
        require_in_use(user)
        raise RowNotFound(field="student")
    return found


def _today_of(mentor: MentorProfile) -> date:
    return local_date(timezone.now(), mentor.organization.time_zone)


def _week(student: UUID, last: date, rows: list[dict[str, Any]]) -> dict[str, Any]:
    by_day = {row["date"]: row for row in rows}
    days = [last - timedelta(days=past) for past in range(DAYS_OF_A_WEEK) if last.toordinal() > past]
    return {
        "student_id": student,
        "first_day": days[-1],
        "last_day": last,
        "days": [_day(day, by_day.get(day)) for day in days],
    }


def _day(day: date, row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {"date": day, "count": 0, "entries": []}
    return row | {"entries": orjson.Fragment(row["entries"])}


def _goal(told: GoalTold) -> dict[str, Any]:
    return {
        "goal_id": told.id,
        "title": told.title,
        "description": told.description,
        "status": told.status,
        "goal_start": told.started_at,
        "goal_end": told.ended_at,
        "target_on": told.target_on,
        "last_activity_at": told.last_activity_at,
        "total_activities": told.count,
        "timeline": orjson.Fragment(told.lines),
    }


def _turn(reply: ReflectionReply) -> dict[str, Any]:
    return {
        "id": reply.pk,
        "author_name": str(reply.author),
        "is_from_staff": reply.is_from_staff,
        "text": reply.text,
        "written_at": reply.written_at,
    }
