"""Renewal reminders: what is due when and to whom, and what staff do with one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import TenantViewSet
from accounts.enums import Module
from certifications import services
from certifications.api.care import InCare, in_care
from certifications.api.filters import ReminderFilters
from certifications.api.lookups import heard
from certifications.api.serializers import reminders as shapes
from certifications.models import ArchivedReminder, RenewalReminder
from notifications.enums import Channel


class ReminderViewSet(TenantViewSet):
    queryset = RenewalReminder.objects.with_people()
    module = Module.CERTIFICATION
    filterset_class = ReminderFilters
    serializer_class = shapes.RenewalReminderRow

    def get_permissions(self) -> list[Any]:
        reads = self.action in ("list", "retrieve")
        return [IsAuthenticated()] if reads else [IsAuthenticated(), InCare()]

    def rows(self) -> Any:
        if self.from_archive:
            rows: Any = ArchivedReminder.objects.with_people()
        else:
            rows = super().rows().select_related("notification")
        care = in_care(self.request.user.access, "certificate__mentor_id")
        return rows.annotate(in_care=care).order_by("scheduled_at", "id")

    @property
    def from_archive(self) -> bool:
        """A list of the archive was asked for, or one reminder that is there."""
        asked = self.request.query_params.get("archived", "") if self.action == "list" else ""
        return getattr(self, "_is_archived", asked.lower() == "true")

    def get_object(self) -> Any:
        try:
            return super().get_object()
        except Http404:
            self._is_archived = True
            return super().get_object()

    @extend_schema(responses=shapes.RenewalReminderRow(many=True))
    def list(self, request: Request) -> Response:
        """The reminders the caller may see, in the order in which they come due."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.RenewalReminderRow(page, many=True).data)

    @extend_schema(responses=shapes.RenewalReminderRow)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One reminder, from the archive too."""
        return Response(shapes.RenewalReminderRow(self.get_object()).data)

    @extend_schema(request=shapes.Cancellation, responses=shapes.RenewalReminderRow)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Cancel one that waits or has failed. The expiry itself is acted on all the same."""
        return self._do(services.cancel_reminder, shapes.Cancellation)

    @extend_schema(request=shapes.NoFacts, responses=shapes.RenewalReminderRow)
    @action(detail=True, methods=["post"], url_path="send-now")
    def send_now(self, request: Request, pk: UUID) -> Response:
        """Send one that waits today instead of on its day; not the notice of expiry, which pauses."""
        return self._do(services.send_reminder_now, shapes.NoFacts)

    @extend_schema(request=shapes.Retry, responses=shapes.RenewalReminderRow)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: UUID) -> Response:
        """Try one again that has failed for good, by another `channel` if one is named; with all attempts."""
        return self._do(services.retry_reminder, shapes.Retry)

    @extend_schema(request=shapes.NoFacts, responses=shapes.RenewalReminderRow)
    @action(detail=True, methods=["post"], url_path="give-up")
    def give_up(self, request: Request, pk: UUID) -> Response:
        """Cancel one that has failed for good."""
        return self._do(services.give_up_reminder, shapes.NoFacts)

    def _do(self, verb: Any, shape: Any) -> Response:
        reminder = self.get_object()
        given = heard(shape, self.request)
        if isinstance(reminder, ArchivedReminder):
            raise services.ReminderIsFinal
        if "channel" in given:
            given["channel"] = Channel(given["channel"])
        verb(reminder=reminder, by=self.request.user, at=timezone.now(), **given)
        return Response(shapes.RenewalReminderRow(self.get_queryset().get(pk=reminder.pk)).data)
