"""The nightly comparison of the table with the sources, by the derivations that write it."""

from __future__ import annotations

from timeline.capture.comparing import no_longer_said, row_is_gone, unsaid_or_wrong
from timeline.capture.sources import SOURCES, Source
from timeline.capture.writing import TABLE

#: In so many nights every row has been looked at, however old it is. A power of two.
NIGHTS = 32

#: The first id of a row that is younger than three days: ids begin with the moment they were made at.
_FIRST_RECENT = """
(lpad(to_hex((extract(epoch FROM %(at)s::timestamptz - interval '3 days') * 1000)::bigint), 12, '0')
    || repeat('0', 20))::uuid
"""


def _tonights(source: Source) -> str:
    """What came or was saved in the last three days, and one part of everything."""
    night = f"(%(at)s::timestamptz::date - date '2026-01-01') & {NIGHTS - 1}"
    return f"""(SELECT * FROM {source.table} WHERE id >= {_FIRST_RECENT}
        OR updated_at >= %(at)s::timestamptz - interval '3 days'
        OR get_byte(uuid_send(id), 15) & {NIGHTS - 1} = {night})"""  # noqa: S608 (constants of ours)


def drifted_sql() -> str:
    """The rows whose lines are missing, or say something else than the row, and the rows that a shown line has lost."""
    found = [
        f"SELECT row_id AS id FROM ({statement}) wrong"  # noqa: S608
        for source in SOURCES
        for statement in (
            unsaid_or_wrong(source, _tonights(source)),
            no_longer_said(source, _tonights(source)),
            row_is_gone(source),
        )
    ]
    return " UNION ".join(found)


def miscounted_sql() -> str:
    """The sources of which the table does not show as many lines as they say."""
    compared = [
        f"""SELECT '{source.table}' AS id, (SELECT count(*) FROM ({source.derived(source.table)}) said) AS said,
            (SELECT count(*) FROM {TABLE}
             WHERE source_table = '{source.table}' AND source_deleted_at IS NULL) AS shown"""  # noqa: S608
        for source in SOURCES
    ]
    return f"SELECT id FROM ({' UNION ALL '.join(compared)}) counted WHERE said <> shown"  # noqa: S608
