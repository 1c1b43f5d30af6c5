"""What every door of the API is made of: scoped views, strict input, permissions by role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ModelViewSet

from accounts.base.filtering import KnownParameters
from accounts.base.text import BadText, clean_text, clean_value, shown
from accounts.services.modules import ModuleDisabled, organizations_with

UUID_REGEX = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


# --- Permissions ------------------------------------------------------------------------------------------------------


class _OfOrganization(BasePermission):
    """Asks `access` about the person first, and about the row's organisation once there is a row."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user.is_authenticated and self.holds(request.user.access))

    def has_object_permission(self, request: Request, view: Any, obj: Any) -> bool:
        organization = getattr(obj, "organization_id", None)
        return organization is None or self.holds_in(request.user.access, organization)

    def holds(self, access: Any) -> bool:
        raise NotImplementedError

    def holds_in(self, access: Any, organization_id: UUID) -> bool:
        raise NotImplementedError


class IsStaffOfOrganization(_OfOrganization):
    """Coordinators and administrators (of the row's organisation), and platform staff."""

    def holds(self, access: Any) -> bool:
        return bool(access.is_staff)

    def holds_in(self, access: Any, organization_id: UUID) -> bool:
        return bool(access.may_staff(organization_id))


class IsAdminOfOrganization(_OfOrganization):
    """Administrators (of the row's organisation), and platform staff."""

    def holds(self, access: Any) -> bool:
        return bool(access.is_platform_staff or access.administers)

    def holds_in(self, access: Any, organization_id: UUID) -> bool:
        return bool(access.is_platform_staff or organization_id in access.administers)


class IsMentor(BasePermission):
    """Somebody with a mentor profile of their own."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user.is_authenticated and request.user.access.mentors_as)


class IsPlatformStaff(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user.is_authenticated and request.user.access.is_platform_staff)


class StaffWrite(IsStaffOfOrganization):
    """Everybody reads what they see; only staff write."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method in SAFE_METHODS:
            return bool(request.user.is_authenticated)
        return super().has_permission(request, view)

    def has_object_permission(self, request: Request, view: Any, obj: Any) -> bool:
        return request.method in SAFE_METHODS or super().has_object_permission(request, view, obj)


# --- Views ------------------------------------------------------------------------------------------------------------


class PlainView(KnownParameters, APIView):
    """An address that is no set of rows: the caller's own things, and what is the same for everybody."""


class Scoped(KnownParameters):
    """Rows through `visible_to` and nowhere else.

    Set `queryset`, or override `rows()` for more than a class attribute can say. `get_queryset` is ours: a subclass
    that overrides it, or whose rows have no `visible_to`, does not start. With `module` set, people whose
    organisations do not use the module get 403 `module_disabled`, and rows of organisations that do not are not
    found; `organization_path` says where the row keeps its organisation.
    """

    queryset: QuerySet[Any] | None = None
    module: str | None = None
    organization_path = "organization_id"
    permission_classes: Any = [IsAuthenticated]
    lookup_value_regex = UUID_REGEX
    lookup_value_converter = "uuid"
    request: Any
    kwargs: dict[str, Any]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "get_queryset" in cls.__dict__ and cls.__module__ != __name__:
            raise ImproperlyConfigured(f"{cls.__name__}: override rows(), not get_queryset().")
        if cls.queryset is not None and not hasattr(cls.queryset, "visible_to"):
            raise ImproperlyConfigured(f"{cls.__name__}: rows of {cls.queryset.model.__name__} have no visible_to.")

    @classmethod
    def as_view(cls, *args: Any, **kwargs: Any) -> Any:
        if cls.queryset is None:
            raise ImproperlyConfigured(f"{cls.__name__}: an API view of rows needs a queryset with visible_to.")
        return super().as_view(*args, **kwargs)  # type: ignore[misc]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.module and not self.enabled_organizations:
            raise ModuleDisabled

    @property
    def enabled_organizations(self) -> frozenset[UUID]:
        """The caller's organisations that use this view's module; asked once per request."""
        if not hasattr(self, "_enabled"):
            self._enabled = organizations_with(module=self.module or "", user=self.request.user)
        return self._enabled

    def rows(self) -> QuerySet[Any]:
        """The rows this view is about, before it is asked who is looking."""
        assert self.queryset is not None
        return self.queryset.all()

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):  # the schema is made without a person
            assert self.queryset is not None
            return self.queryset.none()
        rows = self.rows()
        if self.module:
            rows = self.in_use(rows)
        return rows.visible_to(self.request.user)  # type: ignore[attr-defined]

    def in_use(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of organisations that use the module. Where some rows belong to nobody, a view says so here."""
        return rows.filter(**{f"{self.organization_path}__in": self.enabled_organizations})


class TenantViewSet(Scoped, GenericViewSet[Any]):
    """A scoped view set; add DRF's mixins for the methods it offers."""


class TenantModelViewSet(Scoped, ModelViewSet[Any]):
    """A scoped view set with all methods. Its `perform_…` call services."""


# --- Input ------------------------------------------------------------------------------------------------------------


class Strict:
    """Refuses input it does not know, and text that cannot be stored; texts arrive in NFC.

    Read-only fields count as unknown: an answer that is sent back must not look as if it had been obeyed.
    """

    fields: Mapping[str, serializers.Field[Any, Any, Any, Any]]

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)  # type: ignore[misc] # DRF's own "expected a dictionary"
        errors: dict[str, Any] = self._unknown(data)
        cleaned = {}
        for name in data:
            try:
                cleaned[name] = self._clean(name, data)
            except BadText as refusal:
                errors[shown(name)] = [ErrorDetail(str(refusal), code=refusal.code)]
        values = {}
        try:
            values = super().to_internal_value(_AsGiven(data, cleaned))  # type: ignore[misc]
        except ValidationError as problem:
            details = problem.detail if isinstance(problem.detail, dict) else {"non_field_errors": problem.detail}
            errors = {**details, **errors}
        if errors:
            raise ValidationError(errors)
        return values

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, Any]:
        writable = {name for name, field in self.fields.items() if not field.read_only}
        unknown = [name for name in data if name not in writable][:20]
        return {shown(name): [ErrorDetail(_("There is no such field."), code="unknown_field")] for name in unknown}

    def _clean(self, name: str, data: Mapping[str, Any]) -> Any:
        field = self.fields.get(name)
        single = isinstance(field, serializers.CharField) and field.style.get("base_template") != "textarea.html"
        value = data[name]
        if isinstance(value, str):
            return clean_text(value, lines=not single)
        return clean_value(value)


class _AsGiven(dict[str, Any]):
    """The cleaned input; form data keeps its way of reading lists."""

    def __init__(self, given: Mapping[str, Any], cleaned: dict[str, Any]) -> None:
        super().__init__(cleaned)
        self._given = given
        if hasattr(given, "getlist"):
            self.getlist = lambda name, default=None: [
                clean_text(each) if isinstance(each, str) else each for each in given.getlist(name, default or [])
            ]


class StrictSerializer(Strict, serializers.Serializer[Any]):
    """A serializer for input of a verb."""


class StrictModelSerializer(Strict, serializers.ModelSerializer[Any]):
    """A serializer for rows. It reads and checks; the services write."""

    def create(self, validated_data: Any) -> Any:
        raise NotImplementedError("Services write rows, serializers do not.")

    def update(self, instance: Any, validated_data: Any) -> Any:
        raise NotImplementedError("Services write rows, serializers do not.")
