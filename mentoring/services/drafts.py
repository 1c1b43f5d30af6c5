"""The facts of an activity as somebody reports them, and whether they can be: asked by every verb that writes one.

Locks the mentor's row, so that two recordings for one mentor see each other's duplicates and numbers. The lock does not
hold up foreign keys that point at the mentor.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.local_time import local_date
from mentoring import rules
from mentoring.enums import OPEN, Duplicate
from mentoring.models import Activity

#: What to do about an activity that looks like one that is there already: refuse it and name the candidates, keep it
#: as suspected (uncounted until somebody decides), or keep it as checked and distinct.
OnDuplicate = Literal["refuse", "flag", "distinct"]

EARLIEST = date(2000, 1, 1)


class MentorNotFound(Refusal):
    code = "mentor_not_found"
    sentence = _("There is no such mentor.")
    field = "peer_mentor_id"
    status = 404


class ActivityInFuture(Refusal):
    code = "in_the_future"
    sentence = _("An activity cannot be recorded before it has taken place.")
    field = "occurred_at"


class ActivityTooLongAgo(Refusal):
    code = "too_long_ago"
    sentence = _("An activity cannot be older than the year 2000.")
    field = "occurred_at"


class TypeNotUsable(Refusal):
    code = "type_not_found"
    sentence = _("There is no such activity type in use in this organisation.")
    field = "type_id"
    status = 404


class ContactNotFound(Refusal):
    code = "contact_not_found"
    sentence = _("There is no such contact in this organisation.")
    field = "contact_id"
    status = 404


class ContactRequired(Refusal):
    code = "contact_required"
    sentence = _("This type of activity needs a contact.")
    field = "contact_id"


class AssignmentNotFound(Refusal):
    code = "assignment_not_found"
    sentence = _("This mentor has no such assignment with this contact.")
    field = "assignment_id"


class MinutesOutOfRange(Refusal):
    code = "minutes_out_of_range"
    sentence = _("The length must be between 1 minute and 24 hours.")
    field = "minutes"


class ParticipantsOutOfRange(Refusal):
    code = "participants_out_of_range"
    sentence = _("The number of participants must be between 1 and 10,000.")
    field = "participant_count"


class PossibleDuplicate(Refusal):
    """`candidates` in `extra` holds the ids of the activities it looks like."""

    code = "possible_duplicate"
    sentence = _("There is already an activity like this on that day. Confirm if this is another one.")
    status = 409


@dataclass(frozen=True)
class Draft:
    """The facts of an activity, as somebody reports them."""

    type_id: UUID
    occurred_at: datetime
    minutes: int = 30
    reached: bool = True
    contact_id: UUID | None = None
    assignment_id: UUID | None = None
    summary: str = ""
    is_group: bool = False
    participant_count: int | None = None
    event: bool | None = None  # None: as the type says
    local_association_id: UUID | None = None  # None: the contact's, else the mentor's primary one


@dataclass(frozen=True)
class Locked:
    """A mentor whose row is locked, with what a draft is checked against."""

    id: UUID
    organization_id: UUID
    zone: str
    local_association_id: UUID | None


@dataclass(frozen=True)
class Checked:
    """A draft that may be written, with what was looked up for it."""

    draft: Draft
    local_date: date
    counts_as_contact: bool
    candidates: list[UUID] = field(default_factory=list)
    replay_id: UUID | None = None


_LOCK = """
SELECT mentor.id, mentor.organization_id, organization.time_zone,
       (SELECT local_association_id FROM accounts_mentoraffiliation WHERE mentor_id = mentor.id AND is_primary)
FROM accounts_mentorprofile mentor JOIN accounts_organization organization ON organization.id = mentor.organization_id
WHERE mentor.id = %s FOR NO KEY UPDATE OF mentor FOR SHARE OF organization
"""

# A statement of its own, after the lock: it must see what was committed while we waited for it.
# A correction may keep what the activity has, also what has been deleted, switched off or handed over since: `own_…`.
_LOOK_UP = """
SELECT type.counts_as_contact, type.requires_contact, type.is_event,
       contact.id, contact.local_association_id,
       assignment.id, assignment.contact_id, assignment.local_association_id,
       (SELECT id FROM mentoring_activity WHERE mentor_id = %(mentor)s AND client_id = %(client)s),
       ARRAY(
           SELECT id FROM mentoring_activity twin
           WHERE twin.mentor_id = %(mentor)s AND twin.local_date = %(day)s AND twin.type_id = type.id
             AND (twin.contact_id = COALESCE(contact.id, assignment.contact_id) OR twin.assignment_id = assignment.id)
             AND twin.deleted_at IS NULL AND twin.status <> 'rejected' AND twin.duplicate <> 'duplicate'
             AND twin.id IS DISTINCT FROM %(self)s
           ORDER BY twin.id
       )
