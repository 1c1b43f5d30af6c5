"""Activities: what mentors log, what coordinators log for them, and the types there are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import TenantViewSet
from accounts.base.pagination import SignedCursor
from accounts.base.refusals import Refusal
from accounts.models import User
from mentoring import services
from mentoring.api import bulk, lookups
from mentoring.api.filters import ActivityFilters
from mentoring.api.serializers import activities as shapes
from mentoring.enums import Source
from mentoring.models import Activity, ActivityType

VISIT = OpenApiExample(
    "A home visit",
    value={
        "client_id": "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5d",
        "type_id": "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5e",
        "contact_id": "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5f",
        "occurred_at": "2026-03-11T12:00:00+01:00",
        "minutes": 45,
    },
    request_only=True,
)


class WhichMentor(Refusal):
    code = "required"
    sentence = _("Say for which mentor.")
    field = "peer_mentor_id"


class ReviewIsForCoordinators(Refusal):
    code = "permission_denied"
    sentence = _("Only coordinators approve or reject an activity.")
    field = "status"
    status = 403


class Newest(SignedCursor):
    ordering = ("-occurred_at", "-id")


class ActivityViewSet(TenantViewSet):
    queryset = Activity.objects.present().select_related("contact", "type")
    filterset_class = ActivityFilters
    pagination_class = Newest
    serializer_class = shapes.ActivityRow

    @extend_schema(responses=shapes.ActivityRow(many=True))
    def list(self, request: Request) -> Response:
        """The activities the caller may see, newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.ActivityRow(page, many=True).data)

    @extend_schema(responses=shapes.ActivityDetail)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return Response(shapes.ActivityDetail(self.get_object()).data)

    @extend_schema(
        request=shapes.NewActivity,
        responses={201: shapes.ActivityDetail, 200: shapes.ActivityDetail},
        examples=[VISIT],
    )
    def create(self, request: Request) -> Response:
        """Log an activity: 201. With a `client_id` that is known already: 200 and the activity as it is.

        One that looks like another of that day is refused with 409 `possible_duplicate` and `candidates`, unless
        `confirm_duplicate` is set.
        """
        given = _heard(shapes.NewActivity, request)
        mentor_id = mentor_for(request.user, given.pop("peer_mentor_id", None))
        try:
            recorded = self._record(request.user, mentor_id, given)
        except Refusal:
            # A phone repeats itself days later, when the contact may be somebody else's: the first answer holds.
            known = self._known(mentor_id, given.get("client_id"))
            if known is None:
                raise
            recorded = services.Recorded(known, created=False)
        code = status.HTTP_201_CREATED if recorded.created else status.HTTP_200_OK
        fresh = Activity.objects.select_related("contact", "type").get(pk=recorded.activity.pk)
        return Response(shapes.ActivityDetail(fresh).data, status=code)

    @extend_schema(request=shapes.ActivityChange, responses=shapes.ActivityDetail)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Correct facts, or (coordinators) approve or reject. Contact dates follow."""
        activity = self.get_object()
        changes = _heard(shapes.ActivityChange, request)
        if "status" in changes and not request.user.access.may_care_for(
            activity.organization_id, activity.local_association_id
        ):
            raise ReviewIsForCoordinators
        _require_visible(request.user, changes)
        confirmed = changes.pop("confirm_duplicate", False)
        _follow_each_other(changes)
        services.correct_activity(
            activity=activity,
            by=request.user,
            at=timezone.now(),
            on_duplicate="distinct" if confirmed else "refuse",
            **changes,
        )
        return Response(shapes.ActivityDetail(self.get_object()).data)

    @extend_schema(responses={200: shapes.ActivityDeleted})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete softly; the contact date follows."""
        gone = services.delete_activity(activity=self.get_object(), by=request.user, at=timezone.now())
        return Response(shapes.ActivityDeleted(gone).data)

    @extend_schema(
        request=PolymorphicProxySerializer(
            "BulkActivities", [shapes.ForRows, shapes.ForMentors], resource_type_field_name=None
        ),
        responses=shapes.BulkResult,
    )
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """Several at once: `rows` of 1–500 (each as in a single call), or one for 10–500 `peer_mentor_ids`.

        Each row stands on its own; one result per row, in order.
        """
        at = timezone.now()
        if isinstance(request.data, dict) and "peer_mentor_ids" in request.data:
            results = bulk.for_mentors(request.user, _heard(shapes.ForMentors, request), at)
        else:
            results = bulk.for_rows(request.user, _heard(shapes.ForRows, request)["rows"], at)
        saved = sum(result["saved"] for result in results)
        return Response({"data": results, "saved": saved, "skipped": len(results) - saved})

    @staticmethod
    def _record(user: User, mentor_id: UUID, given: dict[str, Any]) -> services.Recorded:
        _require_visible(user, given)
        confirmed = given.pop("confirm_duplicate", False)
        return services.record_activity(
            mentor_id=mentor_id,
            by=user,
            at=timezone.now(),
            source=Source.SELF if mentor_id in user.access.mentors_as else Source.COORDINATOR,
            on_duplicate="distinct" if confirmed else "refuse",
            **given,
        )

    @staticmethod
    def _known(mentor_id: UUID, client_id: UUID | None) -> Activity | None:
        if client_id is None:
            return None
        known: Activity | None = Activity.objects.filter(mentor_id=mentor_id, client_id=client_id).first()
        return known


class ActivityTypeViewSet(TenantViewSet):
    queryset = ActivityType.objects.filter(is_active=True).order_by("slug", "id")
    serializer_class = shapes.ActivityTypeRow

    @extend_schema(responses=shapes.ActivityTypeRow(many=True))
    def list(self, request: Request) -> Response:
        """The types in use: those for everybody and the organisation's own."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.ActivityTypeRow(page, many=True).data)

    @extend_schema(responses=shapes.ActivityTypeRow)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return Response(shapes.ActivityTypeRow(self.get_object()).data)


def mentor_for(user: User, mentor_id: UUID | None) -> UUID:
    """Whom an activity is recorded for: the caller, or a mentor in their care."""
    own = user.access.mentors_as
    if mentor_id is None:
        if len(own) != 1:
            raise WhichMentor
        return next(iter(own))
    if mentor_id not in own:
        lookups.mentor_of(user, mentor_id)
    return mentor_id


def _require_visible(user: User, given: dict[str, Any]) -> None:
    """The service asks whether contact and assignment belong together; whether they exist for the caller is ours."""
    if given.get("contact_id"):
        lookups.contact_of(user, given["contact_id"])
    if given.get("assignment_id"):
        lookups.assignment_of(user, given["assignment_id"])


def _follow_each_other(changes: dict[str, Any]) -> None:
    """A new contact brings their assignment along, a new assignment its contact, unless both are given."""
    if "contact_id" in changes:
        changes.setdefault("assignment_id", None)
    elif changes.get("assignment_id"):
        changes["contact_id"] = None


def _heard(shape: Any, request: Request) -> dict[str, Any]:
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
