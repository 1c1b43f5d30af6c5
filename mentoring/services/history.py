"""Many past activities of one mentor at once: the set-based twin of `record_activity`, for imports.

A handful of statements for hundreds of rows, and one announcement for all of them. What is checked and what is kept as
suspected is the same as when each row is recorded on its own with `on_duplicate="flag"`; a test holds the two against
each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.base.refusals import Refusal
from accounts.local_time import local_date
from accounts.models import User
from mentoring import signals
from mentoring.enums import OPEN, ActivityStatus, Duplicate, Source
from mentoring.models import Activity, ActivityType, Assignment, Contact
from mentoring.services.activities import is_contact
from mentoring.services.contact_date import recompute_contact_dates
from mentoring.services.drafts import (
    EARLIEST,
    ActivityTooLongAgo,
    Checked,
    ContactNotFound,
    ContactRequired,
    Draft,
    Locked,
    TypeNotUsable,
    build,
    check_plain_values,
    lock_mentor,
)


@dataclass(frozen=True)
class Past:
    """An activity of the past: its facts (without `assignment_id`, which follows from the contact) and its id."""

    draft: Draft
    client_id: UUID


@dataclass
class _Looked:
    """What was looked up for all rows together."""

    mentor: Locked
    types: dict[UUID, ActivityType]
    contacts: dict[UUID, Contact]
    assignments: dict[UUID, Assignment]  # by contact
    known: dict[UUID, Activity]  # by client_id
    twins: set[tuple[date, UUID, UUID]] = field(default_factory=set)  # day, type, contact or assignment

    def check(self, past: Past, at: datetime) -> Checked:
        """Refuse what cannot be, and fill in what follows from the rest."""
        draft = past.draft
        check_plain_values(draft, at)
        day = local_date(draft.occurred_at, self.mentor.zone)
        if day < EARLIEST:
            raise ActivityTooLongAgo
        type_ = self.types.get(draft.type_id)
        if type_ is None:
            raise TypeNotUsable
        contact = self.contacts.get(draft.contact_id) if draft.contact_id else None
        if draft.contact_id and contact is None:
            raise ContactNotFound
        if type_.requires_contact and contact is None:
            raise ContactRequired
        assignment = self.assignments.get(contact.pk) if contact else None
        place = contact.local_association_id if contact else self.mentor.local_association_id
        whole = replace(
            draft,
            assignment_id=assignment.pk if assignment else None,
            event=type_.is_event if draft.event is None else draft.event,
            local_association_id=draft.local_association_id or place,
        )
        return Checked(whole, day, type_.counts_as_contact)

    def is_twin(self, checked: Checked) -> bool:
        """Does it look like one that is there? From now on it is there itself."""
        draft = checked.draft
        partners = [key for key in (draft.contact_id, draft.assignment_id) if key]
        keys = {(checked.local_date, draft.type_id, key) for key in partners}
        found = bool(keys & self.twins)
        self.twins |= keys
        return found


@transaction.atomic
def record_history(
    *, mentor_id: UUID, past: Sequence[Past], by: User | None, at: datetime, source: Source = Source.IMPORT
) -> list[Activity | Refusal]:
    """Record activities of one mentor, in order; for each the activity, or why it was refused.

    A `client_id` that the mentor already used answers with that activity and changes nothing. What looks like a
    duplicate is kept as suspected. Locks the mentor, then the assignments whose contact dates move.
    """
    looked = _look_up(lock_mentor(mentor_id), past)
    results: list[Activity | Refusal] = []
    made: list[Activity] = []
    moved: set[UUID | None] = set()
    for each in past:
        try:
            checked = looked.check(each, at)
            activity = looked.known.get(each.client_id)
            if activity is None:
                activity = _make(looked, checked, each, by, at, source)
                made.append(activity)
                if checked.counts_as_contact and is_contact(activity):
                    moved.add(activity.assignment_id)
            results.append(activity)
        except Refusal as refusal:
            results.append(refusal)
    Activity.objects.bulk_create(made)
    recompute_contact_dates(sorted(moved, key=str), at=at)
    if made:
        signals.history_recorded.send(Activity, mentor_id=mentor_id, activities=made, by=by, at=at)
    return results


def _make(looked: _Looked, checked: Checked, past: Past, by: User | None, at: datetime, source: Source) -> Activity:
    activity = build(looked.mentor, checked, Duplicate.SUSPECTED if looked.is_twin(checked) else Duplicate.NONE)
    activity.recorded_by, activity.recorded_at, activity.source = by, at, source
    activity.client_id, activity.status = past.client_id, ActivityStatus.SUBMITTED
    looked.known[past.client_id] = activity
    return activity


def _look_up(mentor: Locked, past: Sequence[Past]) -> _Looked:
    """Called under the mentor's lock, so that it sees what others have committed."""
    contact_ids = {each.draft.contact_id for each in past if each.draft.contact_id}
    contacts = Contact.objects.present().filter(organization_id=mentor.organization_id, pk__in=contact_ids)
    pairs = Assignment.objects.present().filter(mentor_id=mentor.id, contact_id__in=contact_ids)
    # The later one of two takes the place of the earlier; an open one that of any.
    assignments: dict[UUID, Assignment] = {}
    for pair in sorted(pairs, key=lambda pair: (pair.status in OPEN, pair.sequence)):
        assignments[pair.contact_id] = pair
    own = Activity.objects.filter(mentor_id=mentor.id)
    ids = [each.client_id for each in past]
    looked = _Looked(
        mentor=mentor,
        types={type_.pk: type_ for type_ in ActivityType.objects.usable_in(mentor.organization_id)},
        contacts={contact.pk: contact for contact in contacts},
        assignments=assignments,
        known={known.client_id: known for known in own.filter(client_id__in=ids) if known.client_id},
    )
    days = {local_date(each.draft.occurred_at, mentor.zone) for each in past}
    twins = own.present().filter(local_date__in=days)
    twins = twins.exclude(status=ActivityStatus.REJECTED).exclude(duplicate=Duplicate.DUPLICATE)
    for day, type_id, contact_id, assignment_id in twins.values_list(
        "local_date", "type_id", "contact_id", "assignment_id"
    ):
        looked.twins |= {(day, type_id, key) for key in (contact_id, assignment_id) if key}
    return looked
