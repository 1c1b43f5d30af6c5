"""Contacts, and the assignments that pair them with their mentors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from accounts.enums import MentorStatus
from accounts.models import LocalAssociation
from mentoring import services
from mentoring.enums import OPEN, AssignmentStatus
from mentoring.models import Assignment
from mentoring.roster.kinds import ASSOCIATION, CONTACT_NUMBER, CONTACTS, MENTOR, Column, Kind, Row, Table, register
from mentoring.roster.known import KnownContact, KnownMentor, key_of
from mentoring.roster.overseers import Overseers
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
    parse_phone,
)

STATUSES = {
    **dict.fromkeys(("aktiv", "active", "pagar", "pagaende", "lopende"), AssignmentStatus.ACTIVE),
    **dict.fromkeys(("venter", "ikkestartet", "planlagt", "pending"), AssignmentStatus.PENDING),
    **dict.fromkeys(("avsluttet", "fullfort", "ferdig", "completed", "closed"), AssignmentStatus.COMPLETED),
    **dict.fromkeys(("avbrutt", "kansellert", "avlyst", "cancelled", "canceled"), AssignmentStatus.CANCELLED),
}


@dataclass(frozen=True)
class Facts:
    """What a row says about a contact and the pairing."""

    number: str
    first_name: str
    last_name: str
    phone: str
    email: str
    association: LocalAssociation | None
    mentor: KnownMentor
    started_on: date
    status: AssignmentStatus

    @property
    def contact(self) -> dict[str, Any]:
        """The contact's fields. What the file leaves blank is not wiped out."""
        optional = {"last_name": self.last_name, "phone": self.phone, "email": self.email}
        given = {name: value for name, value in optional.items() if value}
        place = {"local_association_id": self.association.pk} if self.association else {}
        return {"first_name": self.first_name, **given, **place}


