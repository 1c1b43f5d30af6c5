"""Assignments: the seven endpoints of the contract [b4], and what coordinators do with one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import IsStaffOfOrganization, TenantViewSet
from accounts.enums import Module
from accounts.services import require_module
from mentoring import services
from mentoring.api import lookups
from mentoring.api.filters import AssignmentFilters, OverdueFilters
from mentoring.api.serializers import assignments as shapes
from mentoring.enums import AssignmentStatus
from mentoring.models import Assignment

READ = ("list", "retrieve", "overdue", "last_contact")

ID = "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b"
ROW = OpenApiExample(
    "An assignment without contact for twelve days",
    value={
        "assignment_id": ID,
        "mentee_name": "Kari Nordmann",
        "peer_mentor_id": "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5c",
        "status": "active",
        "last_contact_date": "2026-02-27T14:30:00+01:00",
        "days_since_contact": 12,
        "created_at": "2025-11-03T09:00:00+01:00",
    },
    response_only=True,
)


class InCare(IsStaffOfOrganization):
    """Those who look after the row's local association, and administrators."""

    def has_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        return bool(request.user.access.may_care_for(obj.organization_id, obj.local_association_id))


class AssignmentViewSet(TenantViewSet):
    queryset = Assignment.objects.present().select_related("contact", "organization")
    filterset_class = AssignmentFilters
    serializer_class = shapes.AssignmentRow

    def get_permissions(self) -> list[Any]:
        return [IsAuthenticated()] if self.action in READ else [IsAuthenticated(), InCare()]

    def rows(self) -> Any:
        if self.action == "overdue":
            rows = super().rows().open().with_days(timezone.now())
            return rows.order_by("-counted_days", "id")
        return super().rows().order_by("-id")  # the keys are time-ordered: newest first

    @extend_schema(responses=shapes.AssignmentRow(many=True), examples=[ROW])
    def list(self, request: Request) -> Response:
        """The assignments the caller may see, newest first."""
        return self._page()

    @extend_schema(responses=shapes.AssignmentRow(many=True), examples=[ROW])
    @action(detail=False, filterset_class=OverdueFilters)
    def overdue(self, request: Request) -> Response:
        """Open assignments that have been without contact for too long, the longest first."""
        return self._page()

    @extend_schema(responses=shapes.AssignmentDetail)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return self._said(shapes.AssignmentDetail, self.get_object())

    @extend_schema(request=shapes.NewAssignment, responses={201: shapes.AssignmentMade})
    def create(self, request: Request) -> Response:
        """Pair a mentor with a contact. Both must be in the caller's care."""
        given = self._heard(shapes.NewAssignment)
        organization = lookups.organization_of(request.user, given["org_id"])
        contact = lookups.contact_of(request.user, given["mentee_id"], "mentee_id")
        mentor = lookups.mentor_of(request.user, given["peer_mentor_id"])
        for row, name in ((contact, "mentee_id"), (mentor, "peer_mentor_id")):
            if row.organization_id != organization.pk:
                raise lookups.RowNotFound(field=name)
        lookups.require_care(request.user, contact)
        made = services.open_assignment(
            mentor=mentor,
            contact=contact,
            coordinator=lookups.coordinator_for(contact, given["coordinator_id"]),
            start_date=given["start_date"],
            by=request.user,
            at=timezone.now(),
        )
        made.refresh_from_db()
        return self._said(shapes.AssignmentMade, made, status.HTTP_201_CREATED)

    @extend_schema(request=shapes.AssignmentChange, responses=shapes.AssignmentChanged)
    def update(self, request: Request, pk: UUID) -> Response:
        """Hand over, change the coordinator, move the status along: any of the three, all or nothing."""
        assignment = self.get_object()
        given = self._heard(shapes.AssignmentChange)
        common: dict[str, Any] = {"by": request.user, "at": timezone.now()}
        if "peer_mentor_id" in given:
            mentor = lookups.mentor_of(request.user, given["peer_mentor_id"])
            services.hand_over(assignment=assignment, mentor=mentor, **common)
        if "coordinator_id" in given:
            coordinator = lookups.coordinator_for(assignment.contact, given["coordinator_id"])
            services.change_coordinator(assignment=assignment, coordinator=coordinator, **common)
        if "status" in given:
            services.change_status(assignment=assignment, status=AssignmentStatus(given["status"]), **common)
        assignment.refresh_from_db()
        return self._said(shapes.AssignmentChanged, assignment)

    @extend_schema(responses={200: shapes.AssignmentDeleted})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete softly; its activities stay."""
        gone = services.delete_assignment(assignment=self.get_object(), by=request.user, at=timezone.now())
        return self._said(shapes.AssignmentDeleted, gone)

    @extend_schema(request=shapes.ContactReport, responses=shapes.LastContact)
    @action(detail=True, methods=["put"], url_path="last-contact")
    def last_contact(self, request: Request, pk: UUID) -> Response:
        """Report a contact: forward only, not in the future, the same again changes nothing."""
        given = self._heard(shapes.ContactReport)
        activity_id = given.get("activity_id")
        assignment = services.report_contact(
            assignment=self.get_object(),
            contact_at=given["last_contact_date"],
            activity=lookups.activity_of(request.user, activity_id) if activity_id else None,
            by=request.user,
            at=timezone.now(),
        )
        return self._said(shapes.LastContact, assignment)

    @extend_schema(request=shapes.Snooze, responses=shapes.AssignmentSnoozed)
    @action(detail=True, methods=["post"])
    def snooze(self, request: Request, pk: UUID) -> Response:
        """No reminders until a day."""
        assignment = self._followed_up()
        given = self._heard(shapes.Snooze)
        changed = services.snooze(assignment=assignment, by=request.user, at=timezone.now(), **given)
        return self._said(shapes.AssignmentSnoozed, changed)

    @extend_schema(request=shapes.Nothing, responses=shapes.AssignmentSnoozed)
    @action(detail=True, methods=["post"])
    def wake(self, request: Request, pk: UUID) -> Response:
        """End a snooze."""
        assignment = self._followed_up()
        self._heard(shapes.Nothing)
        changed = services.wake(assignment=assignment, by=request.user, at=timezone.now())
        return self._said(shapes.AssignmentSnoozed, changed)

    @extend_schema(request=shapes.OwnThresholds, responses=shapes.AssignmentThresholds)
    @action(detail=True, methods=["put"])
    def thresholds(self, request: Request, pk: UUID) -> Response:
        """Thresholds of this assignment's own; null goes back to the organisation's."""
        assignment = self._followed_up()
        given = self._heard(shapes.OwnThresholds)
        changed = services.set_thresholds(assignment=assignment, by=request.user, at=timezone.now(), **given)
        return self._said(shapes.AssignmentThresholds, changed)

    @extend_schema(request=shapes.Handover, responses=shapes.AssignmentChanged)
    @action(detail=True, methods=["post"], url_path="hand-over")
    def hand_over(self, request: Request, pk: UUID) -> Response:
        """Give the assignment to another mentor; the contact date stays."""
        assignment = self.get_object()
        given = self._heard(shapes.Handover)
        mentor = lookups.mentor_of(request.user, given["peer_mentor_id"])
        changed = services.hand_over(
            assignment=assignment, mentor=mentor, reason=given.get("reason", ""), by=request.user, at=timezone.now()
        )
        return self._said(shapes.AssignmentChanged, changed)

    @extend_schema(request=shapes.Handover, responses=shapes.HandoverPreview)
    @action(detail=True, methods=["post"], url_path="hand-over/preview")
    def preview_hand_over(self, request: Request, pk: UUID) -> Response:
        """What handing over would do, and what stands in its way; changes nothing."""
        assignment = self.get_object()
        given = self._heard(shapes.Handover)
        mentor = lookups.mentor_of(request.user, given["peer_mentor_id"])
        [handover] = services.preview_handover(assignments=[assignment], mentor=mentor)
        return Response(shapes.HandoverPreview(handover, context={"mentor": mentor}).data)

    def _followed_up(self) -> Assignment:
        assignment: Assignment = self.get_object()
        require_module(module=Module.FOLLOW_UP, organization_id=assignment.organization_id)
        return assignment

    def _page(self) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        rows = shapes.AssignmentRow(page, many=True, context={"at": timezone.now()})
        return self.get_paginated_response(rows.data)

    def _heard(self, shape: Any) -> dict[str, Any]:
        serializer = shape(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def _said(self, shape: Any, assignment: Assignment, code: int = status.HTTP_200_OK) -> Response:
        return Response(shape(assignment, context={"at": timezone.now()}).data, status=code)
