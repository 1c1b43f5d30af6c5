"""What mentors have achieved."""

from achievements.models.badges import BadgeDefinition, BadgeEvaluation, BadgeNight, CriteriaVersion, EarnedBadge
from achievements.models.stats import MentorStats
from achievements.models.summaries import AnnualSummary, SummaryShare
from achievements.models.tiers import RecognitionTiers

__all__ = [
    "AnnualSummary",
    "BadgeDefinition",
    "BadgeEvaluation",
    "BadgeNight",
    "CriteriaVersion",
    "EarnedBadge",
    "MentorStats",
    "RecognitionTiers",
    "SummaryShare",
]
