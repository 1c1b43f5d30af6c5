"""An association's recognition tiers: everybody in it knows them, administrators lay them down."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import TenantViewSet
from accounts.enums import Module
from accounts.models import Organization
from achievements import services
from achievements.api.serializers.tiers import TiersChange, TiersRow
from achievements.models import RecognitionTiers
from certifications.api.lookups import heard
from mentoring.api.lookups import require_administrator

ORG = OpenApiParameter("org_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
USUAL = OpenApiExample(
    "What every association begins with",
    value={"metric": "activities", "window": "lifetime", "bronze": 10, "silver": 50, "gold": 150, "platinum": 400},
    request_only=True,
)


class RecognitionTiersViewSet(TenantViewSet):
    """One for each association. There is no list that compares mentors."""

    queryset = Organization.objects.order_by("name", "id")
    module = Module.ACHIEVEMENTS
    organization_path = "pk"
    serializer_class = TiersRow
    filterset_class = None
    lookup_url_kwarg = "org_id"

    @extend_schema(responses=TiersRow(many=True))
    def list(self, request: Request) -> Response:
        """The tiers of the caller's organisations, by the organisations' names."""
        page = self.paginate_queryset(self.get_queryset())
        laid_down = {row.organization_id: row for row in RecognitionTiers.objects.filter(organization__in=page)}
        rows = [laid_down.get(each.pk) or RecognitionTiers(organization=each) for each in page]
        return self.get_paginated_response(TiersRow(rows, many=True).data)

    @extend_schema(parameters=[ORG], responses=TiersRow)
    def retrieve(self, request: Request, org_id: UUID) -> Response:
        return Response(TiersRow(services.tiers_of(organization=self.get_object())).data)

    @extend_schema(parameters=[ORG], request=TiersChange, responses=TiersRow, examples=[USUAL])
    def update(self, request: Request, org_id: UUID) -> Response:
        """Lay down the tiers, for administrators. All that is wrong is said at once; what has been earned stays."""
        organization: Organization = self.get_object()
        require_administrator(request.user, organization.pk)
        tiers = RecognitionTiers(organization=organization, **heard(TiersChange, request))
        try:
            saved = services.save_tiers(tiers=tiers, by=request.user, at=timezone.now())
        except services.InvalidTiers as refusal:
            raise ValidationError(
                {field: [ErrorDetail(sentence, code=refusal.code)] for field, sentence in refusal.problems.items()}
            ) from refusal
        return Response(TiersRow(saved).data)
