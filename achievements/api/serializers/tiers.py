"""What the API says of tiers, and hears about an association's thresholds."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.base.api import StrictSerializer
from achievements.enums import Metric, Tier, Window
from achievements.models import RecognitionTiers
from achievements.sentences import tier_sentence
from achievements.tiers import HIGHEST, TierStanding


class TierAnswer(serializers.Serializer[TierStanding]):
    """Where a mentor stands, and how far it is to the next tier."""

    peer_mentor_id = serializers.SerializerMethodField()
    tier = serializers.ChoiceField(choices=Tier.choices, allow_null=True, help_text="Null below the lowest one.")
    next_tier = serializers.ChoiceField(
        source="next", choices=Tier.choices, allow_null=True, help_text="Null on the highest one."
    )
    metric = serializers.SerializerMethodField(help_text="What is counted.")
    window = serializers.SerializerMethodField(help_text="Over all years, or within this calendar year.")
    current = serializers.IntegerField()
    required = serializers.IntegerField(allow_null=True, help_text="Where the next tier begins.")
    missing = serializers.IntegerField(help_text="0 on the highest tier.")
    sentence = serializers.SerializerMethodField(help_text="In the caller's language.")

    @extend_schema_field(serializers.UUIDField())
    def get_peer_mentor_id(self, standing: TierStanding) -> str:
        return str(self.context["mentor"].pk)

    @extend_schema_field(serializers.ChoiceField(choices=Metric.choices))
    def get_metric(self, standing: TierStanding) -> str:
        return str(self.context["tiers"].metric)

    @extend_schema_field(serializers.ChoiceField(choices=Window.choices))
    def get_window(self, standing: TierStanding) -> str:
        return str(self.context["tiers"].window)

    def get_sentence(self, standing: TierStanding) -> str:
        return tier_sentence(standing, Metric(self.context["tiers"].metric))


class TiersRow(serializers.Serializer[RecognitionTiers]):
    """From how much on each tier begins."""

    org_id = serializers.UUIDField(source="organization_id")
    metric = serializers.ChoiceField(choices=Metric.choices, help_text="What is counted.")
    window = serializers.ChoiceField(choices=Window.choices, help_text="Over all years, or within a calendar year.")
    bronze = serializers.IntegerField()
    silver = serializers.IntegerField()
    gold = serializers.IntegerField()
    platinum = serializers.IntegerField()


class TiersChange(StrictSerializer):
    """All of it together: each tier begins above the one below it."""

    metric = serializers.ChoiceField(choices=Metric.choices)
    window = serializers.ChoiceField(choices=Window.choices)
    bronze = serializers.IntegerField(min_value=1, max_value=HIGHEST)
    silver = serializers.IntegerField(min_value=1, max_value=HIGHEST)
    gold = serializers.IntegerField(min_value=1, max_value=HIGHEST)
    platinum = serializers.IntegerField(min_value=1, max_value=HIGHEST)
