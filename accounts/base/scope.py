"""Whose rows the desk shows: lists, choices, filters and inlines go through `visible_to`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.filters import RelatedFieldListFilter
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.http import HttpRequest

from accounts.enums import Role
from accounts.services.modules import organizations_with


def visible(queryset: models.QuerySet[Any], request: HttpRequest) -> models.QuerySet[Any]:
    """`queryset` as far as it exists for the person behind the request; refuses tables without that door."""
    if not hasattr(queryset, "visible_to"):
        raise ImproperlyConfigured(f"Rows of {queryset.model.__name__} have no visible_to.")
    return queryset.visible_to(request.user)  # type: ignore[no-any-return]


def in_use(module: str, request: HttpRequest) -> frozenset[UUID]:
    """The person's organisations that use `module`; asked once in a request, as every list in the menu asks."""
    known: dict[str, frozenset[UUID]] = request.__dict__.setdefault("_organizations_with", {})
    if module not in known:
        known[module] = organizations_with(module=module, user=request.user)  # type: ignore[arg-type]
    return known[module]


class TenantRelatedFilter(RelatedFieldListFilter):
    """A list filter whose choices are only rows the person sees."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[Any, str]]:
        rows = visible(field.remote_field.model._default_manager.all(), request)
        ordering = self.field_admin_ordering(field, request, model_admin)
        return [(row.pk, str(row)) for row in (rows.order_by(*ordering) if ordering else rows)]


class Scoped:
    """Rows, choices and permissions of the desk; shared by admins and their inlines.

    `for_role` is the lowest role that enters (None: platform staff alone); `module` hides the admin and its rows from
    organisations that do not use it; `organization_path` says where the row keeps its organisation.
    """

    for_role: Role | None = Role.COORDINATOR
    module: str | None = None
    organization_path = "organization_id"
    model: type[models.Model]

    def check_scope(self) -> None:
        if not hasattr(self.model._default_manager.all(), "visible_to"):
            raise ImproperlyConfigured(f"{type(self).__name__}: rows of {self.model.__name__} have no visible_to.")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = visible(super().get_queryset(request), request)  # type: ignore[misc]
        if self.module:
            rows = rows.filter(**{f"{self.organization_path}__in": in_use(self.module, request)})
        return rows

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> models.QuerySet[Any]:
        """The choices of foreign keys and many-to-many fields, and what their forms accept."""
        rows = super().get_field_queryset(db, db_field, request)  # type: ignore[misc]
        if rows is None:
            rows = db_field.remote_field.model._default_manager.all()
        return visible(rows, request)

    def may_enter(self, request: HttpRequest, row: models.Model | None = None) -> bool:
        """Does the person have the role this admin is for, and have it in the row's organisation?"""
        user: Any = request.user
        if not user.is_active:
            return False
        access = user.access
        if access.is_platform_staff:
            return True
        if self.for_role is None:
            return False
        reach = access.administers | (access.coordinates if self.for_role == Role.COORDINATOR else frozenset())
        organization = self._organization_of(row)
        if organization is not None:
            return organization in reach
        return bool(reach) and self._module_in_use(request)

    def _organization_of(self, row: models.Model | None) -> Any:
        return getattr(row, "organization_id", None)

    def _module_in_use(self, request: HttpRequest) -> bool:
        return self.module is None or bool(in_use(self.module, request))


class TenantInline(Scoped, admin.TabularInline):
    """Rows below a row, to look at. What changes them is a verb on a page of its own."""

    extra = 0
    max_num = 0
    can_delete = False

    def __init__(self, parent_model: type[models.Model], admin_site: admin.AdminSite) -> None:
        super().__init__(parent_model, admin_site)
        self.check_scope()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_enter(request, obj)
