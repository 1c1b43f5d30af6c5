"""What the demo's mentors did in two years: for each pair a rhythm that ends where its state says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5

from accounts.local_time import moment_at
from mentoring.demo.cast import NOTES, TRIED
from mentoring.models import ActivityType
from mentoring.services.activities import Draft
from mentoring.services.history import Past

NAMESPACE = UUID("0b9f4a3e-8a55-5d0c-9a0e-0a3f1d3f7c02")
CLOCKS = [time(hour, minute) for hour in range(10, 20) for minute in (0, 15, 30, 45)]


@dataclass
class Diary:
    """Makes activities for one mentor; the same ones for the same day, whenever it is asked."""

    mentor: str
    types: dict[str, ActivityType]
    zone: str
    chance: random.Random

    def visits(self, contact_id: UUID, first: date, last: date) -> Iterator[Past]:
        """Contact every week or three from the day `first`; the last one, on the day `last`, was reached."""
        day = last
        kind = self._kind()
        yield self._past(kind, day, contact_id, reached=True)
        while (day := day - timedelta(days=self.chance.randint(8, 27))) >= first:
            reached = self.chance.random() > 0.07
            yield self._past(self._kind(), day, contact_id, reached=reached)

    def twice(self, past: Past) -> Past:
        """The same activity once more, as somebody logs it who is not sure the first one was saved."""
        return Past(past.draft, uuid5(NAMESPACE, f"{past.client_id}|again"))

    def work(self, first: date, last: date) -> Iterator[Past]:
        """Evenings in a group, and the paperwork."""
        day = first + timedelta(days=self.chance.randint(5, 40))
        while day < last:
            yield self._past("group_meeting", day, None, reached=True)
            if self.chance.random() < 0.4:
                yield self._past("administration", day + timedelta(days=1), None, reached=True)
            day += timedelta(days=self.chance.randint(35, 75))

    def _kind(self) -> str:
        return self.chance.choices(["home_visit", "phone_call", "digital_meeting"], weights=[45, 40, 15])[0]

    def _past(self, kind: str, day: date, contact_id: UUID | None, *, reached: bool) -> Past:
        chance = self.chance
        minutes = {"phone_call": (15, 20, 30, 45), "group_meeting": (90, 120, 150)}.get(kind, (30, 45, 60, 90))
        clock = chance.choice(CLOCKS)
        draft = Draft(
            type_id=self.types[kind].pk,
            occurred_at=moment_at(day, clock, self.zone),
            minutes=chance.choice(minutes) if reached else 15,
            reached=reached,
            contact_id=contact_id,
            summary=chance.choice(NOTES[kind] if reached else TRIED),
            is_group=kind == "group_meeting",
            participant_count=chance.randint(5, 18) if kind == "group_meeting" else None,
        )
        return Past(draft, uuid5(NAMESPACE, f"{self.mentor}|{draft.occurred_at.isoformat()}|{contact_id}|{kind}"))


def before(moment: datetime, days: int) -> date:
    """The day so many days before `moment`; whole days are enough for a demo."""
    return (moment - timedelta(days=days)).date()
