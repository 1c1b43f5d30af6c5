"""What the lines of some rows would have to become: the same derivations beside the table, for dry runs and checks."""

from __future__ import annotations

from timeline.capture.sources import Source
from timeline.capture.writing import TABLE, differs, same_line, still_said


def unsaid_or_wrong(source: Source, rows: str) -> str:
    """Of each line that `rows` say and the table says otherwise: `row_id`, `activity_type`, and whether it `is_new`."""
    return f"""
        SELECT derived.source_id AS row_id, derived.activity_type, entry.id IS NULL AS is_new
        FROM ({source.derived(rows)}) derived LEFT JOIN {TABLE} entry ON {same_line("derived")}
        WHERE entry.id IS NULL OR {differs(source, "derived")}
    """  # noqa: S608 (constants of ours)


def no_longer_said(source: Source, rows: str) -> str:
    """Of each line that is shown although its row, one of `rows`, does not say it: `row_id` and `activity_type`."""
    return f"""
        SELECT entry.source_id AS row_id, entry.activity_type FROM {TABLE} entry
        WHERE entry.source_table = '{source.table}' AND entry.source_deleted_at IS NULL
          AND entry.source_id IN (SELECT id FROM {rows} row) AND NOT {still_said(source, rows)}
    """  # noqa: S608


def row_is_gone(source: Source, lines: str = "true") -> str:
    """Of each line that is shown although its row is not there any more: `row_id` and `activity_type`."""
    return f"""
        SELECT entry.source_id AS row_id, entry.activity_type FROM {TABLE} entry
        LEFT JOIN {source.table} row ON row.id = entry.source_id
        WHERE entry.source_table = '{source.table}' AND entry.source_deleted_at IS NULL AND {lines} AND row.id IS NULL
    """  # noqa: S608
