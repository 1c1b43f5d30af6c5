"""The verbs of assignments: pair, move along, hand over, end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.enums import MentorStatus
from accounts.local_time import local_date
from accounts.models import MentorProfile, User
from accounts.services import log_change
from mentoring import rules, signals
from mentoring.enums import OPEN, TRANSITIONS, AssignmentStatus
from mentoring.models import Activity, Assignment, Contact
from mentoring.services.activities import is_contact


class MentorNotActive(Refusal):
    code = "mentor_not_active"
    sentence = _("This mentor is paused or has resigned and cannot be given anybody.")
    field = "peer_mentor_id"
    status = 409


class OtherOrganization(Refusal):
    code = "not_found"
    sentence = _("Mentor, contact and coordinator must belong to the same organisation.")


class CoordinatorNotFound(Refusal):
    code = "coordinator_not_found"
    sentence = _("There is no such coordinator who cares for this contact's local association.")
    field = "coordinator_id"


class ContactDeleted(Refusal):
    code = "contact_deleted"
    sentence = _("This contact has been deleted.")
    field = "mentee_id"
    status = 409


class AlreadyPaired(Refusal):
    code = "already_paired"
    sentence = _("This mentor already supports this contact.")
    status = 409


class InvalidTransition(Refusal):
    code = "invalid_transition"
    sentence = _("An assignment that has ended stays ended, and one that has begun does not go back.")
    field = "status"
    status = 409


class AssignmentClosed(Refusal):
    code = "assignment_closed"
    sentence = _("This assignment has ended.")
    status = 409


class StartTooFarAway(Refusal):
    code = "start_date_out_of_range"
    sentence = _("The first day must lie after 1990 and within a year from now.")
    field = "start_date"


class ContactInFuture(Refusal):
    code = "in_the_future"
    sentence = _("A contact cannot be reported before it has taken place.")
    field = "last_contact_date"


class ActivityIsNoContact(Refusal):
    code = "activity_is_no_contact"
    sentence = _("This activity is not a contact of this assignment.")
    field = "activity_id"


class SnoozeOutOfRange(Refusal):
    code = "snooze_out_of_range"
    sentence = _("Snooze until a day after today and within a year.")
    field = "until"


class ReasonRequired(Refusal):
    code = "reason_required"
    sentence = _("Say why in a few words.")
    field = "reason"


@dataclass(frozen=True)
class Handover:
    """What handing over would do, for a preview: who goes to whom, and what stands in the way, if anything."""

    assignment: Assignment
    refusal: Refusal | None


@transaction.atomic
def open_assignment(
    *,
    mentor: MentorProfile,
    contact: Contact,
    coordinator: User,
    start_date: date,
    by: User | None,
    at: datetime,
    status: AssignmentStatus = AssignmentStatus.ACTIVE,
) -> Assignment:
    """Pair a mentor with a contact. Its `sequence` is the mentor's next number, given under the mentor's lock."""
    mentor = _lock(mentor)
    _check_pair(mentor, contact, at, start_date)
    _check_coordinator(coordinator, contact)
    assignment = Assignment(
        organization_id=mentor.organization_id,
        mentor=mentor,
        contact=contact,
        coordinator=coordinator,
        local_association_id=contact.local_association_id,
        status=status,
        start_date=start_date,
        sequence=_next_sequence(mentor),
    )
    _save_pair(assignment, force_insert=True)
    log_change(assignment, by=by, at=at, action="created")
    signals.assignment_opened.send(Assignment, assignment=assignment, by=by, at=at)
    return assignment


@transaction.atomic
def change_status(
    *, assignment: Assignment, status: AssignmentStatus, by: User | None, at: datetime, reason: str = ""
) -> Assignment:
    """Move an assignment along `enums.TRANSITIONS`; to the status it has is no change. Ended ones stay ended."""
    stored = _lock_assignment(assignment)
    if stored.status == status:
        return stored
    if status not in TRANSITIONS[AssignmentStatus(stored.status)]:
        raise InvalidTransition
    ended = {} if status in OPEN else {"completed_at": at}
    stored = _change(stored, by, at, reason, status=status, **ended)
    if ended:
        signals.assignment_ended.send(Assignment, assignment=stored, by=by, at=at)
    return stored


@transaction.atomic
def hand_over(
    *, assignment: Assignment, mentor: MentorProfile, by: User | None, at: datetime, reason: str = ""
) -> Assignment:
    """Give an open assignment to another mentor. The contact date stays; who had it before stands in the log."""
    mentor = _lock(mentor)
    stored = _lock_assignment(assignment)
    if stored.mentor_id == mentor.pk:
        return stored
    refusal = _obstacle(stored, mentor)
    if refusal:
        raise refusal
    before = stored.mentor_id
    # The cycle begins anew: the new mentor has not been reminded of anything yet.
    stored = _change(stored, by, at, reason, mentor=mentor, sequence=_next_sequence(mentor), reminder_sent_at=None)
    signals.assignment_handed_over.send(Assignment, assignment=stored, mentor_before=before, by=by, at=at)
    return stored


def preview_handover(*, assignments: Sequence[Assignment], mentor: MentorProfile) -> list[Handover]:
    """What `hand_over` of each of these to `mentor` would do; writes nothing."""
    return [Handover(assignment, _obstacle(assignment, mentor)) for assignment in assignments]


@transaction.atomic
def change_coordinator(*, assignment: Assignment, coordinator: User, by: User | None, at: datetime) -> Assignment:
    """Let another coordinator look after the assignment; they must care for the contact's local association."""
    stored = _lock_assignment(assignment)
    if stored.coordinator_id == coordinator.pk:
        return stored
    _check_coordinator(coordinator, stored.contact)
    return _change(stored, by, at, "", coordinator=coordinator)


