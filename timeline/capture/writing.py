"""The statements that write lines: from rows that came or changed, and for rows that are gone."""

from __future__ import annotations

from timeline.capture.sources import DERIVED, Source

TABLE = "timeline_timelineentry"
KEY = ("source_table", "source_id", "activity_type", "detail")

_COLUMNS = ", ".join(DERIVED)
#: Said anew whenever the row is looked at; `goal_id` too where the row names its goal itself.
_FOLLOWS = tuple(name for name in DERIVED if name not in {*KEY, "goal_id", "time_zone"})

#: Without its content, and nothing points from it any more.
_REDACTED = """
content = '', metadata = '{}', media_url = '', media_type = '', media_duration_seconds = NULL,
video_id = NULL, video_timestamp_seconds = NULL, course_id = NULL, lesson_id = NULL, goal_id = NULL, quiz_id = NULL,
requires_response = false, response_status = NULL, waiting_since = NULL, instructor_response = '',
responded_at = NULL, responded_by_id = NULL, edited_at = NULL, source_deleted_at = statement_timestamp()
"""


def follows(source: Source) -> tuple[str, ...]:
    return (*_FOLLOWS, "goal_id") if "goal_id" in source.says else _FOLLOWS


def stays(source: Source) -> tuple[str, ...]:
    """What is of the moment and the mentor: it stays, unless it is another moment, or the line comes back."""
    return ("time_zone",) if "goal_id" in source.says else ("goal_id", "time_zone")


def differs(source: Source, other: str) -> str:
    """Does `other` say something else than the line `entry`, which is shown?"""
    names = follows(source)
    return (
        f"(entry.source_deleted_at, {', '.join(f'entry.{name}' for name in names)})"
        f" IS DISTINCT FROM (NULL, {', '.join(f'{other}.{name}' for name in names)})"
    )


def same_line(other: str) -> str:
    return " AND ".join(f"entry.{name} = {other}.{name}" for name in KEY)


def upsert(source: Source, rows: str) -> str:
    """Write the lines of `rows`; those that are there already follow, and are left alone when nothing has changed."""
    return f"""
        INSERT INTO {TABLE} AS entry (id, {_COLUMNS})
        SELECT varde_uuid7(), {_COLUMNS} FROM ({source.derived(rows)}) derived
        ON CONFLICT ({", ".join(KEY)}) DO UPDATE SET {_set(source)} WHERE {differs(source, "EXCLUDED")}
    """  # noqa: S608 (constants of ours)


def _set(source: Source) -> str:
    unmoved = "entry.occurred_at = EXCLUDED.occurred_at AND entry.mentor_id = EXCLUDED.mentor_id"
    stay = (
        f"{name} = CASE WHEN {unmoved} AND entry.source_deleted_at IS NULL THEN entry.{name} ELSE EXCLUDED.{name} END"
        for name in stays(source)
    )
    return ", ".join([*(f"{name} = EXCLUDED.{name}" for name in follows(source)), *stay, "source_deleted_at = NULL"])


def follow(source: Source, rows: str) -> str:
    """Let the lines of `rows` follow something beside the row; there is no line that it could bring or take away.

    Never an insert: while a mentor is erased their lines may go before the rows do.
    """
    names = follows(source)
    return f"""
        UPDATE {TABLE} AS entry SET {", ".join(f"{name} = derived.{name}" for name in names)}
        FROM ({source.derived(rows)}) derived
        WHERE {same_line("derived")} AND entry.source_deleted_at IS NULL AND {differs(source, "derived")}
    """  # noqa: S608


def redact(source: Source, ids: str, *, unless: str = "false") -> str:
    """Take the content out of the lines of the rows with these ids (a query), but for those that `unless` names."""
    return f"""
        UPDATE {TABLE} AS entry SET {_REDACTED}
        WHERE entry.source_table = '{source.table}' AND entry.source_id IN ({ids})
          AND entry.source_deleted_at IS NULL AND NOT ({unless})
    """  # noqa: S608


def redact_unsaid(source: Source, ids: str, rows: str) -> str:
    """As `redact` with `still_said`, for many rows: a difference of two sets, which no plan does row by row."""
    names = "source_id, activity_type, detail"
    return f"""
        UPDATE {TABLE} AS entry SET {_REDACTED}
        FROM (
            SELECT {names} FROM {TABLE}
            WHERE source_table = '{source.table}' AND source_deleted_at IS NULL AND source_id IN ({ids})
            EXCEPT SELECT {names} FROM ({source.derived(rows)}) derived
        ) unsaid
        WHERE entry.source_table = '{source.table}' AND entry.source_id = unsaid.source_id
          AND entry.activity_type = unsaid.activity_type AND entry.detail = unsaid.detail
    """  # noqa: S608


def redact_all(source: Source) -> str:
    return f"""
        UPDATE {TABLE} AS entry SET {_REDACTED}
        WHERE entry.source_table = '{source.table}' AND entry.source_deleted_at IS NULL
    """  # noqa: S608


def still_said(source: Source, rows: str) -> str:
    """Do `rows` still make this line of themselves?"""
    return f"EXISTS (SELECT FROM ({source.derived(rows)}) derived WHERE {same_line('derived')})"
