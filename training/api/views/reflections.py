"""Reflections and the conversation about them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import BooleanField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from accounts.base.bodies import StrictFormParser
from accounts.base.pagination import SignedCursor
from training import services
from training.api import filters, lookups
from training.api.lookups import heard
from training.api.serializers import writing as shapes
from training.api.views.base import TrainingViewSet, code_of
from training.api.views.courses import FILE
from training.models import Reflection, ReflectionReply
from training.serving import file_answer

THOUGHT = OpenApiExample(
    "A question at 5:20 of a video",
    value={
        "client_id": "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5d",
        "video_id": "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5e",
        "video_second": 320,
        "text": "What do I say when they begin to cry?",
    },
    request_only=True,
)
JSON_OR_FORM = [*api_settings.DEFAULT_PARSER_CLASSES, StrictFormParser]

_LATEST = ReflectionReply.objects.filter(reflection=OuterRef("pk")).order_by("-written_at", "-id")


class NewestReflection(SignedCursor):
    ordering = ("-written_at", "-id")


class InTurn(SignedCursor):
    ordering = ("written_at", "id")


class ReflectionViewSet(TrainingViewSet):
    queryset = Reflection.objects.select_related("mentor__user", "mentor__organization")
    filterset_class = filters.ReflectionFilters
    pagination_class = NewestReflection
    serializer_class = shapes.ReflectionRow

    def rows(self) -> Any:
        latest = Subquery(_LATEST.values("is_from_staff")[:1], output_field=BooleanField())
        return super().rows().annotate(is_answered=Coalesce(latest, False))

    def get_parsers(self) -> list[Any]:
        return [parser() for parser in (JSON_OR_FORM if self._takes_files() else self.parser_classes)]

    def _takes_files(self) -> bool:
        return getattr(self, "action_map", {}).get("post") == "create"

    @extend_schema(responses=shapes.ReflectionRow(many=True))
    def list(self, request: Request) -> Response:
        """One's own, newest first; for staff also those of the mentors in their care."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.ReflectionRow(page, many=True).data)

    @extend_schema(responses=shapes.ReflectionDetail)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """With the conversation."""
        return self._said(pk)

    @extend_schema(
        request={"application/json": shapes.NewReflection, "multipart/form-data": shapes.NewReflectionWithFile},
        responses={201: shapes.ReflectionDetail, 200: shapes.ReflectionDetail},
        examples=[THOUGHT],
    )
    def create(self, request: Request) -> Response:
        """Write down a thought: 201. With a `client_id` that is known already: 200 and the reflection as it is.

        A file is looked at: its kind by its content, its size, its length. Pictures lose what says where and with
        what they were made.
        """
        given = heard(shapes.NewReflectionWithFile if request.FILES else shapes.NewReflection, request)
        video = lookups.video_of(request.user, self.enabled_organizations, given.pop("video_id", None))
        lesson = lookups.lesson_of(request.user, self.enabled_organizations, given.pop("lesson_id", None))
        place = video or lesson
        mentor = self.own_profile(place and place.organization_id, given.pop("peer_mentor_id", None))
        made = services.write_reflection(
            mentor=mentor, video=video, lesson=lesson, by=request.user, at=timezone.now(), **given
        )
        return self._said(made.pk, code_of(made))

    @extend_schema(request=shapes.NewText, responses=shapes.ReflectionDetail)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Say it in other words; the mentor's own."""
        reflection = self.get_object()
        given = heard(shapes.NewText, request)
        services.edit_reflection(reflection=reflection, by=request.user, at=timezone.now(), **given)
        return self._said(pk)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Take it back, with its conversation and its file; the mentor's own."""
        services.delete_reflection(reflection=self.get_object(), by=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=FILE, filters=False)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def media(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The file, whole or the bytes that `Range` asks for. 404 when there is none with us."""
        return file_answer(self.get_object().media_file, request)

    @extend_schema(responses=shapes.ReplyRow(many=True), filters=False)
    @action(detail=True, filterset_class=None, pagination_class=InTurn)
    def replies(self, request: Request, pk: UUID) -> Response:
        """The conversation, as it was written."""
        rows = self.get_object().replies.select_related("author")
        return self.get_paginated_response(shapes.ReplyRow(self.paginate_queryset(rows), many=True).data)

    @extend_schema(request=shapes.NewMessage, responses={201: shapes.ReplyRow, 200: shapes.ReplyRow})
    @replies.mapping.post
    def reply(self, request: Request, pk: UUID) -> Response:
        """Answer (staff), or go on asking (the mentor): 201. With a `client_id` that is known already: 200."""
        reflection = self.get_object()
        given = heard(shapes.NewMessage, request)
        made = services.reply_to_reflection(reflection=reflection, by=request.user, at=timezone.now(), **given)
        return Response(shapes.ReplyRow(made).data, status=code_of(made))

    @extend_schema(request=shapes.WantsAnswer, responses=shapes.ReflectionDetail)
    @action(detail=True, methods=["put"], url_path="requires-response")
    def requires_response(self, request: Request, pk: UUID) -> Response:
        """Staff decide whether it waits for an answer."""
        reflection = self.get_object()
        given = heard(shapes.WantsAnswer, request)
        services.set_requires_response(reflection=reflection, by=request.user, at=timezone.now(), **given)
        return self._said(pk)

    def _said(self, key: Any, code: int = status.HTTP_200_OK) -> Response:
        """A reflection as it now stands, if the caller may see it."""
        self.kwargs["pk"] = key
        return Response(shapes.ReflectionDetail(self.get_object()).data, status=code)
