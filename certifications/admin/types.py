"""The desk of certification types: what an association certifies, for how long, and whether active mentors need it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.base.admin import TenantAdmin
from accounts.base.desk import VerbsDecide
from accounts.enums import Module
from certifications import services
from certifications.admin.desk import on_fields, only_administrators
from certifications.models import CertificationType
from certifications.rules import OFFSETS
from mentoring.admin.desk import by_of


def _days_before() -> list[tuple[int, str]]:
    return [(days, ngettext("%d day before", "%d days before", days) % days) for days in OFFSETS]


class TypeForm(VerbsDecide, forms.ModelForm[CertificationType]):
    """What the verbs ask for."""

    reminder_days = forms.TypedMultipleChoiceField(
        label=_("Remind"),
        choices=_days_before,
        coerce=int,
        required=False,
        initial=list(OFFSETS),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("On the day of expiry the mentor is told in any case."),
    )


@admin.register(CertificationType)
class CertificationTypeAdmin(TenantAdmin):
    """Administrators keep them, coordinators see them."""

    module = Module.CERTIFICATION
    form = TypeForm
    allow_add = True
    allow_change = True
    fields = (
        "organization",
        "code",
        "name",
        "name_nn",
        "name_en",
        "validity_months",
        "required_for_active",
        "grace_days",
        "reminder_days",
        "course",
        "renewal_course",
        "renewal_url",
        "is_active",
    )
    list_display = ("name", "organization", "validity", "required_for_active", "grace_days", "is_active")
    list_filter = ("is_active", "required_for_active")
    list_select_related = ("organization",)
    search_fields = ("name", "name_nn", "name_en", "code")
    search_help_text = _("Names and codes.")
    ordering = ("name", "id")
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and only_administrators(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and only_administrators(request, obj)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Not those of an organisation where the person is a mentor and nothing more."""
        rows, access = super().get_queryset(request), by_of(request).access
        if access.is_platform_staff:
            return rows
        return rows.filter(organization_id__in=access.administers | access.coordinates)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("organization", "code") if obj is not None else ()

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest) -> Any:
        rows, access = super().get_field_queryset(db, db_field, request), by_of(request).access
        if db_field.name == "course":
            return rows if access.is_platform_staff else rows.filter(organization_id__in=access.administers)
        rows = rows.with_module(Module.CERTIFICATION)
        return rows if access.is_platform_staff else rows.filter(pk__in=access.administers)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the small pencils, and with one's only organisation chosen already."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in ("organization", "course"):
            for name in ("can_add_related", "can_change_related", "can_view_related", "can_delete_related"):
                setattr(field.widget, name, False)
        if db_field.name == "organization":
            access = by_of(request).access
            if len(access.administers) == 1:
                field.initial = next(iter(access.administers))
        return field

    @admin.display(description=_("valid for"), ordering="validity_months")
    def validity(self, row: CertificationType) -> Any:
        if row.validity_months is None:
            return _("for life")
        return ngettext("%d month", "%d months", row.validity_months) % row.validity_months

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> Any:
        facts = {name: value for name, value in form.cleaned_data.items() if name in self.fields}
        with on_fields():
            if change:
                return services.change_type(type=form.instance, by=by_of(request), at=timezone.now(), **facts)
            return services.add_type(by=by_of(request), at=timezone.now(), **facts)
