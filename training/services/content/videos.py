"""Videos, with their files and the places in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.db import transaction

from accounts.models import User
from training.enums import MediaType
from training.media import MEGABYTE, CheckedMedia, checked
from training.models import Checkpoint, CheckpointVisit, Quiz, Reflection, Video, VideoProgress
from training.models.content import MOST_VIDEO_SECONDS
from training.refusals import (
    Begun,
    BeyondTheEnd,
    CaptionsUnreadable,
    CheckpointTwice,
    FileOrAddress,
    LengthMissing,
    OtherLength,
)
from training.services.content.quizzes import remove_quiz
from training.services.content.writing import (
    before_of,
    follow,
    locked,
    locked_to_go,
    log_deletion,
    require_staff,
    require_stays,
    write,
)
from training.services.files import delete_after_commit, stored

#: What staff upload may be larger than what mentors send from their phones.
MOST_VIDEO_BYTES = 1024 * MEGABYTE
MOST_CAPTION_BYTES = MEGABYTE
#: A file that is encoded anew may differ by so much and still be the same video.
SAME_LENGTH_SECONDS = 2


@dataclass(frozen=True)
class CheckpointDraft:
    at_second: int
    title: str
    id: UUID | None = None


@transaction.atomic
def save_video(
    *,
    video: Video,
    by: User | None,
    at: datetime,
    file: File[bytes] | None = None,
    captions: File[bytes] | None = None,
    checkpoints: Sequence[CheckpointDraft] | None = None,
) -> Video:
    """Write a video down, new or changed; it stays in its lesson.

    `file` and `captions` are uploads, None for what is there already. A file's length is measured, that of a video at
    an address is given; once somebody has watched, it stays what it was. With `checkpoints` the places in it are
    these and no others; one that a mentor has reached cannot be left out.
    """
    before = before_of(video)
    require_stays(video, before, "lesson_id")
    video.organization_id = locked(video.lesson).organization_id
    require_staff(video, by)
    media = _measured(video, before, file)
    text = _captions(captions)
    with stored(video, "file", media), stored(video, "captions", text):
        write(video, before, by, at)
        if checkpoints is not None:
            _write_checkpoints(video, checkpoints)
        _require_within(video)
    if before is not None:
        old = {before.file.name, before.captions.name} - {video.file.name, video.captions.name}
        delete_after_commit(old)
    return video


@transaction.atomic
def save_checkpoint(*, checkpoint: Checkpoint, by: User | None, at: datetime) -> Checkpoint:
    """Write one place of a video down, new or changed; the others stay."""
    before = before_of(checkpoint)
    require_stays(checkpoint, before, "video_id")
    video = locked(checkpoint.video)
    checkpoint.organization_id = video.organization_id
    others = Checkpoint.objects.filter(video=video, at_second=checkpoint.at_second).exclude(pk=checkpoint.pk)
    if others.exists():
        raise CheckpointTwice
    if checkpoint.at_second > video.duration_seconds:
        raise BeyondTheEnd
    return write(checkpoint, before, by, at)


@transaction.atomic
def delete_checkpoint(*, checkpoint: Checkpoint, by: User | None, at: datetime) -> None:
    """Delete a place of a video. Refuses one that somebody has reached."""
    require_staff(checkpoint, by)
    locked_to_go(checkpoint.video)
    if CheckpointVisit.objects.filter(checkpoint=checkpoint).exists():
        raise Begun
    log_deletion(checkpoint, by, at)
    checkpoint.delete()


@transaction.atomic
def delete_video(*, video: Video, by: User | None, at: datetime) -> None:
    """Delete a video with its files. Refuses one that somebody has watched or written about."""
    held = locked_to_go(video)
    require_staff(held, by)
    log_deletion(held, by, at)
    remove_video(held)


def remove_video(video: Video) -> None:
    begun = (
        VideoProgress.objects.filter(video=video),
        Reflection.objects.filter(video=video),
        CheckpointVisit.objects.filter(checkpoint__video=video),
    )
    if any(rows.exists() for rows in begun):
        raise Begun
    for quiz in Quiz.objects.filter(video=video):
        remove_quiz(quiz)
    names = [video.file.name, video.captions.name]
    video.delete()
    delete_after_commit(names)


def _measured(video: Video, before: Video | None, file: File[bytes] | None) -> CheckedMedia | None:
    """The new file, if there is one; `duration_seconds` is right afterwards."""
    media = None
    if file is None and not video.file and not video.url:
        raise FileOrAddress(field="url")
    if file is not None:
        media = checked(
            file,
            MediaType.VIDEO,
            most_bytes=MOST_VIDEO_BYTES,
            most_seconds=MOST_VIDEO_SECONDS,
            plays_everywhere=True,
        )
        video.url = ""
        assert media.duration_seconds is not None  # a film has a length
        video.duration_seconds = media.duration_seconds
    elif video.file and not video.url:
        video.duration_seconds = before.duration_seconds if before else video.duration_seconds
    else:
        video.file = ""  # an address takes the file's place
    if not video.duration_seconds:
        raise LengthMissing
    if before is not None and VideoProgress.objects.filter(video=before).exists():
        if abs(video.duration_seconds - before.duration_seconds) > SAME_LENGTH_SECONDS:
            raise OtherLength(duration_seconds=before.duration_seconds)
        video.duration_seconds = before.duration_seconds
    return media


def _captions(upload: File[bytes] | None) -> CheckedMedia | None:
    """Captions as they came, if they are WebVTT."""
    if upload is None:
        return None
    upload.seek(0)
    content = upload.read(MOST_CAPTION_BYTES + 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaptionsUnreadable from error
    if len(content) > MOST_CAPTION_BYTES or not text.startswith("WEBVTT") or "-->" not in text:
        raise CaptionsUnreadable
    return CheckedMedia(ContentFile(text.encode()), MediaType.VIDEO, "vtt")


def _write_checkpoints(video: Video, drafts: Sequence[CheckpointDraft]) -> None:
    there = {row.pk: row for row in Checkpoint.objects.filter(video=video)}
    kept = {draft.id for draft in drafts if draft.id}
    gone = [key for key in there if key not in kept]
    if CheckpointVisit.objects.filter(checkpoint__in=gone).exists():
        raise Begun
    if len({draft.at_second for draft in drafts}) < len(drafts):
        raise CheckpointTwice
    Checkpoint.objects.filter(pk__in=gone).delete()
    # Two of them may change places, and no second may be taken twice even on the way.
    moved = [
        draft for draft in drafts if draft.id and draft.id in there and there[draft.id].at_second != draft.at_second
    ]
    for place, draft in enumerate(moved):
        Checkpoint.objects.filter(video=video, pk__in=[draft.id]).update(at_second=MOST_VIDEO_SECONDS + 1 + place)
    for draft in drafts:
        row = (draft.id and there.get(draft.id)) or Checkpoint(organization_id=video.organization_id, video=video)
        follow(row, {"at_second": draft.at_second, "title": draft.title.strip()})


def _require_within(video: Video) -> None:
    """Nothing lies behind the end: neither checkpoints nor quizzes."""
    for rows in (Checkpoint.objects.filter(video=video), Quiz.objects.filter(video=video)):
        if rows.filter(at_second__gt=video.duration_seconds).exists():
            raise BeyondTheEnd