@transaction.atomic
def set_thresholds(
    *, assignment: Assignment, reminder_days: int | None, escalation_days: int | None, by: User, at: datetime
) -> Assignment:
    """Override the organisation's thresholds for one assignment; None goes back to the organisation's."""
    from mentoring.services.followup import check_thresholds

    stored = _lock_assignment(assignment)
    check_thresholds(reminder_days, escalation_days)
    return _change(stored, by, at, "", reminder_days=reminder_days, escalation_days=escalation_days)


@transaction.atomic
def delete_assignment(*, assignment: Assignment, by: User, at: datetime, reason: str = "") -> Assignment:
    """Delete an assignment softly; its activities stay. Deleting again changes nothing."""
    stored: Assignment = Assignment.objects.select_for_update(no_key=True).get(pk=assignment.pk)
    if stored.deleted_at:
        return stored
    stored.deleted_at = at
    stored.save(update_fields=["deleted_at", "updated_at"])
    log_change(stored, by=by, at=at, action="deleted", reason=reason)
    signals.assignment_ended.send(Assignment, assignment=stored, by=by, at=at)
    return stored


@transaction.atomic
def report_contact(
    *, assignment: Assignment, contact_at: datetime, by: User | None, at: datetime, activity: Activity | None = None
) -> Assignment:
    """Report that there was contact at `contact_at`, without an activity of its own (b4's updateLastContactDate).

    Forward only: an earlier moment than the one known changes nothing. With `activity` that activity must be a
    contact of this assignment, and its own moment counts.
    """
    if contact_at > at + timedelta(minutes=rules.CLOCK_TOLERANCE_MINUTES):
        raise ContactInFuture
    if activity is None:
        stored = _lock_assignment(assignment)
        if stored.contact_reported_at is None or stored.contact_reported_at < contact_at:
            Assignment.objects.touch(stored.pk, contact_at, at)
            Assignment.objects.filter(pk=stored.pk, last_contact_date__gte=contact_at).update(
                contact_reported_at=contact_at, updated_at=at
            )
    elif activity.assignment_id != assignment.pk or not (is_contact(activity) and activity.type.counts_as_contact):
        raise ActivityIsNoContact
    fresh: Assignment = Assignment.objects.with_participants().get(pk=assignment.pk)
    return fresh


