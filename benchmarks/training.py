"""Training in the measured associations: 600,000 lines of the timeline each, with the rows that they are of.

Lines per mentor are log-normal; in the first association mentor 1 has exactly 50 and mentor 2 exactly 6,000. Two
hundred videos in ten courses; the first ones are the most popular, and the very first has a twentieth of all lines.
The rows are written without the triggers, then all lines at once and in the order of time, as they would have come.
"""

from __future__ import annotations

from typing import Any

import pgtrigger

from timeline.capture.sources import DERIVED, SOURCES
from timeline.capture.writing import TABLE
from training.models import DailyNote

LINES = 600_000
COURSES = 10
VIDEOS = 200

_TAUGHT = """
CREATE TEMP TABLE taught ON COMMIT DROP AS
    SELECT org.number AS org, org.id AS organization_id, nth.number, varde_uuid7() AS course_id
    FROM bench_org org, generate_series(1, %(courses)s) nth(number);
INSERT INTO training_course (id, organization_id, slug, title, description, position, is_published)
    SELECT course_id, organization_id, 'course-' || number, 'Course ' || number, '', number, true FROM taught;
CREATE TEMP TABLE step ON COMMIT DROP AS
    SELECT taught.org, organization_id, course_id, 5 * (taught.number - 1) + nth AS number, nth,
           varde_uuid7() AS lesson_id, varde_uuid7() AS quiz_id
    FROM taught, generate_series(1, 5) nth;
INSERT INTO training_lesson (id, organization_id, course_id, position, title, body)
    SELECT lesson_id, organization_id, course_id, nth, 'Lesson ' || number, 'What to read first.' FROM step;
CREATE TEMP TABLE film ON COMMIT DROP AS
    SELECT step.org, organization_id, lesson_id, quiz_id, 4 * (step.number - 1) + place AS number, place,
           varde_uuid7() AS video_id, 300 + floor(random() * 900)::int AS seconds
    FROM step, generate_series(1, 4) place;
INSERT INTO training_video (id, organization_id, lesson_id, position, title, file, url, duration_seconds, captions,
        transcript)
    SELECT video_id, organization_id, lesson_id, place, 'Video ' || number, '', 'https://bench.invalid/' || number,
           seconds, '', ''
    FROM film;
CREATE TEMP TABLE mark ON COMMIT DROP AS
    SELECT org, organization_id, video_id, number, third, seconds * third / 4 AS at_second, varde_uuid7() AS id
    FROM film, generate_series(1, 3) third;
INSERT INTO training_checkpoint (id, organization_id, video_id, at_second, title)
    SELECT id, organization_id, video_id, at_second, 'Stop and think ' || third FROM mark;
INSERT INTO training_quiz (id, organization_id, lesson_id, video_id, at_second, title, pass_percent)
    SELECT quiz_id, organization_id, lesson_id, video_id, seconds - 10, 'Quiz ' || number, 80
    FROM film WHERE place = 1;
"""

