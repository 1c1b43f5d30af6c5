"""The desk of follow-up: when to remind, and what has been sent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.base.admin import TenantAdmin
from accounts.base.desk import VerbsDecide
from accounts.enums import Module
from mentoring import services
from mentoring.admin.desk import by_of, on_fields
from mentoring.models import FollowUpReminder, ReminderConfig


class ReminderConfigForm(VerbsDecide, forms.ModelForm[ReminderConfig]):
    """What the verb asks for."""


@admin.register(ReminderConfig)
class ReminderConfigAdmin(TenantAdmin):
    """Administrators set it, coordinators see it."""

    module = Module.FOLLOW_UP
    form = ReminderConfigForm
    allow_add = True
    allow_change = True
    allow_delete = True
    fields = ("organization", "reminder_days", "escalation_days")
    list_display = ("organization", "reminder_days", "escalation_days")
    list_select_related = ("organization",)
    ordering = ("organization__name",)
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and self._sets_days(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._sets_days(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._sets_days(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("organization",) if obj is not None else ()

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest) -> Any:
        rows = super().get_field_queryset(db, db_field, request)
        access = by_of(request).access
        return rows if access.is_platform_staff else rows.filter(pk__in=access.administers)

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> Any:
        facts = form.cleaned_data
        organization = form.instance.organization if change else facts["organization"]
        days = {name: facts[name] for name in ("reminder_days", "escalation_days")}
        with on_fields():
            return services.set_reminder_config(organization=organization, by=by_of(request), at=timezone.now(), **days)

    def delete_row(self, request: HttpRequest, obj: Any) -> None:
        services.reset_reminder_config(organization=obj.organization, by=by_of(request), at=timezone.now())

    def _sets_days(self, request: HttpRequest, obj: Any = None) -> bool:
        access = by_of(request).access
        if access.is_platform_staff:
            return True
        return bool(access.administers) if obj is None else obj.organization_id in access.administers


@admin.register(FollowUpReminder)
class FollowUpReminderAdmin(TenantAdmin):
    """What has been sent, to whom, and how it went: to look at."""

    module = Module.FOLLOW_UP
    list_display = ("on", "kind", "trigger", "assignment", "recipient", "days_shown", "state", "by")
    list_filter = ("kind", "trigger", "on")
    search_fields = (
        "recipient__first_name",
        "recipient__last_name",
        "assignment__contact__first_name",
        "assignment__contact__last_name",
    )
    search_help_text = _("Names of recipients and contacts.")
    fields = ("on", "kind", "trigger", "assignment", "recipient", "days_shown", "state", "opened_at", "by")
    ordering = ("-on", "-id")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return rows.with_delivery()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @admin.display(description=_("without contact"), ordering="days")
    def days_shown(self, row: FollowUpReminder) -> str:
        return ngettext("%d day", "%d days", row.days) % row.days

    @admin.display(description=_("delivery"))
    def state(self, row: FollowUpReminder) -> str:
        return row.notification.get_state_display()

    @admin.display(description=_("opened at"))
    def opened_at(self, row: FollowUpReminder) -> Any:
        return row.notification.read_at