@transaction.atomic
def snooze(*, assignment: Assignment, until: date, reason: str, by: User, at: datetime) -> Assignment:
    """Let an open assignment be silent up to, and not including, the local day `until`."""
    stored = _lock_assignment(assignment)
    if not stored.is_open:
        raise AssignmentClosed
    if not reason.strip():
        raise ReasonRequired
    today = local_date(at, stored.organization.time_zone)
    if not today < until <= today + timedelta(days=366):
        raise SnoozeOutOfRange
    return _change(stored, by, at, reason, snoozed_until=until, snooze_reason=reason.strip())


@transaction.atomic
def wake(*, assignment: Assignment, by: User, at: datetime) -> Assignment:
    """End a snooze."""
    stored = _lock_assignment(assignment)
    return _change(stored, by, at, "", snoozed_until=None, snooze_reason="")


def _lock(mentor: MentorProfile) -> MentorProfile:
    found: MentorProfile = (
        MentorProfile.objects.select_related("organization")
        .select_for_update(no_key=True, of=("self",))
        .get(pk=mentor.pk)
    )
    return found


def _lock_assignment(assignment: Assignment) -> Assignment:
    found = (
        Assignment.objects.present()
        .select_related("organization", "contact")
        .select_for_update(no_key=True, of=("self",))
        .filter(pk=assignment.pk)
        .first()
    )
    if found is None:
        raise AssignmentClosed(_("This assignment has been deleted."))
    return found


def _check_pair(mentor: MentorProfile, contact: Contact, at: datetime, start_date: date) -> None:
    if mentor.status != MentorStatus.ACTIVE:
        raise MentorNotActive
    if contact.organization_id != mentor.organization_id:
        raise OtherOrganization(field="mentee_id")
    if contact.deleted_at:
        raise ContactDeleted
    today = local_date(at, mentor.organization.time_zone)
    if not date(1990, 1, 1) <= start_date <= today + timedelta(days=366):
        raise StartTooFarAway


def _check_coordinator(coordinator: User, contact: Contact) -> None:
    """An active coordinator who cares for the contact's association, or an administrator of the organisation."""
    people = User.objects.coordinators_of(contact.organization_id, contact.local_association_id)
    people |= User.objects.administrators_of(contact.organization_id)
    if not people.filter(pk=coordinator.pk).exists():
        raise CoordinatorNotFound


def _obstacle(assignment: Assignment, mentor: MentorProfile) -> Refusal | None:
    """Why the assignment cannot go to the mentor, or None."""
    if not assignment.is_open:
        return AssignmentClosed()
    if mentor.organization_id != assignment.organization_id:
        return OtherOrganization(field="peer_mentor_id")
    if mentor.status != MentorStatus.ACTIVE:
        return MentorNotActive()
    pairs = Assignment.objects.open().filter(mentor=mentor, contact_id=assignment.contact_id)
    return AlreadyPaired() if pairs.exclude(pk=assignment.pk).exists() else None


def _next_sequence(mentor: MentorProfile) -> int:
    """Call it under the mentor's lock. Numbers of ended and deleted assignments are not given again."""
    highest = Assignment.objects.filter(mentor=mentor).aggregate(highest=Max("sequence"))["highest"]
    return (highest or 0) + 1


def _change(assignment: Assignment, by: User | None, at: datetime, reason: str, **changes: Any) -> Assignment:
    columns = [field.attname for field in Assignment._meta.concrete_fields if field.name in changes]
    before = {column: getattr(assignment, column) for column in columns}
    for name, value in changes.items():
        setattr(assignment, name, value)
    changed = {column: value for column, value in before.items() if getattr(assignment, column) != value}
    if changed:
        _save_pair(assignment, update_fields=[*changed, "updated_at"])
        log_change(assignment, by=by, at=at, before=changed, reason=reason)
    return assignment


def _save_pair(assignment: Assignment, **how: Any) -> None:
    try:
        with transaction.atomic():
            assignment.save(**how)
    except IntegrityError as error:
        if "assignment_one_open_per_pair" in str(error):
            raise AlreadyPaired from error
        raise
