"""What the admins of training share: whose rows they show, and parts of a row that are edited with it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.base.admin import TenantInline
from accounts.enums import Module
from accounts.models import MentorAffiliation, User
from mentoring.admin.desk import DeskAdmin, by_of


class ContentAdmin(DeskAdmin):
    """What is taught, for the staff of its association."""

    module = Module.CERTIFICATION
    allow_add = True
    allow_change = True
    allow_delete = True
    actions = None

    def cared_for(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        """Not that of an association where the person is a mentor and nothing more."""
        access = user.access
        if access.is_platform_staff:
            return rows
        return rows.filter(organization_id__in=access.administers | access.coordinates)

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> Any:
        rows = super().get_field_queryset(db, db_field, request)
        access = by_of(request).access
        if db_field.name == "organization":
            rows = rows.with_module(self.module)
            return rows if access.is_platform_staff else rows.filter(pk__in=access.administers | access.coordinates)
        return self.cared_for(rows, by_of(request))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """With one's only organisation chosen already."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        access = by_of(request).access
        works_for = access.administers | access.coordinates
        if db_field.name == "organization" and len(works_for) == 1:
            field.initial = next(iter(works_for))
        return field

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Without Django's walk along the keys: the verb knows what goes with a row, and what keeps it."""
        return [str(row) for row in objs], {}, set(), []

    def link_to_add(self, model: type[Model], title: Any, **given: Any) -> dict[str, str]:
        """A link to the form of a new row below this one."""
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
        return {"title": str(title), "url": f"{address}?{urlencode(given)}"}

    def adopt(self, row: Any, saved: Any) -> None:
        """Let the form's row be the one that the verb has written."""
        row.pk = saved.pk
        row._state.adding = False
        row.refresh_from_db()


class Part(TenantInline):
    """Rows below a row that are edited with it. The admin of the row hands them to its verb in `save_parts`."""

    max_num: Any = None
    can_delete = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_edit(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_edit(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_edit(request, obj)

    def _may_edit(self, request: HttpRequest, obj: Any) -> bool:
        desk: Any = self.admin_site.get_model_admin(self.parent_model)
        if obj is None or obj._state.adding:
            return bool(desk.has_add_permission(request))
        return bool(desk.has_change_permission(request, obj))


class WithParts(ContentAdmin):
    """An admin whose row is written together with the parts below it, by one verb."""

    def save_parts(self, request: HttpRequest, form: Any, parts: list[Any]) -> Any:
        """Call the verb with what the form and its one inline hold; return the row."""
        raise NotImplementedError

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> Any:
        raise AssertionError("save_related writes it, with its parts.")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            self.check_version(obj, form)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        (formset,) = formsets
        kept = [each for each in formset.forms if each.has_changed() or not each.instance._state.adding]
        parts = [self.part_of(each) for each in kept if not each.cleaned_data.get("DELETE")]
        self.adopt(form.instance, self.save_parts(request, form, parts))

    def part_of(self, form: Any) -> Any:
        """What the verb takes for one row of the inline; `key_of` says which stored row it is."""
        raise NotImplementedError


def key_of(form: Any) -> Any:
    """The key of the row that a form of an inline is about; None when it is new."""
    row = form.cleaned_data.get("id")
    return row.pk if row else None


class LearnersAdmin(DeskAdmin):
    """What mentors in one's care have done: to look at."""

    module = Module.CERTIFICATION
    list_select_related: Any = ("mentor__user", "organization")
    search_fields = ("mentor__user__first_name", "mentor__user__last_name", "mentor__user__email")
    search_help_text = _("Names and e-mail addresses of mentors.")
    actions = None

    def cared_for(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        """One's own as a mentor are not among them."""
        access = user.access
        if access.is_platform_staff:
            return rows
        in_care = MentorAffiliation.objects.filter(
            mentor=OuterRef("mentor_id"), local_association_id__in=access.cares_for
        )
        return rows.filter(Q(organization_id__in=access.administers) | Q(Exists(in_care)))
