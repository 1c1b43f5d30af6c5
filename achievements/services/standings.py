"""How far a mentor is with each badge, and why they have those they have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.local_time import local_date
from accounts.models import MentorProfile
from achievements import explanations
from achievements.criteria import Criterion, Unreadable, read
from achievements.enums import AwardedBy, Repeats
from achievements.models import BadgeDefinition, CriteriaVersion, EarnedBadge
from achievements.qualifying import figures_of, rules_of, tiers_of, values_of
from certifications.models import CertificationType
from mentoring.models import ActivityType
from training.models import Course


@dataclass(frozen=True)
class Standing:
    """A badge as one mentor has it: the award, if there is a valid one, and how far they are in numbers and in words.

    `period` is the year of a badge that is earned anew each year.
    """

    definition: BadgeDefinition
    earned: EarnedBadge | None
    current: int
    required: int
    sentence: str
    period: str = ""


def standings(*, mentor: MentorProfile, at: datetime) -> list[Standing]:
    """Every badge in use, and those the mentor has: what was earned last first, then what is nearest.

    A badge that is earned anew each year is there for the running year, and for the years it was earned in. A constant
    number of queries.
    """
    organization = mentor.organization
    earned = list(EarnedBadge.objects.with_people().filter(mentor=mentor).order_by("-earned_at", "-id"))
    valid = [one for one in earned if one.is_valid]
    sentences = explain_many(valid)
    had = [Standing(one.definition, one, *_whole(one), sentences[one.pk], one.period) for one in valid]
    year = local_date(at, organization.time_zone).year
    rows = BadgeDefinition.objects.usable_in(organization.pk).order_by("organization_id", "slug")
    ahead = [
        each
        for each in rows
        if (each.pk, _period(each, year)) not in {(one.definition_id, one.period) for one in valid}
    ]
    revoked = {(one.definition_id, one.period) for one in earned if not one.is_valid}
    locked = _locked(mentor, ahead, year, revoked)
    return had + sorted(locked, key=lambda one: -min(one.current, one.required) / one.required)


def _period(definition: BadgeDefinition, year: int) -> str:
    return str(year) if definition.repeats == Repeats.YEARLY else ""


def _locked(
    mentor: MentorProfile, definitions: Sequence[BadgeDefinition], year: int, revoked: set[tuple[UUID, str]]
) -> list[Standing]:
    rules = {rule.definition_id: rule for rule in rules_of(definitions, [year], tiers_of(mentor.organization_id))}
    figures = figures_of([mentor.pk], rules.values())
    names = _Names([(mentor.organization_id, rule.criterion) for rule in rules.values()])
    found = []
    for definition in definitions:
        period = _period(definition, year)
        rule = rules.get(definition.pk)
        progress, sentence = (0, 1), _("Given by those who look after you.")
        if rule is not None:
            values = values_of(mentor.pk, rule.criterion, figures)
            progress = rule.criterion.progress(values)
            sentence = explanations.standing(rule.criterion, values, names.of(mentor.organization_id))
        if (definition.pk, period) in revoked:
            sentence = _("This badge was revoked. Your coordinator can tell you why.")
        found.append(Standing(definition, None, *progress, sentence, period))
    return found


def _whole(earned: EarnedBadge) -> tuple[int, int]:
    """What was counted when it was awarded: at least what was required."""
    evidence = earned.evidence
    if "required" in evidence:
        return int(evidence["current"]), int(evidence["required"])
    parts = len(evidence.get("of", [])) or 1
    return parts, parts


def explain(*, earned: EarnedBadge) -> str:
    """Why a badge was awarded, under its own version of the rule, in the language of the moment."""
    return explain_many([earned])[earned.pk]


def explain_many(earned: Iterable[EarnedBadge]) -> dict[UUID, str]:
    """Why these badges were awarded, by their ids. Three queries, however many they are."""
    rows = list(earned)
    versions = CriteriaVersion.objects.filter(
        definition_id__in={one.definition_id for one in rows}, version__in={one.criteria_version for one in rows}
    )
    known = {(each.definition_id, each.version): each.criteria for each in versions}
    criteria = {one.pk: _read(one, known.get((one.definition_id, one.criteria_version))) for one in rows}
    names = _Names([(one.organization_id, each) for one in rows if (each := criteria[one.pk])])
    return {one.pk: _why(one, criteria[one.pk], names) for one in rows}


def _why(earned: EarnedBadge, criterion: Criterion | None, names: _Names) -> str:
    if earned.awarded_by == AwardedBy.STAFF:
        return _("Awarded by those who look after you: %(note)s") % {"note": earned.note}
    if criterion is None:
        return _("Awarded by its rule.")
    return explanations.award(criterion, earned.evidence, names.of(earned.organization_id))


def _read(earned: EarnedBadge, raw: object) -> Criterion | None:
    if raw is None:
        return None
    try:
        criterion = read(raw, yearly=bool(earned.period))
    except Unreadable:
        return None
    return criterion.during(int(earned.period)) if earned.period else criterion


class _Names:
    """What activity types and courses are called, of all that is explained: three queries, or none."""

    def __init__(self, criteria: Iterable[tuple[UUID, Criterion]]) -> None:
        wanted = [(key, *explanations.names_in(criterion)) for key, criterion in criteria]
        organizations = {key for key, _types, _courses in wanted}
        types = {slug for _key, slugs, _courses in wanted for slug in slugs}
        courses = {code for _key, _types, codes in wanted for code in codes}
        self._types = list(
            ActivityType.objects.filter(Q(organization=None) | Q(organization_id__in=organizations), slug__in=types)
            if types
            else []
        )
        taught = Course.objects.filter(organization_id__in=organizations, slug__in=courses) if courses else []
        certified = CertificationType.objects.filter(organization_id__in=organizations, code__in=courses)
        # What is called the same is one training, and goes by the certificate's name.
        self._courses = [(each.organization_id, each.slug, str(each)) for each in taught]
        self._courses += [(each.organization_id, each.code, str(each)) for each in (certified if courses else [])]

    def of(self, organization_id: UUID) -> dict[str, str]:
        here = (None, organization_id)
        # An association's own name for a type comes before everybody's.
        types = sorted(self._types, key=lambda each: each.organization_id is not None)
        return {each.slug: str(each) for each in types if each.organization_id in here} | {
            code: name for home, code, name in self._courses if home == organization_id
        }