_LEARNED = """
CREATE TEMP TABLE learner ON COMMIT DROP AS
    SELECT person.org, person.organization_id, person.number, person.profile_id AS mentor_id, person.id AS user_id,
           staff.id AS staff_id, lines, least(%(videos)s, lines / 16) AS videos
    FROM (
        SELECT org, number, CASE WHEN org = 1 AND number = 1 THEN 50 WHEN org = 1 AND number = 2 THEN 6000
            ELSE greatest(16, (weight / sum(weight) FILTER (WHERE org > 1 OR number > 2) OVER (PARTITION BY org)
                * (%(lines)s - CASE WHEN org = 1 THEN 6050 ELSE 0 END))::int) END AS lines
        FROM (SELECT org, number, exp(0.8 * (random() + random() + random() + random() - 2) * 1.73) AS weight
              FROM person WHERE role = 'peer_mentor') weighed
    ) share
    JOIN person ON person.org = share.org AND person.number = share.number AND person.role = 'peer_mentor'
    JOIN person staff ON staff.place_id = person.place_id AND staff.role = 'coordinator';

CREATE TEMP TABLE aim ON COMMIT DROP AS
    SELECT learner.*, nth, varde_uuid7() AS goal_id,
           date '2022-01-01' + nth * interval '1 year' + learner.number * interval '1 hour' AS begun,
           date '2023-01-01' + nth * interval '1 year' + learner.number * interval '1 hour' AS ended
    FROM learner, generate_series(1, 3) nth;
INSERT INTO training_goal (id, organization_id, mentor_id, title, description, set_at, completed_at)
    SELECT goal_id, organization_id, mentor_id, 'Goal ' || nth, '', begun, CASE WHEN nth < 3 THEN ended END FROM aim;
INSERT INTO training_goalswitch (id, organization_id, mentor_id, goal_id, at)
    SELECT varde_uuid7(), organization_id, mentor_id, goal_id, begun FROM aim;
INSERT INTO training_goalmilestone (id, organization_id, mentor_id, goal_id, position, title, reached_at)
    SELECT varde_uuid7(), organization_id, mentor_id, goal_id, step, 'Step ' || step,
           CASE WHEN nth < 3 THEN begun + step * (ended - begun) / 4 END
    FROM aim, generate_series(1, 3) step;

CREATE TEMP TABLE viewing ON COMMIT DROP AS
    SELECT learner.org, learner.organization_id, mentor_id, film.video_id, film.number, film.seconds,
           timestamptz '2023-01-02 00:00Z' + random() * interval '1100 days' AS at, random() < 0.9 AS is_seen
    FROM learner JOIN film ON film.org = learner.org AND film.number <= learner.videos;
INSERT INTO training_videoprogress (id, organization_id, mentor_id, video_id, watched, percent, position_seconds,
        last_watched_at, reached_25_at, reached_50_at, reached_75_at, reached_95_at)
    SELECT varde_uuid7(), organization_id, mentor_id, video_id,
           ARRAY[int4range(0, CASE WHEN is_seen THEN seconds ELSE seconds * 4 / 5 END)],
           CASE WHEN is_seen THEN 100 ELSE 80 END, seconds / 2, at + interval '1 hour', at + interval '3 minutes',
           at + interval '6 minutes', at + interval '9 minutes', CASE WHEN is_seen THEN at + interval '12 minutes' END
    FROM viewing;
INSERT INTO training_checkpointvisit (id, organization_id, mentor_id, checkpoint_id, reached_at)
    SELECT varde_uuid7(), viewing.organization_id, mentor_id, mark.id, at + third * interval '3 minutes'
    FROM viewing JOIN mark ON mark.video_id = viewing.video_id AND third < 3;
INSERT INTO training_enrollment (id, organization_id, mentor_id, course_id, enrolled_at, completed_at)
    SELECT varde_uuid7(), learner.organization_id, mentor_id, course_id,
           timestamptz '2023-01-01' + taught.number * interval '30 days',
           CASE WHEN 20 * taught.number <= videos THEN timestamptz '2025-12-01' + random() * interval '30 days' END
    FROM learner JOIN taught ON taught.org = learner.org AND 20 * (taught.number - 1) < videos;
INSERT INTO training_lessonprogress (id, organization_id, mentor_id, lesson_id, completed_at)
    SELECT varde_uuid7(), learner.organization_id, mentor_id, lesson_id,
           timestamptz '2023-02-01' + random() * interval '1050 days'
    FROM learner JOIN step ON step.org = learner.org AND 4 * step.number <= videos;
INSERT INTO training_quizattempt (id, organization_id, mentor_id, quiz_id, submitted_at, answers, score, max_score,
        passed, completes_quiz)
    SELECT varde_uuid7(), drawn.organization_id, mentor_id, quiz_id, at, '{}', CASE WHEN passed THEN 5 ELSE 3 END, 5,
           passed, passed AND row_number() OVER (PARTITION BY mentor_id, quiz_id, passed ORDER BY at) = 1
    FROM (
        SELECT org, organization_id, mentor_id, 1 + floor(50 * random() ^ 2)::int AS lesson, random() < 0.6 AS passed,
               timestamptz '2023-01-02 00:00Z' + random() * interval '1105 days' AS at
        FROM learner, generate_series(1, lines * 6 / 100)
    ) drawn JOIN step ON step.org = drawn.org AND step.number = drawn.lesson;

CREATE TEMP TABLE thought ON COMMIT DROP AS
    SELECT varde_uuid7() AS id, drawn.*, film.video_id, floor(random() * film.seconds)::int AS second
    FROM (
        SELECT org, organization_id, mentor_id, user_id, staff_id,
               1 + floor(%(videos)s * random() ^ 2.5)::int AS video, floor(random() * 10)::int AS kind,
               random() < 0.97 AS is_answered, random() < 0.04 AS is_open_again,
               timestamptz '2023-01-02 00:00Z' + random() * interval '1106 days' AS at
        FROM learner, generate_series(1, lines / 5)
    ) drawn JOIN film ON film.org = drawn.org AND film.number = drawn.video;
INSERT INTO training_reflection (id, organization_id, mentor_id, kind, video_id, video_second, text, media_file,
        media_url, media_type, media_duration_seconds, written_at, requires_response)
    SELECT id, organization_id, mentor_id,
           CASE kind WHEN 0 THEN 'voice' WHEN 1 THEN 'screenshot' WHEN 2 THEN 'video' ELSE 'text' END, video_id, second,
           'What I thought when I saw this, in about as many words as people use when they write on a phone: ' || id,
           CASE WHEN kind < 2 THEN 'training/reflections/' || id ELSE '' END,
           CASE WHEN kind = 2 THEN 'https://bench.invalid/loom/' || id ELSE '' END,
           CASE kind WHEN 0 THEN 'audio' WHEN 1 THEN 'image' WHEN 2 THEN 'video' ELSE '' END,
           CASE WHEN kind IN (0, 2) THEN 60 END, at, kind < 8
    FROM thought;
INSERT INTO training_reflectionreply (id, organization_id, reflection_id, author_id, is_from_staff, text, written_at)
    SELECT varde_uuid7(), organization_id, thought.id, CASE turn WHEN 1 THEN staff_id ELSE user_id END, turn = 1,
           'What the coordinator answers, which is about as long as the question was.', at + turn * interval '1 day'
    FROM thought, generate_series(1, 2) turn
    WHERE kind < 8 AND is_answered AND at < '2026-01-05' AND (turn = 1 OR is_open_again);

INSERT INTO training_successproof (id, organization_id, mentor_id, goal_id, text, media_file, media_type, submitted_at)
    SELECT varde_uuid7(), organization_id, mentor_id, goal_id, 'I have done it.', '', '',
           begun + random() * (ended - begun)
    FROM aim, generate_series(1, lines / 300) WHERE nth < 3;
INSERT INTO training_goalmessage (id, organization_id, mentor_id, goal_id, author_id, is_from_staff, text, written_at)
    SELECT varde_uuid7(), organization_id, mentor_id, goal_id,
           CASE WHEN mod(turn, 2) = 0 THEN staff_id ELSE user_id END, mod(turn, 2) = 0, 'How is it going?',
           begun + random() * (ended - begun)
    FROM aim, generate_series(1, lines / 75) turn WHERE nth < 3;
"""

