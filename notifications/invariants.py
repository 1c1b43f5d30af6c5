"""What must always be true of the ledger."""

from datetime import timedelta

from notifications import rules
from operations.duties import duty, invariant

# A row whose channel is closed is not overdue: its provider is down, and the health of the channel says so. For how
# long that may go on is not for a check to say.
duty(
    "notification",
    "A due notification does not wait for more than two sweeps, and none is left with a worker that is gone.",
    """
    SELECT note.id, note.not_before AS due_at FROM notifications_notification note
    LEFT JOIN notifications_channelhealth health ON health.channel = note.channel
    WHERE note.state IN ('pending', 'sending') AND note.not_before <= %(at)s
      AND (health.closed_until IS NULL OR health.closed_until < %(at)s - interval '2 minutes')
    """,
    patience=2 * rules.PAUSE + timedelta(minutes=1),
)

invariant(
    "notification_attempts_are_bounded",
    "Nothing is tried more often than allowed.",
    f"SELECT id FROM notifications_notification WHERE attempts > {rules.MAX_ATTEMPTS}",  # noqa: S608 (a constant of ours)
)

invariant(
    "notification_sent_says_something",
    "What has been sent has a title.",
    "SELECT id FROM notifications_notification WHERE state = 'sent' AND title = ''",
)

invariant(
    "notification_failed_says_why",
    "What has failed has a reason.",
    "SELECT id FROM notifications_notification WHERE state = 'failed' AND failure_reason = ''",
)
