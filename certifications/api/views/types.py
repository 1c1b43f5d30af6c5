"""What an association certifies, and how it wants its certificates handled."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import IsStaffOfOrganization, TenantViewSet
from accounts.enums import Module
from accounts.models import Organization
from accounts.services.authority import NotAllowed
from certifications import services
from certifications.api.filters import TypeFilters
from certifications.api.lookups import heard, name_course, organization_in
from certifications.api.serializers import types as shapes
from certifications.models import CertificationType
from mentoring.api.lookups import require_administrator

ORG = OpenApiParameter("org_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
BASIC = OpenApiExample(
    "A course for two years",
    value={
        "org_id": "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b",
        "certification_type": "basic-course",
        "name": "Grunnkurs for likepersoner",
        "validity_months": 24,
        "required_for_active": True,
        "reminder_days": [90, 30, 7],
    },
    request_only=True,
)


class CertificationTypeViewSet(TenantViewSet):
    queryset = CertificationType.objects.order_by("code", "id")
    module = Module.CERTIFICATION
    filterset_class = TypeFilters
    serializer_class = shapes.CertificationTypeRow

    def get_permissions(self) -> list[Any]:
        reads = self.action in ("list", "retrieve")
        return [IsAuthenticated()] if reads else [IsAuthenticated(), IsStaffOfOrganization()]

    @extend_schema(responses=shapes.CertificationTypeRow(many=True))
    def list(self, request: Request) -> Response:
        """What the caller's organisations certify; types that are not in use any more too."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.CertificationTypeRow(page, many=True).data)

    @extend_schema(responses=shapes.CertificationTypeRow)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return Response(shapes.CertificationTypeRow(self.get_object()).data)

    @extend_schema(request=shapes.NewCertificationType, responses={201: shapes.CertificationTypeRow}, examples=[BASIC])
    def create(self, request: Request) -> Response:
        """Make a certification type, for administrators."""
        given = heard(shapes.NewCertificationType, request)
        organization = organization_in(self.enabled_organizations, request.user, given.pop("org_id"), "org_id")
        require_administrator(request.user, organization.pk)
        name_course(given, request.user, organization.pk)
        made = services.add_type(
            organization=organization,
            code=given.pop("certification_type"),
            by=request.user,
            at=timezone.now(),
            **given,
        )
        made.refresh_from_db()
        return Response(shapes.CertificationTypeRow(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.CertificationTypeChange, responses=shapes.CertificationTypeRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what a certification demands from now on, for administrators. Waiting reminders follow at once."""
        type_ = self.get_object()
        require_administrator(request.user, type_.organization_id)
        given = heard(shapes.CertificationTypeChange, request)
        name_course(given, request.user, type_.organization_id)
        changed = services.change_type(type=type_, by=request.user, at=timezone.now(), **given)
        return Response(shapes.CertificationTypeRow(changed).data)


class SettingsViewSet(TenantViewSet):
    """How an association wants its certificates handled. Staff read, administrators write."""

    queryset = Organization.objects.all()
    module = Module.CERTIFICATION
    organization_path = "pk"
    permission_classes = [IsAuthenticated, IsStaffOfOrganization]
    serializer_class = shapes.CertificationSettingsRow
    filterset_class = None
    lookup_field = "pk"
    lookup_url_kwarg = "org_id"

    @extend_schema(parameters=[ORG], responses=shapes.CertificationSettingsRow)
    def retrieve(self, request: Request, org_id: UUID) -> Response:
        """What holds: the association's own choices, or the defaults."""
        return Response(shapes.CertificationSettingsRow(services.settings_of(self._organization())).data)

    @extend_schema(
        parameters=[ORG], request=shapes.CertificationSettingsChange, responses=shapes.CertificationSettingsRow
    )
    def update(self, request: Request, org_id: UUID) -> Response:
        """Choose. Waiting reminders move to another hour at once."""
        organization = self._organization()
        require_administrator(request.user, organization.pk)
        given = heard(shapes.CertificationSettingsChange, request)
        changed = services.change_settings(organization=organization, by=request.user, at=timezone.now(), **given)
        return Response(shapes.CertificationSettingsRow(changed).data)

    def _organization(self) -> Organization:
        """The organisation in the path, for its staff: an organisation belongs to none that permissions could ask."""
        organization: Organization = self.get_object()
        if not self.request.user.access.may_staff(organization.pk):
            raise NotAllowed
        return organization
