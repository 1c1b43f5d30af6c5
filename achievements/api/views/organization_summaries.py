"""The year of an association, for those who work for it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import IsStaffOfOrganization, TenantViewSet
from accounts.enums import Module
from accounts.models import Organization
from accounts.services.authority import NotAllowed
from achievements import services
from achievements.api.filters import OrganizationFilters
from achievements.api.serializers.summaries import OrganizationYearAnswer
from achievements.api.views.summaries import YEAR, year_in
from mentoring.api.lookups import RowNotFound

ORG = OpenApiParameter(
    "org_id",
    OpenApiTypes.UUID,
    OpenApiParameter.QUERY,
    description="Needed by whoever works for several organisations.",
)
A_YEAR = OpenApiExample(
    "A year that is over",
    value={
        "org_id": "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b",
        "org_name": "Landsforeningen",
        "year": 2025,
        "is_preview": False,
        "as_of": None,
        "mentors_active": 48,
        "total_activities": 1210,
        "total_hours": 1034.5,
        "total_contacts_reached": 231,
        "total_events_attended": 37,
        "badges_earned_count": 61,
        "monthly_activity_counts": [96, 101, 118, 95, 102, 88, 34, 92, 121, 133, 126, 104],
        "most_active_month": 10,
        "top_types": [{"slug": "home_visit", "name": "Hjemmebesøk", "count": 604}],
        "waiting": 0,
    },
    response_only=True,
    status_codes=["200"],
)


class OrganizationSummaryViewSet(TenantViewSet):
    queryset = Organization.objects.order_by("name", "id")
    module = Module.ACHIEVEMENTS
    organization_path = "pk"
    permission_classes = [IsAuthenticated, IsStaffOfOrganization]
    serializer_class = OrganizationYearAnswer
    filterset_class = OrganizationFilters
    pagination_class = None

    @extend_schema(parameters=[YEAR, ORG], filters=False, responses=OrganizationYearAnswer, examples=[A_YEAR])
    def of_year(self, request: Request, year: str) -> Response:
        """An association's own year: totals and months, for its board and those who fund it.

        Coordinators and administrators of the organisation. 400 `year_out_of_range` for a year that has not begun.
        """
        at = timezone.now()
        number, organization = year_in(year, at), self._organization()
        found = services.organization_year(organization=organization, year=number, at=at)
        said = asdict(found) | {
            "org_id": organization.pk,
            "org_name": organization.name,
            "is_preview": found.is_preview,
            "most_active_month": found.most_active_month,
        }
        return Response(OrganizationYearAnswer(said).data)

    def _organization(self) -> Organization:
        """The one that is asked for, or the only one that the caller works for."""
        access = self.request.user.access
        named = "org_id" in self.request.query_params
        rows: Any = self.filter_queryset(self.get_queryset())
        if not named and not access.is_platform_staff:
            rows = rows.filter(pk__in=access.administers | access.coordinates)
        found = list(rows[:2])
        if not found:
            raise RowNotFound(field="org_id")
        if len(found) > 1:
            raise ValidationError({"org_id": [ErrorDetail(_("Say which organisation."), code="required")]})
        if not access.may_staff(found[0].pk):
            raise NotAllowed
        return found[0]
