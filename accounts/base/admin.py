"""The coordinators' desk: lists, choices, filters and histories go through `visible_to`, saves through a verb."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.filters import AllValuesFieldListFilter, RelatedFieldListFilter
from django.contrib.admin.utils import get_fields_from_path, unquote
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.base.desk import CappedSearch, DayInput, DeclaredLookups, MomentField, Versioned
from accounts.base.export import Exportable
from accounts.base.history import history_lines
from accounts.base.refusals import Refusal
from accounts.base.row_pages import RowPage, RowPages
from accounts.base.scope import Scoped, TenantInline, TenantRelatedFilter, visible
from accounts.base.walls import walls_speak
from accounts.models import ChangeEntry

__all__ = ["RowPage", "TenantAdmin", "TenantInline", "TenantRelatedFilter", "visible"]


class TenantAdmin(Exportable, CappedSearch, DeclaredLookups, Versioned, Scoped, RowPages):
    """An admin that shows a person their own rows and saves through services.

    Read-only unless `allow_add`, `allow_change` or `allow_delete` say otherwise; then `save_row` (and `delete_row`)
    must be there, or the site does not start. Every list exports itself, every form notices that it is stale.
    """

    allow_add = False
    allow_change = False
    allow_delete = False
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    # One labelled field each, with the browser's own calendar, instead of two without a name.
    formfield_overrides = {
        models.DateTimeField: {"form_class": MomentField},
        models.DateField: {"widget": DayInput},
        models.URLField: {"assume_scheme": "https"},
    }
    change_form_template = "accounts/change_form.html"

    # --- It does not start when a door would be open

    def __init__(self, model: type[models.Model], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        self.check_scope()
        self._check_verbs()
        self._check_parts()

    def _check_verbs(self) -> None:
        if (self.allow_add or self.allow_change) and type(self).save_row is TenantAdmin.save_row:
            raise ImproperlyConfigured(f"{type(self).__name__} saves rows and needs save_row().")
        if self.allow_delete and type(self).delete_row is TenantAdmin.delete_row:
            raise ImproperlyConfigured(f"{type(self).__name__} deletes rows and needs delete_row().")
        if self.list_editable:
            raise ImproperlyConfigured(f"{type(self).__name__}: list_editable goes past the verbs.")

    def _check_parts(self) -> None:
        for inline in self.inlines:
            if not issubclass(inline, TenantInline):
                raise ImproperlyConfigured(f"{type(self).__name__}: {inline.__name__} is no TenantInline.")
        for item in self.list_filter:
            kind = item[1] if isinstance(item, (list, tuple)) else item
            if not isinstance(kind, type):
                continue
            unscoped = issubclass(kind, RelatedFieldListFilter) and not issubclass(kind, TenantRelatedFilter)
            if unscoped or issubclass(kind, AllValuesFieldListFilter):
                raise ImproperlyConfigured(f"{type(self).__name__}: {kind.__name__} shows rows of other organisations.")

    # --- Who may

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may_enter(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_enter(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.allow_add and self.may_enter(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.allow_change and self.may_enter(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.allow_delete and self.may_enter(request, obj)

    # --- What the list may be asked

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        return [self._scoped_filter(item) for item in super().get_list_filter(request)]

    def _scoped_filter(self, item: Any) -> Any:
        if not isinstance(item, str):
            return item
        try:
            field = get_fields_from_path(self.model, item)[-1]
        except FieldDoesNotExist:
            return item
        return (item, TenantRelatedFilter) if field.is_relation else item

    # --- Saving is a verb

    def save_row(self, request: HttpRequest, form: forms.ModelForm[Any], change: bool) -> models.Model:
        """Call the verb with `form.cleaned_data`; `form.instance.pk` names the row that is changed. Return the row."""
        raise NotImplementedError

    def delete_row(self, request: HttpRequest, obj: Any) -> None:
        """Call the verb that deletes the row."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            self.check_version(obj, form)
        saved = self.save_row(request, form, change)
        obj.pk = saved.pk
        obj._state.adding = False
        obj.refresh_from_db()  # what the verb wrote, not what the form had guessed

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing: the verb has written all of it."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_row(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_row(request, row)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        extra = {**(extra_context or {}), "row_pages": self._links_to_pages(request, object_id)}
        try:
            with walls_speak(), transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra)
        except Refusal as refusal:
            # Once more, with the refusal as an error of the form: the person finds their input as they left it.
            request._refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "_refusal", None)
        return form if refusal is None else _refused(form, refusal)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            with walls_speak(), transaction.atomic():
                return super().delete_view(request, object_id, extra_context)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(self._address(object_id))

    # Django's own log would be a second, weaker history beside ChangeEntry.
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None: ...  # type: ignore[override]
    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None: ...  # type: ignore[override]
    def log_deletions(self, request: HttpRequest, queryset: Any) -> None: ...  # type: ignore[override]

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> list[Any]:
        return []

    # --- Actions

    def act_on_each(
        self, request: HttpRequest, rows: Iterable[Any], verb: Callable[[Any], object], done: Callable[[int], str]
    ) -> None:
        """Call `verb(row)` for each row, each on its own; tell how many were done and why the others were not."""
        count = 0
        for row in rows:
            try:
                with walls_speak(), transaction.atomic():
                    verb(row)
                count += 1
            except Refusal as refusal:
                self.message_user(request, f"{row}: {refusal}", messages.WARNING)
        if count:
            self.message_user(request, done(count), messages.SUCCESS)

    # --- History

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "object": row,
            "title": _("Change history: %s") % row,
            "entries": history_lines(self.model, ChangeEntry.objects.of(row).told_to(request.user)[:200]),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "accounts/history.html", context)


def _refused(form: Any, refusal: Refusal) -> Any:
    """`form` with the refusal as an error, or as several, each beside its field when it has one."""

    class Refused(form):  # type: ignore[misc]
        def clean(self) -> Any:
            data = super().clean()
            for path, sentence in _errors_of(refusal):
                field, __, within = path.partition(".")
                known = field in self.fields
                self.add_error(field if known else None, f"{within}: {sentence}" if known and within else sentence)
            return data

    return Refused


def _errors_of(refusal: Refusal) -> list[tuple[str, str]]:
    """Where, and what is wrong there."""
    if refusal.errors is None:
        return [(refusal.field or "", str(refusal))]
    return [(path, each["detail"]) for path, found in refusal.errors.items() for each in found]
