"""What the verbs of all content share: rows locked as they are stored, written and logged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models

from accounts.enums import Role
from accounts.models import User
from accounts.services import log_change
from accounts.services.authority import require_role
from accounts.services.organizations import check
from training.refusals import StaysWhereItIs
from training.services.learners import still_there


def before_of(row: Any) -> Any:
    """The row as it is stored, locked; None when it is new."""
    return None if row._state.adding else locked(row)


def locked_to_go(row: Any) -> Any:
    """The row as it is stored, locked, so that nobody begins it while it goes."""
    return still_there(type(row)._default_manager.select_for_update(), row.pk)


def locked(row: Any) -> Any:
    """The row as it is stored, locked, so that nobody else changes what is below it; mentors may go on."""
    return still_there(type(row)._default_manager.select_for_update(no_key=True), row.pk)


def require_staff(row: Any, by: User | None) -> None:
    require_role(by, row.organization_id, Role.COORDINATOR)


def require_stays(row: Any, before: Any, name: str) -> None:
    if before is not None and getattr(before, name) != getattr(row, name):
        raise StaysWhereItIs(field=name.removesuffix("_id"))


def write(row: Any, before: Any, by: User | None, at: datetime) -> Any:
    """Check the row, save it, and log what differs from `before`."""
    require_staff(row, by)
    check(row)
    row.save(force_insert=before is None)
    if before is None:
        log_change(row, by=by, at=at, action="created")
    else:
        log_change(row, by=by, at=at, before=_values_of(before))
    return row


def _values_of(row: Any) -> dict[str, Any]:
    """What can change about a row; files by their names."""
    fixed = {"id", "created_at", "updated_at", "organization_id"}
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.attname not in fixed and not isinstance(field, models.FileField)
    }


def log_deletion(row: Any, by: User | None, at: datetime) -> None:
    log_change(row, by=by, at=at, action="deleted")


def follow(row: Any, values: Mapping[str, Any]) -> None:
    """Write what differs."""
    if not row._state.adding and all(getattr(row, name) == value for name, value in values.items()):
        return
    for name, value in values.items():
        setattr(row, name, value)
    check(row)
    row.save()
