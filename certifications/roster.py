"""Certificates of a roster: who has proved what, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby
from uuid import UUID

from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.base.refusals import Refusal
from accounts.enums import Module
from accounts.local_time import local_date
from accounts.models import ChangeEntry, Organization
from certifications import services
from certifications.enums import CURRENT, CertificateStatus
from certifications.issuing import EARLIEST, LONGEST
from certifications.models import Certificate, CertificationType
from mentoring.roster.kinds import MENTOR, Column, Kind, Row, Table
from mentoring.roster.known import KnownMentor, key_of
from mentoring.roster.reading import fold
from mentoring.roster.report import Outcome
from mentoring.roster.run import CHUNK, BadRow, Run, understood
from mentoring.roster.values import DayOrder, check_length, clean, day_order, one_line, parse_day

#: What stands in the history of a certificate whose expiry date a file has corrected.
REASON = "Roster import"

#: What the verbs call our columns when they refuse.
_COLUMNS = {"certification_type": "course", "issue_date": "issued_on", "expiry_date": "expires_on"}


@dataclass
class KnownType:
    """A certification type. Without a row it is one that the import will make, or in a dry run would."""

    name: str
    row: CertificationType | None = None

    @property
    def key(self) -> UUID | str:
        return self.row.pk if self.row else _folded(self.name)


@dataclass(frozen=True)
class Stored:
    """A certificate that is there already, as far as a file can change it."""

    id: UUID
    mentor_id: UUID
    type_id: UUID
    number: str
    issued_on: date
    status: str
    expires_on: date | None


@dataclass(frozen=True)
class Facts:
    """What a row says about a certificate. Where it says nothing about the expiry, the type does."""

    mentor: KnownMentor
    type: KnownType
    number: str
    issued_on: date
    expires_on: date | None

    @property
    def day(self) -> tuple[UUID | str, UUID | str, date]:
        """A mentor gets one certificate of a type on one day; it is known by that where the file has no numbers."""
        return self.mentor.key, self.type.key, self.issued_on


@dataclass(frozen=True)
class Plan:
    """What is to become of a row: a new certificate, another expiry date for `stored`, or nothing."""

    row: Row
    facts: Facts
    outcome: Outcome
    stored: Stored | None


class Types:
    """Finds certification types by code or by a name in any language.

    One that is missing is made: not required of active mentors, so that an import pauses nobody, and for life where
    the file has no expiry date.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.known: dict[str, KnownType] = {}
        rows = list(CertificationType.objects.filter(organization=run.organization).order_by("-is_active", "id"))
        self.codes = {row.code for row in rows}
        for row in rows:
            known = KnownType(row.name, row)
            for name in filter(None, (row.code, row.name, row.name_nn, row.name_en)):
                self.known.setdefault(_folded(name), known)

    def find(self, name: str) -> KnownType:
        """The type that goes by this name, or the plan to make it."""
        return self.known.setdefault(_folded(name), KnownType(name))

    def row_of(self, known: KnownType) -> CertificationType:
        """The type's row; writes it if it has none."""
        if known.row is None:
            run, code = self.run, self._new_code(known.name)
            known.row = services.add_type(
                organization=run.organization, code=code, name=known.name, by=run.by, at=run.at
            )
            self.codes.add(code)
        return known.row

    def _new_code(self, name: str) -> str:
        code = "-".join(filter(None, map(fold, name.split())))[:50].strip("-") or "course"
        others = (f"{code}-{number}" for number in range(2, len(self.codes) + 3))
        return next(each for each in (code, *others) if each not in self.codes)


