"""Activities: the history that contact dates, figures and summaries are built on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.base.refusals import Refusal
from accounts.local_time import local_date, moment_at
from mentoring import rules, services
from mentoring.enums import ActivityStatus, Duplicate, Source
from mentoring.models import Activity, ActivityType
from mentoring.roster.kinds import ACTIVITIES, CONTACT, MENTOR, Column, Kind, Row, Table, register
from mentoring.roster.known import KnownContact, KnownMentor, Seen, key_of
from mentoring.roster.reading import fold
from mentoring.roster.report import Outcome
from mentoring.roster.run import BadRow, Run, understood
from mentoring.roster.values import (
    DayOrder,
    check_length,
    clean,
    day_order,
    parse_clock,
    parse_day,
    parse_minutes,
    parse_yes,
)
from mentoring.services.activities import Draft
from mentoring.services.history import Past, record_history

#: The names in which the ids of imported activities are made. Never change it: ids of earlier imports depend on it.
NAMESPACE = UUID("6d5c1a5e-1f0b-5c58-9a5e-2f8f2f3c7b11")
NOON = time(12)
EARLIEST = date(2000, 1, 1)

#: What a later version of a file may correct.
CORRECTED = ("minutes", "reached", "summary")


@dataclass(frozen=True)
class Facts:
    """What a row says about an activity."""

    mentor: KnownMentor
    contact: KnownContact | None
    type: ActivityType
    occurred_at: datetime
    day: date
    minutes: int
    reached: bool
    summary: str

    @property
    def name(self) -> str:
        """What makes it this activity, whatever else is corrected later."""
        contact = key_of(self.contact.number) if self.contact else ""
        return f"{key_of(self.mentor.number)}|{self.occurred_at.isoformat()}|{contact}|{self.type.slug}"

    @property
    def draft(self) -> Draft:
        """The same in the words of the verb."""
        return Draft(
            type_id=self.type.pk,
            occurred_at=self.occurred_at,
            minutes=self.minutes,
            reached=self.reached,
            contact_id=self.contact.contact.pk if self.contact and self.contact.contact else None,
            summary=self.summary,
        )

    @property
    def looks(self) -> Seen | None:
        """What it would be a duplicate by; only activities with a contact have twins."""
        return Seen(self.mentor.key, self.day, self.type.pk, self.contact.key) if self.contact else None


@dataclass
class Stored:
    """An activity of an earlier import, as far as a file can change it."""

    id: UUID
    deleted: bool
    duplicate: str
    minutes: int
    reached: bool
    summary: str


class Activities:
    """Records activities once, by an id made from mentor, moment, contact, type and how often that has come up."""

    def __init__(self, run: Run, tables: Sequence[Table]) -> None:
        self.run = run
        self.tally = run.report.tally("activities")
        self.zone = run.organization.time_zone
        self.latest = run.at + timedelta(minutes=rules.CLOCK_TOLERANCE_MINUTES)
        self.order = {table.name: day_order(table.column("day")) for table in tables}
        self.times: Counter[str] = Counter()
        self.stored: dict[tuple[UUID | str, UUID], Stored] = {}
        self.seen: set[Seen] = set()
        self._read_stored()

    def _read_stored(self) -> None:
        """What was imported before; in a dry run also what the rows could be duplicates of."""
        rows = Activity.objects.filter(organization=self.run.organization)
        imported = rows.filter(client_id__isnull=False, source=Source.IMPORT)
        names = ("mentor_id", "client_id", "id", "deleted_at", "duplicate", "minutes", "reached", "summary")
        for mentor, client, key, deleted, *rest in imported.values_list(*names).iterator():
            self.stored[mentor, client] = Stored(key, deleted is not None, *rest)
        if self.run.dry_run:
            twins = rows.filter(deleted_at=None, contact__isnull=False)
            twins = twins.exclude(status=ActivityStatus.REJECTED).exclude(duplicate=Duplicate.DUPLICATE)
            self.seen = {Seen(*key) for key in twins.values_list("mentor_id", "local_date", "type_id", "contact_id")}

    def take(self, rows: list[Row]) -> None:
        """Rows of one mentor: each is understood on its own, the new ones are recorded together."""
        new: list[tuple[Row, Facts, UUID]] = []
        for row in rows:
            facts = self.run.attempt(row, self.tally, partial(self._facts, row), writes=False)
            if facts is None:
                continue
            self.times[facts.name] += 1
            client_id = uuid5(NAMESPACE, f"{facts.name}|{self.times[facts.name]}")
            stored = self.stored.get((facts.mentor.key, client_id))
            if stored:
                outcome = self.run.attempt(row, self.tally, partial(self._again, facts, stored))
                self._count(outcome)
            elif self.run.dry_run:
                self._count(self._would_record(facts))
            else:
                new.append((row, facts, client_id))
        if new:
            self._record(new)

    def _count(self, outcome: Outcome | None) -> None:
        if outcome:
            self.tally.count(outcome)

    def _record(self, new: list[tuple[Row, Facts, UUID]]) -> None:
        """All in one go; if the database will not have it, one by one to find the row it stumbles over."""
        try:
            with transaction.atomic():
                results = self._record_together([(facts, client_id) for _row, facts, client_id in new])
        except (DataError, IntegrityError):
            for row, facts, client_id in new:
                alone = partial(self._record_together, [(facts, client_id)])
                found = self.run.attempt(row, self.tally, alone)
                self._settle(row, found[0] if found else None)
        else:
            for (row, _facts, _client_id), result in zip(new, results, strict=True):
                self._settle(row, result)

    def _record_together(self, new: list[tuple[Facts, UUID]]) -> list[Activity | Refusal]:
        profile = new[0][0].mentor.profile
        assert profile is not None
        past = [Past(facts.draft, client_id) for facts, client_id in new]
        return record_history(mentor_id=profile.pk, past=past, by=self.run.by, at=self.run.at)

    def _settle(self, row: Row, result: Activity | Refusal | None) -> None:
        if isinstance(result, Refusal):
            self.tally.refuse(row, result.field or "", result.code, str(result.sentence))
        elif result:
            suspected = result.duplicate == Duplicate.SUSPECTED
            self.tally.count(Outcome.SUSPECTED if suspected else Outcome.CREATED)

    def _would_record(self, facts: Facts) -> Outcome:
        looks = facts.looks
        if looks in self.seen:
            return Outcome.SUSPECTED
        if looks:
            self.seen.add(looks)
        return Outcome.CREATED

    def _again(self, facts: Facts, stored: Stored) -> Outcome:
        """A row that was imported before: what people deleted stays deleted, what the file corrects is corrected."""
        changes = {name: getattr(facts, name) for name in CORRECTED if getattr(facts, name) != getattr(stored, name)}
        if stored.deleted or not changes:
            suspected = stored.duplicate == Duplicate.SUSPECTED and not stored.deleted
            return Outcome.SUSPECTED if suspected else Outcome.UNCHANGED
        if not self.run.dry_run:
            activity = Activity.objects.get(pk=stored.id)
            services.correct_activity(activity=activity, by=self.run.by, at=self.run.at, **changes)
        return Outcome.UPDATED

    # -- one cell each ----------------------------------------------------------------------------------------------

    def _facts(self, row: Row) -> Facts:
        mentor = self.run.known.mentors.get(key_of(row["mentor"]))
        if mentor is None:
            raise BadRow("mentor", "unknown_mentor", _("There is no mentor with this number."))
        type_ = self.run.known.types.get(fold(row["type"]))
        if type_ is None:
            raise BadRow("type", "unknown_type", _("There is no such activity type."))
        occurred_at = self._occurred_at(row)
        return Facts(
            mentor=mentor,
            contact=self._contact(row, type_),
            type=type_,
            occurred_at=occurred_at,
            day=local_date(occurred_at, self.zone),
            minutes=understood("minutes", lambda: parse_minutes(clean(row["minutes"]))),
            reached=self._reached(row),
            summary=understood("summary", lambda: check_length(_note(row["summary"]), 4000)),
        )

    def _contact(self, row: Row, type_: ActivityType) -> KnownContact | None:
        number = key_of(row["contact"])
        if not number:
            if type_.requires_contact:
                raise BadRow("contact", "contact_required", _("This type of activity needs a contact."))
            return None
        if number not in self.run.known.contacts:
            raise BadRow("contact", "unknown_contact", _("There is no contact with this number."))
        return self.run.known.contacts[number]

    def _occurred_at(self, row: Row) -> datetime:
        """The moment the row names in the organisation's time zone; without a time of day it is noon."""
        order = self.order.get(row.file, DayOrder.DAY_FIRST)
        written = understood("day", lambda: parse_day(clean(row["day"]), order))
        clock = written.clock or NOON
        if clean(row["clock"]):
            clock = understood("clock", lambda: parse_clock(clean(row["clock"])))
        if written.day < EARLIEST:
            raise BadRow("day", "too_long_ago", _("An activity cannot be older than the year 2000."))
        # Far ahead the calendar itself ends, so the day is compared before it is made a moment.
        moment = moment_at(written.day, clock, self.zone) if written.day.year < 9000 else None
        if moment is None or moment > self.latest:
            raise BadRow("day", "in_the_future", _("This day has not come yet."))
        return moment

    def _reached(self, row: Row) -> bool:
        value = clean(row["reached"])
        return bool(understood("reached", lambda: parse_yes(value))) if value else True


