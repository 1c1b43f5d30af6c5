"""What a credential and a public page say about why: rules and counts, never a note and nothing about contacts."""

from __future__ import annotations

from django.utils.translation import gettext as _

from achievements import services
from achievements.enums import AwardedBy
from achievements.models import BadgeDefinition, EarnedBadge
from achievements.rule_words import rule_in_words


def rule_of(definition: BadgeDefinition, version: int) -> str:
    """What it takes, or took in that version of the rule."""
    kept = None if version == definition.criteria_version else definition.versions.filter(version=version).first()
    return rule_in_words(definition, kept.criteria if kept else definition.criteria)


def reason_of(earned: EarnedBadge) -> str:
    """Why it was awarded. What staff had in mind stands in their note, and that is not for everybody."""
    if earned.awarded_by == AwardedBy.STAFF:
        return _("Awarded by the association.")
    return services.explain(earned=earned)
