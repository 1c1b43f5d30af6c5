"""Mentors: the people, their member numbers and where they belong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts import services as accounts
from accounts.enums import Role
from accounts.models import LocalAssociation, Membership, MentorProfile, User
from mentoring.roster.kinds import ASSOCIATION, MENTORS, NUMBER, Column, Kind, Row, Table, register
from mentoring.roster.known import KnownMentor, key_of
from mentoring.roster.reading import fold
from mentoring.roster.report import Outcome
from mentoring.roster.run import BadRow, Run, understood
from mentoring.roster.values import (
    DayOrder,
    check_length,
    clean,
    day_order,
    one_line,
    parse_day,
    parse_email,
    parse_language,
    parse_phone,
)

_ROLES = {"", "likeperson", "likemann", "likeverdsperson", "peermentor", "mentor", "besoksvenn"}


@dataclass(frozen=True)
class Facts:
    """What a row says about a mentor."""

    number: str
    email: str
    first_name: str
    last_name: str
    phone: str
    language: str
    association: LocalAssociation | None
    started_on: date | None

    @property
    def personal(self) -> dict[str, Any]:
        """What belongs to the person rather than to the mentor. What the file leaves blank is not wiped out."""
        optional = {"phone": self.phone, "language": self.language}
        given = {name: value for name, value in optional.items() if value}
        return {"first_name": self.first_name, "last_name": self.last_name, **given}


class Mentors:
    """Takes in and updates mentors by their member number.

    The e-mail address of somebody who is known is never changed by a file: it is what they log in with. Nor is
    anything else about a person who also belongs to another organisation or has another role.
    """

    def __init__(self, run: Run, tables: Sequence[Table]) -> None:
        self.run = run
        self.tally = run.report.tally("mentors")
        self.order = {table.name: day_order(table.column("started_on")) for table in tables}
        self.numbers: set[str] = set()
        self.emails: set[str] = set()
        profiles = MentorProfile.objects.filter(organization=run.organization).select_related("user")
        self.by_email: dict[str, MentorProfile] = {profile.user.email: profile for profile in profiles}
        self.not_ours = self._people_of_others()

    def _people_of_others(self) -> set[UUID]:
        """Users of this organisation's mentors whose personal data this organisation does not own alone."""
        ours = MentorProfile.objects.filter(organization=self.run.organization).values("user")
        others = Membership.objects.filter(user__in=ours).exclude(
            organization=self.run.organization, role=Role.PEER_MENTOR
        )
        staff = User.objects.filter(pk__in=ours, is_superuser=True)
        return {*others.values_list("user_id", flat=True), *staff.values_list("pk", flat=True)}

    def take(self, row: Row) -> Outcome:
        """One mentor."""
        facts = self._facts(row)
        known = self.run.known.mentors.get(key_of(facts.number))
        if known is None and facts.email in self.by_email:
            known = self._adopted(facts)
        outcome = self._update(facts, known) if known else self._create(facts)
        self.numbers.add(key_of(facts.number))
        self.emails.add(facts.email)
        return outcome

    def _facts(self, row: Row) -> Facts:
        number = self._text(row, "number", 40)
        if not key_of(number):
            raise BadRow("number", "no_member_number", _("The mentor has no member number."))
        if key_of(number) in self.numbers:
            raise BadRow("number", "number_used_twice", _("This number has been used further up in the file."))
        self._check_role(row)
        first, last = self._text(row, "first_name", 100), self._text(row, "last_name", 100)
        if not (first and last):
            raise BadRow("last_name" if first else "first_name", "no_name", _("The mentor's name is not complete."))
        return Facts(
            number=number,
            email=self._email(row),
            first_name=first,
            last_name=last,
            phone=self._parsed(row, "phone", parse_phone),
            language=self._parsed(row, "language", parse_language),
            association=self._association(row),
            started_on=self._started_on(row),
        )

    def _adopted(self, facts: Facts) -> KnownMentor:
        """A mentor who is known by e-mail and has no number yet gets this one."""
        profile = self.by_email[facts.email]
        if profile.member_number:
            raise BadRow("email", "email_in_use", _("Another mentor of the organisation has this e-mail address."))
        return KnownMentor("", profile)

    def _create(self, facts: Facts) -> Outcome:
        run = self.run
        known = KnownMentor(facts.number, None, fold(facts.association.name) if facts.association else "")
        if not run.dry_run:
            assert facts.association is not None
            personal = {"language": run.organization.locale} | facts.personal
            known.profile = accounts.add_mentor(
                organization=run.organization,
                email=facts.email,
                member_number=facts.number,
                started_on=facts.started_on,
                local_associations=[facts.association],
                invited=run.invite,
                by=run.by,
                at=run.at,
                **personal,
            )
        run.known.mentors[key_of(facts.number)] = known
        return Outcome.CREATED

    def _update(self, facts: Facts, known: KnownMentor) -> Outcome:
        profile = known.profile
        if profile is None:
            return Outcome.UNCHANGED
        if profile.user.email != facts.email:
            message = _("This mentor logs in with another e-mail address. Change it under the mentor's own page.")
            raise BadRow("email", "email_differs", message)
        steps = [*self._personal(facts, profile), *self._membership(facts, profile), *self._place(facts, profile)]
        if not steps:
            return Outcome.UNCHANGED
        if not self.run.dry_run:
            for step in steps:
                step()
            self.run.known.load_mentors([facts.number])
        elif not known.number:
            self.run.known.mentors[key_of(facts.number)] = known
        return Outcome.UPDATED

    def _personal(self, facts: Facts, profile: MentorProfile) -> list[Callable[[], Any]]:
        if profile.user_id in self.not_ours:
            return []
        user = profile.user
        changes = {name: value for name, value in facts.personal.items() if getattr(user, name) != value}
        run = self.run
        return [lambda: accounts.change_user(user=user, by=run.by, at=run.at, **changes)] if changes else []

    def _membership(self, facts: Facts, profile: MentorProfile) -> list[Callable[[], Any]]:
        changes: dict[str, Any] = {}
        if not profile.member_number:
            changes["member_number"] = facts.number
        if facts.started_on and facts.started_on != profile.started_on:
            changes["started_on"] = facts.started_on
        run = self.run
        return [lambda: accounts.change_mentor(mentor=profile, by=run.by, at=run.at, **changes)] if changes else []

    def _place(self, facts: Facts, profile: MentorProfile) -> list[Callable[[], Any]]:
        """The file's association takes the place of the primary one, unless the mentor belongs to it already."""
        places = profile.affiliations.select_related("local_association").order_by("-is_primary", "id")
        belongs = [each.local_association for each in places]
        if facts.association in belongs:
            return []
        run, wanted = self.run, [facts.association, *belongs[1:]]
        return [
            lambda: accounts.change_affiliations(mentor=profile, local_associations=wanted, by=run.by, at=run.at)  # type: ignore[arg-type]
        ]

    # -- one cell each ----------------------------------------------------------------------------------------------

    def _text(self, row: Row, column: str, most: int) -> str:
        return str(understood(column, lambda: check_length(one_line(clean(row[column])), most)))

    def _parsed(self, row: Row, column: str, parse: Callable[[str], Any]) -> str:
        value = clean(row[column])
        return str(understood(column, lambda: parse(value))) if value else ""

    def _check_role(self, row: Row) -> None:
        if fold(row["role"]) not in _ROLES:
            message = _("Only peer mentors are imported; other roles are given under People.")
            raise BadRow("role", "unknown_role", message)

    def _email(self, row: Row) -> str:
        email = self._parsed(row, "email", parse_email)
        if not email:
            raise BadRow("email", "no_email", _("The mentor has no e-mail address."))
        if email in self.emails:
            raise BadRow("email", "email_used_twice", _("This address has been used further up in the file."))
        return email

    def _association(self, row: Row) -> LocalAssociation | None:
        """The one the row names. None in a dry run that would make it."""
        name = fold(row["association"])
        if not name or name not in self.run.known.associations:
            raise BadRow("association", "unknown_local_association", _("There is no such local association."))
        return self.run.known.associations[name]

    def _started_on(self, row: Row) -> date | None:
        value = clean(row["started_on"])
        order = self.order.get(row.file, DayOrder.DAY_FIRST)
        return understood("started_on", lambda: parse_day(value, order)).day if value else None


def import_mentors(run: Run, tables: Sequence[Table]) -> None:
    """Import the mentors."""
    mentors = Mentors(run, tables)
    run.each([row for table in tables for row in table.rows], mentors.tally, mentors.take)


register(
    Kind(
        "mentors",
        MENTORS,
        ("likepersoner", "mentors", "medlemmer"),
        (
            Column("number", NUMBER),
            Column("last_name", ("Etternavn", "Last name", "Surname")),
            Column("first_name", ("Fornavn", "First name", "Given name")),
            Column("email", ("E-post", "E-postadresse", "Email", "E-mail")),
            Column("phone", ("Mobil", "Telefon", "Tlf", "Mobile", "Phone"), required=False),
            Column("association", ASSOCIATION),
            Column("role", ("Rolle", "Role"), required=False),
            Column("language", ("Språk", "Målform", "Language"), required=False),
            Column("started_on", ("Startdato", "Oppstart", "Start", "Start date"), required=False),
        ),
        rank=20,
        importer=import_mentors,
    )
)
