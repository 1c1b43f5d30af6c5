"""What the API says of evaluations, thresholds and reminders and hears about them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.base.api import StrictSerializer
from mentoring.enums import FollowUpKind, Recommendation, Trigger
from mentoring.messages import explain
from mentoring.models import FollowUpReminder, ReminderConfig
from notifications.enums import State


class EvaluationRow(serializers.Serializer[Any]):
    """Of an `(assignment_id, rules.Evaluation)`; `context["at"]` is when it was made."""

    assignment_id = serializers.UUIDField()
    days_since_contact = serializers.IntegerField(allow_null=True)
    reminder_threshold = serializers.IntegerField()
    escalation_threshold = serializers.IntegerField()
    reminder_due = serializers.BooleanField()
    escalation_due = serializers.BooleanField()
    recommendation = serializers.ChoiceField(Recommendation.choices)
    explanation = serializers.CharField(help_text="Why, in one sentence, in the caller's language.")
    evaluated_at = serializers.DateTimeField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        assignment_id, evaluation = instance
        return super().to_representation(
            {
                "assignment_id": assignment_id,
                "days_since_contact": evaluation.days_since_contact,
                "reminder_threshold": evaluation.thresholds.reminder,
                "escalation_threshold": evaluation.thresholds.escalation,
                "reminder_due": evaluation.reminder_due,
                "escalation_due": evaluation.escalation_due,
                "recommendation": evaluation.recommendation,
                "explanation": explain(evaluation),
                "evaluated_at": self.context["at"],
            }
        )


class Evaluations(serializers.Serializer[Any]):
    data = EvaluationRow(many=True)


class OneAssignment(StrictSerializer):
    assignment_id = serializers.UUIDField()


class ManyAssignments(StrictSerializer):
    assignment_ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=500)


class ThresholdsOf(serializers.Serializer[Any]):
    org_id = serializers.UUIDField()
    reminder_threshold = serializers.IntegerField()
    escalation_threshold = serializers.IntegerField()


class ConfigRow(serializers.Serializer[ReminderConfig]):
    org_id = serializers.UUIDField(source="organization_id")
    reminder_days = serializers.IntegerField()
    escalation_days = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class DefaultConfig(serializers.Serializer[Any]):
    reminder_days = serializers.IntegerField()
    escalation_days = serializers.IntegerField()


class ConfigDeleted(serializers.Serializer[Any]):
    org_id = serializers.UUIDField()
    deleted = serializers.BooleanField()


class ConfigChange(StrictSerializer):
    reminder_days = serializers.IntegerField(min_value=1, max_value=365)
    escalation_days = serializers.IntegerField(min_value=1, max_value=365)


class NewConfig(ConfigChange):
    org_id = serializers.UUIDField()


class ReminderRow(serializers.Serializer[FollowUpReminder]):
    reminder_id = serializers.UUIDField(source="id")
    assignment_id = serializers.UUIDField()
    kind = serializers.ChoiceField(FollowUpKind.choices)
    trigger = serializers.ChoiceField(Trigger.choices)
    recipient_id = serializers.UUIDField()
    days = serializers.IntegerField()
    on = serializers.DateField()
    state = serializers.ChoiceField(State.choices, source="notification.state")
    opened_at = serializers.DateTimeField(source="notification.read_at", allow_null=True)
    created_at = serializers.DateTimeField()


class Reminders(serializers.Serializer[Any]):
    data = ReminderRow(many=True)
