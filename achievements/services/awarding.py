"""Writing awards down: insert or ignore, and tell of those that are new."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from accounts.local_time import local_date
from achievements import kinds
from achievements.models import EarnedBadge
from achievements.moments import Dated
from achievements.services.marking import mark_years
from notifications.services import Wanted, notify_many

#: What was earned longer ago than this is told in the app alone.
NEWS = timedelta(days=30)


class Made(NamedTuple):
    """An award that this statement has written."""

    id: UUID
    mentor_id: UUID
    definition_id: UUID
    earned_at: datetime
    organization_id: UUID
    user_id: UUID
    zone: str


# Whoever has it already, from somebody else's hands too, keeps it as it is.
_INSERT = """
WITH made AS (
    INSERT INTO achievements_earnedbadge
        (id, organization_id, mentor_id, definition_id, period, criteria_version, earned_at, evidence)
    SELECT varde_uuid7(), mentor.organization_id, given.*
    FROM unnest(%(mentors)s::uuid[], %(definitions)s::uuid[], %(periods)s::text[], %(versions)s::int[],
                %(moments)s::timestamptz[], %(evidence)s::jsonb[])
        AS given(mentor_id, definition_id, period, version, earned_at, evidence)
    JOIN accounts_mentorprofile mentor ON mentor.id = given.mentor_id
    ORDER BY given.mentor_id, given.definition_id, given.period
    ON CONFLICT (mentor_id, definition_id, period) DO NOTHING
    RETURNING id, mentor_id, definition_id, earned_at
)
SELECT made.*, mentor.organization_id, mentor.user_id, organization.time_zone
FROM made
JOIN accounts_mentorprofile mentor ON mentor.id = made.mentor_id
JOIN accounts_organization organization ON organization.id = mentor.organization_id
"""


def write(awards: Sequence[Dated], *, at: datetime) -> list[Made]:
    """Write awards; answers those that are new, and tells their mentors of them once. Call it under their locks."""
    if not awards:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "mentors": [one.mentor_id for one in awards],
                "definitions": [one.definition_id for one in awards],
                "periods": [one.period for one in awards],
                "versions": [one.version for one in awards],
                "moments": [one.earned_at for one in awards],
                "evidence": [json.dumps(one.evidence) for one in awards],
            },
        )
        made = [Made(*row) for row in cursor.fetchall()]
    tell(made, at=at)
    mark_years(years={(one.mentor_id, local_date(one.earned_at, one.zone).year) for one in made})
    return made


def tell(made: Sequence[Made], *, at: datetime, occasion: str = "awarded") -> None:
    """Write the mentors a notification each; the same award and occasion are told once."""
    for kind, is_news in ((kinds.BADGE, True), (kinds.EARLIER_BADGE, False)):
        wanted = [
            Wanted(one.organization_id, one.user_id, one.id, occasion)
            for one in made
            if (at - one.earned_at <= NEWS) == is_news
        ]
        notify_many(kind=kind, wanted=wanted, at=at)


def tell_one(earned: EarnedBadge, *, at: datetime, occasion: str) -> None:
    """Tell the mentor of an award by hand; it is news, whenever it was earned."""
    wanted = Wanted(earned.organization_id, earned.mentor.user_id, earned.pk, occasion)
    notify_many(kind=kinds.BADGE, wanted=[wanted], at=at)


def mark_year(earned: EarnedBadge) -> None:
    """The summary of the year in which it was earned is to be made anew."""
    mark_years(years={(earned.mentor_id, local_date(earned.earned_at, earned.organization.time_zone).year)})
