"""Rules of badges as sentences of the reader's language, with the names of activity types and courses."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from achievements.criteria import Criterion, Unreadable, read
from achievements.enums import Repeats
from achievements.explanations import goal, names_in
from achievements.models import BadgeDefinition
from certifications.models import CertificationType
from mentoring.models import ActivityType
from training.models import Course

Key = tuple[UUID | None, str]


class RuleWords:
    """The rules of several badges, in two questions at most."""

    def __init__(self, definitions: Iterable[BadgeDefinition]) -> None:
        rules = [criterion for each in definitions if (criterion := _read(each))]
        wanted = [names_in(rule) for rule in rules]
        self._types = _type_names({slug for types, __ in wanted for slug in types})
        self._courses = _course_names({code for __, courses in wanted for code in courses})

    def rule(self, definition: BadgeDefinition) -> str:
        """What it takes."""
        if definition.criteria is None:
            return _("Staff award it.")
        criterion = _read(definition)
        if criterion is None:
            return _("The rule cannot be read.")
        said = goal(criterion, {**self._here(self._types, definition), **self._here(self._courses, definition)})
        return f"{said[:1].upper()}{said[1:]}."

    def _here(self, names: dict[Key, str], definition: BadgeDefinition) -> dict[str, str]:
        """Those for everybody, then the organisation's own, which win."""
        own = {slug: name for (owner, slug), name in names.items() if owner == definition.organization_id}
        return {slug: name for (owner, slug), name in names.items() if owner is None} | own


def rule_in_words(definition: BadgeDefinition, criteria: Any) -> str:
    """What a badge takes under this version of its rule."""
    version = BadgeDefinition(organization_id=definition.organization_id, repeats=definition.repeats, criteria=criteria)
    return RuleWords([version]).rule(version)


def _read(definition: BadgeDefinition) -> Criterion | None:
    if definition.criteria is None:
        return None
    try:
        return read(definition.criteria, yearly=definition.repeats == Repeats.YEARLY)
    except Unreadable:
        return None


def _type_names(slugs: Collection[str]) -> dict[Key, str]:
    rows = ActivityType.objects.filter(slug__in=slugs) if slugs else ()
    return {(row.organization_id, row.slug): str(row) for row in rows}


def _course_names(codes: Collection[str]) -> dict[Key, str]:
    if not codes:
        return {}
    taught = {(row.organization_id, row.slug): str(row) for row in Course.objects.filter(slug__in=codes)}
    rows = CertificationType.objects.filter(code__in=codes)
    return taught | {(row.organization_id, row.code): str(row) for row in rows}
