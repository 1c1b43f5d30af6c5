"""The desk of activity types: an organisation's own beside those for everybody."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.base.admin import TenantAdmin
from accounts.base.desk import VerbsDecide
from mentoring import services
from mentoring.admin.desk import by_of, on_fields
from mentoring.models import ActivityType


class ActivityTypeForm(VerbsDecide, forms.ModelForm[ActivityType]):
    """What the verb asks for."""


@admin.register(ActivityType)
class ActivityTypeAdmin(TenantAdmin):
    """Administrators keep their organisation's own types; those for all are platform staff's."""

    form = ActivityTypeForm
    allow_add = True
    allow_change = True
    fields = (
        "organization",
        "slug",
        "name",
        "name_nn",
        "name_en",
        "counts_as_contact",
        "requires_contact",
        "is_event",
        "is_active",
    )
    list_display = ("name", "organization", "counts_as_contact", "requires_contact", "is_event", "is_active")
    list_filter = ("is_active", "counts_as_contact", "is_event")
    list_select_related = ("organization",)
    search_fields = ("name", "name_nn", "name_en", "slug")
    search_help_text = _("Names.")
    ordering = ("name", "id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and self._keeps_types(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._keeps_types(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("organization", "slug") if obj is not None else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        field = form.base_fields.get("organization")
        if field is not None and not by_of(request).access.is_platform_staff:
            field.required, field.empty_label = True, None
            field.queryset = field.queryset.filter(pk__in=by_of(request).access.administers)
        return form

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> Any:
        facts = {name: value for name, value in form.cleaned_data.items() if name in self.fields}
        with on_fields():
            if change:
                return services.update_activity_type(type=form.instance, by=by_of(request), at=timezone.now(), **facts)
            return services.create_activity_type(by=by_of(request), at=timezone.now(), **facts)

    def _keeps_types(self, request: HttpRequest, obj: Any = None) -> bool:
        access = by_of(request).access
        if access.is_platform_staff:
            return True
        return bool(access.administers) if obj is None else obj.organization_id in access.administers
