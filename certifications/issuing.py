"""What becomes of drafts of certificates: read under lock, decided one by one, written in one statement."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.keys import uuid7
from accounts.local_time import local_date
from accounts.models import Organization, User
from certifications import rules
from certifications.enums import CURRENT, CertificateStatus
from certifications.models.certificates import NUMBER_LENGTH
from certifications.models.settings import DEFAULT_HOUR
from certifications.numbers import in_groups, new_check_code
from certifications.refusals import (
    CertificateExists,
    ExpiryMissing,
    ExpiryOutOfRange,
    IssueDateOutOfRange,
    NumberInUse,
    NumberTooLong,
    OtherOrganization,
    TypeNotInUse,
)
from certifications.series import NewCertificate, Schedule, write_certificates

EARLIEST = date(1990, 1, 1)
LONGEST = timedelta(days=100 * 366)

_LOCK = """
SELECT id, user_id, status = 'paused' AND paused_by = 'system' AND pause_reason = 'certification_expired'
FROM accounts_mentorprofile WHERE id = ANY(%(mentors)s) AND organization_id = %(organization)s
ORDER BY id FOR NO KEY UPDATE
"""

# The types, with what the mentors have of them: in one statement, because issuing one certificate has few.
_LOOK = f"""
SELECT type.id, type.validity_months, type.reminder_days, type.is_active,
       COALESCE(settings.reminder_hour, {DEFAULT_HOUR}),
       certificate.id, certificate.mentor_id, certificate.number, certificate.issued_on, certificate.expires_at,
       certificate.status
FROM certifications_certificationtype type
LEFT JOIN certifications_certificationsettings settings ON settings.organization_id = type.organization_id
LEFT JOIN certifications_certificate certificate ON certificate.type_id = type.id
    AND certificate.mentor_id = ANY(%(mentors)s)
WHERE type.id = ANY(%(types)s) AND type.organization_id = %(organization)s
"""  # noqa: S608 (a constant of ours)

_NUMBERED = """
SELECT id, mentor_id, type_id, number, issued_on, expires_at, status FROM certifications_certificate
WHERE organization_id = %(organization)s AND number = ANY(%(numbers)s)
"""


class ByType:
    """The expiry that follows from the type's validity."""


BY_TYPE = ByType()


@dataclass(frozen=True, slots=True)
class Draft:
    """A certificate to be issued. Without a number it gets a random one; `expires_on` None is for life."""

    mentor_id: UUID
    type_id: UUID
    issued_on: date
    expires_on: date | ByType | None = BY_TYPE
    number: str = ""
    evidence: str = ""


class Outcome(StrEnum):
    ISSUED = "issued"
    RENEWED = "renewed"
    #: It was there already.
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Issued(NamedTuple):
    """What became of one draft: the certificate (unless refused), and why it was refused."""

    draft: Draft
    outcome: Outcome
    certificate_id: UUID | None = None
    refusal: Refusal | None = None


def expiry_of(issued_on: date, expires_on: date | ByType | None, validity_months: int | None) -> date | None:
    """The expiry date of a draft; refuses what makes no sense."""
    if isinstance(expires_on, ByType):
        try:
            until = rules.expiry_date(issued_on, validity_months)
        except ValueError:  # beyond the year 9999
            raise ExpiryOutOfRange from None
    else:
        until = expires_on
    if until is None and validity_months is not None:
        raise ExpiryMissing
    if until is not None and not issued_on < until <= issued_on + LONGEST:
        raise ExpiryOutOfRange
    return until


class _Type(NamedTuple):
    validity_months: int | None
    reminder_days: Sequence[int]
    is_active: bool


class _Mentor(NamedTuple):
    user_id: UUID
    is_paused_for_expiry: bool


@dataclass(slots=True)
class Known:
    """A certificate as far as issuing looks at it: stored, or decided in this call."""

    id: UUID
    mentor_id: UUID
    type_id: UUID
    number: str
    issued_on: date
    expires_at: datetime | None
    status: str

    def is_valid(self, at: datetime) -> bool:
        return self.status in CURRENT and (self.expires_at is None or self.expires_at > at)


