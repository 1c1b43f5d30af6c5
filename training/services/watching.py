"""The verb of videos: write down what has been watched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import NumericRange

from accounts.models import MentorProfile, User
from training import rules
from training.models import Checkpoint, CheckpointVisit, Video, VideoProgress
from training.refusals import StretchOutOfRange, TooManyStretches
from training.services.courses import require_open
from training.services.learners import require_own, require_same_organization

MOST_STRETCHES = 500


@transaction.atomic
def record_watching(
    *,
    mentor: MentorProfile,
    video: Video,
    stretches: Sequence[rules.Stretch],
    position: int | None = None,
    by: User | None,
    at: datetime,
) -> VideoProgress:
    """Add stretches that were played, in seconds, and where the player stands (None: at the end of the last stretch).

    Stretches may come in any order, overlap, and be sent again: the result is what has been watched at all. What has
    been reached stays reached; each band and each checkpoint gets the moment at which it first was.
    """
    require_own(by, mentor)
    require_same_organization(mentor, video.organization_id)
    require_open(video.lesson.course)
    _check(stretches)
    progress = _locked(mentor, video, at)
    merged = rules.merge([*_watched(progress), *stretches], video.duration_seconds)
    _follow(progress, merged, video.duration_seconds, at)
    _stand(progress, position if position is not None else _end(stretches), video.duration_seconds, at)
    progress.save()
    _visit_checkpoints(mentor, video, merged, at)
    return progress


def _check(stretches: Sequence[rules.Stretch]) -> None:
    if len(stretches) > MOST_STRETCHES:
        raise TooManyStretches
    if any(first < 0 or first > last for first, last in stretches):
        raise StretchOutOfRange


def _locked(mentor: MentorProfile, video: Video, at: datetime) -> VideoProgress:
    """The mentor's row for the video, made if it is not there yet, and held until the transaction ends.

    Read after the lock, so that what another phone has just sent is seen.
    """
    rows = VideoProgress.objects.select_for_update(no_key=True).filter(mentor=mentor, video=video)
    found: VideoProgress | None = rows.first()
    if found is None:
        new = VideoProgress(
            organization_id=mentor.organization_id, mentor=mentor, video=video, watched=[], last_watched_at=at
        )
        VideoProgress.objects.bulk_create([new], ignore_conflicts=True)
        found = rows.get()
    return found


def _watched(progress: VideoProgress) -> list[rules.Stretch]:
    return [(stretch.lower, stretch.upper) for stretch in progress.watched]


def _follow(progress: VideoProgress, merged: list[rules.Stretch], length: int, at: datetime) -> None:
    progress.watched = [NumericRange(first, last) for first, last in merged]
    # Never less than before, also when staff have put a longer file in the video's place.
    progress.percent = max(progress.percent, rules.percent_watched(merged, length))
    for band in rules.bands_reached(progress.percent):
        name = f"reached_{band}_at"
        if getattr(progress, name) is None:
            setattr(progress, name, at)


def _stand(progress: VideoProgress, position: int | None, length: int, at: datetime) -> None:
    """The place to go on from is that of the latest word."""
    if at < progress.last_watched_at:
        return
    progress.last_watched_at = at
    if position is not None:
        progress.position_seconds = min(position, length)


def _end(stretches: Sequence[rules.Stretch]) -> int | None:
    return stretches[-1][1] if stretches else None


def _visit_checkpoints(mentor: MentorProfile, video: Video, merged: list[rules.Stretch], at: datetime) -> None:
    visits = CheckpointVisit.objects.filter(mentor=mentor, checkpoint__video=video)
    open_ones = Checkpoint.objects.filter(video=video).exclude(pk__in=visits.values("checkpoint"))
    CheckpointVisit.objects.bulk_create(
        (
            CheckpointVisit(organization_id=mentor.organization_id, mentor=mentor, checkpoint_id=key, reached_at=at)
            for key, second in open_ones.values_list("pk", "at_second")
            if rules.has_reached(second, merged)
        ),
        ignore_conflicts=True,
    )