# What is still missing of each mentor's lines are daily notes; rounding is made up for by mentor 3.
_NOTED = """
CREATE TEMP TABLE missing ON COMMIT DROP AS
    SELECT learner.org, learner.number, organization_id, mentor_id, greatest(lines - made, 0)::int AS count
    FROM learner JOIN (SELECT mentor_id, count(*) AS made FROM drawn GROUP BY 1) so_far USING (mentor_id);
UPDATE missing SET count = count + %(lines)s - (SELECT sum(count) FROM missing other WHERE other.org = missing.org)
    - (SELECT count(*) FROM drawn WHERE drawn.organization_id = missing.organization_id)
    WHERE number = 3;
INSERT INTO training_dailynote (id, organization_id, mentor_id, text, written_at)
    SELECT varde_uuid7(), organization_id, mentor_id, 'What I did today, in a sentence or two, as people do: ' || nth,
           timestamptz '2023-01-02 00:00Z' + random() * interval '1106 days'
    FROM missing, generate_series(1, missing.count) nth;
"""


def fill(cursor: Any, *, scale: int) -> None:
    """Courses, what the mentors in `person` did of them, and the lines of all of it."""
    columns = ", ".join(DERIVED)
    others = [source for source in SOURCES if source.model is not DailyNote]
    notes = next(source for source in SOURCES if source.model is DailyNote)
    with pgtrigger.ignore():
        cursor.execute(_filled(_TAUGHT))
        cursor.execute("ANALYZE")
        cursor.execute(_filled(_LEARNED))
        cursor.execute("ANALYZE")
        cursor.execute(
            "CREATE TEMP TABLE drawn ON COMMIT DROP AS "
            + " UNION ALL ".join(f"({source.derived(source.table)})" for source in others)
        )
        cursor.execute(_filled(_NOTED))
    cursor.execute(
        f"INSERT INTO {TABLE} (id, recorded_at, {columns}) SELECT varde_uuid7(), occurred_at, {columns}"  # noqa: S608
        f" FROM (SELECT {columns} FROM drawn UNION ALL ({notes.derived(notes.table)})) line ORDER BY occurred_at"
    )
    cursor.execute(f"SELECT count(*) FROM {TABLE}")  # noqa: S608
    assert cursor.fetchone() == (scale * LINES,)


def _filled(script: str) -> str:
    """The server takes several statements at a time only without values beside them; these are our own numbers."""
    for name, value in {"courses": COURSES, "videos": VIDEOS, "lines": LINES}.items():
        script = script.replace(f"%({name})s", str(value))
    return script
