"""What every list and form of the desk does beside Django's own: capped searches, and edits that do not overwrite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin.filters import SimpleListFilter
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal

#: What may follow a declared filter's name in the address.
_ENDINGS = frozenset(
    {"", "exact", "isnull", "in", "gt", "gte", "lt", "lte", "year", "month", "day", "id__exact", "pk__exact"}
)
MAX_TERMS = 5
MAX_CHARACTERS = 100


class StaleEdit(Refusal):
    code = "stale_edit"
    sentence = _("Somebody else has changed this meanwhile. Open the page again to see what is new, then change it.")
    status = 409


class DayInput(forms.DateInput):
    """The browser's own calendar: labelled, and usable by keyboard and thumb."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """The browser's own calendar and clock in one labelled field."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class MomentField(forms.DateTimeField):
    """A moment, typed as local clock time."""

    widget = MomentInput
    input_formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"input_formats": self.input_formats, **kwargs})


class VerbsDecide:
    """A model form that leaves uniqueness and check constraints to the verb, whose refusal is a sentence at a field."""

    instance: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The form asks its own copy of the row; nothing else holds it.
        self.instance.validate_constraints = lambda exclude=None: None

    def validate_unique(self) -> None:
        """The verb says it better."""


class CappedSearch:
    """Looks for at most five terms and a hundred characters: each term is a scan of its own."""

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        term = " ".join(search_term[:MAX_CHARACTERS].split()[:MAX_TERMS])
        return super().get_search_results(request, queryset, term)  # type: ignore[misc,no-any-return]


class DeclaredLookups:
    """Answers only what a declared filter asks: a guess at any other column, or another comparison, is refused."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        date_hierarchy = self.date_hierarchy  # type: ignore[attr-defined]
        declared = [date_hierarchy] if date_hierarchy else []
        for item in self.get_list_filter(request) if request is not None else self.list_filter:  # type: ignore[attr-defined]
            if isinstance(item, type) and issubclass(item, SimpleListFilter):
                declared.append(item.parameter_name)
            else:
                declared.append(item[0] if isinstance(item, (list, tuple)) else item)
        return any(
            lookup == name or (lookup.startswith(f"{name}__") and lookup[len(name) + 2 :] in _ENDINGS)
            for name in declared
        )


class Versioned:
    """A form carries the moment its row was last changed; of two people at one form the second is told."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        fieldsets = list(super().get_fieldsets(request, obj))  # type: ignore[misc]
        if not self._is_versioned(request, obj) or not fieldsets:
            return fieldsets
        name, options = fieldsets[-1]
        if "version" not in options["fields"]:
            fieldsets[-1] = (name, {**options, "fields": [*options["fields"], "version"]})
        return fieldsets

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if self._is_versioned(request, obj):
            kwargs["form"] = _versioned(kwargs.get("form", self.form))  # type: ignore[attr-defined]
        return super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]

    def check_version(self, obj: Any, form: Any) -> None:
        """Refuse an edit that was begun before the last change; holds the row until the end of the transaction."""
        version = form.cleaned_data.get("version")
        if not version:
            return
        self.lock_for_edit(obj)
        stored = type(obj)._default_manager.values_list("updated_at", flat=True).get(pk=obj.pk)
        if stored.isoformat() != version:
            raise StaleEdit

    def lock_for_edit(self, obj: Any) -> None:
        """Lock what the row's verbs lock first; the row itself, unless an admin says otherwise."""
        list(type(obj)._default_manager.select_for_update(no_key=True).filter(pk=obj.pk).values_list("pk"))

    def _is_versioned(self, request: HttpRequest, obj: Any) -> bool:
        return hasattr(obj, "updated_at") and self.has_change_permission(request, obj)  # type: ignore[attr-defined]


def _versioned(form: Any) -> Any:
    class VersionedForm(form):  # type: ignore[misc]
        version = forms.CharField(widget=forms.HiddenInput, required=False)

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.initial["version"] = self.instance.updated_at.isoformat()

    return VersionedForm
