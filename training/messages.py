"""What mentors are told about training. A push can be read by whoever stands beside the phone: it says that there is
something to read, not what, and names nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from notifications.delivery import Delivery
from notifications.kinds import Message
from training.models import GoalMessage


def compose_goal_messages(batch: Sequence[Delivery]) -> Mapping[UUID, Message]:
    """To mentors: there is a message about one of their goals, unless it is gone meanwhile."""
    rows = GoalMessage.objects.filter(pk__in=[delivery.subject_id for delivery in batch], is_from_staff=True)
    there = set(rows.values_list("pk", flat=True))
    said = Message(_("There is a message about your goal"), _("Open Varde to read it and to answer."), "/")
    return {delivery.id: said for delivery in batch if delivery.subject_id in there}
