"""The verbs of achievements."""

from achievements.services.awards import award_badge, revoke_badge
from achievements.services.definitions import (
    DefinitionPreview,
    activate_definition,
    deactivate_definition,
    preview_definition,
    save_definition,
)
from achievements.services.evaluation import (
    EVALUATE,
    Missing,
    evaluate_mentor,
    evaluate_mentors,
    evaluate_organization,
    preview_evaluation,
    queue_evaluation,
)
from achievements.services.facts import (
    follow_activity,
    follow_assignments,
    follow_certificates,
    follow_correction,
    follow_deletion,
    follow_history,
)
from achievements.services.marking import mark_years
from achievements.services.nights import evaluate_due_organizations, evaluate_night
from achievements.services.sharing import share_summary, shared_summary, withdraw_share
from achievements.services.standings import Standing, explain, explain_many, standings
from achievements.services.starter import add_starter_set
from achievements.services.stats import (
    RECOMPUTE,
    Drift,
    follow_time_zone,
    hand_over_years,
    make_whole,
    preview_recompute,
    queue_recompute,
    recompute_stats,
)
from achievements.services.summaries import (
    RECOMPUTE_SUMMARIES,
    SummaryDrift,
    generate_pending,
    preview_summaries,
    queue_recompute_summaries,
    recompute_summaries,
    turn_year,
)
from achievements.services.tiers import InvalidTiers, save_tiers, tier_of, tiers_of
from achievements.services.years import OrganizationYear, organization_year, summary_of, view_summary, years_of

__all__ = [
    "EVALUATE",
    "RECOMPUTE",
    "RECOMPUTE_SUMMARIES",
    "DefinitionPreview",
    "Drift",
    "InvalidTiers",
    "Missing",
    "OrganizationYear",
    "Standing",
    "SummaryDrift",
    "activate_definition",
    "add_starter_set",
    "award_badge",
    "deactivate_definition",
    "evaluate_due_organizations",
    "evaluate_mentor",
    "evaluate_mentors",
    "evaluate_night",
    "evaluate_organization",
    "explain",
    "explain_many",
    "follow_activity",
    "follow_assignments",
    "follow_certificates",
    "follow_correction",
    "follow_deletion",
    "follow_history",
    "follow_time_zone",
    "generate_pending",
    "hand_over_years",
    "make_whole",
    "mark_years",
    "organization_year",
    "preview_definition",
    "preview_evaluation",
    "preview_recompute",
    "preview_summaries",
    "queue_evaluation",
    "queue_recompute",
    "queue_recompute_summaries",
    "recompute_stats",
    "recompute_summaries",
    "revoke_badge",
    "save_definition",
    "save_tiers",
    "share_summary",
    "shared_summary",
    "standings",
    "summary_of",
    "tier_of",
    "tiers_of",
    "turn_year",
    "view_summary",
    "withdraw_share",
    "years_of",
]
