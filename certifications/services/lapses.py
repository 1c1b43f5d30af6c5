"""The lapse: a required certificate has expired, and nothing else protects its mentor."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from accounts.enums import PauseReason
from accounts.services import pause_many
from certifications import lapses
from certifications.models import Certificate


def handle_lapses(mentors: Collection[UUID], *, at: datetime) -> list[UUID]:
    """Act on what has expired of these mentors, whom the caller has locked; answers whom it paused.

    Locks their certificates too and looks again, so a renewal that has committed meanwhile is seen. Does not depend
    on any message; doing it again changes nothing.
    """
    _lock_lapsed(mentors, at)
    lapses.expire(mentors, at=at)
    lapses.add_end_of_grace(mentors, at=at)
    return pause_for_lapse(mentors, at=at)


def pause_for_lapse(mentors: Collection[UUID], *, at: datetime) -> list[UUID]:
    """Pause those of these (locked) mentors whom nothing protects any more; answers them."""
    wanted = lapses.mentors_to_pause(mentors, at=at)
    return _pause(wanted, at) if wanted else []


def pause_for_revocation(mentor_id: UUID, *, at: datetime) -> None:
    """A required certificate was revoked: pause its (locked) mentor unless another one protects them."""
    if lapses.unprotected([mentor_id], at=at):
        _pause([mentor_id], at)


def _pause(mentors: Collection[UUID], at: datetime) -> list[UUID]:
    """Pause whoever of them is active, once for everything that has lapsed so far; answers them."""
    paused = [mentor.pk for mentor in pause_many(mentors=mentors, reason=PauseReason.CERTIFICATION_EXPIRED, at=at)]
    if paused:
        lapses.mark_paused(paused, at=at)
    return paused


def _lock_lapsed(mentors: Collection[UUID], at: datetime) -> None:
    rows = Certificate.objects.lapsed_at(at).filter(mentor_id__in=mentors).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))
