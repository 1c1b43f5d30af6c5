"""What the phone reads about people and associations, and what it may send."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from accounts.base.api import StrictSerializer
from accounts.base.fields import ClockTimeField
from accounts.enums import ContactTerm, Language, Level, MentorStatus, MentorTerm, Module, PausedBy, PauseReason, Role
from accounts.models import LocalAssociation, MentorProfile, Organization
from accounts.zones import is_zone

#: What mentors and coordinators may choose; the third reason is Varde's own.
CHOSEN_REASONS = [choice for choice in PauseReason.choices if choice[0] != PauseReason.CERTIFICATION_EXPIRED]


class AffiliationSerializer(serializers.Serializer[Any]):
    local_association_id = serializers.UUIDField()
    name = serializers.CharField(source="local_association.name")
    is_primary = serializers.BooleanField()


class OrganizationSerializer(serializers.ModelSerializer[Organization]):
    """An organisation of the caller: what it calls people, and which modules it uses."""

    org_id = serializers.UUIDField(source="id")
    quiet_from = ClockTimeField(allow_null=True)
    quiet_to = ClockTimeField(allow_null=True)
    mentor_term = serializers.ChoiceField(choices=MentorTerm)
    mentor_label = serializers.CharField(source="get_mentor_term_display", help_text=_("In the caller's language."))
    contact_term = serializers.ChoiceField(choices=ContactTerm)
    contact_label = serializers.CharField(source="get_contact_term_display", help_text=_("In the caller's language."))
    modules = serializers.SerializerMethodField()

    class Meta:
        model = Organization
        fields = (
            "org_id",
            "name",
            "slug",
            "locale",
            "time_zone",
            "quiet_from",
            "quiet_to",
            "mentor_term",
            "mentor_label",
            "contact_term",
            "contact_label",
            "modules",
        )

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Module)))
    def get_modules(self, organization: Organization) -> list[str]:
        return sorted(setting.module for setting in organization.used_modules)  # type: ignore[attr-defined]


class RoleSerializer(serializers.Serializer[Any]):
    org_id = serializers.UUIDField(source="organization_id")
    role = serializers.ChoiceField(choices=Role)
    granted_at = serializers.DateTimeField()
    local_association_ids = serializers.SerializerMethodField(help_text=_("In the coordinator's care."))

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_local_association_ids(self, membership: Any) -> list[str]:
        return [str(area.local_association_id) for area in membership.areas.all()]


class MentorSerializer(serializers.ModelSerializer[MentorProfile]):
    peer_mentor_id = serializers.UUIDField(source="id")
    org_id = serializers.UUIDField(source="organization_id")
    user_id = serializers.UUIDField()
    name = serializers.CharField(source="user.get_full_name")
    email = serializers.EmailField(source="user.email")
    phone = serializers.CharField(source="user.phone")
    status = serializers.ChoiceField(choices=MentorStatus)
    paused_by = serializers.ChoiceField(choices=[("", ""), *PausedBy.choices])
    pause_reason = serializers.ChoiceField(choices=[("", ""), *PauseReason.choices])
    local_associations = AffiliationSerializer(source="affiliations", many=True)

    class Meta:
        model = MentorProfile
        fields = (
            "peer_mentor_id",
            "org_id",
            "user_id",
            "name",
            "email",
            "phone",
            "member_number",
            "started_on",
            "status",
            "paused_by",
            "pause_reason",
            "pause_note",
            "paused_at",
            "resumed_at",
            "leave_until",
            "is_listed",
            "local_associations",
        )


class PauseSerializer(StrictSerializer):
    """Why a mentor is paused; a leave may say on which day they are back."""

    reason = serializers.ChoiceField(choices=CHOSEN_REASONS)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    leave_until = serializers.DateField(required=False, allow_null=True, default=None)


class ResumeSerializer(StrictSerializer):
    note = serializers.CharField(
        max_length=500,
        required=False,
        allow_blank=True,
        default="",
        help_text=_("Needed to override a missing certificate."),
    )


class StatusChangeSerializer(serializers.Serializer[Any]):
    status_before = serializers.ChoiceField(choices=[("", ""), *MentorStatus.choices])
    status_after = serializers.ChoiceField(choices=MentorStatus)
    changed_by = serializers.ChoiceField(choices=PausedBy)
    changed_by_name = serializers.SerializerMethodField(help_text=_("Null: Varde itself."))
    reason = serializers.ChoiceField(choices=[("", ""), *PauseReason.choices])
    note = serializers.CharField()
    at = serializers.DateTimeField()

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_changed_by_name(self, change: Any) -> str | None:
        return str(change.user) if change.user else None


class LocalAssociationSerializer(serializers.ModelSerializer[LocalAssociation]):
    local_association_id = serializers.UUIDField(source="id")
    org_id = serializers.UUIDField(source="organization_id")
    level = serializers.ChoiceField(choices=Level)
    parent_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = LocalAssociation
        fields = ("local_association_id", "org_id", "name", "level", "parent_id")


class MeSerializer(serializers.Serializer[Any]):
    """The caller: who they are, what they may, and in which organisations."""

    user_id = serializers.UUIDField(source="id")
    email = serializers.EmailField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    phone = serializers.CharField()
    language = serializers.ChoiceField(choices=Language)
    time_zone = serializers.CharField(help_text=_("Empty: the organisation's."))
    is_platform_staff = serializers.BooleanField(source="is_superuser")
    organizations = OrganizationSerializer(many=True, source="my_organizations")
    roles = RoleSerializer(many=True, source="my_roles")
    mentor_profiles = MentorSerializer(many=True, source="my_mentor_profiles")


class ChangeMeSerializer(StrictSerializer):
    first_name = serializers.CharField(max_length=100, required=False)
    last_name = serializers.CharField(max_length=100, required=False)
    phone = serializers.RegexField(r"^\+?[0-9 ()-]*$", max_length=20, required=False, allow_blank=True)
    language = serializers.ChoiceField(choices=Language, required=False)
    time_zone = serializers.CharField(max_length=64, required=False, allow_blank=True)

    def validate_time_zone(self, name: str) -> str:
        if name and not is_zone(name):
            raise serializers.ValidationError(_("There is no such time zone."), code="unknown_time_zone")
        return name


@extend_schema_serializer(component_name="SignedInDevice")  # a push device is called Device
class DeviceSerializer(serializers.Serializer[Any]):
    """A device or browser that is signed in."""

    device_id = serializers.IntegerField(source="id")
    user_agent = serializers.CharField()
    ip = serializers.IPAddressField()
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    is_current = serializers.SerializerMethodField()

    def get_is_current(self, device: Any) -> bool:
        return bool(device.session_key == self.context["session_key"])
