"""The answer desk: what waits, who is at it, answers, and what an association promises."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import IsStaffOfOrganization, TenantViewSet
from accounts.base.pagination import Keyset
from accounts.enums import Module
from accounts.models import Organization
from accounts.services.authority import NotAllowed
from accounts.services.modules import organizations_with
from certifications.api.lookups import heard
from mentoring.api.lookups import require_administrator
from timeline import services
from timeline.api import desk_shapes as shapes
from timeline.desk import Standing, answered, of_level, on_desk, standings, waiting, with_places
from timeline.models import AnswerClaim, TimelineEntry
from timeline.rules import Level
from training.models import ReflectionReply

ORG = OpenApiParameter("org_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
ANSWER = OpenApiExample(
    "A short answer", value={"text": "Godt sett! Prøv å vente litt lenger før du svarer."}, request_only=True
)


class StatusFilter(filters.ChoiceFilter):
    """Never off: a list of the desk is of what waits, or of what has been answered."""

    def filter(self, queryset: Any, value: Any) -> Any:
        return answered(queryset) if value == "answered" else waiting(queryset)


class DeskFilters(filters.FilterSet):
    status = StatusFilter(
        choices=[("waiting", "waiting"), ("answered", "answered")],
        help_text="What waits, the longest waiting first (without this, too), or what has been answered, newest first.",
    )
    student = filters.UUIDFilter("mentor_id", help_text="Only what this learner has written.")
    level = filters.ChoiceFilter(choices=[(each.value, each.value) for each in Level], method="of_level")
    mine = filters.BooleanFilter(method="claimed", help_text="Only what the caller is answering, or all but that.")

    class Meta:
        model = TimelineEntry
        fields: list[str] = []

    def of_level(self, queryset: Any, name: str, value: str) -> Any:
        in_use = organizations_with(module=Module.CERTIFICATION, user=self.request.user)
        return of_level(queryset, Level(value), in_use, timezone.now())

    def claimed(self, queryset: Any, name: str, value: bool) -> Any:
        own = AnswerClaim.objects.live(timezone.now()).filter(by=self.request.user).values("reflection_id")
        return queryset.filter(source_id__in=own) if value else queryset.exclude(source_id__in=own)


class AnswerDeskViewSet(TenantViewSet):
    """Reflections of the learners in one's care: those that wait, and those that have been answered."""

    queryset = TimelineEntry.objects.all()
    module = Module.CERTIFICATION
    permission_classes = [IsAuthenticated, IsStaffOfOrganization]
    pagination_class = Keyset
    filterset_class = DeskFilters
    serializer_class = shapes.DeskRow

    def rows(self) -> Any:
        return with_places(on_desk(super().rows(), self.request.user))

    @extend_schema(responses=shapes.DeskRow(many=True))
    def list(self, request: Request) -> Response:
        """What waits for an answer, with the day by which it is due and who is at it; or what has been answered."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.DeskRow(standings(page or [], timezone.now()), many=True).data)

    @extend_schema(responses=shapes.DeskRowWithReplies)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One reflection with its conversation, whether it waits or not."""
        return self._said(self.get_object())

    @extend_schema(request=None, responses=shapes.DeskRowWithReplies)
    @action(detail=True, methods=["post"])
    def claim(self, request: Request, pk: UUID) -> Response:
        """Take it on for an hour; again, for an hour from now. 409 `already_claimed` says who has it and until when."""
        entry = self.get_object()
        services.claim(entry=entry, by=request.user, at=timezone.now())
        return self._said(entry)

    @extend_schema(request=None, responses=shapes.DeskRowWithReplies)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: UUID) -> Response:
        """Let go of it. Administrators take it from anybody."""
        entry = self.get_object()
        services.release(entry=entry, by=request.user, at=timezone.now())
        return self._said(entry)

    @extend_schema(request=shapes.NewAnswer, responses={201: shapes.DeskRowWithReplies}, examples=[ANSWER])
    @action(detail=True, methods=["post"])
    def answers(self, request: Request, pk: UUID) -> Response:
        """Answer; the learner is told. 409 `answered_meanwhile` when somebody has, unless `further` adds to it."""
        entry = self.get_object()
        given = heard(shapes.NewAnswer, request)
        services.answer(entry=entry, by=request.user, at=timezone.now(), **given)
        return self._said(entry, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=shapes.DeskRowWithReplies)
    @action(detail=True, methods=["post"], url_path="no-answer-needed")
    def no_answer_needed(self, request: Request, pk: UUID) -> Response:
        """Decide that it needs no answer. Nobody is told."""
        entry = self.get_object()
        services.no_answer_needed(entry=entry, by=request.user, at=timezone.now())
        return self._said(entry)

    @extend_schema(request=None, responses=shapes.DeskRowWithReplies)
    @action(detail=True, methods=["post"], url_path="answer-needed")
    def answer_needed(self, request: Request, pk: UUID) -> Response:
        """Decide that it needs an answer after all: it waits again, since it was written."""
        entry = self.get_object()
        services.answer_needed(entry=entry, by=request.user, at=timezone.now())
        return self._said(entry)

    def _said(self, entry: TimelineEntry, code: int = status.HTTP_200_OK) -> Response:
        fresh = with_places(TimelineEntry.objects.all()).get(pk=entry.pk)
        standing: Standing = standings([fresh], timezone.now())[0]
        replies = ReflectionReply.objects.filter(reflection=fresh.source_id).in_turn()
        said = shapes.DeskRowWithReplies(standing, context={"replies": replies})
        return Response(said.data, status=code)


class AnswerSettingsViewSet(TenantViewSet):
    """What an association promises its learners. Staff read, administrators write."""

    queryset = Organization.objects.all()
    module = Module.CERTIFICATION
    organization_path = "pk"
    permission_classes = [IsAuthenticated, IsStaffOfOrganization]
    serializer_class = shapes.AnswerSettingsRow
    filterset_class = None
    lookup_field = "pk"
    lookup_url_kwarg = "org_id"

    @extend_schema(parameters=[ORG], responses=shapes.AnswerSettingsRow)
    def retrieve(self, request: Request, org_id: UUID) -> Response:
        """What holds: the association's own choices, or the defaults."""
        return Response(shapes.AnswerSettingsRow(services.answer_settings_of(self._organization())).data)

    @extend_schema(parameters=[ORG], request=shapes.AnswerSettingsChange, responses=shapes.AnswerSettingsRow)
    def update(self, request: Request, org_id: UUID) -> Response:
        """Choose. It holds at once, also for what waits already."""
        organization = self._organization()
        require_administrator(request.user, organization.pk)
        given = heard(shapes.AnswerSettingsChange, request)
        changed = services.change_answer_settings(
            organization=organization, by=request.user, at=timezone.now(), **given
        )
        return Response(shapes.AnswerSettingsRow(changed).data)

    def _organization(self) -> Organization:
        """The organisation in the path, for its staff: an organisation belongs to none that permissions could ask."""
        organization: Organization = self.get_object()
        if not self.request.user.access.may_staff(organization.pk):
            raise NotAllowed
        return organization
