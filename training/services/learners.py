"""What all verbs of training ask first: who writes, for whom, and whether the moment and the text can be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import MentorProfile, User
from accounts.services.authority import OutsideCare, require_care_of
from training.models.reflections import LONGEST_TEXT
from training.refusals import (
    Gone,
    InFuture,
    NotInCare,
    NotTheirOwn,
    OtherOrganization,
    TextRequired,
    TextTooLong,
    TooLongAgo,
)

#: A phone's clock may run that much ahead of ours.
CLOCK_TOLERANCE = timedelta(minutes=5)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def lock_mentor(mentor: MentorProfile) -> None:
    """Hold the mentor's row until the transaction ends, so that two phones of one mentor see each other.

    Foreign keys that point at the mentor are not held up. This is the first of our locks; rows of training come after.
    """
    list(MentorProfile.objects.select_for_update(no_key=True).filter(pk=mentor.pk).values_list("pk"))


def still_there(rows: QuerySet[Any], key: UUID) -> Any:
    """The row as it is behind the lock; refuses one that somebody has deleted meanwhile."""
    found = rows.filter(pk=key).first()
    if found is None:
        raise Gone
    return found


def require_own(by: User | None, mentor: MentorProfile) -> None:
    """Refuse unless `by` is the mentor. None is Varde itself, which may."""
    if by is not None and by.pk != mentor.user_id:
        raise NotTheirOwn


def speaks_for_staff(by: User | None, mentor: MentorProfile) -> bool:
    """Is it staff who write here, and not the mentor? Refuses those who are neither.

    A coordinator who is a mentor too is the mentor in their own conversations.
    """
    if by is None or by.pk == mentor.user_id:
        return False
    try:
        require_care_of(by, mentor)
    except OutsideCare as refusal:
        raise NotInCare from refusal
    return True


def require_care(by: User | None, mentor: MentorProfile) -> None:
    """Refuse unless `by` looks after the mentor, as staff."""
    if by is not None and not speaks_for_staff(by, mentor):
        raise NotInCare


def require_same_organization(mentor: MentorProfile, organization_id: UUID) -> None:
    if mentor.organization_id != organization_id:
        raise OtherOrganization


def checked_moment(moment: datetime | None, at: datetime) -> datetime:
    """When it was written: as the phone says, else now."""
    if moment is None:
        return at
    if moment > at + CLOCK_TOLERANCE:
        raise InFuture
    if moment < EARLIEST:
        raise TooLongAgo
    return moment


def checked_text(text: str, *, required: bool = True, longest: int = LONGEST_TEXT) -> str:
    """The text without spaces around it."""
    stripped = text.strip()
    if required and not stripped:
        raise TextRequired
    if len(stripped) > longest:
        raise TextTooLong(longest=longest)
    return stripped