class Certificates:
    """Issues certificates once, by their number or, without one, by mentor, type and day.

    Every row is decided about before anything is written, so that a dry run says what the import will do.
    """

    def __init__(self, run: Run, tables: Sequence[Table]) -> None:
        self.run = run
        self.tally = run.report.tally("certificates")
        self.today = local_date(run.at, run.organization.time_zone)
        self.order = {(table.name, name): day_order(table.column(name)) for table in tables for name in _DAYS}
        self.types = Types(run)
        self.by_number: dict[str, Stored] = {}
        self.by_day: dict[tuple[UUID | str, UUID | str, date], Stored] = {}
        for stored in self._stored():
            self.by_number[key_of(stored.number)] = stored
            if stored.status != CertificateStatus.REVOKED:
                self.by_day[stored.mentor_id, stored.type_id, stored.issued_on] = stored
        self.numbers: set[str] = set()
        self.days: set[tuple[UUID | str, UUID | str, date]] = set()

    def _stored(self) -> Iterable[Stored]:
        organization = self.run.organization
        names = ("id", "mentor_id", "type_id", "number", "issued_on", "status", "expires_at")
        rows = Certificate.objects.filter(organization=organization).order_by()
        for key, mentor, type_, number, issued_on, status, expires_at in rows.values_list(*names).iterator():
            expires_on = local_date(expires_at, organization.time_zone) if expires_at else None
            yield Stored(key, mentor, type_, number, issued_on, status, expires_on)

    # -- deciding ---------------------------------------------------------------------------------------------------

    def plan(self, rows: Iterable[Row]) -> list[Plan]:
        """What is to become of each row that is not refused. Writes nothing."""
        plans = (self.run.attempt(row, self.tally, partial(self._plan, row), writes=False) for row in rows)
        return [plan for plan in plans if plan]

    def _plan(self, row: Row) -> Plan:
        facts = self._facts(row)
        number = key_of(facts.number)
        if number and number in self.numbers:
            raise BadRow("number", "number_used_twice", _("This number has been used further up in the file."))
        if facts.day in self.days:
            raise _taken("issued_on")
        stored = self._find(facts)
        if stored is None and facts.type.row and not facts.type.row.is_active:
            raise _refused("course", services.TypeNotInUse())
        self.days.add(facts.day)
        if number:
            self.numbers.add(number)
        return Plan(row, facts, self._outcome(facts, stored), stored)

    def _find(self, facts: Facts) -> Stored | None:
        """The certificate that the row is about, if it is there already."""
        same_number = self.by_number.get(key_of(facts.number)) if facts.number else None
        if same_number is None:
            same_day = self.by_day.get(facts.day)
            if same_day and facts.number:
                raise _taken("number")
            return same_day
        if (same_number.mentor_id, same_number.type_id) != (facts.mentor.key, facts.type.key):
            raise _refused("number", services.NumberInUse())
        if same_number.issued_on != facts.issued_on:
            raise BadRow("issued_on", "issue_date_differs", _("In Varde this certificate has another issue date."))
        return same_number

    def _outcome(self, facts: Facts, stored: Stored | None) -> Outcome:
        if stored is None:
            return Outcome.CREATED
        return Outcome.UPDATED if self._corrects(facts, stored) else Outcome.UNCHANGED

    def _corrects(self, facts: Facts, stored: Stored) -> bool:
        """Does the file have another expiry date? What somebody extended in Varde is not shortened by an old file."""
        expires_on = facts.expires_on
        if expires_on is None or stored.status not in CURRENT or expires_on == stored.expires_on:
            return False
        is_later = stored.expires_on is not None and expires_on > stored.expires_on
        return is_later or not self._was_changed_by_hand(stored)

    def _was_changed_by_hand(self, stored: Stored) -> bool:
        changes = ChangeEntry.objects.filter(subject_id=stored.id, after__has_key="expires_at")
        return changes.exclude(reason=REASON).exists()

    # -- writing ----------------------------------------------------------------------------------------------------

    def correct(self, plan: Plan) -> Outcome:
        """Give a certificate the expiry date of the file."""
        assert plan.stored is not None
        services.correct_expiry(
            certificate=Certificate.objects.select_related("organization").get(pk=plan.stored.id),
            expires_on=plan.facts.expires_on,
            by=self.run.by,
            at=self.run.at,
            reason=REASON,
        )
        return Outcome.UPDATED

    def issue(self, plans: list[Plan]) -> None:
        """Issue many in one go; if the database will not have it, one by one to find the row it stumbles over."""
        new = [(plan.row, draft) for plan in plans if (draft := self._attempted(plan))]
        try:
            with transaction.atomic():
                results = self._issue_together([draft for _row, draft in new])
        except (Refusal, DataError, IntegrityError):
            for row, draft in new:
                alone = self.run.attempt(row, self.tally, partial(self._issue_together, [draft]))
                if alone:
                    self._settle(row, alone[0])
        else:
            for (row, _draft), result in zip(new, results, strict=True):
                self._settle(row, result)

    def _attempted(self, plan: Plan) -> services.Draft | None:
        makes_type = plan.facts.type.row is None
        draft: services.Draft | None = self.run.attempt(
            plan.row, self.tally, partial(self._draft, plan), writes=makes_type
        )
        return draft

    def _draft(self, plan: Plan) -> services.Draft:
        facts = plan.facts
        assert facts.mentor.profile is not None
        return services.Draft(
            mentor_id=facts.mentor.profile.pk,
            type_id=self.types.row_of(facts.type).pk,
            issued_on=facts.issued_on,
            expires_on=facts.expires_on or services.BY_TYPE,
            number=facts.number,
        )

    def _issue_together(self, drafts: list[services.Draft]) -> list[services.Issued]:
        run = self.run
        return services.issue_certificates(organization=run.organization, drafts=drafts, by=run.by, at=run.at)

    def _settle(self, row: Row, result: services.Issued) -> None:
        """Count an outcome; what somebody did since we looked may have changed it."""
        if refusal := result.refusal:
            column = _COLUMNS.get(refusal.field or "", refusal.field or "")
            self.tally.refuse(row, column, refusal.code, str(refusal.sentence))
        else:
            is_there = result.outcome == services.Outcome.UNCHANGED
            self.tally.count(Outcome.UNCHANGED if is_there else Outcome.CREATED)

    # -- one cell each ----------------------------------------------------------------------------------------------

    def _facts(self, row: Row) -> Facts:
        mentor = self.run.known.mentors.get(key_of(row["mentor"]))
        if mentor is None:
            raise BadRow("mentor", "unknown_mentor", _("There is no mentor with this number."))
        course = self._text(row, "course", 100)
        if not course:
            raise BadRow("course", "no_course", _("The row names no course."))
        number = self._text(row, "number", 40)
        issued_on = self._day(row, "issued_on")
        if not EARLIEST <= issued_on <= self.today:
            raise _refused("issued_on", services.IssueDateOutOfRange())
        expires_on = self._day(row, "expires_on") if clean(row["expires_on"]) else None
        if expires_on and not issued_on < expires_on <= issued_on + LONGEST:
            raise _refused("expires_on", services.ExpiryOutOfRange())
        return Facts(mentor, self.types.find(course), number, issued_on, expires_on)

    def _text(self, row: Row, column: str, most: int) -> str:
        return str(understood(column, lambda: check_length(one_line(clean(row[column])), most)))

    def _day(self, row: Row, column: str) -> date:
        order = self.order.get((row.file, column), DayOrder.DAY_FIRST)
        found: date = understood(column, lambda: parse_day(clean(row[column]), order)).day
        return found


