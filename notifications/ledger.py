"""The ledger's columns, for apps above that write thousands of notifications in one statement of theirs."""

from uuid import UUID

#: Longest `occasion`, so that kind (40), subject, occasion and recipient fit into the key.
OCCASION_LENGTH = 80


def dedupe_key(kind: str, subject_id: UUID | None, occasion: str, recipient_id: UUID) -> str:
    """What makes a notification once: its kind, the row it is about, the occasion, and who is told."""
    return f"{kind}:{subject_id or '-'}:{occasion}:{recipient_id}"


def insert_select(source: str, kind: str, default_channel: str, *, data: str = "'{}'::jsonb") -> str:
    """SQL that writes one notification for each row of `source`, a table expression or CTE name of the caller's.

    `source` has the columns `notification_id`, `organization_id`, `recipient_id`, `subject_id` and `occasion`. The
    person's own choice of channel wins over `default_channel`. What has been written before is left alone; the
    statement returns the ids of those that are new, with their keys. They are due from the statement's
    parameter `%(at)s`. `data` is an SQL expression (a jsonb object of ids). All arguments are constants of the code.
    """
    return f"""
        INSERT INTO notifications_notification
            (id, organization_id, recipient_id, kind, subject_id, dedupe_key, channel, title, body, not_before, data)
        SELECT source.notification_id, source.organization_id, source.recipient_id, '{kind}', source.subject_id,
               '{kind}:' || COALESCE(source.subject_id::text, '-') || ':' || source.occasion
                   || ':' || source.recipient_id,
               COALESCE(preference.channel, '{default_channel}'), '', '', %(at)s, {data}
        FROM {source} source
        LEFT JOIN notifications_preference preference
            ON preference.user_id = source.recipient_id AND preference.kind = '{kind}'
        ON CONFLICT (dedupe_key) DO NOTHING
        RETURNING id, dedupe_key
    """  # noqa: S608 (constants of ours)
