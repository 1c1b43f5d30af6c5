"""What must always be true of achievements."""

from datetime import timedelta

from achievements.figures import drifted_sql
from achievements.yearly import MODULE_IS_ON, ready_and_wrong_sql
from operations.duties import duty, invariant

invariant(
    "stats_are_derived",
    "A mentor's stored figures are those of their activities, assignments, certificates and courses.",
    drifted_sql(),
)

invariant(
    "summary_of_its_mentor",
    "An annual summary is of the user that its mentor is.",
    """
    SELECT summary.id FROM achievements_annualsummary summary
    JOIN accounts_mentorprofile mentor ON mentor.id = summary.mentor_id
    WHERE mentor.user_id <> summary.user_id OR mentor.organization_id <> summary.organization_id
    """,
)

invariant(
    "ready_summary_is_derived",
    "A summary of one of the last two years that is ready is what its activities and badges make of it.",
    ready_and_wrong_sql(),
)

invariant(
    "summary_not_failed",
    "No annual summary has failed to be made.",
    "SELECT id FROM achievements_annualsummary WHERE generation_status = 'failed'",
)

duty(
    "annual_summary",
    "An annual summary is made within an hour of what has changed it.",
    f"""
    SELECT summary.id, summary.updated_at AS due_at
    FROM achievements_annualsummary summary
    JOIN accounts_mentorprofile mentor ON mentor.id = summary.mentor_id
    WHERE summary.requested_version > summary.done_version AND summary.generation_status <> 'failed' AND {MODULE_IS_ON}
    """,  # noqa: S608 (a constant of ours)
    patience=timedelta(hours=1),
)

invariant(
    "badges_of_their_organization",
    "A badge of an organisation has been earned by nobody outside it.",
    """
    SELECT earned.id FROM achievements_earnedbadge earned
    JOIN achievements_badgedefinition definition ON definition.id = earned.definition_id
    WHERE definition.organization_id <> earned.organization_id
    """,
)

invariant(
    "badges_not_of_the_future",
    "Nobody has earned a badge later than now.",
    "SELECT id FROM achievements_earnedbadge WHERE earned_at > %(at)s",
)

invariant(
    "badges_of_a_known_rule",
    "Every version of a rule that a badge was awarded under is kept.",
    """
    SELECT earned.id FROM achievements_earnedbadge earned
    WHERE NOT EXISTS (SELECT FROM achievements_criteriaversion version
                      WHERE version.definition_id = earned.definition_id AND version.version = earned.criteria_version)
    """,
)
