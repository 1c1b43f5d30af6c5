"""The desk of organisations and their tree of local associations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.base.admin import TenantAdmin
from accounts.enums import Module, Role
from accounts.models import LocalAssociation, ModuleSetting, Organization
from accounts.services.organizations import IDENTITY, SETTINGS

_ADDRESS = ("name", "slug", "organisation_number", "is_test")


class OrganizationForm(forms.ModelForm[Organization]):
    modules = forms.MultipleChoiceField(
        label=_("Modules in use"),
        choices=Module.choices,
        required=False,
        initial=Module.values,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A module that is not in use shows nothing and sends nothing; what it has is kept."),
    )

    class Meta:
        model = Organization
        fields = (*_ADDRESS, *sorted(SETTINGS))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            used = ModuleSetting.objects.filter(organization=self.instance, is_enabled=True)
            self.fields["modules"].initial = list(used.values_list("module", flat=True))


@admin.register(Organization)
class OrganizationAdmin(TenantAdmin):
    for_role = Role.ORG_ADMIN
    organization_path = "pk"
    allow_add = True
    allow_change = True
    form = OrganizationForm
    list_display = ("name", "slug", "organisation_number", "locale", "time_zone")
    search_fields = ("name", "slug")
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": _ADDRESS}),
        (_("Language and time"), {"fields": ("locale", "time_zone", "quiet_from", "quiet_to")}),
        (_("Words"), {"fields": ("mentor_term", "contact_term")}),
        (_("Modules"), {"fields": ("modules",)}),
    )

    def _organization_of(self, row: Any) -> Any:
        return None if row is None or row._state.adding else row.pk

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated and request.user.access.is_platform_staff)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Name, slug and number are the platform's."""
        return () if self.has_add_permission(request) else _ADDRESS

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> Organization:
        by: Any = request.user
        at = timezone.now()
        facts = {name: form.cleaned_data[name] for name in SETTINGS | IDENTITY if name in form.cleaned_data}
        modules = form.cleaned_data["modules"]
        if not change:
            return services.create_organization(by=by, at=at, modules=modules, **facts)
        stored = services.change_organization(organization=form.instance, by=by, at=at, **facts)
        for module in Module:
            services.set_module(organization=stored, module=module, is_enabled=module in modules, by=by, at=at)
        return stored


@admin.register(LocalAssociation)
class LocalAssociationAdmin(TenantAdmin):
    allow_add = True
    allow_change = True
    fields = ("organization", "name", "level", "parent")
    list_display = ("name", "level", "parent")
    list_filter = ("level",)
    list_select_related = ("parent",)
    search_fields = ("name",)
    ordering = ("name", "id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and self._administers(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._administers(request, obj)

    def _administers(self, request: HttpRequest, row: Any = None) -> bool:
        access = request.user.access  # type: ignore[union-attr]
        if access.is_platform_staff:
            return True
        return bool(access.administers) if row is None else row.organization_id in access.administers

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("organization",) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        only = Organization.objects.visible_to(request.user)[:2]
        return {"organization": only[0].pk} if len(only) == 1 else {}

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> LocalAssociation:
        by: Any = request.user
        given = form.cleaned_data
        if not change:
            return services.add_local_association(
                organization=given["organization"],
                name=given["name"],
                level=given["level"],
                parent=given["parent"],
                by=by,
                at=timezone.now(),
            )
        return services.change_local_association(
            local_association=form.instance,
            by=by,
            at=timezone.now(),
            name=given["name"],
            level=given["level"],
            parent_id=given["parent"].pk if given["parent"] else None,
        )
