"""The verbs of badge definitions: write them down with their versions, put them into use, see what they would do."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import Module
from accounts.models import MentorProfile, Organization, User
from accounts.services import log_change
from achievements.criteria import problems
from achievements.enums import EvaluationKind, Repeats
from achievements.icons import is_known
from achievements.models import BadgeDefinition, CriteriaVersion, EarnedBadge
from achievements.qualifying import qualified
from achievements.refusals import AltTextMissing, InvalidDefinition
from achievements.services.evaluation import queue_evaluation, rules_for
from certifications.models import CertificationType
from mentoring.models import ActivityType
from training.models import Course

#: So many mentors are shown of those who would earn a badge.
SAMPLE = 10
#: The longest raw rule, as JSON.
LONGEST_RAW = 10_000

_WRITTEN = (
    "slug", "name", "name_nn", "name_en", "description", "description_nn", "description_en", "icon", "alt_text",
    "alt_text_nn", "alt_text_en", "category", "criteria", "criteria_raw", "criteria_version", "repeats",
)  # fmt: skip


@dataclass(frozen=True)
class DefinitionPreview:
    """What putting a badge into use would do: how many mentors would earn it, some of them, and the time it took."""

    count: int
    sample: list[MentorProfile]
    milliseconds: int


@transaction.atomic
def save_definition(*, definition: BadgeDefinition, by: User | None, at: datetime) -> BadgeDefinition:
    """Write a badge down, new or changed; refuses with `InvalidDefinition`, which says everything that is wrong.

    A changed rule is a new version: what was awarded keeps its own, and a badge in use is evaluated anew in the
    background. Whether it is in use is changed by other verbs; a new one is not. Locks the badge's row.
    """
    rows = BadgeDefinition.objects.select_for_update(no_key=True)
    stored: BadgeDefinition | None = rows.filter(pk=definition.pk).first()
    definition.is_active = stored.is_active if stored else False
    if found := errors_of(definition, stored):
        raise InvalidDefinition(found)
    has_new_rule = stored is None or stored.criteria != definition.criteria
    definition.criteria_version = stored.criteria_version + has_new_rule if stored else 1
    definition.save(force_insert=stored is None)
    if has_new_rule:
        version = CriteriaVersion(definition=definition, version=definition.criteria_version, changed_by=by)
        version.criteria = definition.criteria
        version.save(force_insert=True)
    if stored is None:
        log_change(definition, by=by, at=at, action="created")
    else:
        log_change(definition, by=by, at=at, before={name: getattr(stored, name) for name in _WRITTEN})
        if definition.is_active and (has_new_rule or stored.repeats != definition.repeats):
            _evaluate(definition, by, at)
    return definition


@transaction.atomic
def activate_definition(*, definition: BadgeDefinition, by: User | None, at: datetime) -> BadgeDefinition:
    """Put a badge into use: its rule is held against everybody in the background, and against each new fact.

    Refuses without alternative text. One that is in use stays so, and is not evaluated again.
    """
    stored: BadgeDefinition = BadgeDefinition.objects.select_for_update(no_key=True).get(pk=definition.pk)
    if not stored.alt_text.strip():
        raise AltTextMissing
    if found := errors_of(stored, stored):
        raise InvalidDefinition(found)
    if _set_active(stored, True, by, at):
        _evaluate(stored, by, at)
    definition.is_active = True
    return stored


@transaction.atomic
def deactivate_definition(*, definition: BadgeDefinition, by: User | None, at: datetime) -> BadgeDefinition:
    """Take a badge out of use. Nobody earns it from now on; whoever has it keeps it."""
    stored: BadgeDefinition = BadgeDefinition.objects.select_for_update(no_key=True).get(pk=definition.pk)
    _set_active(stored, False, by, at)
    definition.is_active = False
    return stored


def preview_definition(*, definition: BadgeDefinition, organization: Organization, at: datetime) -> DefinitionPreview:
    """Who would earn a badge in an organisation, saved or not, in use or not; writes nothing.

    Those who have it already are not among them. Refuses a rule that has problems.
    """
    if found := _errors_in_rule(definition):
        raise InvalidDefinition(found)
    began = time.monotonic()
    rules = rules_for(organization, [definition], at)
    mentors = sorted({one.mentor_id for one in qualified(organization_id=organization.pk, rules=rules)})
    milliseconds = round((time.monotonic() - began) * 1000)
    rows = MentorProfile.objects.filter(pk__in=mentors[:SAMPLE]).select_related("user", "organization").order_by("pk")
    return DefinitionPreview(len(mentors), list(rows), milliseconds)


# --- What is wrong

Errors = dict[str, list[dict[str, str]]]


def errors_of(definition: BadgeDefinition, stored: BadgeDefinition | None) -> Errors:
    """Everything that keeps a badge from being written down like this, by field."""
    found: Errors = defaultdict(list)
    try:
        definition.full_clean(exclude=["criteria", "criteria_raw"])
    except ValidationError as error:
        for field, problems_of_field in error.error_dict.items():
            for each in problems_of_field:
                _add(found, _field_of(field, each), each.code or "invalid", " ".join(each.messages))
    found |= _errors_in_rule(definition)
    if not is_known(definition.icon) and "icon" not in found:
        _add(found, "icon", "unknown_icon", _("There is no such icon."))
    if definition.is_active and not definition.alt_text.strip():
        _add(found, "alt_text", AltTextMissing.code, str(AltTextMissing.sentence))
    if stored is not None:
        _check_what_stays(definition, stored, found)
    return dict(found)


def _check_what_stays(definition: BadgeDefinition, stored: BadgeDefinition, found: Errors) -> None:
    if stored.organization_id != definition.organization_id:
        _add(found, "organization", "fixed", _("A badge stays with its organisation."))
    changed = [name for name in ("slug", "repeats") if getattr(stored, name) != getattr(definition, name)]
    if changed and EarnedBadge.objects.filter(definition=stored).exists():
        for name in changed:
            _add(found, name, "fixed", _("This stays as it is once somebody has earned the badge."))


def _errors_in_rule(definition: BadgeDefinition) -> Errors:
    found: Errors = defaultdict(list)
    if definition.criteria is not None:
        yearly = definition.repeats == Repeats.YEARLY
        for each in problems(definition.criteria, **_names_known(definition), yearly=yearly):
            where = "criteria" if not each.path else f"criteria.{each.path}"
            _add(found, where, each.code, each.sentence)
    if not _can_be_kept(definition.criteria_raw):
        sentence = _("Give JSON of at most %(most)d characters.") % {"most": LONGEST_RAW}
        _add(found, "criteria_raw", "not_storable", sentence)
    return found


def _names_known(definition: BadgeDefinition) -> Mapping[str, Any]:
    """The short names a rule may use. One for everybody can only name what is there for everybody."""
    key = definition.organization_id
    types = ActivityType.objects.usable_in(key) if key else ActivityType.objects.filter(organization=None)
    return {
        "activity_types": set(types.values_list("slug", flat=True)),
        "trainings": _trainings_of(key) if key else None,
    }


def _trainings_of(organization_id: UUID) -> set[str]:
    """The codes of certificates, and the short names of courses for which none is given."""
    types = CertificationType.objects.filter(organization_id=organization_id)
    courses = Course.objects.filter(organization_id=organization_id)
    courses = courses.exclude(pk__in=types.exclude(course=None).values("course"))
    return {*types.values_list("code", flat=True), *courses.values_list("slug", flat=True)}


def _can_be_kept(raw: Any) -> bool:
    """Is it JSON that PostgreSQL takes: no NUL, no half characters, no NaN?"""
    try:
        text = json.dumps(raw, allow_nan=False, ensure_ascii=False)
        text.encode()
    except (ValueError, TypeError, RecursionError):
        return False
    return len(text) <= LONGEST_RAW and "\\u0000" not in text


def _add(found: Errors, field: str, code: str, sentence: str) -> None:
    found.setdefault(field, []).append({"code": code, "detail": sentence})


def _field_of(field: str, error: ValidationError) -> str:
    """A slug that is taken is the slug's fault, and not everybody's."""
    return "slug" if field == "__all__" and "slug" in str(error.params or "") else field


# --- Use


def _set_active(stored: BadgeDefinition, is_active: bool, by: User | None, at: datetime) -> bool:
    """Whether that changed anything."""
    if stored.is_active == is_active:
        return False
    stored.is_active = is_active
    stored.save(update_fields=["is_active", "updated_at"])
    log_change(stored, by=by, at=at, before={"is_active": not is_active})
    return True


def _evaluate(definition: BadgeDefinition, by: User | None, at: datetime) -> None:
    """Hold it against all mentors, of every organisation that has it, in the background."""
    rows = Organization.objects.with_module(Module.ACHIEVEMENTS).order_by("pk")
    if definition.organization_id:
        rows = rows.filter(pk=definition.organization_id)
    for organization_id in rows.values_list("pk", flat=True):
        queue_evaluation(
            organization_id=organization_id,
            by=by,
            at=at,
            kind=EvaluationKind.ACTIVATION,
            definition_id=definition.pk,
        )
