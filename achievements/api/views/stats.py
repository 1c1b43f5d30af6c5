"""Mentors' figures: one's own, and for staff those of the mentors in their care."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import TenantViewSet
from accounts.base.filtering import StrictFilters
from accounts.enums import Module
from accounts.models import MentorProfile
from achievements import services
from achievements.api.filters import CountFilters, MentorFilters
from achievements.api.serializers import stats as shapes
from achievements.api.serializers.badges import BadgesOfMentor
from achievements.api.serializers.tiers import TierAnswer
from achievements.trainings import trainings_of
from mentoring.models import Activity

WINDOW = [
    OpenApiParameter("from", OpenApiTypes.DATE, OpenApiParameter.QUERY, description="From this local day on."),
    OpenApiParameter("to", OpenApiTypes.DATE, OpenApiParameter.QUERY, description="Up to and with this local day."),
    OpenApiParameter(
        "type", OpenApiTypes.STR, OpenApiParameter.QUERY, description="The short name of an activity type."
    ),
]


class MentorStatsViewSet(TenantViewSet):
    """The rows are mentors: who has done nothing yet has zeros."""

    queryset = MentorProfile.objects.select_related("user", "organization", "stats")
    module = Module.ACHIEVEMENTS
    filterset_class = MentorFilters
    serializer_class = shapes.StatsRow

    def rows(self) -> Any:
        return super().rows().order_by("user__first_name", "user__last_name", "id")

    @extend_schema(responses=shapes.StatsRow(many=True))
    def list(self, request: Request) -> Response:
        """The figures of the mentors the caller may see, by name."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.StatsRow(page, many=True, context=self._now()).data)

    @extend_schema(responses=shapes.StatsRow)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return Response(shapes.StatsRow(self.get_object(), context=self._now()).data)

    @extend_schema(responses=shapes.StreakAnswer, filters=False)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def streak(self, request: Request, pk: UUID) -> Response:
        """Streaks as they stand today, where the organisation is."""
        return Response(shapes.StreakAnswer(self.get_object(), context=self._now()).data)

    @extend_schema(parameters=WINDOW, filters=False, responses=shapes.CountAnswer)
    @action(detail=True, url_path="activity-count", filterset_class=CountFilters, pagination_class=None)
    def activity_count(self, request: Request, pk: UUID) -> Response:
        """How many activities count between two local days, both included, and their minutes; of one type if asked."""
        mentor = self.get_object()
        counted = Activity.objects.countable().filter(mentor=mentor)
        found = StrictFilters().narrow(request, counted, self)
        figures = found.aggregate(activity_count=Count("pk"), minutes=Coalesce(Sum("minutes"), 0))
        return Response(shapes.CountAnswer({"peer_mentor_id": mentor.pk, **figures}).data)

    @extend_schema(responses=shapes.TrainingAnswer, filters=False)
    @action(detail=True, url_path="training-completions", filterset_class=None, pagination_class=None)
    def training_completions(self, request: Request, pk: UUID) -> Response:
        """The trainings a mentor has completed: each kind of certificate issued and not revoked, once, and each
        course for which none is given."""
        mentor = self.get_object()
        latest = trainings_of(mentor, request.user)
        answer = {"peer_mentor_id": mentor.pk, "training_count": len(latest), "trainings": latest}
        return Response(shapes.TrainingAnswer(answer).data)

    @extend_schema(responses=TierAnswer, filters=False)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def tier(self, request: Request, pk: UUID) -> Response:
        """The mentor's tier, and how far it is to the next. There is no list that compares mentors."""
        mentor = self.get_object()
        tiers = services.tiers_of(organization=mentor.organization)
        return Response(
            TierAnswer(
                services.tier_of(mentor=mentor, at=timezone.now()), context={"tiers": tiers, "mentor": mentor}
            ).data
        )

    @extend_schema(responses=BadgesOfMentor, filters=False)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def badges(self, request: Request, pk: UUID) -> Response:
        """Every badge there is for the mentor, earned or ahead: how far they are, in numbers and in a sentence."""
        mentor = self.get_object()
        found = services.standings(mentor=mentor, at=timezone.now())
        return Response(BadgesOfMentor({"peer_mentor_id": mentor.pk, "badges": found}).data)

    def _now(self) -> dict[str, Any]:
        return {"at": timezone.now()}
