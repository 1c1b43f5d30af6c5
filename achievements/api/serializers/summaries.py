"""What the API says of annual summaries and hears about them. `context["words"]` knows names (`achievements.words`)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.base.api import StrictSerializer
from achievements.enums import GenerationStatus
from achievements.models import AnnualSummary
from achievements.models.summaries import EARLIEST_YEAR, LATEST_YEAR, MOST_HIGHLIGHTS
from achievements.services.sharing import LONGEST, SHORTEST, USUAL

HIGHLIGHTS = {
    "type": "array",
    "maxItems": MOST_HIGHLIGHTS,
    "items": {
        "type": "object",
        "required": ["type", "date", "description"],
        "properties": {
            "type": {"type": "string"},
            "date": {"type": "string", "format": "date"},
            "description": {"type": "string", "description": "A sentence in the caller's language."},
        },
        "additionalProperties": {"type": ["integer", "string", "null"]},
    },
    "example": [
        {"type": "milestone", "date": "2025-10-02", "count": 100, "description": "Your activity number 100."},
        {"type": "longest_streak", "date": "2025-03-14", "days": 5, "description": "Five days in a row."},
    ],
}
MONTHS = {
    "type": "array",
    "minItems": 12,
    "maxItems": 12,
    "items": {"type": "integer", "minimum": 0},
    "example": [4, 6, 9, 8, 7, 5, 1, 6, 10, 12, 9, 4],
}


class SummaryRow(serializers.Serializer[AnnualSummary]):
    """A mentor's year. While it is not `ready` the numbers are those of `generated_at`."""

    id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    organization_id = serializers.UUIDField()
    org_id = serializers.UUIDField(source="organization_id", help_text="The same, as elsewhere in the API.")
    peer_mentor_id = serializers.UUIDField(source="mentor_id")
    peer_mentor_name = serializers.CharField(source="user.get_full_name")
    year = serializers.IntegerField(min_value=EARLIEST_YEAR, max_value=LATEST_YEAR)
    is_preview = serializers.BooleanField(help_text="The year was still running: nothing in it is a total of the year.")
    as_of = serializers.DateField(allow_null=True, help_text="The last day that is counted in a preview.")
    total_activities = serializers.IntegerField(help_text="All that count, attempts too.")
    total_hours = serializers.FloatField(help_text="Two decimals.")
    total_contacts_reached = serializers.IntegerField(help_text="Different people.")
    total_events_attended = serializers.IntegerField()
    badges_earned_count = serializers.IntegerField()
    top_activity_type = serializers.CharField(help_text="Its slug; empty when there is none.")
    top_activity_type_name = serializers.SerializerMethodField(help_text="In the caller's language.")
    most_active_month = serializers.IntegerField(allow_null=True, min_value=1, max_value=12)
    streak_days = serializers.IntegerField(help_text="The longest run of days within the year.")
    highlight_moments = serializers.SerializerMethodField(help_text="At most five.")
    monthly_activity_counts = serializers.SerializerMethodField(help_text="Beginning with January.")
    generation_status = serializers.ChoiceField(
        GenerationStatus.choices, help_text="`ready`: right, and of a whole year. `pending` while the year is running."
    )
    generated_at = serializers.DateTimeField(allow_null=True, help_text="When it was last made.")
    viewed_at = serializers.DateTimeField(allow_null=True, help_text="When the mentor first opened it.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_top_activity_type_name(self, summary: AnnualSummary) -> str:
        return str(self.context["words"].top_activity_type(summary))

    @extend_schema_field(HIGHLIGHTS)
    def get_highlight_moments(self, summary: AnnualSummary) -> Any:
        return self.context["words"].highlights(summary)

    @extend_schema_field(MONTHS)
    def get_monthly_activity_counts(self, summary: AnnualSummary) -> Any:
        return summary.monthly_activity_counts


class MySummary(SummaryRow):
    """One's own year. Without any activity there is no row: the same shape with zeros, and a sentence."""

    id = serializers.UUIDField(allow_null=True)
    generation_status = serializers.ChoiceField(
        GenerationStatus.choices, allow_null=True, help_text="Null: there is nothing to make one of."
    )
    created_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField(allow_null=True)
    has_activity = serializers.BooleanField()
    sentence = serializers.CharField(help_text="What to say first, in the caller's language.")


class YearRow(serializers.Serializer[AnnualSummary]):
    year = serializers.IntegerField()
    is_preview = serializers.BooleanField()
    as_of = serializers.DateField(allow_null=True)
    generation_status = serializers.ChoiceField(GenerationStatus.choices)
    viewed_at = serializers.DateTimeField(allow_null=True)


class Years(serializers.Serializer[Any]):
    """The years that have something to show, the latest first."""

    years = YearRow(many=True)


class NewShare(StrictSerializer):
    days = serializers.IntegerField(
        min_value=SHORTEST, max_value=LONGEST, default=USUAL, help_text="So long the link works."
    )


class ShareAnswer(serializers.Serializer[Any]):
    """Whether a year is shared, and by which link. Whoever has the link sees the numbers, and no name of a contact."""

    is_shared = serializers.BooleanField()
    url = serializers.URLField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)


class TopTypeRow(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField(help_text="In the caller's language.")
    count = serializers.IntegerField()


class OrganizationYearAnswer(serializers.Serializer[Any]):
    """A year of an association, added up from its mentors' summaries: numbers and no names."""

    org_id = serializers.UUIDField()
    org_name = serializers.CharField()
    year = serializers.IntegerField(min_value=EARLIEST_YEAR, max_value=LATEST_YEAR)
    is_preview = serializers.BooleanField(help_text="The year is still running.")
    as_of = serializers.DateField(allow_null=True, help_text="The last day that is counted in a preview.")
    mentors_active = serializers.IntegerField(help_text="Mentors with at least one activity.")
    total_activities = serializers.IntegerField()
    total_hours = serializers.FloatField(help_text="Two decimals.")
    total_contacts_reached = serializers.IntegerField(help_text="Each once for every mentor who reached them.")
    total_events_attended = serializers.IntegerField()
    badges_earned_count = serializers.IntegerField()
    monthly_activity_counts = serializers.SerializerMethodField(help_text="Beginning with January.")
    most_active_month = serializers.IntegerField(allow_null=True, min_value=1, max_value=12)
    top_types = TopTypeRow(many=True, help_text="At most five, the most frequent first.")
    waiting = serializers.IntegerField(help_text="Summaries that are being made anew: the numbers may still change.")

    @extend_schema_field(MONTHS)
    def get_monthly_activity_counts(self, year: Any) -> Any:
        return year["monthly_activity_counts"]
