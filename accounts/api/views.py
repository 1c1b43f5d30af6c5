"""The caller's own pages, mentors and local associations."""

from __future__ import annotations

from typing import Any

import django_filters
from allauth.usersessions.models import UserSession
from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import override
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.api.serializers import (
    ChangeMeSerializer,
    DeviceSerializer,
    LocalAssociationSerializer,
    MentorSerializer,
    MeSerializer,
    PauseSerializer,
    ResumeSerializer,
    StatusChangeSerializer,
)
from accounts.base.api import PlainView, TenantViewSet
from accounts.enums import Level, MentorStatus
from accounts.models import (
    LocalAssociation,
    Membership,
    MentorAffiliation,
    MentorProfile,
    MentorStatusChange,
    ModuleSetting,
    Organization,
    User,
)
from accounts.ordering import norwegian

AFFILIATIONS = Prefetch(
    "affiliations",
    MentorAffiliation.objects.select_related("local_association").order_by("-is_primary", "local_association__name"),
)


class MeView(PlainView):
    """Who is calling."""

    @extend_schema(operation_id="me_retrieve", responses=MeSerializer, tags=["me"])
    def get(self, request: Request) -> Response:
        """The caller, with roles, organisations, modules and mentor profiles."""
        return Response(MeSerializer(_whole(request.user)).data)

    @extend_schema(
        operation_id="me_update",
        request=ChangeMeSerializer,
        responses=MeSerializer,
        tags=["me"],
        examples=[OpenApiExample("Nynorsk", {"language": "nn"}, request_only=True)],
    )
    def patch(self, request: Request) -> Response:
        """Change one's own name, phone, language or time zone."""
        given = ChangeMeSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        user = services.change_user(user=request.user, by=request.user, at=timezone.now(), **given.validated_data)
        with override(user.language):  # the answer is in the language that was just chosen
            return Response(MeSerializer(_whole(user)).data)


class DevicesView(PlainView):
    @extend_schema(operation_id="me_devices_list", responses=DeviceSerializer(many=True), tags=["me"])
    def get(self, request: Request) -> Response:
        """The devices and browsers on which the caller is signed in, the latest first."""
        devices = UserSession.objects.filter(user=request.user).order_by("-last_seen_at", "-id")[:100]
        context = {"session_key": getattr(request.auth, "session_key", None)}
        return Response(DeviceSerializer(devices, many=True, context=context).data)


class DeviceView(PlainView):
    @extend_schema(operation_id="me_devices_destroy", responses={204: None}, tags=["me"])
    def delete(self, request: Request, device_id: int) -> Response:
        """Sign the caller out on one device, from its next request on."""
        if not services.revoke_device(user=request.user, device_id=device_id):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)


class MentorFilters(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=MentorStatus.choices)
    org_id = django_filters.UUIDFilter(field_name="organization_id")
    local_association_id = django_filters.UUIDFilter(method="of_association")

    def of_association(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return queryset.filter(pk__in=MentorAffiliation.objects.filter(local_association_id=value).values("mentor_id"))


class MentorViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Mentors: oneself, and for staff those in their care."""

    queryset = MentorProfile.objects.all()
    serializer_class = MentorSerializer
    filterset_class = MentorFilters

    def rows(self) -> QuerySet[Any]:
        people = MentorProfile.objects.with_people().prefetch_related(AFFILIATIONS)
        return people.order_by(*norwegian("user__last_name", "user__first_name"), "id")

    @extend_schema(
        request=PauseSerializer,
        responses=MentorSerializer,
        examples=[OpenApiExample("Leave", {"reason": "leave", "leave_until": "2027-01-31"}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Pause a mentor: oneself, or somebody in one's care."""
        return self._move(request, PauseSerializer, services.pause_mentor)

    @extend_schema(request=ResumeSerializer, responses=MentorSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """End a pause. Mentors end those they began themselves."""
        return self._move(request, ResumeSerializer, services.resume_mentor)

    def _move(self, request: Request, serializer: type[Any], verb: Any) -> Response:
        mentor = self.get_object()
        given = serializer(data=request.data)
        given.is_valid(raise_exception=True)
        verb(mentor=mentor, by=request.user, at=timezone.now(), **given.validated_data)
        return Response(MentorSerializer(self.get_object()).data)

    @extend_schema(responses=StatusChangeSerializer(many=True))
    @action(detail=True, methods=["get"], url_path="status-log", filterset_class=None)
    def status_log(self, request: Request, pk: str) -> Response:
        """How the mentor's status came about, newest first."""
        mentor = self.get_object()
        log = MentorStatusChange.objects.visible_to(request.user).filter(mentor=mentor).select_related("user")
        page = self.paginate_queryset(log)
        return self.get_paginated_response(StatusChangeSerializer(page, many=True).data)


class LocalAssociationFilters(django_filters.FilterSet):
    level = django_filters.ChoiceFilter(choices=Level.choices)
    org_id = django_filters.UUIDFilter(field_name="organization_id")
    parent_id = django_filters.UUIDFilter(field_name="parent_id")


class LocalAssociationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """The local associations in the caller's care."""

    queryset = LocalAssociation.objects.all()
    serializer_class = LocalAssociationSerializer
    filterset_class = LocalAssociationFilters

    def rows(self) -> QuerySet[Any]:
        return LocalAssociation.objects.order_by(*norwegian("name"), "id")


def _whole(user: User) -> User:
    """The user with everything `MeSerializer` tells; five queries however many roles."""
    user.my_organizations = list(
        Organization.objects.filter(pk__in=user.access.organizations).order_by(*norwegian("name"), "id")
    )
    used = ModuleSetting.objects.filter(organization__in=user.my_organizations, is_enabled=True)
    for organization in user.my_organizations:
        organization.used_modules = [setting for setting in used if setting.organization_id == organization.pk]
    user.my_roles = Membership.objects.active().filter(user=user).order_by("granted_at").prefetch_related("areas")
    user.my_mentor_profiles = (
        MentorProfile.objects.filter(pk__in=user.access.mentors_as).with_people().prefetch_related(AFFILIATIONS)
    )
    return user