@dataclass
class Issuing:
    """The decisions of one call. Locks the mentors in the order of their keys, then looks."""

    organization: Organization
    drafts: Sequence[Draft]
    at: datetime
    new: dict[UUID, NewCertificate] = field(default_factory=dict)
    superseded: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.today = local_date(self.at, self.organization.time_zone)
        self.mentors: dict[UUID, _Mentor] = {}
        self.types: dict[UUID, _Type] = {}
        self.hour = DEFAULT_HOUR
        self.by_number: dict[str, Known] = {}
        self.by_day: dict[tuple[UUID, UUID, date], Known] = {}
        self.current: dict[tuple[UUID, UUID], Known] = {}
        self._expiries: set[tuple[UUID, date]] = set()
        self._moments: dict[date, datetime] = {}
        self._read()

    def _read(self) -> None:
        values: dict[str, Any] = {
            "organization": self.organization.pk,
            "mentors": list({draft.mentor_id for draft in self.drafts}),
            "types": list({draft.type_id for draft in self.drafts}),
        }
        numbers = [draft.number for draft in self.drafts if draft.number]
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, values)
            self.mentors = {key: _Mentor(*facts) for key, *facts in cursor.fetchall()}
            cursor.execute(_LOOK, values)
            for type_id, months, days, is_active, hour, certificate_id, mentor_id, *facts in cursor.fetchall():
                self.types[type_id] = _Type(months, days, is_active)
                self.hour = hour
                if certificate_id is not None:
                    self._remember(Known(certificate_id, mentor_id, type_id, *facts))
            if numbers:
                cursor.execute(_NUMBERED, {"organization": self.organization.pk, "numbers": numbers})
                for row in cursor.fetchall():
                    self.by_number.setdefault(row[3], Known(*row))

    def _remember(self, known: Known) -> None:
        self.by_number[known.number] = known
        if known.status != CertificateStatus.REVOKED:
            self.by_day[known.mentor_id, known.type_id, known.issued_on] = known
        if known.status in CURRENT:
            self.current[known.mentor_id, known.type_id] = known

    # --- Deciding

    def decide(self, draft: Draft) -> Issued:
        """What becomes of a draft; drafts come in the order of their issue dates."""
        try:
            there = self._there_already(draft)
            if there is not None:
                return Issued(draft, Outcome.UNCHANGED, there.id)
            return self._take(draft)
        except Refusal as refusal:
            return Issued(draft, Outcome.REFUSED, None, refusal)

    def _there_already(self, draft: Draft) -> Known | None:
        same_number = self.by_number.get(draft.number) if draft.number else None
        if same_number is None:
            same_day = self.by_day.get((draft.mentor_id, draft.type_id, draft.issued_on))
            if same_day is not None and draft.number:
                raise CertificateExists(_("The mentor was issued a certificate of this type on this day."))
            return same_day
        if (same_number.mentor_id, same_number.type_id) != (draft.mentor_id, draft.type_id):
            raise NumberInUse
        return same_number

    def _take(self, draft: Draft) -> Issued:
        """Decide to write a certificate."""
        mentor, until = self._checked(draft)
        current = self.current.get((draft.mentor_id, draft.type_id))
        is_history = current is not None and draft.issued_on < current.issued_on
        renews = current if current and not is_history else None
        if renews:
            self._supersede(renews)
        expires_at = self._moment(until)
        code = new_check_code()
        row = NewCertificate(
            id=uuid7(),
            mentor_id=draft.mentor_id,
            user_id=mentor.user_id,
            type_id=draft.type_id,
            number=draft.number or in_groups(code),
            check_code=code,
            status=self._status(expires_at, is_history),
            issued_on=draft.issued_on,
            expires_at=expires_at,
            renews_id=renews.id if renews else None,
            evidence=draft.evidence,
        )
        self.new[row.id] = row
        if until:
            self._expiries.add((draft.type_id, until))
        self._remember(Known(row.id, row.mentor_id, row.type_id, row.number, row.issued_on, row.expires_at, row.status))
        return Issued(draft, Outcome.RENEWED if renews else Outcome.ISSUED, row.id)

    def _checked(self, draft: Draft) -> tuple[_Mentor, date | None]:
        mentor, type_ = self.mentors.get(draft.mentor_id), self.types.get(draft.type_id)
        if mentor is None or type_ is None:
            raise OtherOrganization
        if not type_.is_active:
            raise TypeNotInUse
        if len(draft.number) > NUMBER_LENGTH:
            raise NumberTooLong
        if not EARLIEST <= draft.issued_on <= self.today:
            raise IssueDateOutOfRange
        return mentor, expiry_of(draft.issued_on, draft.expires_on, type_.validity_months)

    def _moment(self, until: date | None) -> datetime | None:
        if until is None:
            return None
        if until not in self._moments:
            self._moments[until] = rules.expiry_moment(until, self.organization.time_zone)
        return self._moments[until]

    def _status(self, expires_at: datetime | None, is_history: bool) -> str:
        if is_history:
            return CertificateStatus.SUPERSEDED
        return CertificateStatus.EXPIRED if expires_at and expires_at <= self.at else CertificateStatus.ACTIVE

    def _supersede(self, known: Known) -> None:
        """The certificate is renewed: a stored one changes in the database, one of this call before it gets there."""
        known.status = CertificateStatus.SUPERSEDED
        if row := self.new.get(known.id):
            self.new[known.id] = row._replace(status=known.status)
        else:
            self.superseded.append(known.id)

    # --- Writing

    def write(self, by: User | None) -> None:
        """Write what has been decided, in one statement. What it supersedes must have been superseded before."""
        written = write_certificates(
            list(self.new.values()),
            Schedule(
                self.organization.time_zone,
                self.hour,
                {key: type_.reminder_days for key, type_ in self.types.items()},
            ),
            self._expiries,
            organization_id=self.organization.pk,
            by=by.pk if by else None,
            at=self.at,
        )
        if len(written) != len(self.new):  # somebody has given one of our numbers to another mentor meanwhile
            raise NumberInUse

    def may_be_back(self) -> Collection[UUID]:
        """The mentors paused for an expired certificate who have got one that is valid now."""
        certified: Iterable[UUID] = (
            row.mentor_id for row in self.new.values() if row.status == CertificateStatus.ACTIVE
        )
        return {key for key in certified if self.mentors[key].is_paused_for_expiry}
