"""The query parameters of mentoring's lists."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import F, Q, QuerySet
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from mentoring.enums import ActivityStatus, AssignmentStatus, Duplicate, FollowUpKind, Source, Trigger
from mentoring.models import Activity, Assignment, Contact, FollowUpReminder
from mentoring.querysets import local_date_of
from notifications.enums import State

MAX_TERMS = 5


class DayOrMomentField(forms.Field):
    """A date, or a moment with its offset."""

    def to_python(self, value: Any) -> date | datetime | None:
        if value in self.empty_values:
            return None
        try:
            parsed = parse_date(value) or parse_datetime(value)
        except ValueError:
            parsed = None
        naive = isinstance(parsed, datetime) and parsed.tzinfo is None
        if parsed is None or naive or not 1900 <= parsed.year < 2200:
            raise forms.ValidationError(_("Give a date, or a moment with its offset."), code="invalid")
        return parsed


class DayOrMoment(filters.Filter):
    field_class = DayOrMomentField


class Days(filters.Filter):
    field_class = forms.IntegerField


class AssignmentFilters(filters.FilterSet):
    status = filters.ChoiceFilter(
        choices=[("open", _("Open")), *AssignmentStatus.choices],
        method="by_status",
        help_text="Without it: the open ones (pending and active).",
    )
    peer_mentor_id = filters.UUIDFilter("mentor_id")
    coordinator_id = filters.UUIDFilter("coordinator_id")

    class Meta:
        model = Assignment
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("status") else found.open()

    def by_status(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.open() if value == "open" else queryset.filter(status=value)


class OverdueFilters(filters.FilterSet):
    """Without any: the thresholds that hold for each assignment."""

    cutoff_date = DayOrMoment(
        method="before", help_text="Last contact strictly before this day or moment, or none at all."
    )
    threshold_days = Days(
        method="at_least",
        min_value=0,
        max_value=3650,
        help_text="At least this many local days without contact; before the first contact, since the start.",
    )
    peer_mentor_id = filters.UUIDFilter("mentor_id")
    coordinator_id = filters.UUIDFilter("coordinator_id")

    class Meta:
        model = Assignment
        fields: list[str] = []

    def is_valid(self) -> bool:
        valid = super().is_valid()
        if valid and all(self.form.cleaned_data[name] is not None for name in ("cutoff_date", "threshold_days")):
            self.form.add_error("threshold_days", forms.ValidationError(_("Give one of the two."), code="exclusive"))
            return False
        return bool(valid)

    def filter_queryset(self, queryset: Any) -> Any:
        found = super().filter_queryset(queryset)
        given = self.form.cleaned_data
        if given["cutoff_date"] is None and given["threshold_days"] is None:
            return found.filter(counted_days__gte=F("remind_after"))
        return found

    def before(self, queryset: Any, name: str, value: date | datetime) -> Any:
        if isinstance(value, datetime):
            return queryset.without_contact_since(value)
        dated = queryset.alias(contact_on=local_date_of(F("last_contact_date"), "organization__time_zone"))
        return dated.filter(Q(contact_on__lt=value) | Q(last_contact_date=None))

    def at_least(self, queryset: QuerySet[Any], name: str, value: int) -> QuerySet[Any]:
        return queryset.filter(counted_days__gte=value)


class ActivityFilters(filters.FilterSet):
    peer_mentor_id = filters.UUIDFilter("mentor_id")
    contact_id = filters.UUIDFilter("contact_id")
    assignment_id = filters.UUIDFilter("assignment_id")
    type_id = filters.UUIDFilter("type_id")
    type = filters.CharFilter("type__slug", max_length=60)
    from_date = filters.DateFilter("local_date", lookup_expr="gte")
    to_date = filters.DateFilter("local_date", lookup_expr="lte")
    reached = filters.BooleanFilter("reached")
    status = filters.ChoiceFilter(choices=ActivityStatus.choices)
    duplicate = filters.ChoiceFilter(choices=Duplicate.choices)
    source = filters.ChoiceFilter(choices=Source.choices)

    class Meta:
        model = Activity
        fields: list[str] = []


class ContactFilters(filters.FilterSet):
    search = filters.CharFilter(method="by_name", max_length=100, help_text="Up to five parts of a name or number.")
    local_association_id = filters.UUIDFilter("local_association_id")

    class Meta:
        model = Contact
        fields: list[str] = []

    def by_name(self, queryset: Any, name: str, value: str) -> Any:
        for term in value.split()[:MAX_TERMS]:
            queryset = queryset.filter(
                Q(first_name__icontains=term) | Q(last_name__icontains=term) | Q(number__istartswith=term)
            )
        return queryset


class HistoryFilters(filters.FilterSet):
    assignment_id = filters.UUIDFilter("assignment_id")
    recipient_id = filters.UUIDFilter("recipient_id")
    kind = filters.ChoiceFilter(choices=FollowUpKind.choices)
    trigger = filters.ChoiceFilter(choices=Trigger.choices)
    state = filters.ChoiceFilter("notification__state", choices=State.choices)
    from_date = filters.DateFilter("on", lookup_expr="gte")
    to_date = filters.DateFilter("on", lookup_expr="lte")

    class Meta:
        model = FollowUpReminder
        fields: list[str] = []
