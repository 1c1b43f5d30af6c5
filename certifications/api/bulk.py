"""Many certificates in one call: every row is looked at, none stops the others, each gets its result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.base.refusals import Refusal
from accounts.models import MentorProfile, Organization, User
from certifications import services
from certifications.api import lookups
from certifications.api.serializers import certificates as shapes
from certifications.models import CertificationType

Result = dict[str, Any]


def issue(organizations: Collection[UUID], user: User, rows: Sequence[Any], at: datetime) -> list[Result]:
    """Issue what the rows ask for, one result for each in their order; the mentors are locked together."""
    results: dict[int, Result] = {}
    heard = _hear(rows, results)
    drafts = _drafts(organizations, user, heard, results)
    for organization, wanted in drafts.items():
        asked = list(wanted.values())
        issued = services.issue_certificates(organization=organization, drafts=asked, by=user, at=at)
        results |= {index: _said(index, each) for index, each in zip(wanted, issued, strict=True)}
    return [results[index] for index in range(len(rows))]


def _hear(rows: Sequence[Any], results: dict[int, Result]) -> dict[int, dict[str, Any]]:
    """The rows that can be understood, by their position; the others have their result already."""
    heard = {}
    for index, row in enumerate(rows):
        serializer = shapes.NewCertificate(data=row)
        if serializer.is_valid():
            heard[index] = dict(serializer.validated_data)
        else:
            results[index] = _skipped(
                index, None, "invalid", _("Some of the input is not right."), _by_field(serializer.errors)
            )
    return heard


def _drafts(
    organizations: Collection[UUID],
    user: User,
    heard: Mapping[int, dict[str, Any]],
    results: dict[int, Result],
) -> dict[Organization, dict[int, services.Draft]]:
    """What is to be issued, by organisation and position."""
    mentors = lookups.mentors_in(organizations, user, (row["mentor_id"] for row in heard.values()))
    known = {mentor.organization_id for mentor in mentors.values()}
    types = lookups.types_of(known, (row["certification_type"] for row in heard.values()))
    drafts: dict[Organization, dict[int, services.Draft]] = defaultdict(dict)
    for index, row in heard.items():
        try:
            mentor, draft = _draft(row, mentors, types)
        except Refusal as refusal:
            results[index] = _refused(index, row["mentor_id"], refusal)
        else:
            drafts[mentor.organization][index] = draft
    return drafts


def _draft(
    row: dict[str, Any], mentors: dict[UUID, MentorProfile], types: dict[lookups.Key, CertificationType]
) -> tuple[MentorProfile, services.Draft]:
    mentor = lookups.mentor_in_care(mentors, row["mentor_id"])
    type_ = lookups.type_for(mentor, types, row["certification_type"])
    return mentor, services.Draft(
        mentor_id=mentor.pk,
        type_id=type_.pk,
        issued_on=row["issue_date"],
        expires_on=row.get("expiry_date", services.BY_TYPE),
        number=row.get("number", ""),
        evidence=row.get("evidence", ""),
    )


def _said(index: int, issued: services.Issued) -> Result:
    if issued.refusal:
        return _refused(index, issued.draft.mentor_id, issued.refusal)
    return {
        "index": index,
        "mentor_id": issued.draft.mentor_id,
        "saved": True,
        "outcome": issued.outcome,
        "certificate_id": issued.certificate_id,
        "code": "",
        "detail": "",
        "errors": {},
    }


def _refused(index: int, mentor_id: UUID, refusal: Refusal) -> Result:
    sentence = str(refusal.sentence)
    errors = {refusal.field: [{"code": refusal.code, "detail": sentence}]} if refusal.field else {}
    return _skipped(index, mentor_id, refusal.code, sentence, errors)


def _skipped(index: int, mentor_id: UUID | None, code: str, detail: str, errors: dict[str, Any]) -> Result:
    return {
        "index": index,
        "mentor_id": mentor_id,
        "saved": False,
        "outcome": services.Outcome.REFUSED,
        "certificate_id": None,
        "code": code,
        "detail": detail,
        "errors": errors,
    }


def _by_field(errors: Any) -> dict[str, Any]:
    return {
        "" if name == "non_field_errors" else name: [{"code": each.code, "detail": str(each)} for each in of_field]
        for name, of_field in dict(errors).items()
    }