def import_certificates(run: Run, tables: Sequence[Table]) -> None:
    """Import certificates. Where the organisation does not use the module they are left out, and the report says so."""
    rows = [row for table in tables for row in table.rows]
    if not Organization.objects.with_module(Module.CERTIFICATION).filter(pk=run.organization.pk).exists():
        run.report.tally("certificates").count(Outcome.SKIPPED, len(rows))
        run.report.notes.append(_("Certificates were left out: the organisation does not use that module."))
        run.done += len(rows)
        return
    certificates = Certificates(run, tables)
    plans = certificates.plan(rows)
    unchanged = [plan for plan in plans if run.dry_run or plan.outcome == Outcome.UNCHANGED]
    for plan in unchanged:
        certificates.tally.count(plan.outcome)
    run.done += len(rows) - len(plans) + len(unchanged)
    if not run.dry_run:
        _write(run, certificates, plans)


def _write(run: Run, certificates: Certificates, plans: list[Plan]) -> None:
    """Corrections first, so that what is renewed in the same file has its right date; each locks one mentor alone."""
    by_place = {(plan.row.file, plan.row.line): plan for plan in plans}
    corrected = [plan.row for plan in plans if plan.outcome == Outcome.UPDATED]
    new = sorted((plan for plan in plans if plan.outcome == Outcome.CREATED), key=_mentor_of)
    run.each(corrected, certificates.tally, lambda row: certificates.correct(by_place[_place(row)]), together=_place)
    chunks = _chunks(new)
    run.in_chunks(
        [plan.row for plan in new],
        lambda rows: certificates.issue([by_place[_place(row)] for row in rows]),
        together=lambda row: chunks[_place(row)],
    )


def _chunks(plans: Iterable[Plan]) -> dict[tuple[str, int], int]:
    """Which chunk each row goes into: all rows of a mentor into one, so that their renewals find each other."""
    chunks: dict[tuple[str, int], int] = {}
    chunk, rows = 0, 0
    for _mentor, of_mentor in groupby(plans, _mentor_of):
        places = [_place(plan.row) for plan in of_mentor]
        if rows and rows + len(places) > CHUNK:
            chunk, rows = chunk + 1, 0
        rows += len(places)
        chunks |= dict.fromkeys(places, chunk)
    return chunks


def _mentor_of(plan: Plan) -> str:
    return key_of(plan.facts.mentor.number)


def _place(row: Row) -> tuple[str, int]:
    return row.file, row.line


def _folded(name: str) -> str:
    """A name as it is compared; one without Latin letters as it stands."""
    return fold(name) or name.casefold()


def _refused(column: str, refusal: Refusal) -> BadRow:
    """What the verb would say, under the name of the column."""
    return BadRow(column, refusal.code, str(refusal.sentence))


def _taken(column: str) -> BadRow:
    sentence = _("The mentor was issued a certificate of this type on this day.")
    return BadRow(column, services.CertificateExists.code, sentence)


_DAYS = ("issued_on", "expires_on")

CERTIFICATES = Kind(
    "certificates",
    gettext_lazy("certificates"),
    ("sertifikater", "kursbevis", "certificates"),
    (
        Column("mentor", MENTOR),
        Column("course", ("Kurs", "Sertifisering", "Course")),
        Column("number", ("Sertifikatnr", "Sertifikatnummer", "Certificate number"), required=False),
        Column("issued_on", ("Utstedt", "Issued")),
        Column("expires_on", ("Utløper", "Gyldig til", "Expires"), required=False),
    ),
    rank=50,
    importer=import_certificates,
)