def _note(value: str) -> str:
    lines: list[Any] = [clean(line) for line in value.splitlines()]
    return "\n".join(lines).strip()


def import_activities(run: Run, tables: Sequence[Table]) -> None:
    """Record the activities of one mentor after the other, so that only one mentor is locked at a time."""
    activities = Activities(run, tables)
    rows = [row for table in tables for row in table.rows]
    rows.sort(key=_mentor_of)
    run.in_chunks(rows, activities.take, together=_mentor_of)


def _mentor_of(row: Row) -> str:
    return key_of(row["mentor"])


register(
    Kind(
        "activities",
        ACTIVITIES,
        ("aktiviteter", "activities", "logg"),
        (
            Column("day", ("Dato", "Date")),
            Column("clock", ("Klokkeslett", "Tid", "Kl", "Tidspunkt", "Time"), required=False),
            Column("mentor", MENTOR),
            Column("contact", CONTACT, required=False),
            Column("type", ("Type", "Aktivitetstype", "Aktivitet", "Activity type")),
            Column("minutes", ("Varighet", "Minutter", "Lengde", "Duration")),
            Column("reached", ("Oppnådd", "Nådd", "Reached"), required=False),
            Column("summary", ("Notat", "Notater", "Kommentar", "Beskrivelse", "Notes"), required=False),
        ),
        rank=40,
        importer=import_activities,
    )
)
