"""The way back: whom Varde paused for an expired certificate is active again when they hold a valid one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from accounts.enums import MentorStatus, PausedBy, PauseReason
from accounts.models import MentorProfile
from accounts.services import resume_mentor
from certifications.enums import CertificateStatus
from certifications.kinds import RETURN
from certifications.models import Certificate
from certifications.services.locking import lock_mentors
from notifications.services import Wanted, notify_many


def bring_back(mentors: Collection[UUID], *, at: datetime) -> list[UUID]:
    """End the pause of those mentors whom Varde paused for an expired certificate and who may be active now.

    No other pause is touched. They are told. Locks them; answers their ids; doing it again brings nobody back twice.
    """
    paused = {key: mentor for key, mentor in lock_mentors(mentors).items() if is_paused_for_expiry(mentor)}
    if not paused:
        return []
    qualified = _qualified(paused, at)
    back = [mentor for key, mentor in paused.items() if key in qualified]
    for mentor in back:
        resume_mentor(mentor=mentor, by=None, at=at)
    wanted = [Wanted(mentor.organization_id, mentor.user_id, mentor.pk, at.isoformat()) for mentor in back]
    notify_many(kind=RETURN, wanted=wanted, at=at)
    return [mentor.pk for mentor in back]


def is_paused_for_expiry(mentor: MentorProfile) -> bool:
    """Did Varde itself pause the mentor, because a certificate had expired?"""
    return (mentor.status, mentor.paused_by, mentor.pause_reason) == (
        MentorStatus.PAUSED,
        PausedBy.SYSTEM,
        PauseReason.CERTIFICATION_EXPIRED,
    )


def _qualified(mentors: Iterable[UUID], at: datetime) -> set[UUID]:
    """Which of `mentors` hold a valid required certificate, or have none any more that would be required."""
    keys = set(mentors)
    required = Certificate.objects.required().filter(mentor_id__in=keys)
    valid = set(required.valid_at(at).values_list("mentor_id", flat=True))
    lacking = set(required.exclude(status=CertificateStatus.SUPERSEDED).values_list("mentor_id", flat=True))
    return valid | (keys - lacking)
