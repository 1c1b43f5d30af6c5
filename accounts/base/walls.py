"""What the database refuses, as a refusal: two requests at once, or a value that no form and no serializer thought of.

A constraint, a trigger that forbids something, and whatever goes wrong inside a trigger: for who asked it is the same.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, DataError, IntegrityError
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal

logger = logging.getLogger(__name__)

UNIQUE_VIOLATION = "23505"
#: A trigger that forbids something (`pgtrigger.ReadOnly`, `Protect`) says so with RAISE EXCEPTION.
RAISED = "P0001"


class ThereAlready(Refusal):
    code = "conflict"
    sentence = _("This is there already.")
    status = 409


class StaysAsItIs(Refusal):
    code = "not_allowed"
    sentence = _("This cannot be changed any more.")
    status = 409


class NotRight(Refusal):
    code = "invalid"
    sentence = _("Some of the input is not right.")


def refused_by_database(error: Exception) -> Refusal | None:
    """What to say of it; None when it is no refusal but trouble, or a defect of ours."""
    if not isinstance(error, DatabaseError):
        return None
    state = getattr(error.__cause__, "sqlstate", None) or ""
    if not (isinstance(error, IntegrityError | DataError) or state == RAISED):
        return None
    logger.warning("The database refused a request: %s", state or "?")
    if state == UNIQUE_VIOLATION:
        return ThereAlready()
    return StaysAsItIs() if state == RAISED else NotRight()


@contextmanager
def walls_speak() -> Iterator[None]:
    """Around a transaction: what the database refuses comes out as a refusal."""
    try:
        yield
    except DatabaseError as error:
        refusal = refused_by_database(error)
        if refusal is None:
            raise
        raise refusal from error
