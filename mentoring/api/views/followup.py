"""Following up: what the rule says, how long is too long, and reminders by hand."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import UUID_REGEX, IsStaffOfOrganization, TenantViewSet
from accounts.base.refusals import Refusal
from accounts.enums import Module
from accounts.models import Organization
from mentoring import rules, services
from mentoring.api import lookups
from mentoring.api.filters import HistoryFilters
from mentoring.api.serializers import followup as shapes
from mentoring.enums import FollowUpKind
from mentoring.evaluation import evaluate_assignment, thresholds_of
from mentoring.models import Assignment, FollowUpReminder, ReminderConfig

ORG = OpenApiParameter("org_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
EVALUATION = OpenApiExample(
    "Twelve days without contact",
    value={
        "assignment_id": "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b",
        "days_since_contact": 12,
        "reminder_threshold": 10,
        "escalation_threshold": 20,
        "reminder_due": True,
        "escalation_due": False,
        "recommendation": "dispatch_reminder",
        "explanation": "No contact for 12 days; reminder after 10.",
        "evaluated_at": "2026-03-11T12:00:00+01:00",
    },
    response_only=True,
)


class ConfigExists(Refusal):
    code = "already_exists"
    sentence = _("This organisation has thresholds of its own already.")
    field = "org_id"
    status = 409


class EvaluationViewSet(TenantViewSet):
    """What the follow-up rule says now. Nothing is sent and nothing changes."""

    queryset = Assignment.objects.present().with_participants()
    module = Module.FOLLOW_UP
    filterset_class = None
    pagination_class = None
    serializer_class = shapes.EvaluationRow

    def rows(self) -> Any:
        return super().rows().with_days(timezone.now())

    @extend_schema(request=shapes.OneAssignment, responses=shapes.EvaluationRow, examples=[EVALUATION])
    @action(detail=False, methods=["post"])
    def evaluate(self, request: Request) -> Response:
        given = _heard(shapes.OneAssignment, request)
        assignment = self.get_queryset().filter(pk=given["assignment_id"]).first()
        if assignment is None:
            raise lookups.RowNotFound(field="assignment_id")
        at = timezone.now()
        said = shapes.EvaluationRow((assignment.pk, evaluate_assignment(assignment, at)), context={"at": at})
        return Response(said.data)

    @extend_schema(request=shapes.ManyAssignments, responses=shapes.Evaluations)
    @action(detail=False, methods=["post"], url_path="batch-evaluate")
    def batch_evaluate(self, request: Request) -> Response:
        """Up to 500 at once, in the order asked; an unknown id refuses the whole call."""
        keys = list(dict.fromkeys(_heard(shapes.ManyAssignments, request)["assignment_ids"]))
        found = self.get_queryset().in_bulk(keys)
        if len(found) < len(keys):
            raise lookups.RowNotFound(field="assignment_ids")
        at = timezone.now()
        evaluated = [(key, evaluate_assignment(found[key], at)) for key in keys]
        return Response({"data": shapes.EvaluationRow(evaluated, many=True, context={"at": at}).data})

    @extend_schema(parameters=[ORG], responses=shapes.ThresholdsOf)
    @action(detail=False, url_path=rf"thresholds/(?P<org_id>{UUID_REGEX})")
    def thresholds(self, request: Request, org_id: UUID) -> Response:
        """The thresholds that hold for an organisation: its own, or the system's default."""
        organization = _organization(self, org_id)
        held = thresholds_of(organization.pk)
        return Response(
            {"org_id": organization.pk, "reminder_threshold": held.reminder, "escalation_threshold": held.escalation}
        )


