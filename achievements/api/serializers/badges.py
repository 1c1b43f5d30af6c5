"""What the API says of badges and hears about them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.base.api import StrictSerializer
from achievements import pictures
from achievements.enums import AwardedBy, Category, Repeats
from achievements.icons import ICONS
from achievements.models import BadgeDefinition, EarnedBadge
from achievements.openbadges.addresses import badge_url
from achievements.services import DefinitionPreview, Standing, explain
from certifications.api.serializers.fields import LongText

RULE: Any = {
    "type": "object",
    "description": "Null: only staff award it.",
    "additionalProperties": True,
    "example": {"version": 1, "type": "threshold", "metric": "activities", "value": 100},
}
RAW: Any = {
    "description": "Any JSON, for a rule that cannot be written down yet. Kept and shown, and never evaluated.",
    "type": ["object", "array", "string", "number", "boolean"],
}


@extend_schema_field(RULE)
class RuleField(serializers.JSONField):
    """A rule as it comes: the verb says everything that is wrong with it."""


@extend_schema_field(RAW)
class RawField(serializers.JSONField):
    """Any JSON."""


# --- Definitions


class InLanguage(serializers.Serializer[Any]):
    """What a badge is, in the reader's language."""

    badge_definition_id = serializers.UUIDField(source="definition.id")
    slug = serializers.CharField(source="definition.slug")
    name = serializers.SerializerMethodField(help_text="In the caller's language.")
    description = serializers.SerializerMethodField()
    alt_text = serializers.SerializerMethodField(help_text="What the icon shows.")
    icon = serializers.CharField(source="definition.icon")
    icon_url = serializers.SerializerMethodField(help_text="An SVG.")
    category = serializers.ChoiceField(Category.choices, source="definition.category")
    repeats = serializers.ChoiceField(Repeats.choices, source="definition.repeats")

    def get_name(self, row: Any) -> str:
        return str(row.definition.in_language("name"))

    def get_description(self, row: Any) -> str:
        return str(row.definition.in_language("description"))

    def get_alt_text(self, row: Any) -> str:
        return str(row.definition.in_language("alt_text"))

    @extend_schema_field(serializers.URLField())
    def get_icon_url(self, row: Any) -> str:
        return pictures.whole_address(row.definition.icon)


class Written(serializers.ModelSerializer[BadgeDefinition]):
    """What administrators have written down, by the names that a change takes."""

    criteria_raw = RawField(read_only=True, allow_null=True)

    class Meta:
        model = BadgeDefinition
        fields = [
            "name",
            "name_nn",
            "name_en",
            "description",
            "description_nn",
            "description_en",
            "alt_text",
            "alt_text_nn",
            "alt_text_en",
            "criteria_raw",
        ]


class DefinitionRow(InLanguage):
    """`context["words"]` says rules in sentences, `context["access"]` who is reading."""

    org_id = serializers.UUIDField(
        source="definition.organization_id", allow_null=True, help_text="Null: for all organisations."
    )
    criteria = RuleField(source="definition.criteria", allow_null=True)
    criteria_version = serializers.IntegerField(source="definition.criteria_version")
    rule = serializers.SerializerMethodField(help_text="What it takes, as a sentence.")
    is_active = serializers.BooleanField(source="definition.is_active")
    created_at = serializers.DateTimeField(source="definition.created_at")
    updated_at = serializers.DateTimeField(source="definition.updated_at")
    written = serializers.SerializerMethodField(help_text="For whoever may change the badge; null for others.")

    def to_representation(self, definition: BadgeDefinition) -> Any:
        return super().to_representation(_OfDefinition(definition))

    def get_rule(self, row: _OfDefinition) -> str:
        return str(self.context["words"].rule(row.definition))

    @extend_schema_field(Written(allow_null=True))
    def get_written(self, row: _OfDefinition) -> Any:
        access, owner = self.context["access"], row.definition.organization_id
        may_change = access.is_platform_staff or owner in access.administers
        return Written(row.definition).data if may_change else None


class _OfDefinition:
    """A definition where other rows have one."""

    def __init__(self, definition: BadgeDefinition) -> None:
        self.definition = definition


