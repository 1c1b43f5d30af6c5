"""Writing down that somebody has to be told something."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounts.keys import uuid7
from notifications import kinds
from notifications.ledger import OCCASION_LENGTH, dedupe_key, insert_select
from notifications.models import Notification
from notifications.services.bell import ring_for_dispatch


class Wanted(NamedTuple):
    """Somebody to be told of one subject on one occasion. `data` holds ids for the app, nothing about people."""

    organization_id: UUID
    recipient_id: UUID
    subject_id: UUID | None
    occasion: str
    data: dict[str, Any] | None = None


def notify(
    *,
    organization_id: UUID,
    recipient_id: UUID,
    kind: str,
    subject_id: UUID | None,
    occasion: str,
    at: datetime,
    data: dict[str, Any] | None = None,
) -> Notification | None:
    """Write one notification, due from `at`; answers None when it was written before.

    `occasion` (at most 80 characters) says which of the subject's occasions it is: the same kind, subject, occasion
    and recipient is told once, ever. The channel is the person's own choice, else the kind's default. Call it in the
    transaction of the act; a worker is rung for when that commits.
    """
    wanted = Wanted(organization_id, recipient_id, subject_id, occasion, data)
    new = notify_many(kind=kind, wanted=[wanted], at=at)
    key = dedupe_key(kind, subject_id, occasion, recipient_id)
    return Notification.objects.get(pk=new[key]) if key in new else None


def notify_many(*, kind: str, wanted: Sequence[Wanted], at: datetime) -> dict[str, UUID]:
    """Write many notifications of one kind, due from `at`, in one statement.

    Answers the ids of those that are new, by their key (`notifications.ledger.dedupe_key`).
    """
    if not wanted:
        return {}
    registered = kinds.get(kind)
    if any(len(each.occasion) > OCCASION_LENGTH for each in wanted):
        raise ValueError(f"An occasion has at most {OCCASION_LENGTH} characters.")
    statement = insert_select("wanted", registered.slug, registered.default_channel, data="source.data")
    with connection.cursor() as cursor:
        cursor.execute(_WANTED + statement, _columns(wanted) | {"at": at})
        new = {key: id_ for id_, key in cursor.fetchall()}
    if new:
        ring_for_dispatch()
    return new


_WANTED = """
WITH wanted AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(organizations)s::uuid[], %(recipients)s::uuid[], %(subjects)s::uuid[],
                         %(occasions)s::text[], %(data)s::jsonb[])
        AS given(notification_id, organization_id, recipient_id, subject_id, occasion, data)
)"""


def _columns(wanted: Sequence[Wanted]) -> dict[str, Any]:
    return {
        "ids": [uuid7() for _ in wanted],
        "organizations": [each.organization_id for each in wanted],
        "recipients": [each.recipient_id for each in wanted],
        "subjects": [each.subject_id for each in wanted],
        "occasions": [each.occasion for each in wanted],
        "data": [json.dumps(each.data or {}) for each in wanted],
    }
