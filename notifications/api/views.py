"""The inbox, the choice of channels, and the devices that get push messages. Everybody has their own and no other."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import PlainView, TenantViewSet
from accounts.base.pagination import SignedCursor
from notifications import services
from notifications.api.serializers import (
    ChooseChannelSerializer,
    DeviceSerializer,
    NotificationSerializer,
    PreferenceSerializer,
    ReadAllSerializer,
    RegisterDeviceSerializer,
    UnreadCountSerializer,
)
from notifications.models import Device, Notification


class InboxFilters(django_filters.FilterSet):
    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull")


class NewestFirst(SignedCursor):
    ordering = ("-sent_at", "-id")


class NotificationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """What the caller has been told, whatever way it came, newest first."""

    queryset = Notification.objects.all()
    serializer_class = NotificationSerializer
    filterset_class = InboxFilters
    pagination_class = NewestFirst

    def rows(self) -> QuerySet[Any]:
        # Staff see the failures of others in the desk; the inbox is their own.
        return Notification.objects.inbox_of(self.request.user)

    @extend_schema(request=None, responses=NotificationSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """Mark one as read. Doing it again keeps the first moment."""
        return self._answer(services.mark_read(notification=self.get_object(), at=timezone.now()))

    @extend_schema(request=None, responses=NotificationSerializer)
    @action(detail=True, methods=["post"])
    def unread(self, request: Request, pk: str) -> Response:
        """Mark one as new again."""
        return self._answer(services.mark_unread(notification=self.get_object(), at=timezone.now()))

    @extend_schema(request=None, responses=ReadAllSerializer, filters=False)
    @action(detail=False, methods=["post"], url_path="read-all", pagination_class=None, filterset_class=None)
    def read_all(self, request: Request) -> Response:
        """Mark everything as read."""
        count = services.mark_all_read(user=request.user, at=timezone.now())
        return Response({"read_count": count})

    @extend_schema(responses=UnreadCountSerializer, filters=False)
    @action(detail=False, methods=["get"], url_path="unread-count", pagination_class=None, filterset_class=None)
    def unread_count(self, request: Request) -> Response:
        """How many are new: for the badge on the app's icon."""
        return Response({"unread_count": self.get_queryset().unread().order_by().count()})

    def _answer(self, row: Notification) -> Response:
        return Response(self.get_serializer(row).data)


class PreferencesView(PlainView):
    @extend_schema(operation_id="notification_preferences_list", responses=PreferenceSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every kind of message, with the channel by which the caller gets it."""
        return Response(PreferenceSerializer(services.choices_of(request.user), many=True).data)


KIND = OpenApiParameter("kind", OpenApiTypes.STR, OpenApiParameter.PATH, description="As in the list.")


@extend_schema(parameters=[KIND])
class PreferenceView(PlainView):
    @extend_schema(
        operation_id="notification_preferences_update",
        request=ChooseChannelSerializer,
        responses=PreferenceSerializer,
        examples=[OpenApiExample("By push", {"channel": "push"}, request_only=True)],
    )
    def put(self, request: Request, kind: str) -> Response:
        """Choose the channel for one kind. Where it cannot reach the caller, an e-mail goes out instead."""
        given = ChooseChannelSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        choice = services.set_preference(user=request.user, kind=kind, **given.validated_data)
        return Response(PreferenceSerializer(choice).data)

    @extend_schema(operation_id="notification_preferences_destroy", responses={200: PreferenceSerializer})
    def delete(self, request: Request, kind: str) -> Response:
        """Back to the default for this kind."""
        return Response(PreferenceSerializer(services.clear_preference(user=request.user, kind=kind)).data)


class NewestDevices(SignedCursor):
    ordering = ("-last_seen_at", "-id")


class DeviceViewSet(mixins.ListModelMixin, TenantViewSet):
    """The devices on which the caller gets push messages."""

    queryset = Device.objects.all()
    serializer_class = DeviceSerializer
    pagination_class = NewestDevices

    def rows(self) -> QuerySet[Any]:
        return Device.objects.live().filter(user=self.request.user)

    @extend_schema(
        request=RegisterDeviceSerializer,
        responses={201: DeviceSerializer},
        examples=[
            OpenApiExample("A phone", {"platform": "android", "token": "dGhpcyBpcyBhIHRva2Vu"}, request_only=True)
        ],
    )
    def create(self, request: Request) -> Response:
        """Register a device by its push token. The same token again is the same device.

        It is silenced when the log-in it was registered from ends.
        """
        given = RegisterDeviceSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        session = request.auth or request.session  # the app's token is a session, the browser's cookie too
        device = services.register_device(
            user=request.user, session_key=session.session_key or "", at=timezone.now(), **given.validated_data
        )
        return Response(DeviceSerializer(device).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Send no more push messages to this device."""
        services.retire_device(device=self.get_object(), at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
