"""The verbs of staff about badges: award one with a note, revoke one with a reason, and award it again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.local_time import local_date
from accounts.models import MentorProfile, User
from accounts.services import log_change
from accounts.services.authority import OutsideCare, require_care_of
from achievements import kinds
from achievements.enums import AwardedBy, Repeats
from achievements.models import BadgeDefinition, EarnedBadge
from achievements.refusals import (
    BadgeNotInUse,
    MentorNotInCare,
    NoteRequired,
    PeriodNotRight,
    ReasonRequired,
    TextTooLong,
)
from achievements.services.awarding import mark_year, tell_one
from notifications.services import cancel_about

EARLIEST_YEAR = 2000
LONGEST_NOTE = 500


@transaction.atomic
def award_badge(
    *, mentor: MentorProfile, definition: BadgeDefinition, by: User, at: datetime, note: str, period: str = ""
) -> EarnedBadge:
    """Award a mentor a badge by hand. Whoever comes second gets the first one's award, as it is.

    One that was revoked is back with this note: the same row, earned when it was. A badge that is earned anew each
    year is for the running year unless `period` says another. Logged; the mentor is told. Locks the mentor.
    """
    _check_care(by, mentor)
    text = _checked(note, NoteRequired, "note")
    period = _period(mentor, definition, period, at)
    MentorProfile.objects.select_for_update(no_key=True).get(pk=mentor.pk)
    earned, is_new = _insert(mentor, definition, period, by, at, text)
    if not is_new and earned.is_valid:
        return earned
    if not is_new:
        _award_again(earned, by, at, text)
    log_change(earned, by=by, at=at, action="awarded", reason=text)
    tell_one(earned, at=at, occasion="awarded" if is_new else f"again:{at.isoformat()}")
    mark_year(earned)
    return earned


@transaction.atomic
def revoke_badge(*, earned: EarnedBadge, by: User, at: datetime, reason: str) -> EarnedBadge:
    """Take a badge from a mentor, with a reason. Varde does not award it again by itself; staff may.

    Doing it again changes nothing. What has not been told yet is not told any more. Logged.
    """
    _check_care(by, earned.mentor)
    text = _checked(reason, ReasonRequired, "reason")
    MentorProfile.objects.select_for_update(no_key=True).get(pk=earned.mentor_id)
    stored: EarnedBadge = EarnedBadge.objects.with_people().get(pk=earned.pk)
    if not stored.is_valid:
        return stored
    stored.revoked_at, stored.revoked_by, stored.revocation_reason = at, by, text
    stored.save(update_fields=["revoked_at", "revoked_by", "revocation_reason", "updated_at"])
    log_change(stored, by=by, at=at, before={"revoked_at": None}, action="revoked", reason=text)
    cancel_about(subjects=[stored.pk], kinds=[kinds.BADGE, kinds.EARLIER_BADGE], at=at)
    mark_year(stored)
    return stored


def _insert(
    mentor: MentorProfile, definition: BadgeDefinition, period: str, by: User, at: datetime, note: str
) -> tuple[EarnedBadge, bool]:
    """The award, and whether it is new."""
    made = EarnedBadge(
        organization_id=mentor.organization_id,
        mentor=mentor,
        definition=definition,
        period=period,
        earned_at=at,
        awarded_by=AwardedBy.STAFF,
        awarded_by_user=by,
        criteria_version=definition.criteria_version,
        note=note,
    )
    EarnedBadge.objects.bulk_create([made], ignore_conflicts=True)
    earned: EarnedBadge = EarnedBadge.objects.with_people().get(mentor=mentor, definition=definition, period=period)
    return earned, earned.pk == made.pk


def _award_again(earned: EarnedBadge, by: User, at: datetime, note: str) -> None:
    earned.revoked_at = earned.revoked_by = None
    earned.revocation_reason = ""
    earned.awarded_by, earned.awarded_by_user, earned.note = AwardedBy.STAFF, by, note
    earned.save()


def _check_care(by: User, mentor: MentorProfile) -> None:
    try:
        require_care_of(by, mentor)
    except OutsideCare as refusal:
        raise MentorNotInCare from refusal


def _checked(text: str, missing: type[NoteRequired | ReasonRequired], field: str) -> str:
    if not text.strip():
        raise missing
    if len(text.strip()) > LONGEST_NOTE:
        raise TextTooLong(field=field)
    return text.strip()


def _period(mentor: MentorProfile, definition: BadgeDefinition, period: str, at: datetime) -> str:
    if not BadgeDefinition.objects.usable_in(mentor.organization_id).filter(pk=definition.pk).exists():
        raise BadgeNotInUse
    if definition.repeats != Repeats.YEARLY:
        if period:
            raise PeriodNotRight
        return ""
    running = local_date(at, mentor.organization.time_zone).year
    known = {str(year) for year in range(EARLIEST_YEAR, running + 1)}
    if period and period not in known:
        raise PeriodNotRight
    return period or str(running)
