"""Marking years: what has changed a mentor's year says so, in its own transaction."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from achievements import generation


@transaction.atomic(savepoint=False)
def mark_years(*, years: Collection[tuple[UUID, int]]) -> None:
    """Ask for the summaries of these years (mentor's id, year), in the transaction of what has changed them.

    One statement; nothing is written for what waits already, for a year that cannot be, nor where the module is off.
    Locks the summaries, in the order of users and years: call it under the mentors' locks, as the last thing.
    """
    if years:
        generation.mark(years)
