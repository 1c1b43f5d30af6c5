"""Badges: what there is to earn, and what mentors have earned."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import IsStaffOfOrganization, TenantViewSet
from accounts.base.filtering import StrictFilters
from accounts.enums import Module
from accounts.models import Organization, User
from achievements import services
from achievements.api.filters import DefinitionFilters, EarnedBadgeFilters, PreviewParameters
from achievements.api.serializers import badges as shapes
from achievements.models import BadgeDefinition, EarnedBadge
from achievements.openbadges.answers import open_badge_file
from achievements.rule_words import RuleWords
from certifications.api.care import InCare, in_care
from certifications.api.lookups import heard, organization_in
from mentoring.api.lookups import NotYourOrganization, RowNotFound, mentor_of, require_administrator

ID = "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b"
NEW = OpenApiExample(
    "A hundred activities",
    value={
        "org_id": ID,
        "slug": "hundred-activities",
        "name": "Hundre ganger",
        "name_en": "A hundred times",
        "icon": "summit",
        "alt_text": "En varde på en topp",
        "category": "milestone",
        "criteria": {"version": 1, "type": "threshold", "metric": "activities", "value": 100},
    },
    request_only=True,
)
AWARD = OpenApiExample(
    "For something that is not counted",
    value={"peer_mentor_id": ID, "badge_definition_id": ID, "note": "Holdt innlegg på landsmøtet."},
    request_only=True,
)
ORG = OpenApiParameter(
    "org_id", OpenApiTypes.UUID, OpenApiParameter.QUERY, description="Where, for a badge of all organisations."
)
REVOKED = OpenApiResponse({"$ref": "#/components/schemas/Problem"}, description="It was revoked.")


class BadgeDefinitionViewSet(TenantViewSet):
    """Everybody in an organisation sees what can be earned there; drafts are for staff."""

    queryset = BadgeDefinition.objects.order_by("slug", "id")
    module = Module.ACHIEVEMENTS
    filterset_class = DefinitionFilters
    serializer_class = shapes.DefinitionRow

    def get_permissions(self) -> list[Any]:
        reads = self.action in ("list", "retrieve")
        return [IsAuthenticated()] if reads else [IsAuthenticated(), IsStaffOfOrganization()]

    def in_use(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(Q(organization=None) | Q(organization_id__in=self.enabled_organizations))

    def rows(self) -> Any:
        access = self.request.user.access
        if access.is_platform_staff:
            return super().rows()
        own = EarnedBadge.objects.valid().filter(definition=OuterRef("pk"), mentor_id__in=access.mentors_as)
        staffed = Q(organization_id__in=access.administers | access.coordinates)
        return super().rows().filter(Q(is_active=True) | staffed | Exists(own))

    @extend_schema(responses=shapes.DefinitionRow(many=True))
    def list(self, request: Request) -> Response:
        """What there is to earn, in the caller's language; drafts, and what is not in use any more, for staff."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(self._rows(page))

    @extend_schema(responses=shapes.DefinitionRow)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return self._said(self.get_object())

    @extend_schema(request=shapes.NewDefinition, responses={201: shapes.DefinitionRow}, examples=[NEW])
    def create(self, request: Request) -> Response:
        """Write a badge down, for administrators. It is not in use yet.

        400 `invalid` says everything that is wrong at once; for the rule by place (`criteria.of[1].value`).
        `criteria_raw` is kept and shown, and never evaluated.
        """
        given = heard(shapes.NewDefinition, request)
        organization = self._organization(given.pop("org_id"))
        made = BadgeDefinition(organization=organization, **given)
        services.save_definition(definition=made, by=request.user, at=timezone.now())
        made.refresh_from_db()
        return self._said(made, status.HTTP_201_CREATED)

    @extend_schema(request=shapes.DefinitionChange, responses=shapes.DefinitionRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change a badge, for administrators. A changed rule is a new version; what was awarded keeps its own."""
        definition = self._own()
        for name, value in heard(shapes.DefinitionChange, request).items():
            setattr(definition, name, value)
        services.save_definition(definition=definition, by=request.user, at=timezone.now())
        return self._said(definition)

    @extend_schema(request=None, responses=shapes.DefinitionRow)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: UUID) -> Response:
        """Put it into use: everybody is evaluated in the background. 400 `alt_text_required` without one."""
        return self._said(services.activate_definition(definition=self._own(), by=request.user, at=timezone.now()))

    @extend_schema(request=None, responses=shapes.DefinitionRow)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: UUID) -> Response:
        """Take it out of use. Nobody earns it from now on; whoever has it keeps it."""
        return self._said(services.deactivate_definition(definition=self._own(), by=request.user, at=timezone.now()))

    @extend_schema(parameters=[ORG], filters=False, responses=shapes.Preview)
    @action(detail=True, filterset_class=PreviewParameters, pagination_class=None)
    def preview(self, request: Request, pk: UUID) -> Response:
        """How many mentors would earn it now, some of them, and the time it took. Changes nothing."""
        definition = self.get_object()
        StrictFilters().narrow(request, BadgeDefinition.objects.none(), self)
        organization = self._where(definition, request.query_params.get("org_id"))
        found = services.preview_definition(definition=definition, organization=organization, at=timezone.now())
        return Response(shapes.Preview(found).data)

    def _own(self) -> BadgeDefinition:
        """The badge, for whoever may change it."""
        definition: BadgeDefinition = self.get_object()
        _require_keeper(self.request.user, definition.organization_id)
        return definition

    def _organization(self, key: UUID | None) -> Organization | None:
        if key is None:
            _require_keeper(self.request.user, None)
            return None
        organization = organization_in(self.enabled_organizations, self.request.user, key, "org_id")
        _require_keeper(self.request.user, organization.pk)
        return organization

    def _where(self, definition: BadgeDefinition, asked: str | None) -> Organization:
        key = definition.organization_id or (UUID(asked) if asked else None)
        if key is None or (asked and UUID(asked) != key):
            raise RowNotFound(field="org_id")
        organization = organization_in(self.enabled_organizations, self.request.user, key, "org_id")
        require_administrator(self.request.user, organization.pk)
        return organization

    def _rows(self, definitions: Any) -> Any:
        context = {"words": RuleWords(definitions), "access": self.request.user.access}
        return shapes.DefinitionRow(definitions, many=True, context=context).data

    def _said(self, definition: BadgeDefinition, code: int = status.HTTP_200_OK) -> Response:
        return Response(self._rows([definition])[0], status=code)


class EarnedBadgeViewSet(TenantViewSet):
    """Mentors see their own badges, staff those of the mentors in their care."""

    queryset = EarnedBadge.objects.with_people()
    module = Module.ACHIEVEMENTS
    filterset_class = EarnedBadgeFilters
    serializer_class = shapes.EarnedBadgeRow

    def get_permissions(self) -> list[Any]:
        reads = self.action in ("list", "retrieve", "open_badge", "open_badge_jwt")
        return [IsAuthenticated()] if reads else [IsAuthenticated(), InCare()]

    def rows(self) -> Any:
        return super().rows().annotate(in_care=in_care(self.request.user.access)).order_by("-earned_at", "-id")

    @extend_schema(responses=shapes.EarnedBadgeRow(many=True))
    def list(self, request: Request) -> Response:
        """The badges the caller may see, the latest first; revoked ones too."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.EarnedBadgeRow(page, many=True).data)

    @extend_schema(responses=shapes.EarnedBadgeDetail)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return Response(shapes.EarnedBadgeDetail(self.get_object()).data)

    @extend_schema(
        request=shapes.NewAward,
        responses={
            201: shapes.EarnedBadgeDetail,
            200: OpenApiResponse(shapes.EarnedBadgeDetail, description="The mentor has it already, or has it back."),
        },
        examples=[AWARD],
    )
    def create(self, request: Request) -> Response:
        """Award a badge to a mentor in the caller's care, and say what for.

        Whoever comes second gets the first one's award, as it is: 200. One that was revoked is back: the same row.
        """
        given, at = heard(shapes.NewAward, request), timezone.now()
        mentor = mentor_of(request.user, given["peer_mentor_id"])
        if mentor.organization_id not in self.enabled_organizations:
            raise RowNotFound(field="peer_mentor_id")
        rows = BadgeDefinition.objects.usable_in(mentor.organization_id)
        definition = rows.filter(pk=given["badge_definition_id"]).first()
        if definition is None:
            raise RowNotFound(field="badge_definition_id")
        earned = services.award_badge(
            mentor=mentor,
            definition=definition,
            by=request.user,
            at=at,
            note=given["note"],
            period=given.get("period", ""),
        )
        is_new = earned.awarded_by_user_id == request.user.pk and earned.earned_at == at
        return self._said(earned.pk, status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    @extend_schema(request=shapes.RevocationOfBadge, responses=shapes.EarnedBadgeDetail)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: UUID) -> Response:
        """Revoke a badge, and say why. Nobody is told the reason; the public page says that it is revoked."""
        earned = self.get_object()
        given = heard(shapes.RevocationOfBadge, request)
        services.revoke_badge(earned=earned, by=request.user, at=timezone.now(), **given)
        return self._said(earned.pk)

    @extend_schema(filters=False, responses={(200, "application/ld+json"): OpenApiTypes.OBJECT, 409: REVOKED})
    @action(detail=True, url_path="open-badge", filterset_class=None, pagination_class=None)
    def open_badge(self, request: Request, pk: UUID) -> HttpResponse:
        """The badge as an Open Badges 3.0 credential: JSON-LD, without a proof. 409 `badge_revoked` when it was."""
        return open_badge_file(self.get_object(), as_jwt=False)

    @extend_schema(filters=False, responses={(200, "application/vc+jwt"): OpenApiTypes.BINARY, 409: REVOKED})
    @action(detail=True, url_path="open-badge/jwt", filterset_class=None, pagination_class=None)
    def open_badge_jwt(self, request: Request, pk: UUID) -> HttpResponse:
        """The same credential, signed, as a compact JWS: what wallets take."""
        return open_badge_file(self.get_object(), as_jwt=True)

    def _said(self, key: UUID, code: int = status.HTTP_200_OK) -> Response:
        """An earned badge as it now stands."""
        return Response(shapes.EarnedBadgeDetail(self.get_queryset().get(pk=key)).data, status=code)


def _require_keeper(user: User, organization_id: UUID | None) -> None:
    """Refuse unless the person administers the organisation; badges for all of them are the platform's."""
    if organization_id is not None:
        require_administrator(user, organization_id)
    elif not user.access.is_platform_staff:
        raise NotYourOrganization
