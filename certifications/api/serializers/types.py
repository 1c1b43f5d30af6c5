"""What the API says of certification types and of an association's settings, and hears about them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.base.api import StrictSerializer
from certifications.models import CertificationSettings, CertificationType
from certifications.models.certificates import MOST_GRACE_DAYS, MOST_VALIDITY_MONTHS
from certifications.rules import EARLIEST_HOUR, LATEST_HOUR, OFFSETS


class CertificationTypeRow(serializers.Serializer[CertificationType]):
    certification_type_id = serializers.UUIDField(source="id")
    org_id = serializers.UUIDField(source="organization_id")
    certification_type = serializers.CharField(source="code", help_text="What other answers call it by.")
    name = serializers.CharField()
    name_nn = serializers.CharField()
    name_en = serializers.CharField()
    label = serializers.CharField(source="__str__", help_text="The name in the caller's language.")
    validity_months = serializers.IntegerField(allow_null=True, help_text="Null: for life.")
    required_for_active = serializers.BooleanField()
    reminder_days = serializers.ListField(child=serializers.IntegerField())
    grace_days = serializers.IntegerField()
    course_id = serializers.UUIDField(allow_null=True, help_text="The course that gives it, if one in Varde does.")
    renewal_course = serializers.CharField()
    renewal_url = serializers.CharField()
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class CertificationTypeChange(StrictSerializer):
    """What a certification demands; what is left out stays as it is."""

    name = serializers.CharField(max_length=100, required=False)
    name_nn = serializers.CharField(max_length=100, required=False, allow_blank=True)
    name_en = serializers.CharField(max_length=100, required=False, allow_blank=True)
    validity_months = serializers.IntegerField(
        min_value=1, max_value=MOST_VALIDITY_MONTHS, required=False, allow_null=True, help_text="Null: for life."
    )
    required_for_active = serializers.BooleanField(required=False)
    reminder_days = serializers.ListField(
        child=serializers.ChoiceField(choices=list(OFFSETS)), required=False, max_length=len(OFFSETS)
    )
    grace_days = serializers.IntegerField(min_value=0, max_value=MOST_GRACE_DAYS, required=False)
    course_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Whoever completes this course is issued the certificate."
    )
    renewal_course = serializers.CharField(max_length=200, required=False, allow_blank=True)
    renewal_url = serializers.URLField(max_length=200, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)

    def validate_reminder_days(self, days: list[int]) -> list[int]:
        return sorted(set(days), reverse=True)


class NewCertificationType(CertificationTypeChange):
    org_id = serializers.UUIDField()
    certification_type = serializers.SlugField(max_length=60, help_text="Its code: stays as it is.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True


class CertificationSettingsRow(serializers.Serializer[CertificationSettings]):
    org_id = serializers.UUIDField(source="organization_id")
    reminder_hour = serializers.IntegerField(help_text="The local hour at which reminders come due.")
    check_page_names_mentor = serializers.BooleanField()
    publishes_mentors = serializers.BooleanField()


class CertificationSettingsChange(StrictSerializer):
    reminder_hour = serializers.IntegerField(min_value=EARLIEST_HOUR, max_value=LATEST_HOUR)
    check_page_names_mentor = serializers.BooleanField()
    publishes_mentors = serializers.BooleanField()
