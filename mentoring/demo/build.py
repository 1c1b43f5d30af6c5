"""Builds the demo in one transaction: people first, then pairs and what they did, then what has been told to whom.

What the apps above mentoring add comes last (`chapters`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F

from accounts import services as accounts
from accounts.enums import Language, Level, PauseReason, Role
from accounts.models import LocalAssociation, MentorProfile, Organization, User
from mentoring import services
from mentoring.demo import cast
from mentoring.demo.chapters import chapters
from mentoring.demo.history import Diary, before
from mentoring.demo.told import tell_what_was_told
from mentoring.enums import AssignmentStatus, Source
from mentoring.models import Activity, ActivityType, Assignment, Contact
from mentoring.services.history import record_history

#: Days since the last contact of the open pairs that are not simply in touch (those: 1 to 9). The reminder waits 10
#: days, the coordinator is told after 20.
OVERDUE = (10, 11, 13, 14, 16, 19)
ESCALATED = (21, 24, 33, 58)
SNOOZED = (15, 27)
#: Days since the start of pairs that have not had any contact yet.
NEVER = (3, 14, 26)
PENDING, COMPLETED, CANCELLED = 3, 14, 3
CONTACTS = 70
PAUSED_MENTOR = 5


@dataclass
class Pair:
    """One pairing of the story: who, since when, how it stands."""

    mentor: MentorProfile
    contact: Contact
    state: str
    started_days_ago: int
    last_days_ago: int | None
    assignment: Assignment | None = None


@dataclass
class Demo:
    """The demo while it is being built."""

    at: datetime
    organization: Organization
    chance: random.Random = field(default_factory=lambda: random.Random(2026))  # noqa: S311 no secret
    places: list[LocalAssociation] = field(default_factory=list)
    mentors: list[MentorProfile] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    people: dict[str, User] = field(default_factory=dict)

    def ago(self, days: float) -> datetime:
        return self.at - timedelta(days=days)


@transaction.atomic
def build_demo(*, at: datetime) -> Organization:
    """Fill the empty database, relative to the day of `at`. The same for everybody, apart from that day."""
    founded = at - timedelta(days=900)
    organization = accounts.create_organization(name=cast.NAME, slug=cast.SLUG, is_test=True, by=None, at=founded)
    demo = Demo(at, organization)
    _set_up(demo, organization)
    _bring_people(demo, organization)
    _pair(demo, organization)
    _let_two_years_pass(demo, organization)
    _settle(demo)
    tell_what_was_told(organization, at=at)
    for add in chapters():
        add(demo)
    # One hash for all: hashing thirty times would take longer than everything else. Only the demo's own people.
    ours = [*demo.people.values(), *(mentor.user for mentor in demo.mentors)]
    User.objects.filter(pk__in=[user.pk for user in ours]).update(password=make_password(cast.PASSWORD))
    return organization


def _set_up(demo: Demo, organization: Organization) -> None:
    add = _adder(organization, demo)
    national = add(name=cast.NAME, level=Level.NATIONAL)
    region = add(name=cast.REGION, level=Level.REGION, parent=national)
    demo.places = [add(name=name, level=Level.LOCAL, parent=region) for name in cast.PLACES]
    for name, who in (("admin", cast.ADMIN), ("head", cast.HEAD), ("local", cast.LOCAL), ("platform", cast.PLATFORM)):
        demo.people[name] = accounts.add_user(
            email=who.email, first_name=who.first_name, last_name=who.last_name, language=Language.BOKMAL
        )
    grant: dict[str, Any] = {"organization": organization, "by": None, "at": demo.ago(890)}
    accounts.grant_role(user=demo.people["admin"], role=Role.ORG_ADMIN, **grant)
    accounts.grant_role(user=demo.people["head"], role=Role.COORDINATOR, care_areas=[national], **grant)
    accounts.grant_role(user=demo.people["local"], role=Role.COORDINATOR, care_areas=[demo.places[2]], **grant)
    User.objects.filter(pk=demo.people["platform"].pk).update(is_superuser=True)


def _adder(organization: Organization, demo: Demo) -> Any:
    def add(**what: Any) -> LocalAssociation:
        return accounts.add_local_association(organization=organization, by=None, at=demo.ago(895), **what)

    return add


def _bring_people(demo: Demo, organization: Organization) -> None:
    for number, person in enumerate(cast.MENTORS):
        joined = demo.chance.randint(740, 1800)
        demo.mentors.append(
            accounts.add_mentor(
                organization=organization,
                email=person.email,
                first_name=person.first_name,
                last_name=person.last_name,
                language=person.language,
                phone=f"+479{demo.chance.randint(1000000, 9999999)}",
                member_number=f"L{1001 + number}",
                started_on=before(demo.at, joined),
                local_associations=[demo.places[person.place]],
                invited=False,
                by=demo.people["admin"],
                at=demo.ago(735),
            )
        )


def _states(demo: Demo) -> Iterator[tuple[str, int, int | None]]:
    """State, days since the start and days since the last contact of each pair."""
    chance = demo.chance
    for days in (*OVERDUE, *ESCALATED):
        yield "open", chance.randint(90, 700), days
    for days in SNOOZED:
        yield "snoozed", chance.randint(90, 400), days
    for days in NEVER:
        yield "open", days, None
    for _number in range(PENDING):
        yield "pending", chance.randint(0, 2), None
    for _number in range(COMPLETED):
        ended = chance.randint(20, 420)
        yield "completed", ended + chance.randint(120, 300), ended
    for _number in range(CANCELLED):
        ended = chance.randint(60, 300)
        yield "cancelled", ended + chance.randint(20, 60), ended
    while True:
        yield "open", chance.randint(40, 720), chance.randint(1, 9)


def _pair(demo: Demo, organization: Organization) -> None:
    names = [(first, last) for first in cast.FIRST_NAMES for last in cast.LAST_NAMES]
    chosen = demo.chance.sample(names, CONTACTS)
    states = _states(demo)
    for number, (first, last) in enumerate(chosen):
        # Every mentor in turn, so that each has two or three; the paused one had theirs before the pause.
        mentor = demo.mentors[number % len(demo.mentors)]
        place = demo.places[cast.MENTORS[number % len(demo.mentors)].place]
        state, started, last_contact = next(states)
        if number % len(demo.mentors) == PAUSED_MENTOR and number > len(demo.mentors):
            state, started, last_contact = "open", 300, 12
        contact = services.create_contact(
            organization=organization,
            local_association_id=place.pk,
            first_name=first,
            last_name=last,
            phone=f"+474{demo.chance.randint(1000000, 9999999)}",
            number=f"K{2001 + number}",
            by=demo.people["admin"],
            at=demo.ago(started),
        )
        pair = Pair(mentor, contact, state, started, last_contact)
        coordinator = demo.people["local"] if place == demo.places[2] else demo.people["head"]
        pair.assignment = services.open_assignment(
            mentor=mentor,
            contact=contact,
            coordinator=coordinator,
            start_date=before(demo.at, started),
            status=AssignmentStatus.PENDING if state == "pending" else AssignmentStatus.ACTIVE,
            by=coordinator,
            at=demo.ago(started),
        )
        demo.pairs.append(pair)


def _let_two_years_pass(demo: Demo, organization: Organization) -> None:
    types = {type_.slug: type_ for type_ in ActivityType.objects.usable_in(organization.pk)}
    for mentor in demo.mentors:
        diary = Diary(mentor.member_number, types, organization.time_zone, demo.chance)
        past = [*diary.work(before(demo.at, 730), before(demo.at, 3))]
        for pair in demo.pairs:
            if pair.mentor == mentor and pair.last_days_ago is not None:
                first, last = before(demo.at, pair.started_days_ago), before(demo.at, pair.last_days_ago)
                visits = [*diary.visits(pair.contact.pk, first, last)]
                past += visits
                if pair.state == "open" and pair.last_days_ago in (2, 4):
                    past.append(diary.twice(visits[-1]))
        record_history(mentor_id=mentor.pk, past=past, by=mentor.user, at=demo.at, source=Source.SELF)
    # They logged it on their phones an hour later, not all of it just now.
    Activity.objects.filter(organization=organization).update(recorded_at=F("occurred_at") + timedelta(hours=1))


def _settle(demo: Demo) -> None:
    """End what has ended, snooze what sleeps, and let one mentor take a leave."""
    for pair in demo.pairs:
        assert pair.assignment is not None
        coordinator = pair.assignment.coordinator
        if pair.state in ("completed", "cancelled"):
            assert pair.last_days_ago is not None
            ended = demo.ago(pair.last_days_ago - 4)
            services.change_status(
                assignment=pair.assignment, status=AssignmentStatus(pair.state), by=coordinator, at=ended
            )
        if pair.state == "snoozed":
            until = before(demo.at, -12)
            services.snooze(assignment=pair.assignment, until=until, reason="Er på opphold", by=coordinator, at=demo.at)
    accounts.pause_mentor(
        mentor=demo.mentors[PAUSED_MENTOR],
        reason=PauseReason.LEAVE,
        note="Egen behandling",
        leave_until=before(demo.at, -40),
        by=demo.people["head"],
        at=demo.ago(6),
    )
