"""What mentors are told about badges. Written when it goes out, from the facts as they then are.

A push can be read by whoever stands beside the phone, so it names the badge and what it is for, and nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from achievements.models import EarnedBadge
from notifications.delivery import Delivery
from notifications.kinds import Message


def compose_badges(batch: Sequence[Delivery]) -> Mapping[UUID, Message]:
    """To mentors: the badge they have earned, unless it has been revoked meanwhile."""
    rows = EarnedBadge.objects.valid().select_related("definition")
    earned = rows.in_bulk([delivery.subject_id for delivery in batch])
    return {delivery.id: _earned(earned[delivery.subject_id]) for delivery in batch if delivery.subject_id in earned}


def _earned(badge: EarnedBadge) -> Message:
    facts = {"badge": badge.definition.in_language("name"), "year": badge.period}
    title = (
        _("You have earned a badge: %(badge)s %(year)s") if badge.period else _("You have earned a badge: %(badge)s")
    )
    about = badge.definition.in_language("description")
    body = "\n\n".join(filter(None, [about, _("Thank you for what you do.")]))
    return Message((title % facts)[:200], body, "/")
