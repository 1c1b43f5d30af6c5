"""Many activities in one call: every row is looked at, none stops the others, each gets its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.base.refusals import Refusal
from accounts.models import MentorProfile, User
from mentoring import services
from mentoring.api import lookups
from mentoring.api.serializers import activities as shapes
from mentoring.enums import Source
from mentoring.models import Assignment, Contact

Result = dict[str, Any]


class OnlyForStaff(Refusal):
    code = "permission_denied"
    sentence = _("Only coordinators record for several mentors.")
    field = "peer_mentor_ids"
    status = 403


def for_mentors(user: User, given: dict[str, Any], at: datetime) -> list[Result]:
    """The same activity for each of `peer_mentor_ids`; one id twice is one mentor."""
    if not user.access.is_staff:
        raise OnlyForStaff
    mentor_ids = list(dict.fromkeys(given.pop("peer_mentor_ids")))
    return _record(user, [{"peer_mentor_id": key, **given} for key in mentor_ids], at, Source.BULK)


def for_rows(user: User, rows: Sequence[Any], at: datetime) -> list[Result]:
    """Each row as in a single call. What a row has wrong is its own result."""
    heard: list[dict[str, Any] | Result] = []
    own = user.access.mentors_as
    for index, row in enumerate(rows):
        serializer = shapes.NewActivity(data=row)
        if not serializer.is_valid():
            heard.append(_skipped(index, None, "invalid", _("Some of the input is not right."), serializer.errors))
            continue
        values = dict(serializer.validated_data)
        if "peer_mentor_id" not in values and len(own) == 1:
            values["peer_mentor_id"] = next(iter(own))
        heard.append(values)
    everything_own = all(each.get("peer_mentor_id") in own for each in heard if "index" not in each)
    return _record(user, heard, at, Source.SELF if everything_own else Source.BULK)


def _record(user: User, rows: Sequence[dict[str, Any]], at: datetime, source: Source) -> list[Result]:
    asked = [row for row in rows if "index" not in row]
    visible = {
        name: lookups.visible_keys(table, user, (row.get(name) for row in asked))
        for name, table in (
            ("peer_mentor_id", MentorProfile.objects.all()),
            ("contact_id", Contact.objects.present()),
            ("assignment_id", Assignment.objects.present()),
        )
    }
    return [row if "index" in row else _one(user, index, row, visible, at, source) for index, row in enumerate(rows)]


def _one(
    user: User,
    index: int,
    row: dict[str, Any],
    visible: Mapping[str, frozenset[UUID]],
    at: datetime,
    source: Source,
) -> Result:
    facts = dict(row)
    mentor_id = facts.pop("peer_mentor_id", None)
    confirmed = facts.pop("confirm_duplicate", False)
    hidden = next((name for name, keys in visible.items() if row.get(name) and row[name] not in keys), None)
    if mentor_id is None:
        hidden = "peer_mentor_id"
    if hidden:
        return _refused(index, mentor_id, lookups.RowNotFound(field=hidden))
    wanted = {"mentor_id": mentor_id, "on_duplicate": "distinct" if confirmed else "refuse", **facts}
    [result] = services.record_rows(rows=[wanted], by=user, at=at, source=source)
    if result.refusal:
        return _refused(index, mentor_id, result.refusal)
    assert result.activity is not None
    return {
        "index": index,
        "peer_mentor_id": mentor_id,
        "saved": True,
        "activity_id": result.activity.pk,
        "code": "",
        "detail": "",
        "errors": {},
    }


def _refused(index: int, mentor_id: UUID | None, refusal: Refusal) -> Result:
    sentence = str(refusal.sentence)
    errors = {refusal.field: [{"code": refusal.code, "detail": sentence}]} if refusal.field else {}
    result = _skipped(index, mentor_id, refusal.code, sentence, {})
    return result | {"errors": errors, **refusal.extra}


def _skipped(index: int, mentor_id: UUID | None, code: str, detail: str, errors: Any) -> Result:
    by_field = {
        name or "": [{"code": each.code, "detail": str(each)} for each in each_error if hasattr(each, "code")]
        for name, each_error in dict(errors).items()
    }
    return {
        "index": index,
        "peer_mentor_id": mentor_id,
        "saved": False,
        "activity_id": None,
        "code": code,
        "detail": detail,
        "errors": by_field,
    }
