"""Annual summaries: one's own year, and for staff those of the mentors in their care; the year of an association."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import IsMentor, TenantViewSet
from accounts.base.refusals import Refusal
from accounts.enums import Module
from accounts.local_time import local_date
from accounts.models import MentorProfile
from achievements import services
from achievements.api.conditional import unless_unchanged
from achievements.api.filters import SummaryFilters
from achievements.api.serializers import summaries as shapes
from achievements.models import AnnualSummary, SummaryShare
from achievements.models.summaries import EARLIEST_YEAR, LATEST_YEAR
from achievements.words import Words, sentence_of, with_words_changed_at
from certifications.api.care import InCare, in_care
from certifications.api.lookups import heard
from mentoring.api.lookups import RowNotFound

YEAR = OpenApiParameter(
    "year", {"type": "integer", "minimum": EARLIEST_YEAR, "maximum": LATEST_YEAR}, OpenApiParameter.PATH
)
UNCHANGED = OpenApiResponse(description="Unchanged since the `ETag` in `If-None-Match`, or `If-Modified-Since`.")
MINE = ("mine", "share", "make_share", "withdraw_share", "years")
#: The zone in which a year begins first.
EARLIEST_ZONE = timedelta(hours=14)

NOTHING = OpenApiExample(
    "A year without activities",
    value={
        "id": None,
        "user_id": "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b",
        "organization_id": "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5c",
        "org_id": "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5c",
        "peer_mentor_id": "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5d",
        "peer_mentor_name": "Kari Nordmann",
        "year": 2024,
        "is_preview": False,
        "as_of": None,
        "total_activities": 0,
        "total_hours": 0.0,
        "total_contacts_reached": 0,
        "total_events_attended": 0,
        "badges_earned_count": 0,
        "top_activity_type": "",
        "top_activity_type_name": "",
        "most_active_month": None,
        "streak_days": 0,
        "highlight_moments": [],
        "monthly_activity_counts": [0] * 12,
        "generation_status": None,
        "generated_at": None,
        "viewed_at": None,
        "created_at": None,
        "updated_at": None,
        "has_activity": False,
        "sentence": "There are no activities in 2024.",
    },
    response_only=True,
    status_codes=["200"],
)
THIRTY_DAYS = OpenApiExample("A link for a month", value={"days": 30}, request_only=True)


class YearOutOfRange(Refusal):
    code = "year_out_of_range"
    sentence = _("Choose a year from 2000 on that has begun.")
    field = "year"


class NotYours(Refusal):
    code = "permission_denied"
    sentence = _("Only the mentor whose year it is may do this.")
    status = 403


def year_in(text: str, at: datetime) -> int:
    """A year of the path; refused when it has not begun anywhere yet."""
    year = int(text)
    if not EARLIEST_YEAR <= year <= min(LATEST_YEAR, (at + EARLIEST_ZONE).year):
        raise YearOutOfRange
    return year


class SummaryViewSet(TenantViewSet):
    queryset = AnnualSummary.objects.select_related("user")
    module = Module.ACHIEVEMENTS
    filterset_class = SummaryFilters
    serializer_class = shapes.SummaryRow

    def get_permissions(self) -> list[Any]:
        of_action = {"recompute": InCare} | dict.fromkeys(MINE, IsMentor)
        extra = of_action.get(self.action)
        return [IsAuthenticated(), extra()] if extra else [IsAuthenticated()]

    def rows(self) -> Any:
        rows = with_words_changed_at(super().rows()).annotate(in_care=in_care(self.request.user.access))
        return rows.order_by("-year", "user__first_name", "user__last_name", "id")

    @extend_schema(responses=shapes.SummaryRow(many=True))
    def list(self, request: Request) -> Response:
        """The summaries the caller may see: the latest year first, then by name."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(_said(shapes.SummaryRow, page, many=True))

    @extend_schema(responses={200: shapes.SummaryRow, 304: UNCHANGED})
    def retrieve(self, request: Request, pk: UUID) -> Any:
        """A summary. With the `ETag` of an earlier answer in `If-None-Match`: 304 while nothing has changed."""
        summary = self.get_object()
        return unless_unchanged(request, summary, timezone.now(), lambda: _said(shapes.SummaryRow, summary))

    @extend_schema(request=None, responses=shapes.SummaryRow)
    @action(detail=True, methods=["post"])
    def viewed(self, request: Request, pk: UUID) -> Response:
        """The mentor has opened it. The first time counts; after that the answer stays the same."""
        summary = self.get_object()
        if summary.mentor_id not in request.user.access.mentors_as:
            raise NotYours
        services.view_summary(summary=summary, at=timezone.now())
        return self._again(pk)

    @extend_schema(request=None, responses={202: shapes.SummaryRow})
    @action(detail=True, methods=["post"])
    def recompute(self, request: Request, pk: UUID) -> Response:
        """Have it made anew, for staff: it is `pending` now and will be right within minutes."""
        summary = self.get_object()
        services.recompute_summaries(summaries=[summary], by=request.user, at=timezone.now())
        return self._again(pk, status.HTTP_202_ACCEPTED)

    # --- One's own

    @extend_schema(
        parameters=[YEAR], filters=False, responses={200: shapes.MySummary, 304: UNCHANGED}, examples=[NOTHING]
    )
    @action(detail=False, url_path=r"me/(?P<year>[0-9]{4})", filterset_class=None, pagination_class=None)
    def mine(self, request: Request, year: str) -> Any:
        """The caller's own year, with or without activities; conditional like any summary.

        400 `year_out_of_range` for a year that has not begun. 403 for whoever is no mentor.
        """
        at = timezone.now()
        summary = self._mine(year_in(year, at))
        if summary is None:
            return Response(_said(shapes.MySummary, self._nothing(int(year), at)))
        return unless_unchanged(request, summary, at, lambda: _said(shapes.MySummary, summary))

    @extend_schema(filters=False, responses=shapes.Years)
    @action(detail=False, url_path="me/years", filterset_class=None, pagination_class=None)
    def years(self, request: Request) -> Response:
        """The caller's years that have something to show."""
        rows = self._own().exclude(generated_at=None).exclude(total_activities=0, badges_earned_count=0)
        return Response(shapes.Years({"years": rows}).data)

    # --- Sharing it

    @extend_schema(parameters=[YEAR], filters=False, responses=shapes.ShareAnswer)
    @action(detail=False, url_path=r"me/(?P<year>[0-9]{4})/share", filterset_class=None, pagination_class=None)
    def share(self, request: Request, year: str) -> Response:
        """Whether the caller's year is shared, and by which link."""
        at = timezone.now()
        return _about(self._live_share(year_in(year, at), at))

    @extend_schema(
        parameters=[YEAR], request=shapes.NewShare, responses=shapes.ShareAnswer, examples=[THIRTY_DAYS], filters=False
    )
    @share.mapping.post
    def make_share(self, request: Request, year: str) -> Response:
        """Share the caller's year by a link for 1–90 days. There is one link for a year: it is kept, and extended."""
        at = timezone.now()
        summary = self._mine(year_in(year, at))
        if summary is None:
            raise RowNotFound
        days = heard(shapes.NewShare, request)["days"]
        return _about(services.share_summary(summary=summary, by=request.user, at=at, days=days))

    @extend_schema(parameters=[YEAR], filters=False, responses={204: None})
    @share.mapping.delete
    def withdraw_share(self, request: Request, year: str) -> Response:
        """Withdraw the link: it is gone at once. What is not shared stays so."""
        at = timezone.now()
        share = self._live_share(year_in(year, at), at)
        if share is not None:
            services.withdraw_share(share=share, by=request.user, at=at)
        return Response(status=status.HTTP_204_NO_CONTENT)

    # --- Rows

    def _own(self) -> Any:
        return self.get_queryset().filter(mentor_id__in=self.request.user.access.mentors_as)

    def _mine(self, year: int) -> Any:
        return self._own().filter(year=year).first()

    def _nothing(self, year: int, at: datetime) -> AnnualSummary:
        """A row that is not there, of the caller's first organisation that uses the module."""
        of_caller = Q(pk__in=self.request.user.access.mentors_as, organization_id__in=self.enabled_organizations)
        rows = MentorProfile.objects.filter(of_caller).select_related("user", "organization")
        mentor = rows.order_by("created_at", "pk").first()
        if mentor is None:
            raise RowNotFound
        today = local_date(at, mentor.organization.time_zone)
        return AnnualSummary(
            id=None,
            user=mentor.user,
            mentor=mentor,
            organization_id=mentor.organization_id,
            year=year,
            as_of=today if year >= today.year else None,
            generation_status=None,
            created_at=None,
            updated_at=None,
        )

    def _live_share(self, year: int, at: datetime) -> SummaryShare | None:
        summary = self._mine(year)
        found: SummaryShare | None = summary and summary.shares.live(at).first()
        return found

    def _again(self, pk: UUID, code: int = status.HTTP_200_OK) -> Response:
        """A summary as it now stands."""
        return Response(_said(shapes.SummaryRow, self.get_queryset().get(pk=pk)), status=code)


def _said(shape: Any, found: Any, **kwargs: Any) -> Any:
    words = Words(found if kwargs.get("many") else [found])
    if shape is shapes.MySummary:
        found.has_activity, found.sentence = found.total_activities > 0, sentence_of(found)
    return shape(found, context={"words": words}, **kwargs).data


def _about(share: SummaryShare | None) -> Response:
    if share is None:
        return Response(shapes.ShareAnswer({"is_shared": False, "url": None, "expires_at": None}).data)
    url = f"{settings.SITE_URL}{reverse('wrapped-shared', args=[share.token])}"
    said = {"is_shared": True, "url": url, "expires_at": share.expires_at}
    return Response(shapes.ShareAnswer(said).data)
