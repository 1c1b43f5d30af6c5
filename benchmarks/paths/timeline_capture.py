"""Lines that triggers write, beside the statements that somebody would write who knows of the timeline.

In bulk: 20,000 rows come in one statement; the twin writes the lines of all of them in a second one. One at a time,
committed: a row with its line, beside the bare row. The twin writes its rows to a copy of the table, with the same
rows, indexes and constraints, and without triggers. A server that does not wait for its disk (a throw-away one) shows
the second ratio larger than it is for anybody whose rows are kept.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection

from benchmarks import data
from benchmarks.harness import Path, raw

ROWS = 20_000
TWIN = "benchmark_twin"

_MENTORS = """
(SELECT id, row_number() OVER () AS number, count(*) OVER () AS count FROM accounts_mentorprofile
 WHERE organization_id = %(organization)s) mentor
JOIN generate_series(0, %(rows)s - 1) nth ON nth %% mentor.count + 1 = mentor.number
"""
# The lines of what has just been written, by hand. The goal of a moment has to be looked up here, too.
_GOAL = """
(SELECT switch.goal_id FROM training_goalswitch switch
 WHERE switch.mentor_id = row.mentor_id AND switch.at <= row.written_at ORDER BY switch.at DESC LIMIT 1)
"""


class Kind:
    """Rows of a table, in bulk and one at a time, and their lines by hand; `{table}` is where the rows go."""

    def __init__(self, table: str, *, bulk: str, lines: str, single: str) -> None:
        self.table, self.bulk, self.lines, self.single = table, bulk, lines, single


NOTES = Kind(
    "training_dailynote",
    bulk=f"""
        INSERT INTO {{table}} (id, organization_id, mentor_id, text, written_at)
        SELECT varde_uuid7(), %(organization)s, mentor.id, 'What I did today, in a sentence or two: ' || nth,
               %(at)s::timestamptz + nth * interval '1 second'
        FROM {_MENTORS}
    """,  # noqa: S608 (constants of ours)
    lines=f"""
        INSERT INTO timeline_timelineentry (id, organization_id, mentor_id, activity_type, occurred_at, time_zone,
            goal_id, content, source_table, source_id)
        SELECT varde_uuid7(), row.organization_id, row.mentor_id, 'daily_note', row.written_at, organization.time_zone,
               {_GOAL}, row.text, 'training_dailynote', row.id
        FROM {{table}} row JOIN accounts_organization organization ON organization.id = row.organization_id
        WHERE row.written_at >= %(at)s AND row.organization_id = %(organization)s
    """,  # noqa: S608
    single="""
        INSERT INTO {table} (id, organization_id, mentor_id, text, written_at)
        VALUES (varde_uuid7(), %(organization)s, %(mentor)s, 'What I did today, in a sentence or two.', %(moment)s)
    """,
)
REFLECTIONS = Kind(
    "training_reflection",
    bulk=f"""
        INSERT INTO {{table}} (id, organization_id, mentor_id, kind, video_id, video_second, text, media_file,
            media_url, media_type, written_at, requires_response)
        SELECT varde_uuid7(), %(organization)s, mentor.id, 'text', %(video)s, nth %% 300,
               'What I thought when I saw this, in about as many words as people use on a phone: ' || nth, '', '', '',
               %(at)s::timestamptz + nth * interval '1 second', true
        FROM {_MENTORS}
    """,  # noqa: S608
    lines=f"""
        INSERT INTO timeline_timelineentry (id, organization_id, mentor_id, activity_type, occurred_at, time_zone,
            video_id, video_timestamp_seconds, course_id, lesson_id, goal_id, content, requires_response,
            response_status, waiting_since, source_table, source_id)
        SELECT varde_uuid7(), row.organization_id, row.mentor_id, 'text_reflection', row.written_at,
               organization.time_zone, row.video_id, row.video_second, lesson.course_id, lesson.id, {_GOAL}, row.text,
               true, 'pending', row.written_at, 'training_reflection', row.id
        FROM {{table}} row JOIN accounts_organization organization ON organization.id = row.organization_id
        JOIN training_video video ON video.id = row.video_id JOIN training_lesson lesson ON lesson.id = video.lesson_id
        WHERE row.written_at >= %(at)s AND row.organization_id = %(organization)s
    """,  # noqa: S608
    single="""
        INSERT INTO {table} (id, organization_id, mentor_id, kind, video_id, video_second, text, media_file, media_url,
            media_type, written_at, requires_response)
        VALUES (varde_uuid7(), %(organization)s, %(mentor)s, 'text', %(video)s, 320, 'What should I have said?', '', '',
            '', %(moment)s, true)
    """,
)


class Captured(Path):
    """Rows of one kind: into their table, and into a copy of it that has no triggers."""

    def __init__(self, name: str, kind: Kind) -> None:
        self.name, self.kind = name, kind

    def set_up(self) -> None:
        organization = data.organization_id()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM training_video WHERE organization_id = %s ORDER BY id LIMIT 1", [organization]
            )
            video: UUID = cursor.fetchone()[0]
            _copy(cursor, self.kind.table)
        self.values: dict[str, Any] = {
            "organization": organization,
            "mentor": data.mentor_id(3),
            "video": video,
            "at": data.TODAY,
            "rows": ROWS,
        }

    def clear(self) -> None:
        """What was written goes: the rows, and their lines, redacted by then."""
        with connection.cursor() as cursor:
            for table in (self.kind.table, TWIN):
                cursor.execute(f"DELETE FROM {table} WHERE written_at >= %s", [data.TODAY])  # noqa: S608
            cursor.execute("DELETE FROM timeline_timelineentry WHERE occurred_at >= %s", [data.TODAY])
            cursor.execute(f"VACUUM {self.kind.table}, {TWIN}, timeline_timelineentry")

    def tear_down(self) -> None:
        self.clear()
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {TWIN}")
            cursor.execute(f"ANALYZE {self.kind.table}, timeline_timelineentry")


class InBulk(Captured):
    sentence = f"{ROWS:,} rows with their lines in one statement, beside two statements by hand"
    bound = 1.3
    rounds = 7

    def ours(self) -> None:
        with raw().transaction():
            raw().execute(self.kind.bulk.format(table=self.kind.table), self.values)

    def twin(self) -> None:
        with raw().transaction():
            raw().execute(self.kind.bulk.format(table=TWIN), self.values)
            raw().execute(self.kind.lines.format(table=TWIN), self.values)

    def after(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM timeline_timelineentry WHERE occurred_at >= %s", [data.TODAY])
            assert cursor.fetchone() == (ROWS,)
        self.clear()


class OneAtATime(Captured):
    sentence = "one row with its line, committed, beside the bare row"
    bound = 1.6
    rounds = 300

    def ours(self) -> None:
        self._insert(self.kind.table)

    def twin(self) -> None:
        self._insert(TWIN)

    def _insert(self, table: str) -> None:
        raw().execute(self.kind.single.format(table=table), self.values | {"moment": data.TODAY})


def _copy(cursor: Any, table: str) -> None:
    """The table once more, with its rows, indexes and constraints, and without triggers."""
    cursor.execute(f"DROP TABLE IF EXISTS {TWIN}")
    cursor.execute(f"CREATE TABLE {TWIN} (LIKE {table} INCLUDING ALL)")
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
        [table],
    )
    for name, definition in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {TWIN} ADD CONSTRAINT {name} {definition}")
    cursor.execute(f"INSERT INTO {TWIN} SELECT * FROM {table}")  # noqa: S608
    cursor.execute(f"VACUUM ANALYZE {TWIN}")


PATHS: list[Path] = [
    InBulk("timeline_capture", NOTES),
    InBulk("timeline_capture_reflections", REFLECTIONS),
    OneAtATime("timeline_capture_one", NOTES),
    OneAtATime("timeline_capture_one_reflection", REFLECTIONS),
]