class DefinitionChange(StrictSerializer):
    """What is left out stays as it is. The verb says everything that is wrong with the rule, by its place in it."""

    name = serializers.CharField(max_length=100, required=False)
    name_nn = serializers.CharField(max_length=100, required=False, allow_blank=True)
    name_en = serializers.CharField(max_length=100, required=False, allow_blank=True)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)
    description_nn = serializers.CharField(max_length=300, required=False, allow_blank=True)
    description_en = serializers.CharField(max_length=300, required=False, allow_blank=True)
    alt_text = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Needed before the badge is put into use."
    )
    alt_text_nn = serializers.CharField(max_length=200, required=False, allow_blank=True)
    alt_text_en = serializers.CharField(max_length=200, required=False, allow_blank=True)
    icon = serializers.ChoiceField(choices=list(ICONS), required=False)
    category = serializers.ChoiceField(choices=Category.choices, required=False)
    criteria = RuleField(required=False, allow_null=True)
    criteria_raw = RawField(required=False, allow_null=True)
    repeats = serializers.ChoiceField(choices=Repeats.choices, required=False)


class NewDefinition(DefinitionChange):
    org_id = serializers.UUIDField(allow_null=True, help_text="Null: for all organisations; platform staff only.")
    slug = serializers.SlugField(max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "icon", "category"):
            self.fields[name].required = True


class WouldEarn(serializers.Serializer[Any]):
    peer_mentor_id = serializers.UUIDField(source="id")
    peer_mentor_name = serializers.CharField(source="user.get_full_name")


class Preview(serializers.Serializer[DefinitionPreview]):
    """What putting a badge into use would do."""

    count = serializers.IntegerField(help_text="So many mentors would earn it.")
    sample = WouldEarn(many=True, help_text="At most ten of them.")
    milliseconds = serializers.IntegerField(help_text="So long it took to find out.")


# --- Earned badges


class EarnedBadgeRow(InLanguage):
    """In a list: everything but what only staff read, and the reason, which are told one at a time."""

    earned_badge_id = serializers.UUIDField(source="id")
    org_id = serializers.UUIDField(source="organization_id")
    peer_mentor_id = serializers.UUIDField(source="mentor_id")
    peer_mentor_name = serializers.CharField(source="mentor.user.get_full_name")
    period = serializers.CharField(help_text="The year of a badge that is earned anew each year; else empty.")
    earned_at = serializers.DateTimeField(help_text="When the threshold fell, not when it was noticed.")
    awarded_by = serializers.ChoiceField(AwardedBy.choices)
    criteria_version = serializers.IntegerField()
    is_valid = serializers.BooleanField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    check_url = serializers.SerializerMethodField(help_text="The public page that says how it stands.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    @extend_schema_field(serializers.URLField())
    def get_check_url(self, earned: EarnedBadge) -> str:
        return badge_url(earned)


class EarnedBadgeDetail(EarnedBadgeRow):
    reason = serializers.SerializerMethodField(help_text="Why it was awarded, in a sentence.")
    note = serializers.SerializerMethodField(help_text="For staff; null for others.")
    awarded_by_id = serializers.SerializerMethodField(help_text="For staff; null for others.")
    revoked_by_id = serializers.SerializerMethodField(help_text="For staff; null for others.")
    revocation_reason = serializers.SerializerMethodField(help_text="For staff; null for others.")

    def get_reason(self, earned: EarnedBadge) -> str:
        return explain(earned=earned)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_note(self, earned: Any) -> str | None:
        return earned.note if earned.in_care else None

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_awarded_by_id(self, earned: Any) -> Any:
        return earned.awarded_by_user_id if earned.in_care else None

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_revoked_by_id(self, earned: Any) -> Any:
        return earned.revoked_by_id if earned.in_care else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_revocation_reason(self, earned: Any) -> str | None:
        return earned.revocation_reason if earned.in_care else None


class NewAward(StrictSerializer):
    peer_mentor_id = serializers.UUIDField()
    badge_definition_id = serializers.UUIDField()
    note = LongText(max_length=500, help_text="What it is for; the mentor reads it.")
    period = serializers.RegexField(
        r"^[12]\d{3}$", required=False, help_text="The year, of a badge that is earned anew each year."
    )


class RevocationOfBadge(StrictSerializer):
    reason = LongText(max_length=500, help_text="For staff; the mentor does not read it.")


class StandingRow(InLanguage):
    """A badge as a mentor has it, or has it ahead."""

    is_earned = serializers.SerializerMethodField()
    earned_badge_id = serializers.UUIDField(source="earned.pk", default=None, allow_null=True)
    earned_at = serializers.DateTimeField(source="earned.earned_at", default=None, allow_null=True)
    period = serializers.CharField(help_text="The year of a badge that is earned anew each year; else empty.")
    current = serializers.IntegerField()
    required = serializers.IntegerField()
    sentence = serializers.CharField(help_text="Why it was awarded, or what is missing.")

    def get_is_earned(self, standing: Standing) -> bool:
        return standing.earned is not None


class BadgesOfMentor(serializers.Serializer[Any]):
    peer_mentor_id = serializers.UUIDField()
    badges = StandingRow(many=True)
