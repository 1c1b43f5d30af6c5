"""The history of a row in words: names for keys, labels for codes, local time for moments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import ChangeEntry

#: Names of the rows that the lines mention, by model and key.
Names = dict[type[models.Model], dict[str, str]]


def history_lines(model: type[models.Model], entries: Iterable[ChangeEntry]) -> list[dict[str, Any]]:
    """The lines of a row's history: each entry with its changes, `{"field", "before", "after"}` in words.

    The rows that they mention are read in one query per table.
    """
    entries = list(entries)
    names = _names(model, entries)
    return [{"entry": entry, "changes": _changes(model, entry, names)} for entry in entries]


def _changes(model: type[models.Model], entry: ChangeEntry, names: Names) -> list[dict[str, str]]:
    found = []
    for name in sorted({*entry.before, *entry.after}):
        field = _field(model, name)
        before, after = (_in_words(field, side.get(name), names) for side in (entry.before, entry.after))
        label = str(field.verbose_name) if field is not None else name.replace("_", " ")
        found.append({"field": label, "before": before, "after": after})
    return found


def _field(model: type[models.Model], name: str) -> Any:
    """The model's column of this name (`mentor_id` as well as `mentor`); None for one that is no more."""
    by_name = {key: field for field in model._meta.concrete_fields for key in (field.name, field.attname)}
    return by_name.get(name)


def _names(model: type[models.Model], entries: Iterable[ChangeEntry]) -> Names:
    wanted: dict[type[models.Model], set[str]] = defaultdict(set)
    for entry in entries:
        for side in (entry.before, entry.after):
            for name, value in side.items():
                field = _field(model, name)
                if value and field is not None and field.is_relation:
                    wanted[field.related_model].add(str(value))
    return {related: _named(related, keys) for related, keys in wanted.items()}


def _named(related: type[models.Model], keys: set[str]) -> dict[str, str]:
    rows = related._default_manager.filter(pk__in=keys)
    try:
        related._meta.get_field("user")
    except FieldDoesNotExist:
        return {str(row.pk): str(row) for row in rows}
    return {str(row.pk): str(row) for row in rows.select_related("user")}


def _in_words(field: Any, value: Any, names: Names) -> str:
    if value in (None, ""):
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if field is None:
        return str(value)
    if field.is_relation:
        return names.get(field.related_model, {}).get(str(value), "–")
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateTimeField):
        return _moment(str(value))
    if isinstance(field, models.DateField):
        return date_format(date.fromisoformat(str(value)), "DATE_FORMAT")
    return str(value)


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return date_format(timezone.localtime(moment) if timezone.is_aware(moment) else moment, "DATETIME_FORMAT")
