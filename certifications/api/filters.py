"""The query parameters of the lists of certificates and reminders."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F
from django.utils import timezone
from django_filters import rest_framework as filters

from accounts.enums import Language
from certifications.enums import CertificateStatus, ReminderStatus, ReminderType, Validity
from certifications.models import Certificate, CertificationType
from mentoring.querysets import local_date_of


class TypeFilters(filters.FilterSet):
    org_id = filters.UUIDFilter("organization_id")
    required_for_active = filters.BooleanFilter("required_for_active")
    is_active = filters.BooleanFilter("is_active")

    class Meta:
        model = CertificationType
        fields: list[str] = []


class CertificateFilters(filters.FilterSet):
    mentor_id = filters.UUIDFilter("mentor_id")
    certification_type = filters.CharFilter("type__code", max_length=60)
    status = filters.ChoiceFilter(choices=CertificateStatus.choices)
    validity = filters.ChoiceFilter(choices=Validity.choices)
    expires_before = filters.DateFilter(method="before", help_text="The expiry date, local, lies before this day.")
    expires_after = filters.DateFilter(method="after", help_text="The expiry date, local, lies after this day.")

    class Meta:
        model = Certificate
        fields: list[str] = []

    def before(self, queryset: Any, name: str, value: date) -> Any:
        return self._dated(queryset).filter(expiry_day__lt=value)

    def after(self, queryset: Any, name: str, value: date) -> Any:
        return self._dated(queryset).filter(expiry_day__gt=value)

    def _dated(self, queryset: Any) -> Any:
        return queryset.alias(expiry_day=local_date_of(F("expires_at"), "organization__time_zone"))


class StatusFilters(filters.FilterSet):
    mentor_id = filters.UUIDFilter("mentor_id")
    certification_type = filters.CharFilter("type__code", max_length=60)
    is_expired = filters.BooleanFilter(method="expired")

    class Meta:
        model = Certificate
        fields: list[str] = []

    def expired(self, queryset: Any, name: str, value: bool) -> Any:
        at = timezone.now()
        return queryset.lapsed_at(at) if value else queryset.valid_at(at)


class ReminderFilters(filters.FilterSet):
    """Names no model: the rows are those that are kept, or those of the archive."""

    archived = filters.BooleanFilter(
        method="kept_there", help_text="True: instead those that were final for a year, from the archive."
    )
    status = filters.ChoiceFilter(choices=ReminderStatus.choices)
    reminder_type = filters.ChoiceFilter(choices=ReminderType.choices)
    certificate_id = filters.UUIDFilter("certificate_id")
    mentor_id = filters.UUIDFilter("certificate__mentor_id")
    user_id = filters.UUIDFilter("user_id")
    scheduled_from = filters.DateFilter(method="from_day", help_text="Due on this local day or later.")
    scheduled_to = filters.DateFilter(method="to_day", help_text="Due on this local day or earlier.")
    needs_attention = filters.BooleanFilter(method="failed_for_good")

    def kept_there(self, queryset: Any, name: str, value: bool) -> Any:
        return queryset  # the view has taken the rows from there

    def from_day(self, queryset: Any, name: str, value: date) -> Any:
        return self._dated(queryset).filter(due_day__gte=value)

    def to_day(self, queryset: Any, name: str, value: date) -> Any:
        return self._dated(queryset).filter(due_day__lte=value)

    def failed_for_good(self, queryset: Any, name: str, value: bool) -> Any:
        if not hasattr(queryset, "needing_attention"):  # nothing in the archive waits for anybody
            return queryset.none() if value else queryset
        waiting = queryset.model.objects.needing_attention()
        return queryset.filter(pk__in=waiting) if value else queryset.exclude(pk__in=waiting)

    def _dated(self, queryset: Any) -> Any:
        return queryset.alias(due_day=local_date_of(F("scheduled_at"), "organization__time_zone"))


class DocumentLanguage(filters.FilterSet):
    """What may be asked of a document."""

    language = filters.ChoiceFilter(choices=Language.choices, help_text="Without it: the caller's.")
