"""Telling the apps above what certificates mentors have been given, or have lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from accounts.models import User
from certifications import signals
from certifications.models import Certificate


def announce_change(mentors: Iterable[UUID], *, by: User | None, at: datetime) -> None:
    """Send the news once for all mentors. Call it in the transaction of the verb, when everything is written."""
    mentor_ids = frozenset(mentors)
    signals.certificates_changed.send(Certificate, mentor_ids=mentor_ids, by=by, at=at)
