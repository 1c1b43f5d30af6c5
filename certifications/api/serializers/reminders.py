"""What the API says of renewal reminders and hears about them; the keys are those of the contract [b1]."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.base.api import StrictSerializer
from certifications.enums import ReminderStatus, ReminderType
from certifications.models import ArchivedReminder
from certifications.models.reminders import ReminderColumns
from notifications.enums import Channel, State


class RenewalReminderRow(serializers.Serializer[ReminderColumns]):
    """The 16 attributes, and three that make them easier to use."""

    id = serializers.UUIDField()
    certificate_id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    reminder_type = serializers.ChoiceField(ReminderType.choices)
    scheduled_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    status = serializers.ChoiceField(ReminderStatus.choices)
    channel = serializers.ChoiceField(Channel.choices)
    failure_reason = serializers.CharField(help_text="Why it failed or was cancelled, for programs.")
    retry_count = serializers.IntegerField()
    certificate_expiry_date = serializers.DateTimeField()
    organization_id = serializers.UUIDField()
    coordinator_notified = serializers.BooleanField()
    auto_pause_triggered = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    mentor_id = serializers.UUIDField(source="certificate.mentor_id")
    needs_attention = serializers.SerializerMethodField(
        help_text="Failed for good: nothing tries again until somebody looks."
    )
    is_archived = serializers.SerializerMethodField()

    def get_needs_attention(self, reminder: Any) -> bool:
        if self.get_is_archived(reminder) or reminder.notification is None:
            return False
        return bool(reminder.status == ReminderStatus.FAILED and reminder.notification.state == State.FAILED)

    def get_is_archived(self, reminder: Any) -> bool:
        return isinstance(reminder, ArchivedReminder)


class Cancellation(StrictSerializer):
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class Retry(StrictSerializer):
    channel = serializers.ChoiceField(Channel.choices, required=False, help_text="Without it: the same way again.")


class NoFacts(StrictSerializer):
    """Nothing to say."""