FROM mentoring_activitytype type
LEFT JOIN mentoring_contact contact
    ON contact.id = %(contact)s AND contact.organization_id = %(organization)s
   AND (contact.deleted_at IS NULL OR contact.id = %(own_contact)s)
LEFT JOIN LATERAL (
    SELECT id, contact_id, local_association_id FROM mentoring_assignment
    WHERE mentor_id = %(mentor)s AND deleted_at IS NULL
      AND (id = %(assignment)s OR %(assignment)s IS NULL AND contact_id = contact.id)
      OR id = %(assignment)s AND id = %(own_assignment)s
    ORDER BY status = ANY(%(open)s) DESC, sequence DESC LIMIT 1
) assignment ON true
WHERE type.id = %(type)s AND (type.is_active OR type.id = %(own_type)s)
  AND (type.organization_id IS NULL OR type.organization_id = %(organization)s)
"""


def lock_mentor(mentor_id: UUID) -> Locked:
    """Hold the mentor's row until the transaction ends, and the organisation's time zone. Raises `MentorNotFound`."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [mentor_id])
        row = cursor.fetchone()
    if row is None:
        raise MentorNotFound
    return Locked(*row)


def check(
    mentor: Locked,
    draft: Draft,
    at: datetime,
    *,
    client_id: UUID | None = None,
    correcting: Activity | None = None,
) -> Checked:
    """Refuse what cannot be, fill in what follows from the rest, and look for twins: one query."""
    check_plain_values(draft, at)
    day = local_date(draft.occurred_at, mentor.zone)
    if day < EARLIEST:
        raise ActivityTooLongAgo
    found = _look_up(mentor, draft, day, client_id, correcting)
    if found is None:
        raise TypeNotUsable
    counts, requires_contact, is_event, contact, contact_area, assignment, paired, area, replay, candidates = found
    if draft.contact_id and contact is None:
        raise ContactNotFound
    if draft.assignment_id and (assignment is None or (contact and contact != paired)):
        raise AssignmentNotFound
    contact = contact or paired
    if requires_contact and contact is None:
        raise ContactRequired
    whole = replace(
        draft,
        contact_id=contact,
        assignment_id=assignment,
        event=is_event if draft.event is None else draft.event,
        local_association_id=draft.local_association_id or contact_area or area or mentor.local_association_id,
    )
    return Checked(whole, day, counts, candidates, replay)


def check_plain_values(draft: Draft, at: datetime) -> None:
    if draft.occurred_at > at + timedelta(minutes=rules.CLOCK_TOLERANCE_MINUTES):
        raise ActivityInFuture
    if not 1 <= draft.minutes <= 1440:
        raise MinutesOutOfRange
    if draft.participant_count is not None and not 1 <= draft.participant_count <= 10_000:
        raise ParticipantsOutOfRange


def _look_up(
    mentor: Locked, draft: Draft, day: date, client_id: UUID | None, correcting: Activity | None
) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            _LOOK_UP,
            {
                "mentor": mentor.id,
                "organization": mentor.organization_id,
                "type": draft.type_id,
                "contact": draft.contact_id,
                "assignment": draft.assignment_id,
                "day": day,
                "client": client_id,
                "self": correcting.pk if correcting else None,
                "own_type": correcting.type_id if correcting else None,
                "own_contact": correcting.contact_id if correcting else None,
                "own_assignment": correcting.assignment_id if correcting else None,
                "open": list(OPEN),
            },
        )
        return cursor.fetchone()


def duplicate_state(checked: Checked, on_duplicate: OnDuplicate) -> Duplicate:
    """What the activity is to be kept as. Raises `PossibleDuplicate` when it looks like another and that is refused."""
    if not checked.candidates:
        return Duplicate.NONE
    if on_duplicate == "refuse":
        raise PossibleDuplicate(candidates=checked.candidates)
    return Duplicate.SUSPECTED if on_duplicate == "flag" else Duplicate.DISTINCT


def build(mentor: Locked, checked: Checked, duplicate: Duplicate) -> Activity:
    """The activity that the draft says, not yet written, and without who recorded it."""
    draft = checked.draft
    return Activity(
        organization_id=mentor.organization_id,
        mentor_id=mentor.id,
        local_date=checked.local_date,
        duplicate=duplicate,
        **{name: getattr(draft, name) for name in Draft.__dataclass_fields__},
    )


def draft_of(activity: Activity) -> Draft:
    return Draft(**{name: getattr(activity, name) for name in Draft.__dataclass_fields__})
