"""What the admins of certificates share: rows of the mentors in one's care, and the desk's names for refused fields."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from accounts.base.admin import TenantAdmin
from accounts.base.refusals import Refusal
from accounts.enums import Module, Role
from accounts.models import MentorAffiliation, MentorProfile, Organization, User
from accounts.services import organizations_with
from certifications.models import CertificationType
from mentoring.admin.desk import DeskAdmin, by_of

#: What the API calls a field, where the desk calls it something else.
_FORM_NAMES = {"certification_type": "type", "issue_date": "issued_on", "expiry_date": "expires_on"}


@contextmanager
def on_fields() -> Iterator[None]:
    """Turn the field that a refusal names into the one of the desk's forms."""
    try:
        yield
    except Refusal as refusal:
        refusal.field = _FORM_NAMES.get(refusal.field or "", refusal.field)
        raise


def cared_for(rows: QuerySet[Any], user: User, mentor: str) -> QuerySet[Any]:
    """Those of `rows` whose mentor (at the path `mentor`) the person looks after: one's own as a mentor are not."""
    access = user.access
    if access.is_platform_staff:
        return rows
    in_care = MentorAffiliation.objects.filter(mentor=OuterRef(mentor), local_association_id__in=access.cares_for)
    return rows.filter(Q(organization_id__in=access.administers) | Q(Exists(in_care)))


def mentors_in_care(user: User) -> QuerySet[Any]:
    """The mentors the person may issue certificates to, by name."""
    mentors = cared_for(MentorProfile.objects.visible_to(user), user, "pk")
    in_use = organizations_with(module=Module.CERTIFICATION, user=user)
    return (
        mentors.filter(organization_id__in=in_use).with_people().order_by("user__first_name", "user__last_name", "pk")
    )


def types_to_issue(user: User) -> QuerySet[Any]:
    """The certification types in use in the organisations the person works for."""
    access = user.access
    types = CertificationType.objects.visible_to(user).in_use().order_by("name", "pk")
    types = types.filter(organization_id__in=organizations_with(module=Module.CERTIFICATION, user=user))
    if access.is_platform_staff:
        return types
    return types.filter(organization_id__in=access.administers | access.coordinates)


def only_administrators(request: HttpRequest, row: Any = None) -> bool:
    """Does the person administer the row's organisation, or, without a row, any?"""
    access = request.user.access  # type: ignore[union-attr]
    if access.is_platform_staff:
        return True
    return bool(access.administers) if row is None else row.organization_id in access.administers


class MentorInput(AutocompleteSelect):
    """A mentor to search for, among thousands: with a name for screen readers, and deaf to keys that cannot be any."""

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        return super().optgroups(name, [each for each in value if _is_key(each)], attrs)

    @property
    def media(self) -> forms.Media:
        return super().media + forms.Media(js=["admin/js/autocomplete.js", "varde/autocomplete.js"])


def _is_key(text: Any) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True


class CareAdmin(DeskAdmin):
    """Rows that belong to a mentor (`mentor_path`), as far as the mentor is in the person's care."""

    module = Module.CERTIFICATION
    mentor_path = "mentor_id"

    def cared_for(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return cared_for(rows, user, self.mentor_path)


class ChoiceFilter(admin.SimpleListFilter):
    """A filter that is never off: without a choice it shows what is looked for daily, which `first` names."""

    first: Any
    choices_shown: tuple[tuple[str, Any], ...]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return self.choices_shown

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": self.first,
        }
        for name, label in self.lookup_choices:
            yield {
                "selected": self.value() == name,
                "query_string": changelist.get_query_string({self.parameter_name: name}),
                "display": label,
            }


class OncePerOrganization(TenantAdmin):
    """The desk of the choices that an association makes once about everybody in it: for its administrators alone.

    Who speaks for several adds those of one that has made none yet, and changes the others.
    """

    for_role = Role.ORG_ADMIN
    allow_add = True
    allow_change = True
    list_select_related = ("organization",)
    ordering = ("organization__name",)
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and self._without_choices(request).exists()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("organization",) if obj is not None else ()

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest) -> Any:
        return self._without_choices(request)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the small pencils, and with one's only organisation chosen already."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "organization":
            for name in ("can_add_related", "can_change_related", "can_view_related", "can_delete_related"):
                setattr(field.widget, name, False)
            administers = by_of(request).access.administers
            if len(administers) == 1:
                field.initial = next(iter(administers))
        return field

    def organization_of(self, form: Any, change: bool) -> Organization:
        """Whose choices a form makes."""
        found: Organization = form.instance.organization if change else form.cleaned_data["organization"]
        return found

    def _without_choices(self, request: HttpRequest) -> QuerySet[Any]:
        by = by_of(request)
        rows = Organization.objects.visible_to(by).with_module(self.module)
        rows = rows.exclude(pk__in=self.model._default_manager.values("organization_id"))
        return rows if by.access.is_platform_staff else rows.filter(pk__in=by.access.administers)
