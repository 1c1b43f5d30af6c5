"""Whether a mentor is active: paused, on leave, back again, resigned. Every move is a line of the status log."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.enums import MentorStatus, PausedBy, PauseReason, Role
from accounts.local_time import local_date
from accounts.models import MentorProfile, MentorStatusChange, Organization, User
from accounts.services.authority import NotAllowed, require_care_of, require_role
from accounts.services.changes import log_change, log_changes
from accounts.signals import mentor_paused, mentor_resumed

_WRITTEN = (
    "status",
    "paused_by",
    "pause_reason",
    "pause_note",
    "paused_at",
    "resumed_at",
    "leave_until",
    "is_listed",
)


class InvalidTransition(Refusal):
    code = "invalid_transition"
    sentence = _("The mentor's status does not allow this.")
    status = 409


class LeaveInThePast(Refusal):
    code = "leave_in_the_past"
    sentence = _("The leave must end after today.")
    field = "leave_until"


class LeaveWithoutReason(Refusal):
    code = "leave_without_reason"
    sentence = _("Only a leave has an end date.")
    field = "leave_until"


class PausedByOther(Refusal):
    code = "paused_by_other"
    sentence = _("You did not pause this yourself; ask your coordinator.")
    status = 403


class ReasonMissing(Refusal):
    code = "reason_missing"
    sentence = _("Say why: the certificate is missing, and this overrides it.")
    field = "note"


class ReservedReason(Refusal):
    code = "reserved_reason"
    sentence = _("Only Varde itself pauses for this reason.")
    field = "reason"


@transaction.atomic
def pause_mentor(
    *,
    mentor: MentorProfile,
    reason: str,
    by: User | None,
    at: datetime,
    note: str = "",
    leave_until: date | None = None,
) -> MentorProfile:
    """Pause an active mentor; `by` None is Varde itself. On leave, they return by themselves on `leave_until`.

    A paused mentor gets no new assignment and is on no list; nothing existing is touched. Locks the mentor's row.
    """
    stored = _locked(mentor)
    changed_by = _role_of(by, stored)
    _check_pause(stored, reason, changed_by, leave_until, at)
    if stored.status != MentorStatus.ACTIVE:
        raise InvalidTransition
    stored.paused_by, stored.pause_reason, stored.pause_note = changed_by, reason, note
    stored.paused_at, stored.leave_until = at, leave_until
    _move(stored, MentorStatus.PAUSED, changed_by, by, at, reason, note)
    mentor_paused.send(MentorProfile, mentor=stored, by=by, at=at, reason=reason)
    return stored


@transaction.atomic
def pause_many(*, mentors: Collection[UUID], reason: PauseReason, at: datetime) -> list[MentorProfile]:
    """Varde pauses those of `mentors` (ids) that are active; answers them. Two statements for each table, however many.

    Locks their rows in the order of their keys; nobody who is not active any more is touched.
    """
    stored = list(
        MentorProfile.objects.select_for_update(no_key=True)
        .filter(pk__in=mentors, status=MentorStatus.ACTIVE)
        .order_by("pk")
    )
    if not stored:
        return []
    MentorProfile.objects.filter(pk__in=[mentor.pk for mentor in stored]).update(
        status=MentorStatus.PAUSED,
        paused_by=PausedBy.SYSTEM,
        pause_reason=reason,
        paused_at=at,
        is_listed=False,
        updated_at=at,
    )
    for mentor in stored:
        mentor.status, mentor.paused_by, mentor.pause_reason = MentorStatus.PAUSED, PausedBy.SYSTEM, reason
        mentor.paused_at, mentor.is_listed = at, False
    MentorStatusChange.objects.bulk_create(
        _change(mentor, MentorStatus.ACTIVE, PausedBy.SYSTEM, None, at, reason, "") for mentor in stored
    )
    log_changes(stored, by=None, at=at, before={"status": MentorStatus.ACTIVE})
    for mentor in stored:
        mentor_paused.send(MentorProfile, mentor=mentor, by=None, at=at, reason=reason)
    return stored


@transaction.atomic
def resume_mentor(*, mentor: MentorProfile, by: User | None, at: datetime, note: str = "") -> MentorProfile:
    """End a pause. Mentors end only their own; to override a missing certificate, staff must say why."""
    stored = _locked(mentor)
    changed_by = _role_of(by, stored)
    if stored.status != MentorStatus.PAUSED:
        raise InvalidTransition
    if changed_by == PausedBy.SELF and stored.paused_by != PausedBy.SELF:
        raise PausedByOther
    if by and stored.pause_reason == PauseReason.CERTIFICATION_EXPIRED and not note.strip():
        raise ReasonMissing
    return _activate(stored, changed_by, by, at, note)


@transaction.atomic
def resign_mentor(*, mentor: MentorProfile, by: User | None, at: datetime, note: str = "") -> MentorProfile:
    """End a mentor's service: by themselves or by staff. Their rows, role and log-in stay."""
    stored = _locked(mentor)
    changed_by = _role_of(by, stored)
    if stored.status == MentorStatus.RESIGNED:
        raise InvalidTransition
    _clear_pause(stored)
    _move(stored, MentorStatus.RESIGNED, changed_by, by, at, "", note)
    return stored


