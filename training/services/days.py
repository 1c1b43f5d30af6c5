"""The verbs of a mentor's days: notes, what shows that a goal comes closer, and the conversation about a goal."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.core.files.base import File
from django.db import transaction

from accounts.models import MentorProfile, User
from accounts.services import log_change
from notifications.services import notify
from training import kinds
from training.media import CheckedMedia, checked
from training.models import DailyNote, Goal, GoalMessage, SuccessProof
from training.refusals import OtherOrganization
from training.services.files import stored
from training.services.learners import (
    checked_moment,
    checked_text,
    lock_mentor,
    require_own,
    speaks_for_staff,
    still_there,
)


@transaction.atomic
def write_daily_note(
    *,
    mentor: MentorProfile,
    text: str,
    client_id: UUID | None = None,
    written_at: datetime | None = None,
    by: User | None,
    at: datetime,
) -> DailyNote:
    """Write about the day. A `client_id` that the mentor has used already answers with that note."""
    require_own(by, mentor)
    lock_mentor(mentor)
    if (known := DailyNote.known(client_id, mentor=mentor)) is not None:
        return known
    note: DailyNote = DailyNote.objects.create(
        organization_id=mentor.organization_id,
        mentor=mentor,
        client_id=client_id,
        text=checked_text(text),
        written_at=checked_moment(written_at, at),
    )
    return note


@transaction.atomic
def edit_daily_note(*, note: DailyNote, text: str, by: User | None, at: datetime) -> DailyNote:
    require_own(by, note.mentor)
    lock_mentor(note.mentor)
    current: DailyNote = still_there(DailyNote.objects.all(), note.pk)
    before, current.text = current.text, checked_text(text)
    if current.text != before:
        current.save(update_fields=["text", "updated_at"])
        log_change(current, by=by, at=at, before={"text": before})
    return current


@transaction.atomic
def delete_daily_note(*, note: DailyNote, by: User | None, at: datetime) -> None:
    require_own(by, note.mentor)
    lock_mentor(note.mentor)
    current: DailyNote = still_there(DailyNote.objects.all(), note.pk)
    log_change(current, by=by, at=at, action="deleted")
    current.delete()


def submit_proof(
    *,
    mentor: MentorProfile,
    goal: Goal,
    text: str = "",
    media: File[bytes] | None = None,
    client_id: UUID | None = None,
    submitted_at: datetime | None = None,
    by: User | None,
    at: datetime,
) -> SuccessProof:
    """Show that a goal comes closer: words, or a picture or a recording, or both. Also of a goal that is closed."""
    require_own(by, mentor)
    if (known := SuccessProof.known(client_id, mentor=mentor)) is not None:
        return known
    if goal.mentor_id != mentor.pk:
        raise OtherOrganization
    found = checked(media) if media is not None else None
    row = SuccessProof(
        organization_id=mentor.organization_id,
        mentor=mentor,
        goal=goal,
        client_id=client_id,
        text=checked_text(text, required=found is None),
        media_type=found.media_type if found else "",
        media_duration_seconds=found.duration_seconds if found else None,
        submitted_at=checked_moment(submitted_at, at),
    )
    return _kept(row, found)


@transaction.atomic
def _kept(row: SuccessProof, media: CheckedMedia | None) -> SuccessProof:
    lock_mentor(row.mentor)
    if (known := SuccessProof.known(row.client_id, mentor=row.mentor)) is not None:
        return known
    with stored(row, "media_file", media):
        row.save(force_insert=True)
    return row


@transaction.atomic
def delete_proof(*, proof: SuccessProof, by: User | None, at: datetime) -> None:
    """Take it back, with its file."""
    require_own(by, proof.mentor)
    lock_mentor(proof.mentor)
    current: SuccessProof = still_there(SuccessProof.objects.all(), proof.pk)
    log_change(current, by=by, at=at, action="deleted")
    current.delete()


@transaction.atomic
def write_goal_message(*, goal: Goal, text: str, by: User, at: datetime, client_id: UUID | None = None) -> GoalMessage:
    """Write in the conversation about a goal: the mentor, or staff who look after them. The mentor is told of staff."""
    from_staff = speaks_for_staff(by, goal.mentor)
    list(Goal.objects.select_for_update(no_key=True).filter(pk=goal.pk).values_list("pk"))
    if (known := GoalMessage.known(client_id, goal=goal, author=by)) is not None:
        return known
    message: GoalMessage = GoalMessage.objects.create(
        organization_id=goal.organization_id,
        mentor_id=goal.mentor_id,
        goal=goal,
        client_id=client_id,
        author=by,
        is_from_staff=from_staff,
        text=checked_text(text),
        written_at=at,
    )
    if from_staff:
        _tell_mentor(message, goal.mentor, at)
    return message


def _tell_mentor(message: GoalMessage, mentor: MentorProfile, at: datetime) -> None:
    notify(
        organization_id=message.organization_id,
        recipient_id=mentor.user_id,
        kind=kinds.GOAL_MESSAGE,
        subject_id=message.pk,
        occasion="written",
        at=at,
        data={"goal_id": str(message.goal_id)},
    )
