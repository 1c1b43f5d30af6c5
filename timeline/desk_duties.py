"""What the answer desk must have done by when. Declared by `timeline.invariants`."""

from datetime import timedelta

from operations.duties import duty

duty(
    "answer_mornings",
    "Every organisation in which reflections wait has been told this working morning what waits too long.",
    """
    SELECT id, due_at FROM (
        SELECT organization.id,
               CASE WHEN morning.next_at IS NULL THEN module.updated_at
                    ELSE greatest(morning.next_at, module.updated_at) END AS due_at
        FROM accounts_organization organization
        JOIN accounts_modulesetting module ON module.organization_id = organization.id
            AND module.module = 'certification-training' AND module.is_enabled
        LEFT JOIN timeline_answermorning morning ON morning.organization_id = organization.id
        WHERE EXISTS (SELECT FROM timeline_timelineentry entry
                      WHERE entry.organization_id = organization.id AND entry.response_status = 'pending')
    ) due
    WHERE due_at <= %(at)s
    """,
    patience=timedelta(minutes=2),
)

duty(
    "escalated_reflections",
    "Of a reflection that has waited past its escalation somebody was told.",
    """
    SELECT entry.id, morning.unheard_since AS due_at
    FROM timeline_answermorning morning
    JOIN accounts_modulesetting module ON module.organization_id = morning.organization_id
        AND module.module = 'certification-training' AND module.is_enabled
    JOIN timeline_timelineentry entry ON entry.organization_id = morning.organization_id
        AND entry.response_status = 'pending' AND entry.waiting_since < morning.escalated_before
    WHERE morning.unheard_since <= %(at)s
    """,
    patience=timedelta(minutes=2),
)
