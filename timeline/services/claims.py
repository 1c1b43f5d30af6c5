"""Taking a reflection on, and letting go of it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.base.refusals import Refusal
from accounts.models import User
from accounts.services.authority import require_care_of
from timeline.enums import ResponseStatus
from timeline.models import AnswerClaim, TimelineEntry
from timeline.rules import CLAIM_LASTS
from training.models import Reflection


class OwnReflection(Refusal):
    code = "own_reflection"
    sentence = gettext_lazy("This is your own reflection. Somebody else answers it.")
    status = 403


class NotWaiting(Refusal):
    code = "not_waiting"
    sentence = gettext_lazy("This reflection does not wait for an answer.")
    status = 409


class AnsweredMeanwhile(Refusal):
    code = "answered_meanwhile"
    sentence = gettext_lazy(
        "Somebody has answered this meanwhile. Read the answer; if you have more to say, add to it."
    )
    status = 409


class AlreadyClaimed(Refusal):
    """Somebody else is at it; `extra` says who and until when."""

    code = "already_claimed"
    status = 409


@transaction.atomic
def claim(*, entry: TimelineEntry, by: User, at: datetime) -> AnswerClaim:
    """Take a waiting reflection on for an hour, so that nobody else answers it meanwhile. Again: an hour from now."""
    stored = locked(entry, by=by)
    require_waiting(stored)
    held = require_free(stored, by=by, at=at)
    begun = held.claimed_at if held else at
    made, __ = AnswerClaim.objects.update_or_create(
        reflection_id=stored.source_id,
        defaults={
            "organization_id": stored.organization_id,
            "by": by,
            "claimed_at": begun,
            "until": at + CLAIM_LASTS,
        },
    )
    return made


@transaction.atomic
def release(*, entry: TimelineEntry, by: User, at: datetime) -> None:
    """Let go of a reflection; administrators take it from anybody. Nothing to let go of, nothing done."""
    stored = locked(entry, by=by)
    access = by.access
    if not (access.is_platform_staff or stored.organization_id in access.administers):
        require_free(stored, by=by, at=at)
    AnswerClaim.objects.filter(reflection_id=stored.source_id).delete()


def locked(entry: TimelineEntry, *, by: User) -> TimelineEntry:
    """The line as it is now, with its reflection locked as every answer locks it; refuses who may not answer it."""
    mentor = entry.mentor
    if mentor.user_id == by.pk:
        raise OwnReflection
    require_care_of(by, mentor)
    reflection = Reflection.objects.select_for_update(no_key=True).filter(pk=entry.source_id)
    if not reflection.values_list("pk"):
        raise NotWaiting  # deleted meanwhile
    return TimelineEntry.objects.select_related("mentor", "responded_by", "organization").get(pk=entry.pk)


def require_waiting(entry: TimelineEntry) -> None:
    """Refuse a line that nobody has to answer (any more)."""
    if entry.response_status == ResponseStatus.RESPONDED:
        assert entry.responded_at is not None
        raise AnsweredMeanwhile(answered_by=entry.responded_by_id, answered_at=_local(entry.responded_at, entry))
    if entry.response_status != ResponseStatus.PENDING:
        raise NotWaiting


def require_free(entry: TimelineEntry, *, by: User, at: datetime) -> AnswerClaim | None:
    """The person's own live claim, if any; refuses when it is somebody else's."""
    held = AnswerClaim.objects.live(at).select_related("by").filter(reflection_id=entry.source_id).first()
    if held is not None and held.by_id != by.pk:
        until = _local(held.until, entry)
        facts = {"name": held.by, "time": time_format(until)}
        sentence = _("%(name)s is answering this, until %(time)s at the latest.") % facts
        raise AlreadyClaimed(sentence, claimed_by=held.by_id, claimed_until=until)
    return held


def _local(moment: datetime, entry: TimelineEntry) -> datetime:
    return moment.astimezone(ZoneInfo(entry.organization.time_zone))