class Contacts:
    """Makes and updates contacts by their number.

    An assignment that has ended in Varde stays ended whatever the file says, and one that the file gives to another
    mentor is refused: handing over is a decision of its own.
    """

    def __init__(self, run: Run, tables: Sequence[Table]) -> None:
        self.run = run
        self.tally = run.report.tally("contacts")
        self.order = {table.name: day_order(table.column("started_on")) for table in tables}
        self.overseers = Overseers(run)
        self.seen: set[str] = set()

    def take(self, row: Row) -> Outcome:
        """One contact with their pairing."""
        facts = self._facts(row)
        known = self.run.known.contacts.get(key_of(facts.number))
        if known is None:
            outcome = self._create(facts)
        elif known.contact is None:
            outcome = Outcome.UNCHANGED
        else:
            outcome = self._update(facts, known)
        self.seen.add(key_of(facts.number))
        return outcome

    def _facts(self, row: Row) -> Facts:
        number = self._text(row, "number", 40)
        if not key_of(number):
            raise BadRow("number", "no_number", _("The contact has no number."))
        if key_of(number) in self.seen:
            raise BadRow("number", "number_used_twice", _("This number has been used further up in the file."))
        first, last = self._text(row, "first_name", 100), self._text(row, "last_name", 100)
        if not (first or last):
            raise BadRow("first_name", "no_name", _("The contact has no name."))
        mentor = self._mentor(row)
        return Facts(
            number=number,
            first_name=first or last,
            last_name=last if first else "",
            phone=self._parsed(row, "phone", parse_phone),
            email=self._parsed(row, "email", parse_email),
            association=self._association(row, mentor),
            mentor=mentor,
            started_on=self._started_on(row),
            status=self._status(row),
        )

    def _create(self, facts: Facts) -> Outcome:
        run = self.run
        known = KnownContact(facts.number, None)
        if run.dry_run:
            self._check_mentor(facts)
        else:
            contact = services.create_contact(
                organization=run.organization, number=facts.number, by=run.by, at=run.at, **facts.contact
            )
            known = KnownContact(facts.number, contact)
            self._pair(facts, known)
        run.known.contacts[key_of(facts.number)] = known
        return Outcome.CREATED

    def _pair(self, facts: Facts, known: KnownContact) -> None:
        run = self.run
        assert known.contact is not None
        assert facts.mentor.profile is not None
        self._check_mentor(facts)
        ended = facts.status not in OPEN
        assignment = services.open_assignment(
            mentor=facts.mentor.profile,
            contact=known.contact,
            coordinator=self.overseers.of(known.contact.local_association_id),
            start_date=facts.started_on,
            status=AssignmentStatus.ACTIVE if ended else facts.status,
            by=run.by,
            at=run.at,
        )
        if ended:
            assignment = services.change_status(assignment=assignment, status=facts.status, by=run.by, at=run.at)
        known.assignments.append(assignment)

    def _update(self, facts: Facts, known: KnownContact) -> Outcome:
        contact = known.contact
        assert contact is not None
        pairs = [pair for pair in known.assignments if pair.mentor_id == facts.mentor.key]
        elsewhere = [pair for pair in known.assignments if pair.status in OPEN or facts.status not in OPEN]
        if elsewhere and not pairs:
            message = _("In Varde this contact has another mentor. Hand over there.")
            raise BadRow("mentor", "other_mentor", message)
        changes = {name: value for name, value in facts.contact.items() if getattr(contact, name) != value}
        moves = self._moves(facts, pairs[-1] if pairs else None)
        if not (changes or moves or not pairs):
            return Outcome.UNCHANGED
        if not self.run.dry_run:
            self._write(facts, known, changes, pairs[-1] if pairs else None, moves)
        elif not pairs:
            self._check_mentor(facts)
        return Outcome.UPDATED

    def _moves(self, facts: Facts, pair: Assignment | None) -> bool:
        """Does the file end, or begin, what is open in Varde?"""
        if pair is None or pair.status not in OPEN or pair.status == facts.status:
            return False
        return facts.status != AssignmentStatus.PENDING

    def _write(
        self, facts: Facts, known: KnownContact, changes: dict[str, Any], pair: Assignment | None, moves: bool
    ) -> None:
        run = self.run
        if changes and known.contact:
            known.contact = services.update_contact(contact=known.contact, by=run.by, at=run.at, **changes)
        if pair is None:
            self._pair(facts, known)
        elif moves:
            moved = services.change_status(assignment=pair, status=facts.status, by=run.by, at=run.at)
            pair.status = moved.status

    def _check_mentor(self, facts: Facts) -> None:
        profile = facts.mentor.profile
        if profile and profile.status != MentorStatus.ACTIVE:
            message = _("The mentor is paused or has resigned and is given nobody.")
            raise BadRow("mentor", "mentor_not_active", message)

    # -- one cell each ----------------------------------------------------------------------------------------------

    def _text(self, row: Row, column: str, most: int) -> str:
        return str(understood(column, lambda: check_length(one_line(clean(row[column])), most)))

    def _parsed(self, row: Row, column: str, parse: Any) -> str:
        value = clean(row[column])
        return str(understood(column, lambda: parse(value))) if value else ""

    def _mentor(self, row: Row) -> KnownMentor:
        found = self.run.known.mentors.get(key_of(row["mentor"]))
        if found is None:
            raise BadRow("mentor", "unknown_mentor", _("There is no mentor with this number."))
        return found

    def _association(self, row: Row, mentor: KnownMentor) -> LocalAssociation | None:
        """The one the row names, else the mentor's. None in a dry run that would make it."""
        name = fold(row["association"]) or mentor.association
        if name not in self.run.known.associations:
            raise BadRow("association", "unknown_local_association", _("There is no such local association."))
        return self.run.known.associations[name]

    def _started_on(self, row: Row) -> date:
        value = clean(row["started_on"])
        order = self.order.get(row.file, DayOrder.DAY_FIRST)
        found: date = understood("started_on", lambda: parse_day(value, order)).day
        if not date(1990, 1, 1) <= found or (found - self.run.at.date()).days > 365:
            message = _("The first day must lie after 1990 and within a year from now.")
            raise BadRow("started_on", "start_date_out_of_range", message)
        return found

    def _status(self, row: Row) -> AssignmentStatus:
        word = fold(row["status"])
        if not word:
            return AssignmentStatus.ACTIVE
        if word not in STATUSES:
            message = _("This status is unknown. Known are: Aktiv, Venter, Avsluttet, Avbrutt.")
            raise BadRow("status", "unknown_status", message)
        return STATUSES[word]


def import_contacts(run: Run, tables: Sequence[Table]) -> None:
    """Import contacts with their assignments, then say who looks after those whose association has nobody."""
    contacts = Contacts(run, tables)
    rows = [row for table in tables for row in table.rows]
    # A transaction a row: opening an assignment locks the mentor, and nobody should wait for more than that.
    run.each(rows, contacts.tally, contacts.take, together=lambda row: (row.file, row.line))
    run.report.notes += contacts.overseers.notes()


register(
    Kind(
        "contacts",
        CONTACTS,
        ("kontakter", "contacts", "brukere"),
        (
            Column("number", CONTACT_NUMBER),
            Column("first_name", ("Fornavn", "First name")),
            Column("last_name", ("Etternavn", "Last name"), required=False),
            Column("phone", ("Telefon", "Mobil", "Tlf", "Phone"), required=False),
            Column("email", ("E-post", "Epostadresse", "Email", "E-mail"), required=False),
            Column("association", ASSOCIATION, required=False),
            Column("mentor", MENTOR),
            Column("started_on", ("Oppstart", "Startdato", "Start", "Start date")),
            Column("status", ("Status",), required=False),
        ),
        rank=30,
        importer=import_contacts,
    )
)