@transaction.atomic
def reinstate_mentor(*, mentor: MentorProfile, by: User | None, at: datetime, note: str = "") -> MentorProfile:
    """Take a resigned mentor back. Staff only."""
    require_role(by, mentor.organization_id, Role.COORDINATOR)
    stored = _locked(mentor)
    if stored.status != MentorStatus.RESIGNED:
        raise InvalidTransition
    return _activate(stored, _role_of(by, stored), by, at, note)


def end_leaves(*, at: datetime) -> int:
    """Bring back everybody whose leave is over on the local day; answers how many. Running it again changes nothing.

    Each mentor in a transaction of their own: one that fails keeps nobody else away.
    """
    count = 0
    for zone in Organization.objects.order_by().values_list("time_zone", flat=True).distinct():
        today = local_date(at, zone)
        due = MentorProfile.objects.filter(
            organization__time_zone=zone,
            status=MentorStatus.PAUSED,
            pause_reason=PauseReason.LEAVE,
            leave_until__lte=today,
        )
        for key in due.values_list("pk", flat=True):
            count += _end_leave(key, today, at)
    return count


@transaction.atomic
def _end_leave(key: object, today: date, at: datetime) -> int:
    mentor = (
        MentorProfile.objects.select_for_update(no_key=True)
        .filter(pk=key, status=MentorStatus.PAUSED, pause_reason=PauseReason.LEAVE, leave_until__lte=today)
        .first()
    )
    if mentor is None:  # resumed, or the leave was prolonged, since we looked
        return 0
    _activate(mentor, PausedBy.SYSTEM, None, at, "")
    return 1


def _locked(mentor: MentorProfile) -> MentorProfile:
    """The mentor's row comes first in every lock order."""
    return MentorProfile.objects.select_for_update(no_key=True).get(pk=mentor.pk)  # type: ignore[no-any-return]


def _role_of(by: User | None, mentor: MentorProfile) -> PausedBy:
    """As what `by` acts on the mentor; refuses strangers."""
    if by is None:
        return PausedBy.SYSTEM
    if by.pk == mentor.user_id:
        return PausedBy.SELF
    if not by.access.may_staff(mentor.organization_id):
        raise NotAllowed
    require_care_of(by, mentor)
    return PausedBy.COORDINATOR


def _check_pause(
    mentor: MentorProfile, reason: str, changed_by: PausedBy, leave_until: date | None, at: datetime
) -> None:
    if reason == PauseReason.CERTIFICATION_EXPIRED and changed_by != PausedBy.SYSTEM:
        raise ReservedReason
    if leave_until is None:
        return
    if reason != PauseReason.LEAVE:
        raise LeaveWithoutReason
    if leave_until <= local_date(at, mentor.organization.time_zone):
        raise LeaveInThePast


def _activate(mentor: MentorProfile, changed_by: PausedBy, by: User | None, at: datetime, note: str) -> MentorProfile:
    reason = mentor.pause_reason
    _clear_pause(mentor)
    mentor.resumed_at = at
    _move(mentor, MentorStatus.ACTIVE, changed_by, by, at, reason, note)
    mentor_resumed.send(MentorProfile, mentor=mentor, by=by, at=at, reason=reason)
    return mentor


def _clear_pause(mentor: MentorProfile) -> None:
    mentor.paused_by = mentor.pause_reason = mentor.pause_note = ""
    mentor.paused_at = mentor.leave_until = None


def _move(
    mentor: MentorProfile,
    status: MentorStatus,
    changed_by: PausedBy,
    by: User | None,
    at: datetime,
    reason: str,
    note: str,
) -> None:
    before = mentor.status
    mentor.status = status
    mentor.is_listed = status == MentorStatus.ACTIVE and mentor.listed_when_active
    mentor.save(update_fields=[*_WRITTEN, "updated_at"])
    _change(mentor, before, changed_by, by, at, reason, note).save(force_insert=True)
    log_change(mentor, by=by, at=at, before={"status": before})


def _change(
    mentor: MentorProfile, before: str, changed_by: PausedBy, by: User | None, at: datetime, reason: str, note: str
) -> MentorStatusChange:
    """The line of the status log for a mentor who already has the new status."""
    return MentorStatusChange(
        organization_id=mentor.organization_id,
        mentor=mentor,
        status_before=before,
        status_after=mentor.status,
        changed_by=changed_by,
        user=by,
        reason=reason,
        note=note,
        at=at,
    )