class ConfigViewSet(TenantViewSet):
    """How long is too long, per organisation. Staff read, administrators write."""

    queryset = ReminderConfig.objects.order_by("organization__slug")
    module = Module.FOLLOW_UP
    permission_classes = [IsAuthenticated, IsStaffOfOrganization]
    serializer_class = shapes.ConfigRow
    lookup_field = "organization_id"
    lookup_url_kwarg = "org_id"

    @extend_schema(responses=shapes.ConfigRow(many=True))
    def list(self, request: Request) -> Response:
        """Those organisations of the caller that have thresholds of their own."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.ConfigRow(page, many=True).data)

    @extend_schema(parameters=[ORG], responses=shapes.ConfigRow)
    def retrieve(self, request: Request, org_id: UUID) -> Response:
        """404 when the system's default holds."""
        return Response(shapes.ConfigRow(self.get_object()).data)

    @extend_schema(responses=shapes.DefaultConfig)
    @action(detail=False, pagination_class=None)
    def default(self, request: Request) -> Response:
        """What holds where nothing is set."""
        held = asdict(rules.DEFAULT)
        return Response({"reminder_days": held["reminder"], "escalation_days": held["escalation"]})

    @extend_schema(request=shapes.NewConfig, responses={201: shapes.ConfigRow})
    def create(self, request: Request) -> Response:
        given = _heard(shapes.NewConfig, request)
        organization = _organization(self, given.pop("org_id"), "org_id")
        lookups.require_administrator(request.user, organization.pk)
        if self.get_queryset().filter(organization=organization).exists():
            raise ConfigExists
        return self._set(organization, given, status.HTTP_201_CREATED)

    @extend_schema(parameters=[ORG], request=shapes.ConfigChange, responses=shapes.ConfigRow)
    def update(self, request: Request, org_id: UUID) -> Response:
        """Set the organisation's thresholds, whether it had any or not."""
        organization = _organization(self, org_id)
        lookups.require_administrator(request.user, organization.pk)
        return self._set(organization, _heard(shapes.ConfigChange, request), status.HTTP_200_OK)

    @extend_schema(parameters=[ORG], responses={200: shapes.ConfigDeleted})
    def destroy(self, request: Request, org_id: UUID) -> Response:
        """Back to the system's default; 404 when it holds already."""
        config = self.get_object()
        lookups.require_administrator(request.user, config.organization_id)
        services.reset_reminder_config(organization=config.organization, by=request.user, at=timezone.now())
        return Response({"org_id": config.organization_id, "deleted": True})

    def _set(self, organization: Organization, given: dict[str, Any], code: int) -> Response:
        config = services.set_reminder_config(
            organization=organization, by=self.request.user, at=timezone.now(), **given
        )
        config.refresh_from_db()
        return Response(shapes.ConfigRow(config).data, status=code)


class DispatchViewSet(TenantViewSet):
    """Reminders by hand, and the history of all reminders."""

    queryset = FollowUpReminder.objects.with_delivery().order_by("-created_at", "-id")
    module = Module.FOLLOW_UP
    filterset_class = HistoryFilters
    serializer_class = shapes.ReminderRow

    def get_permissions(self) -> list[Any]:
        return [IsAuthenticated()] if self.action == "history" else [IsAuthenticated(), IsStaffOfOrganization()]

    @extend_schema(request=shapes.OneAssignment, responses={201: shapes.Reminders})
    @action(detail=False, methods=["post"])
    def reminder(self, request: Request) -> Response:
        """Remind the mentor now; not twice on a day."""
        return self._dispatch(FollowUpKind.REMINDER)

    @extend_schema(request=shapes.OneAssignment, responses={201: shapes.Reminders})
    @action(detail=False, methods=["post"])
    def escalation(self, request: Request) -> Response:
        """Tell the coordinator now, or the administrators when there is none; not twice on a day."""
        return self._dispatch(FollowUpKind.ESCALATION)

    @extend_schema(responses=shapes.ReminderRow(many=True), filters=True)
    @action(detail=False)
    def history(self, request: Request) -> Response:
        """What has been sent, newest first, and how its delivery went."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.ReminderRow(page, many=True).data)

    def _dispatch(self, kind: FollowUpKind) -> Response:
        user = self.request.user
        given = _heard(shapes.OneAssignment, self.request)
        assignment = lookups.assignment_of(user, given["assignment_id"])
        if assignment.organization_id not in self.enabled_organizations:
            raise lookups.RowNotFound(field="assignment_id")
        lookups.require_care(user, assignment)
        made = services.remind_by_hand(assignment=assignment, kind=kind, by=user, at=timezone.now())
        rows = FollowUpReminder.objects.with_delivery().filter(pk__in=[each.pk for each in made]).order_by("id")
        return Response({"data": shapes.ReminderRow(rows, many=True).data}, status=status.HTTP_201_CREATED)


def _organization(view: TenantViewSet, key: Any, field: str | None = None) -> Organization:
    """An organisation of the caller that uses the module; anything else is not found."""
    organization = lookups.organization_of(view.request.user, key, field or "")
    if organization.pk not in view.enabled_organizations:
        raise lookups.RowNotFound(field=field)
    return organization


def _heard(shape: Any, request: Request) -> dict[str, Any]:
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
