"""The query parameters of the lists of achievements."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import F
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field

from accounts.models import MentorProfile, Organization
from achievements.enums import Category, GenerationStatus
from achievements.models import AnnualSummary, BadgeDefinition, EarnedBadge
from achievements.models.summaries import EARLIEST_YEAR, LATEST_YEAR
from mentoring.models import Activity
from mentoring.querysets import local_date_of


class MentorFilters(filters.FilterSet):
    org_id = filters.UUIDFilter("organization_id")

    class Meta:
        model = MentorProfile
        fields: list[str] = []


class CountFilters(filters.FilterSet):
    """Which activities are counted."""

    type = filters.CharFilter("type__slug", max_length=60, help_text="The short name of an activity type.")
    # `from` is a word of the language, so it cannot be a name in a class.
    locals()["from"] = filters.DateFilter("local_date", lookup_expr="gte", help_text="From this local day on.")
    to = filters.DateFilter("local_date", lookup_expr="lte", help_text="Up to and with this local day.")

    class Meta:
        model = Activity
        fields: list[str] = []


@extend_schema_field({"type": "integer", "minimum": EARLIEST_YEAR, "maximum": LATEST_YEAR})
class YearFilter(filters.NumberFilter):
    """A calendar year, in whole numbers."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=EARLIEST_YEAR, max_value=LATEST_YEAR, **kwargs)


class SummaryFilters(filters.FilterSet):
    year = YearFilter("year")
    peer_mentor_id = filters.UUIDFilter("mentor_id")
    org_id = filters.UUIDFilter("organization_id")
    status = filters.ChoiceFilter(field_name="generation_status", choices=GenerationStatus.choices)

    class Meta:
        model = AnnualSummary
        fields: list[str] = []


class OrganizationFilters(filters.FilterSet):
    org_id = filters.UUIDFilter("pk")

    class Meta:
        model = Organization
        fields: list[str] = []


class DefinitionFilters(filters.FilterSet):
    org_id = filters.UUIDFilter("organization_id")
    category = filters.ChoiceFilter(choices=Category.choices)
    is_active = filters.BooleanFilter("is_active")

    class Meta:
        model = BadgeDefinition
        fields: list[str] = []


class PreviewParameters(filters.FilterSet):
    """Where a badge of all organisations is tried out."""

    org_id = filters.UUIDFilter("organization_id")

    class Meta:
        model = BadgeDefinition
        fields: list[str] = []


class EarnedBadgeFilters(filters.FilterSet):
    org_id = filters.UUIDFilter("organization_id")
    peer_mentor_id = filters.UUIDFilter("mentor_id")
    badge_definition_id = filters.UUIDFilter("definition_id")
    year = YearFilter(method="in_year", help_text="The local year in which it was earned.")
    revoked = filters.BooleanFilter("revoked_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = EarnedBadge
        fields: list[str] = []

    def in_year(self, queryset: Any, name: str, value: int) -> Any:
        return queryset.alias(earned_on=local_date_of(F("earned_at"), "organization__time_zone")).filter(
            earned_on__year=value
        )
