"""The shapes of the notification API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.base.api import StrictSerializer
from notifications.enums import Channel, Platform
from notifications.models import Device, Notification


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    """One message in the inbox. `path` is where it leads, `subject_id` the row it is about."""

    notification_id = serializers.UUIDField(source="id", read_only=True)
    org_id = serializers.UUIDField(source="organization_id", read_only=True)
    path = serializers.SerializerMethodField()

    class Meta:
        model = Notification
        fields = (
            "notification_id",
            "org_id",
            "kind",
            "subject_id",
            "title",
            "body",
            "path",
            "data",
            "channel",
            "sent_at",
            "read_at",
        )
        read_only_fields = fields

    def get_path(self, row: Notification) -> str:
        return str(row.data.get("path", ""))

    def to_representation(self, instance: Notification) -> dict[str, Any]:
        shown = super().to_representation(instance)
        shown["data"] = {key: value for key, value in instance.data.items() if key != "path"}
        return shown


class ReadAllSerializer(serializers.Serializer[Any]):
    """How many messages were new until now."""

    read_count = serializers.IntegerField()


class UnreadCountSerializer(serializers.Serializer[Any]):
    unread_count = serializers.IntegerField()


class PreferenceSerializer(serializers.Serializer[Any]):
    """One kind of message and how the caller gets it. `is_chosen` is false while the default holds."""

    kind = serializers.CharField()
    label = serializers.CharField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    default_channel = serializers.ChoiceField(choices=Channel.choices)
    is_chosen = serializers.BooleanField()


class ChooseChannelSerializer(StrictSerializer):
    channel = serializers.ChoiceField(choices=Channel.choices)


class DeviceSerializer(serializers.ModelSerializer[Device]):
    """A phone or browser that gets push messages. The token is never shown again."""

    device_id = serializers.UUIDField(source="id", read_only=True)

    class Meta:
        model = Device
        fields = ("device_id", "platform", "last_seen_at", "created_at")
        read_only_fields = fields


class RegisterDeviceSerializer(StrictSerializer):
    platform = serializers.ChoiceField(choices=Platform.choices)
    token = serializers.CharField(min_length=8, max_length=500)
