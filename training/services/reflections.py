"""The verbs of reflections: think aloud, and talk about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Max

from accounts.models import MentorProfile, User
from accounts.services import log_change
from training import signals
from training.enums import MEDIA_OF_KIND, MediaType, ReflectionKind
from training.media import CheckedMedia, checked
from training.models import Lesson, Reflection, ReflectionReply, Video
from training.refusals import (
    AddressOnlyForVideos,
    BadAddress,
    FileOrAddress,
    LessonOfAnotherVideo,
    MediaNotExpected,
    MediaRequired,
    SecondOutOfRange,
    VideoRequired,
)
from training.services.courses import require_open
from training.services.files import stored
from training.services.learners import (
    checked_moment,
    checked_text,
    lock_mentor,
    require_care,
    require_own,
    require_same_organization,
    speaks_for_staff,
    still_there,
)

_ADDRESS = URLValidator(schemes=["https"])


def write_reflection(
    *,
    mentor: MentorProfile,
    kind: ReflectionKind,
    text: str = "",
    video: Video | None = None,
    lesson: Lesson | None = None,
    video_second: int | None = None,
    media: File[bytes] | None = None,
    media_url: str = "",
    requires_response: bool = True,
    client_id: UUID | None = None,
    written_at: datetime | None = None,
    by: User | None,
    at: datetime,
) -> Reflection:
    """Write down a thought, at a second of a video if there is one; its media are a file, or a video's address.

    A `client_id` that the mentor has used already answers with that reflection and changes nothing. The file is looked
    at before anything is locked: that takes its time.
    """
    require_own(by, mentor)
    if (known := Reflection.known(client_id, mentor=mentor)) is not None:
        return known
    row = Reflection(
        organization_id=mentor.organization_id,
        mentor=mentor,
        client_id=client_id,
        kind=kind,
        lesson=lesson,
        video=video,
        video_second=video_second,
        text=checked_text(text, required=kind == ReflectionKind.TEXT),
        media_url=media_url,
        written_at=checked_moment(written_at, at),
        requires_response=requires_response,
    )
    _check_place(mentor, row)
    _check_media(kind, media, media_url)
    found = checked(media, MEDIA_OF_KIND[kind]) if media is not None else None
    row.media_type = MEDIA_OF_KIND.get(kind, "")
    row.media_duration_seconds = found.duration_seconds if found else None
    return _kept(row, found)


def _check_place(mentor: MentorProfile, row: Reflection) -> None:
    for place in filter(None, (row.video, row.lesson)):
        require_same_organization(mentor, place.organization_id)
    if row.video is not None:
        if row.lesson is not None and row.lesson.pk != row.video.lesson_id:
            raise LessonOfAnotherVideo
        if row.video_second is not None and not 0 <= row.video_second <= row.video.duration_seconds:
            raise SecondOutOfRange
    elif row.video_second is not None:
        raise VideoRequired
    lesson = row.video.lesson if row.video else row.lesson
    if lesson is not None:
        require_open(lesson.course)


def _check_media(kind: ReflectionKind, media: File[bytes] | None, media_url: str) -> None:
    if kind == ReflectionKind.TEXT:
        if media is not None or media_url:
            raise MediaNotExpected
        return
    if media is not None and media_url:
        raise FileOrAddress
    if media is None and not media_url:
        raise MediaRequired
    if media_url:
        _check_address(kind, media_url)


def _check_address(kind: ReflectionKind, media_url: str) -> None:
    if MEDIA_OF_KIND[kind] != MediaType.VIDEO:
        raise AddressOnlyForVideos
    try:
        _ADDRESS(media_url)
    except ValidationError as error:
        raise BadAddress from error


@transaction.atomic
def _kept(row: Reflection, media: CheckedMedia | None) -> Reflection:
    lock_mentor(row.mentor)
    if (known := Reflection.known(row.client_id, mentor=row.mentor)) is not None:
        return known
    with stored(row, "media_file", media):
        row.save(force_insert=True)
    return row


@transaction.atomic
def edit_reflection(*, reflection: Reflection, text: str, by: User | None, at: datetime) -> Reflection:
    """Say it in other words. Where, when and with what media it was said stays."""
    require_own(by, reflection.mentor)
    stored_row = _locked(reflection)
    new = checked_text(text, required=stored_row.kind == ReflectionKind.TEXT)
    if new == stored_row.text:
        return stored_row
    before = {"text": stored_row.text}
    stored_row.text, stored_row.edited_at = new, at
    stored_row.save(update_fields=["text", "edited_at", "updated_at"])
    log_change(stored_row, by=by, at=at, before=before)
    return stored_row


@transaction.atomic
def delete_reflection(*, reflection: Reflection, by: User | None, at: datetime) -> None:
    """Take a reflection back, with its conversation and its file."""
    require_own(by, reflection.mentor)
    stored_row = _locked(reflection)
    log_change(stored_row, by=by, at=at, action="deleted")
    stored_row.delete()


@transaction.atomic
def reply_to_reflection(
    *, reflection: Reflection, text: str, by: User, at: datetime, client_id: UUID | None = None
) -> ReflectionReply:
    """Write in the conversation about a reflection: the mentor, or staff who look after them.

    A reply stands behind those that were there when it was written, whatever the clocks of two servers say. A
    `client_id` that the conversation knows answers with that reply.
    """
    from_staff = speaks_for_staff(by, reflection.mentor)
    stored_row = _locked(reflection)
    if (known := ReflectionReply.known(client_id, reflection=stored_row)) is not None:
        return known
    latest = stored_row.replies.aggregate(at=Max("written_at"))["at"]
    reply: ReflectionReply = ReflectionReply.objects.create(
        organization_id=stored_row.organization_id,
        reflection=stored_row,
        client_id=client_id,
        author=by,
        is_from_staff=from_staff,
        text=checked_text(text),
        written_at=max(at, latest + timedelta(microseconds=1)) if latest else at,
    )
    signals.reflection_replied.send(ReflectionReply, reply=reply, at=at)
    return reply


@transaction.atomic
def set_requires_response(
    *, reflection: Reflection, requires_response: bool, by: User | None, at: datetime
) -> Reflection:
    """Staff decide whether a reflection waits for an answer."""
    require_care(by, reflection.mentor)
    stored_row = _locked(reflection)
    if stored_row.requires_response == requires_response:
        return stored_row
    before = {"requires_response": stored_row.requires_response}
    stored_row.requires_response = requires_response
    stored_row.save(update_fields=["requires_response", "updated_at"])
    log_change(stored_row, by=by, at=at, before=before)
    return stored_row


def _locked(reflection: Reflection) -> Reflection:
    """The row as it is now, held until the transaction ends. Foreign keys that point at it are not held up."""
    rows = Reflection.objects.select_for_update(no_key=True, of=("self",)).select_related("mentor__user")
    found: Reflection = still_there(rows, reflection.pk)
    return found
