"""The history of who changed what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.functional import Promise

from accounts.enums import ChangeAction
from accounts.models import ChangeEntry, Membership, Organization, User

#: What stands in the history for a text that may be about somebody's health or home.
HIDDEN = "•••"


def log_change(
    subject: models.Model,
    *,
    by: User | None,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    action: str = ChangeAction.CHANGED,
    reason: str | Promise = "",
) -> None:
    """Add a line to the history of `subject`, which already holds the new values.

    `before` has the old values of what changed, by attribute name (`mentor_id`, not `mentor`); what is the same now is
    left out, and nothing is written when nothing is left. Free text, and fields that the model names in `SENSITIVE`,
    are logged as changed without their content. A user's change is logged in every organisation they belong to.

    With `after` both sides are as given, under names of their own: for what belongs to the row and is no field of it.
    """
    entries = _entries(subject, by, at, before or {}, action, reason, after)
    ChangeEntry.objects.bulk_create(entries)


def log_changes(
    subjects: Iterable[models.Model],
    *,
    by: User | None,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    action: str = ChangeAction.CHANGED,
    reason: str | Promise = "",
) -> None:
    """Add a line to the history of each of `subjects`, which all had the same `before`; one statement for all."""
    ChangeEntry.objects.bulk_create(
        entry for subject in subjects for entry in _entries(subject, by, at, before or {}, action, reason)
    )


def _entries(
    subject: models.Model,
    by: User | None,
    at: datetime,
    before: Mapping[str, Any],
    action: str,
    reason: str | Promise,
    after: Mapping[str, Any] | None = None,
) -> Iterable[ChangeEntry]:
    new = {name: getattr(subject, name) for name in before} if after is None else after
    old = {name: value for name, value in before.items() if value != new[name]}
    if not old and action == ChangeAction.CHANGED:
        return
    for organization_id in _organizations_of(subject):
        yield ChangeEntry(
            organization_id=organization_id,
            subject_type=subject._meta.label_lower,
            subject_id=subject.pk,
            action=action,
            user=by,
            at=at,
            before={name: _told(subject, name, value) for name, value in old.items()},
            after={name: _told(subject, name, new[name]) for name in old},
            reason=str(reason)[:500],
        )


def _organizations_of(subject: models.Model) -> Iterable[UUID]:
    if isinstance(subject, Organization):
        return [subject.pk]
    if isinstance(subject, User):
        return Membership.objects.filter(user=subject).values_list("organization_id", flat=True).distinct()
    organization_id = getattr(subject, "organization_id", None)
    return [organization_id] if organization_id else []


def _told(subject: models.Model, name: str, value: Any) -> Any:
    if value in (None, ""):
        return value
    field = next((field for field in subject._meta.concrete_fields if name in (field.name, field.attname)), None)
    if isinstance(field, models.TextField) or name in getattr(subject, "SENSITIVE", ()):
        return HIDDEN
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, models.Model):
        return str(value.pk)
    return value if isinstance(value, (bool, int, float, list, dict)) else str(value)
