"""Answering reflections, and deciding that one needs no answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from notifications.services import notify
from timeline.kinds import REFLECTION_ANSWERED
from timeline.models import AnswerClaim, TimelineEntry
from timeline.services.claims import locked, require_free, require_waiting
from training import services as training
from training.models import Reflection, ReflectionReply


@transaction.atomic
def answer(
    *, entry: TimelineEntry, text: str, by: User, at: datetime, further: bool = False, client_id: UUID | None = None
) -> ReflectionReply:
    """Answer a reflection. Whoever has claimed it lets go with that, and the learner is told.

    It must wait for an answer, unless `further` adds to one. Refuses while somebody else has claimed it. With the same
    `client_id` the same answer is given back.
    """
    stored = locked(entry, by=by)
    if not _is_repeated(stored, client_id):
        require_free(stored, by=by, at=at)
        if not further:
            require_waiting(stored)
    reply: ReflectionReply = training.reply_to_reflection(
        reflection=_reflection(stored), text=text, by=by, at=at, client_id=client_id
    )
    return reply


@transaction.atomic
def no_answer_needed(*, entry: TimelineEntry, by: User, at: datetime) -> None:
    """Decide that a waiting reflection needs no answer: it leaves the desk, and nobody is told."""
    stored = locked(entry, by=by)
    require_free(stored, by=by, at=at)
    require_waiting(stored)
    training.set_requires_response(reflection=_reflection(stored), requires_response=False, by=by, at=at)
    AnswerClaim.objects.filter(reflection_id=stored.source_id).delete()


@transaction.atomic
def answer_needed(*, entry: TimelineEntry, by: User, at: datetime) -> None:
    """Decide that it needs an answer after all; it waits since it was written. Done already, nothing done."""
    stored = locked(entry, by=by)
    training.set_requires_response(reflection=_reflection(stored), requires_response=True, by=by, at=at)


def note_reply(*, reply: ReflectionReply, at: datetime) -> None:
    """Staff have answered, wherever that was: nobody is at it any more, and the learner is told once."""
    if not reply.is_from_staff:
        return
    AnswerClaim.objects.filter(reflection_id=reply.reflection_id).delete()
    notify(
        organization_id=reply.organization_id,
        recipient_id=reply.reflection.mentor.user_id,
        kind=REFLECTION_ANSWERED,
        subject_id=reply.pk,
        occasion="answered",
        at=at,
        data={"reflection_id": str(reply.reflection_id)},
    )


def _reflection(entry: TimelineEntry) -> Reflection:
    found: Reflection = Reflection.objects.select_related("mentor", "organization").get(pk=entry.source_id)
    return found


def _is_repeated(entry: TimelineEntry, client_id: UUID | None) -> bool:
    return (
        client_id is not None
        and ReflectionReply.objects.filter(reflection_id=entry.source_id, client_id=client_id).exists()
    )
