"""The desk of assignments: the list and the form. What a coordinator does about a pair stands in `pairs`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.base.desk import VerbsDecide
from accounts.local_time import local_date
from accounts.models import User
from mentoring import services
from mentoring.admin.desk import AreaFilter, DayInput, DeskAdmin, by_of, on_fields
from mentoring.admin.pairs import VERBS
from mentoring.enums import OPEN
from mentoring.evaluation import evaluate_assignment
from mentoring.messages import explain
from mentoring.models import Assignment


def days_and_sentence(row: Assignment, at: datetime) -> str:
    """What the rule says about a row that was read `with_days`."""
    return explain(evaluate_assignment(row, at))


class FollowUpFilter(admin.SimpleListFilter):
    title = _("follow-up")
    parameter_name = "follow_up"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("open", _("Open")),
            ("overdue", _("Overdue")),
            ("snoozed", _("Snoozed")),
            ("never", _("No contact yet")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "overdue":
            return queryset.open().filter(counted_days__gte=F("remind_after"))
        if self.value() == "snoozed":
            return queryset.open().filter(snoozed_until__gt=F("today"))
        if self.value() == "never":
            return queryset.open().filter(last_contact_date=None)
        return queryset.open() if self.value() == "open" else queryset


class AssignmentForm(VerbsDecide, forms.ModelForm[Assignment]):
    """Opens a pair, or sets its own thresholds; everything else has a page of its own."""

    class Meta:
        model = Assignment
        fields = ("mentor", "contact", "coordinator", "start_date", "reminder_days", "escalation_days")
        widgets = {"start_date": DayInput}


@admin.register(Assignment)
class AssignmentAdmin(DeskAdmin):
    allow_add = True
    allow_change = True
    form = AssignmentForm
    verbs = VERBS
    bulk_verbs = ("remind", "tell", "snooze", "wake", "hand-over", "change-coordinator", "complete", "cancel")
    list_display = (
        "mentor",
        "contact",
        "local_association",
        "status",
        "days",
        "last_contact",
        "coordinator",
    )
    export_columns = (
        "mentor",
        "contact",
        "local_association",
        "status",
        "start_date",
        "days",
        "last_contact_date",
        "reminder_sent_at",
        "snoozed_until",
        "snooze_reason",
        "coordinator",
        "completed_at",
    )
    list_filter = (FollowUpFilter, "status", ("local_association", AreaFilter))
    search_fields = (
        "mentor__user__first_name",
        "mentor__user__last_name",
        "mentor__member_number",
        "contact__first_name",
        "contact__last_name",
        "contact__number",
    )
    search_help_text = _("Names and numbers of mentors and contacts.")
    ordering = ("-start_date", "-id")
    _facts = ("days", "sentence", "last_contact_date", "reminder_sent_at", "escalation_sent_at")
    _states = ("status", "snoozed_until", "snooze_reason", "completed_at", "sequence")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return rows.present().with_participants().with_days(timezone.now())

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["mentor", "contact", "coordinator", "start_date"]})]
        self_and_pair = ["mentor", "contact", "coordinator", "area", "start_date"]
        fieldsets = [
            (_("The pair"), {"fields": self_and_pair}),
            (_("Follow-up"), {"fields": [*self._facts]}),
            (_("State"), {"fields": [*self._states]}),
            (_("Thresholds of its own"), {"fields": ["reminder_days", "escalation_days"]}),
        ]
        if self.has_change_permission(request, obj):
            fieldsets[-1][1]["fields"].append("version")
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        pair = ("mentor", "contact", "coordinator", "area", "start_date")
        return (*pair, *self._facts, *self._states)

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest) -> Any:
        if db_field.name == "coordinator":
            return self._colleagues(request)
        return super().get_field_queryset(db, db_field, request)

    def _colleagues(self, request: HttpRequest) -> QuerySet[Any]:
        people = User.objects.none()
        access = by_of(request).access
        for organization in access.administers | access.coordinates:
            people |= User.objects.coordinators_of(organization) | User.objects.administrators_of(organization)
        return User.objects.filter(is_active=True) if access.is_platform_staff else people

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        first = {"coordinator": by_of(request).pk, "start_date": timezone.localdate()}
        return {**first, **super().get_changeform_initial_data(request)}  # type: ignore[dict-item]

    @admin.display(description=_("days"), ordering="counted_days")
    def days(self, row: Any) -> Any:
        return row.counted_days if row.status in OPEN else ""

    @admin.display(description=_("last contact"), ordering="last_contact_date")
    def last_contact(self, row: Any) -> Any:
        return row.last_contact_date and local_date(row.last_contact_date, row.organization.time_zone)

    @admin.display(description=_("local association"))
    def area(self, row: Any) -> str:
        return str(row.local_association)

    @admin.display(description=_("why"))
    def sentence(self, row: Any) -> str:
        return format_html("<strong>{}</strong>", days_and_sentence(row, timezone.now()))

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> Any:
        facts, by, at = form.cleaned_data, by_of(request), timezone.now()
        with on_fields():
            if not change:
                facts = {name: facts[name] for name in ("mentor", "contact", "coordinator", "start_date")}
                return services.open_assignment(**facts, by=by, at=at)
            days = {name: facts[name] for name in ("reminder_days", "escalation_days")}
            return services.set_thresholds(assignment=form.instance, **days, by=by, at=at)
