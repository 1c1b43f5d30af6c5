"""What the API says of assignments and hears about them; the keys are those of the contract [b4]."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.base.api import StrictSerializer
from accounts.base.fields import MomentField
from accounts.local_time import local_date
from mentoring.enums import AssignmentStatus
from mentoring.models import Assignment


class _Days(serializers.Serializer[Assignment]):
    def days(self, assignment: Assignment) -> int | None:
        """Whole local days since the last contact; null when there has been none. `context["at"]` is the clock."""
        if assignment.last_contact_date is None:
            return None
        zone = assignment.organization.time_zone
        gone = local_date(self.context["at"], zone) - local_date(assignment.last_contact_date, zone)
        return max(0, gone.days)


class AssignmentRow(_Days):
    assignment_id = serializers.UUIDField(source="id")
    mentee_name = serializers.CharField(source="contact.name")
    peer_mentor_id = serializers.UUIDField(source="mentor_id")
    status = serializers.ChoiceField(AssignmentStatus.choices)
    last_contact_date = serializers.DateTimeField(allow_null=True)
    days_since_contact = serializers.SerializerMethodField("days")
    created_at = serializers.DateTimeField()

    @extend_schema_field(serializers.IntegerField(allow_null=True, min_value=0))
    def days(self, assignment: Assignment) -> int | None:
        return super().days(assignment)


class AssignmentDetail(AssignmentRow):
    coordinator_id = serializers.UUIDField()
    org_id = serializers.UUIDField(source="organization_id")
    start_date = serializers.DateField()
    reminder_sent_at = serializers.DateTimeField(allow_null=True)
    escalation_sent_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class AssignmentMade(serializers.Serializer[Assignment]):
    assignment_id = serializers.UUIDField(source="id")
    mentee_name = serializers.CharField(source="contact.name")
    peer_mentor_id = serializers.UUIDField(source="mentor_id")
    status = serializers.ChoiceField(AssignmentStatus.choices)
    last_contact_date = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class AssignmentChanged(serializers.Serializer[Assignment]):
    assignment_id = serializers.UUIDField(source="id")
    status = serializers.ChoiceField(AssignmentStatus.choices)
    peer_mentor_id = serializers.UUIDField(source="mentor_id")
    updated_at = serializers.DateTimeField()


class AssignmentDeleted(serializers.Serializer[Assignment]):
    assignment_id = serializers.UUIDField(source="id")
    deleted = serializers.SerializerMethodField()
    deleted_at = serializers.DateTimeField()

    def get_deleted(self, assignment: Assignment) -> bool:
        return assignment.deleted_at is not None


class LastContact(AssignmentRow):
    mentee_name = peer_mentor_id = status = created_at = None  # type: ignore[assignment]
    updated_at = serializers.DateTimeField()


class AssignmentSnoozed(serializers.Serializer[Assignment]):
    assignment_id = serializers.UUIDField(source="id")
    snoozed_until = serializers.DateField(allow_null=True)
    snooze_reason = serializers.CharField()
    updated_at = serializers.DateTimeField()


class AssignmentThresholds(serializers.Serializer[Assignment]):
    assignment_id = serializers.UUIDField(source="id")
    reminder_days = serializers.IntegerField(allow_null=True)
    escalation_days = serializers.IntegerField(allow_null=True)
    updated_at = serializers.DateTimeField()


class HandoverPreview(serializers.Serializer[Any]):
    assignment_id = serializers.UUIDField(source="assignment.id")
    mentee_name = serializers.CharField(source="assignment.contact.name")
    from_peer_mentor_id = serializers.UUIDField(source="assignment.mentor_id")
    to_peer_mentor_id = serializers.SerializerMethodField()
    possible = serializers.SerializerMethodField()
    code = serializers.SerializerMethodField(help_text="Why not, for programs; empty when it is possible.")
    detail = serializers.SerializerMethodField(help_text="Why not, as a sentence; empty when it is possible.")

    @extend_schema_field(serializers.UUIDField())
    def get_to_peer_mentor_id(self, handover: Any) -> Any:
        return self.context["mentor"].pk

    def get_possible(self, handover: Any) -> bool:
        return handover.refusal is None

    def get_code(self, handover: Any) -> str:
        return handover.refusal.code if handover.refusal else ""

    def get_detail(self, handover: Any) -> str:
        return str(handover.refusal.sentence) if handover.refusal else ""


class NewAssignment(StrictSerializer):
    mentee_id = serializers.UUIDField()
    peer_mentor_id = serializers.UUIDField()
    coordinator_id = serializers.UUIDField()
    org_id = serializers.UUIDField()
    start_date = serializers.DateField()


class AssignmentChange(StrictSerializer):
    """Any of the three, at least one."""

    status = serializers.ChoiceField(AssignmentStatus.choices, required=False)
    peer_mentor_id = serializers.UUIDField(required=False)
    coordinator_id = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            self.fields["status"].fail("required")
        return attrs


class ContactReport(StrictSerializer):
    last_contact_date = MomentField()
    activity_id = serializers.UUIDField(required=False, allow_null=True)


class Snooze(StrictSerializer):
    until = serializers.DateField(help_text="The first day on which reminders go out again.")
    reason = serializers.CharField(max_length=200)


class Handover(StrictSerializer):
    peer_mentor_id = serializers.UUIDField()
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class OwnThresholds(StrictSerializer):
    """Null: the organisation's."""

    reminder_days = serializers.IntegerField(min_value=1, max_value=365, allow_null=True)
    escalation_days = serializers.IntegerField(min_value=1, max_value=365, allow_null=True)


class Nothing(StrictSerializer):
    """No input."""
