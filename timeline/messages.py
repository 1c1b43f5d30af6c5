"""What is said about answers: to learners, and to those who owe one.

Written when it goes out, from the facts as they then are: whoever has written again meanwhile, or been answered, is
not told of what is no longer so. A message can be read by whoever stands beside the phone, so none holds a thought.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.local_time import local_date
from notifications.delivery import Delivery
from notifications.kinds import Message
from timeline.late import Late, limits_at, whom_to_tell
from timeline.promises import promises_of
from timeline.rules import Promise, may_tell
from training.models import ReflectionReply

DESK = "/admin/timeline/waitingreflection/"


def compose_answered(batch: Sequence[Delivery]) -> Mapping[UUID, Message]:
    """To learners: there is an answer, as long as nothing has been written after it."""
    later = ReflectionReply.objects.filter(
        Q(written_at__gt=OuterRef("written_at")) | Q(written_at=OuterRef("written_at"), id__gt=OuterRef("id")),
        reflection_id=OuterRef("reflection_id"),
    )
    last = ReflectionReply.objects.filter(~Exists(later), is_from_staff=True)
    replies = last.filter(pk__in=[delivery.subject_id for delivery in batch])
    answered = dict(replies.values_list("pk", "reflection_id"))
    return {
        delivery.id: _answered(answered[delivery.subject_id]) for delivery in batch if delivery.subject_id in answered
    }


def _answered(reflection: UUID) -> Message:
    path = reverse("timeline-reflection", args=[reflection])
    return Message(_("Your reflection has been answered"), _("Open Varde to read the answer."), path)


def compose_late(batch: Sequence[Delivery]) -> Mapping[UUID, Message]:
    """To coordinators and administrators: how many wait too long, on the morning it was meant for and no later.

    What could not be delivered by the evening is told anew on the next working morning, as it is then.
    """
    promises = promises_of({delivery.organization_id for delivery in batch})
    found: dict[UUID, Message] = {}
    for at in {delivery.claimed_at for delivery in batch}:  # one moment: a batch is claimed in one statement
        late = {
            (each.organization_id, each.recipient_id): each
            for each in whom_to_tell({key: limits_at(at, promise) for key, promise in promises.items()})
        }
        for delivery in batch:
            promise = promises[delivery.organization_id]
            told = late.get((delivery.organization_id, delivery.recipient_id))
            if delivery.claimed_at == at and told and _is_of_today(delivery, promise):
                found[delivery.id] = _wait_too_long(told, promise)
    return found


def _is_of_today(delivery: Delivery, promise: Promise) -> bool:
    at: datetime = delivery.claimed_at
    is_today = delivery.data.get("on") == local_date(at, promise.zone).isoformat()
    return is_today and may_tell(at, promise.zone, promise.holidays)


def _wait_too_long(late: Late, promise: Promise) -> Message:
    title = ngettext(
        "A reflection has waited too long for an answer",
        "%(count)d reflections have waited too long for an answer",
        late.overdue,
    ) % {"count": late.overdue}
    day = date_format(local_date(late.oldest, promise.zone), "DATE_FORMAT")
    parts = [_("The oldest has waited since %(day)s.") % {"day": day}]
    if late.escalated:
        parts.append(
            ngettext(
                "One of them has waited so long that administrators are told too.",
                "%(count)d of them have waited so long that administrators are told too.",
                late.escalated,
            )
            % {"count": late.escalated}
        )
    parts.append(_("On the answer desk you see who asks, and can answer at once."))
    return Message(title, "\n\n".join(parts), DESK)
