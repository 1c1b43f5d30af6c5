"""What the API says of contacts and hears about them."""

from __future__ import annotations

from rest_framework import serializers

from accounts.base.api import StrictSerializer
from mentoring.models import Contact


class ContactRow(serializers.Serializer[Contact]):
    contact_id = serializers.UUIDField(source="id")
    org_id = serializers.UUIDField(source="organization_id")
    local_association_id = serializers.UUIDField()
    number = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    phone = serializers.CharField()
    email = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ContactChange(StrictSerializer):
    local_association_id = serializers.UUIDField(required=False)
    number = serializers.CharField(max_length=40, required=False, allow_blank=True)
    first_name = serializers.CharField(max_length=100, required=False)
    last_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=20, required=False, allow_blank=True)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)


class NewContact(ContactChange):
    org_id = serializers.UUIDField()
    local_association_id = serializers.UUIDField()
    first_name = serializers.CharField(max_length=100)
