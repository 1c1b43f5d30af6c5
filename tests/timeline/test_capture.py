"""Lines come, follow and go with the rows that they are of, whatever wrote those."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.base.walls import refused_by_database
from accounts.keys import uuid7
from accounts.models import MentorProfile, Organization
from tests.factories import (
    CheckpointFactory,
    DailyNoteFactory,
    EnrollmentFactory,
    GoalFactory,
    GoalMessageFactory,
    MentorProfileFactory,
    MilestoneFactory,
    OrganizationFactory,
    QuizFactory,
    ReflectionFactory,
    ReplyFactory,
    SuccessProofFactory,
    VideoFactory,
)
from timeline.capture.sources import SOURCES
from timeline.enums import ActivityType
from timeline.models import TimelineEntry
from training.models import (
    Checkpoint,
    CheckpointVisit,
    DailyNote,
    Enrollment,
    Goal,
    GoalMilestone,
    GoalSwitch,
    LessonProgress,
    Quiz,
    QuizAttempt,
    Reflection,
    ReflectionReply,
    VideoProgress,
)

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 15, 23, 30, tzinfo=UTC)
LATER = AT + timedelta(days=1)


@pytest.fixture
def mentor():
    return MentorProfileFactory()


@pytest.fixture
def video(mentor):
    return VideoFactory(lesson__course__organization=mentor.organization)


@pytest.fixture
def goal(mentor):
    return GoalFactory(mentor=mentor)


def shown() -> list[tuple[str, str]]:
    rows = TimelineEntry.objects.shown().order_by("activity_type", "detail")
    return list(rows.values_list("activity_type", "detail"))


def execute(*statements, **values) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values or None)


# --- Every type


def rows_of_every_type(mentor, video, goal) -> list:
    """Unsaved rows that make a line of each of the 17 types, none of them more than one of a kind that repeats."""
    of = {"organization": mentor.organization, "mentor": mentor}
    checkpoint = CheckpointFactory(video=video, at_second=320, title="Stopp")
    quiz = QuizFactory(lesson=video.lesson, video=video, at_second=590, questions=0)
    bands = {f"reached_{band}_at": AT for band in (25, 50, 75, 95)}
    scored = {"submitted_at": AT, "score": 4, "max_score": 5, "passed": True, "completes_quiz": True}
    voice = {"media_type": "audio", "media_file": "training/reflections/a.ogg", "media_duration_seconds": 31}
    loom = {"media_type": "video", "media_url": "https://loom.example.org/1"}
    picture = {"media_type": "image", "media_file": "training/reflections/a.png"}
    return [
        Enrollment(**of, course=video.lesson.course, enrolled_at=AT, completed_at=LATER),
        LessonProgress(**of, lesson=video.lesson, completed_at=AT),
        VideoProgress(**of, video=video, percent=100, last_watched_at=AT, **bands),
        CheckpointVisit(**of, checkpoint=checkpoint, reached_at=AT),
        QuizAttempt(**of, quiz=quiz, **scored),
        Reflection(**of, video=video, video_second=320, text="Hei", written_at=AT),
        Reflection(**of, lesson=video.lesson, kind="voice", written_at=AT, **voice),
        Reflection(**of, kind="screenshot", text="Se", written_at=AT, **picture),
        Reflection(**of, kind="video", written_at=AT, **loom),
        Goal(**of, title="Ferdig", set_at=AT, completed_at=AT),
        GoalMilestone(**of, goal=goal, title="Halvveis", reached_at=AT),
        DailyNote(**of, text="I dag", written_at=AT),
        SuccessProofFactory.build(organization=mentor.organization, mentor=mentor, goal=goal, submitted_at=AT),
        GoalMessageFactory.build(
            organization=mentor.organization, mentor=mentor, goal=goal, author=mentor.user, written_at=AT
        ),
    ]


def by_orm(rows) -> None:
    for row in rows:
        row.save()


def by_bulk_create(rows) -> None:
    for row in rows:
        type(row).objects.bulk_create([row])


def by_raw_sql(rows) -> None:
    for row in rows:
        names, values = columns_of(row)
        marks = ", ".join(["%s"] * len(values))
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {row._meta.db_table} ({', '.join(names)}) VALUES ({marks})", values)


def by_copy(rows) -> None:
    for row in rows:
        names, values = columns_of(row)
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {row._meta.db_table} ({', '.join(names)}) FROM STDIN") as copy,
        ):
            copy.write_row(values)


def by_update(rows) -> None:
    """First as another mentor's, then handed over by a statement."""
    right = rows[0].mentor
    other = MentorProfileFactory(organization=right.organization)
    for row in rows:
        row.mentor = other
        row.save()
    for row in rows:
        type(row).objects.filter(pk=row.pk).update(mentor=right)


def columns_of(row) -> tuple[list[str], list]:
    fields = [field for field in row._meta.concrete_fields if field.name not in ("created_at", "updated_at")]
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    return [field.column for field in fields], values


@pytest.mark.parametrize("door", [by_orm, by_bulk_create, by_raw_sql, by_copy, by_update])
def test_all_seventeen_types_are_captured_by_every_door(mentor, video, goal, door):
    door(rows_of_every_type(mentor, video, goal))
    lines = TimelineEntry.objects.shown().filter(mentor=mentor)
    assert {line.activity_type for line in lines} == set(ActivityType.values)
    assert len(lines) == 17 + 2  # three bands of one video
    by_type = {line.activity_type: line for line in lines.filter(detail__in=("", "75"))}

    def said(activity_type, *names):
        return tuple(getattr(by_type[activity_type], name) for name in names)

    place = (video.pk, video.lesson_id, video.lesson.course_id)
    where = ("video_id", "lesson_id", "course_id", "video_timestamp_seconds")
    media = ("media_url", "media_type", "media_duration_seconds")
    assert said("video_progress", "detail", "metadata") == ("75", {"percent": 75})
    assert said("video_completion", *where, "metadata") == (*place, None, {})
    assert said("checkpoint_reached", *where, "content") == (*place, 320, "Stopp")
    assert said("quiz_completion", *where) == (*place, 590)
    assert said("quiz_attempt", "metadata") == ({"score": 4, "max_score": 5, "passed": True},)
    assert said("course_completion", "course_id", "occurred_at") == (place[2], LATER)
    assert said("lesson_completion", "lesson_id", "course_id") == place[1:]
    assert said("text_reflection", *where, "content", "response_status") == (*place, 320, "Hei", "pending")
    assert said("voice_reflection", *where, *media) == (
        None,
        *place[1:],
        None,
        "training/reflections/a.ogg",
        "audio",
        31,
    )
    assert said("screenshot_reflection", *media) == ("training/reflections/a.png", "image", None)
    assert said("loom_reflection", *media) == ("https://loom.example.org/1", "video", None)
    assert said("goal_milestone", "goal_id", "content") == (goal.pk, "Halvveis")
    assert said("goal_completion", "goal_id")[0] not in (None, goal.pk)
    assert said("success_proof", "goal_id") == said("instructor_message", "goal_id") == (goal.pk,)
    assert said("daily_note", "goal_id", "content", "requires_response") == (None, "I dag", False)


# --- Edits, what is unsaid, what goes


def test_an_edit_follows_and_keeps_the_line(mentor, video):
    row = ReflectionFactory(mentor=mentor, video=video, video_second=1, written_at=AT)
    before = TimelineEntry.objects.get()
    Reflection.objects.update(text="Hallo", video_second=320, edited_at=LATER)
    line = TimelineEntry.objects.get()
    assert (line.pk, line.recorded_at) == (before.pk, before.recorded_at)
    assert (line.content, line.video_timestamp_seconds, line.edited_at) == ("Hallo", 320, LATER)
    assert line.source_id == row.pk


def test_a_text_that_becomes_a_voice_memo_is_another_line_and_the_old_one_is_redacted(mentor):
    ReflectionFactory(mentor=mentor, text="Hemmelig", written_at=AT)
    Reflection.objects.update(kind="voice", media_type="audio", media_url="https://x.example.org/a", text="")
    assert shown() == [("voice_reflection", "")]
    gone = TimelineEntry.objects.get(activity_type="text_reflection")
    assert (gone.content, gone.source_deleted_at is None) == ("", False)


def test_what_is_unsaid_is_redacted_and_said_again_it_is_back(mentor, video):
    row = EnrollmentFactory(mentor=mentor, course=video.lesson.course, enrolled_at=AT)
    Enrollment.objects.update(completed_at=AT)
    assert shown() == [("course_completion", ""), ("course_enrollment", "")]
    Enrollment.objects.update(completed_at=None)
    assert shown() == [("course_enrollment", "")]
    Enrollment.objects.update(completed_at=LATER)
    assert shown() == [("course_completion", ""), ("course_enrollment", "")]
    assert TimelineEntry.objects.count() == 2
    assert set(TimelineEntry.objects.values_list("source_id", "course_id")) == {(row.pk, row.course_id)}


@pytest.mark.parametrize("delete", ["orm", "queryset", "sql", "truncate"])
def test_a_deleted_row_leaves_a_line_without_its_content(mentor, video, delete):
    row = ReflectionFactory(mentor=mentor, video=video, video_second=3, text="Hemmelig", written_at=AT)
    ReplyFactory(reflection=row, text="Fortrolig")
    if delete == "orm":
        row.delete()
    elif delete == "queryset":
        Reflection.objects.all().delete()
    elif delete == "sql":
        execute("DELETE FROM training_reflectionreply", "DELETE FROM training_reflection")
    else:
        execute("SET CONSTRAINTS ALL IMMEDIATE", "TRUNCATE training_reflection CASCADE")
    line = TimelineEntry.objects.get()
    assert TimelineEntry.objects.shown().count() == 0
    assert line.source_deleted_at is not None
    text = " ".join(str(value) for value in TimelineEntry.objects.values_list()[0])
    assert "Hemmelig" not in text
    assert "Fortrolig" not in text
    assert (line.video_id, line.response_status, line.waiting_since, line.responded_by_id) == (None,) * 4
    assert (line.mentor_id, line.occurred_at) == (mentor.pk, AT)


def test_a_row_that_comes_back_under_its_id_brings_its_line_back(mentor):
    row = DailyNoteFactory(mentor=mentor, text="En", written_at=AT)
    DailyNote.objects.all().delete()
    DailyNote.objects.bulk_create([row])
    assert TimelineEntry.objects.shown().get().content == "En"
    assert TimelineEntry.objects.count() == 1


def test_a_row_that_bears_another_id_has_another_line(mentor):
    row = DailyNoteFactory(mentor=mentor, text="En", written_at=AT)
    new = uuid4()
    DailyNote.objects.filter(pk=row.pk).update(id=new)
    assert TimelineEntry.objects.shown().get().source_id == new
    assert TimelineEntry.objects.get(source_id=row.pk).content == ""


def test_an_erased_mentor_takes_everything_with_them(mentor, video, goal):
    by_orm(rows_of_every_type(mentor, video, goal))
    ReplyFactory(reflection=Reflection.objects.first())
    DailyNote.objects.all().delete()  # a line without its content goes, too
    other = DailyNoteFactory(mentor=MentorProfileFactory(organization=mentor.organization))
    MentorProfile.objects.get(pk=mentor.pk).delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert TimelineEntry.objects.get().source_id == other.pk


def test_an_upsert_of_a_source_is_one_line_that_follows(mentor, video):
    of = {"organization": mentor.organization, "mentor": mentor, "course": video.lesson.course}
    for moment in (AT, LATER):
        Enrollment.objects.bulk_create(
            [Enrollment(**of, enrolled_at=moment)],
            update_conflicts=True,
            unique_fields=["mentor", "course"],
            update_fields=["enrolled_at"],
        )
    assert TimelineEntry.objects.get().occurred_at == LATER


def test_one_statement_that_writes_rows_and_replies_leaves_the_right_line(mentor):
    execute(
        """
        WITH asked AS (
            INSERT INTO training_reflection (id, organization_id, mentor_id, kind, text, media_file, media_url,
                media_type, written_at, requires_response)
            VALUES (%(id)s, %(organization)s, %(mentor)s, 'text', 'Hva?', '', '', '', %(at)s, true) RETURNING id
        )
        INSERT INTO training_reflectionreply (id, organization_id, reflection_id, author_id, is_from_staff, text,
            written_at)
        SELECT %(reply)s, %(organization)s, id, %(author)s, true, 'Slik.', %(at)s FROM asked
        """,
        id=uuid7(), reply=uuid7(), organization=mentor.organization_id, mentor=mentor.pk, author=mentor.user_id, at=AT,
    )  # fmt: skip
    line = TimelineEntry.objects.get()
    assert (line.response_status, line.instructor_response) == ("responded", "Slik.")


# --- The conversation


def test_where_a_conversation_stands_follows_from_its_replies(mentor):
    row = ReflectionFactory(mentor=mentor, written_at=AT)

    def standing():
        line = TimelineEntry.objects.get()
        return line.response_status, line.waiting_since, line.instructor_response, line.responded_at

    def reply(hours, *, staff, text):
        return ReplyFactory(
            reflection=row, is_from_staff=staff, text=text, author=mentor.user, written_at=AT + timedelta(hours=hours)
        )

    assert standing() == ("pending", AT, "", None)
    reply(1, staff=False, text="Glem det ikke")
    assert standing() == ("pending", AT, "", None)
    answer = reply(2, staff=True, text="Ja")
    assert standing() == ("responded", None, "Ja", answer.written_at)
    again = reply(3, staff=False, text="Men hvordan?")
    reply(4, staff=False, text="Hallo?")
    assert standing() == ("pending", again.written_at, "Ja", answer.written_at)
    second = reply(5, staff=True, text="Slik")
    assert standing() == ("responded", None, "Slik", second.written_at)
    second.delete()
    assert standing() == ("pending", again.written_at, "Ja", answer.written_at)
    ReflectionReply.objects.filter(pk=again.pk).update(written_at=AT)
    assert standing()[1] == AT + timedelta(hours=4)
    execute("SET CONSTRAINTS ALL IMMEDIATE", "TRUNCATE training_reflectionreply")
    assert standing() == ("pending", AT, "", None)


def test_a_reply_to_the_wrong_reflection_moves_to_the_right_one(mentor):
    wrong, right = (ReflectionFactory(mentor=mentor, written_at=AT) for _ in range(2))
    ReplyFactory(reflection=wrong)
    ReflectionReply.objects.update(reflection=right)
    standings = dict(TimelineEntry.objects.values_list("source_id", "response_status"))
    assert standings == {wrong.pk: "pending", right.pk: "responded"}


def test_no_answer_needed_leaves_nothing_waiting(mentor):
    ReflectionFactory(mentor=mentor, written_at=AT)
    Reflection.objects.update(requires_response=False)
    line = TimelineEntry.objects.get()
    assert (line.requires_response, line.response_status, line.waiting_since) == (False, None, None)


# --- Parents


def test_lines_follow_what_they_quote(mentor, video):
    checkpoint = CheckpointFactory(video=video, at_second=10, title="Før")
    quiz = QuizFactory(lesson=video.lesson, video=video, at_second=20, questions=0)
    of = {"organization": mentor.organization, "mentor": mentor}
    CheckpointVisit.objects.create(**of, checkpoint=checkpoint, reached_at=AT)
    QuizAttempt.objects.create(**of, quiz=quiz, submitted_at=AT, score=0, max_score=1, passed=False)
    Checkpoint.objects.update(at_second=30, title="Etter")
    Quiz.objects.update(video=None, at_second=None)
    reached, tried = TimelineEntry.objects.order_by("activity_type")
    assert (reached.video_timestamp_seconds, reached.content) == (30, "Etter")
    assert (tried.video_id, tried.video_timestamp_seconds, tried.lesson_id) == (None, None, video.lesson_id)


# --- The goal


def test_switching_goals_rewrites_nothing(mentor):
    first, second = GoalFactory(mentor=mentor), GoalFactory(mentor=mentor)
    of = {"organization": mentor.organization, "mentor": mentor}
    before = DailyNoteFactory(mentor=mentor, written_at=AT - timedelta(hours=1))
    GoalSwitch.objects.create(**of, goal=first, at=AT)
    on_the_dot = DailyNoteFactory(mentor=mentor, written_at=AT)
    GoalSwitch.objects.create(**of, goal=second, at=LATER)
    after = DailyNoteFactory(mentor=mentor, written_at=LATER + timedelta(hours=1))
    late = DailyNoteFactory(mentor=mentor, written_at=AT + timedelta(hours=2))  # from a phone without a network
    GoalSwitch.objects.create(**of, goal=None, at=LATER + timedelta(days=1))
    none = DailyNoteFactory(mentor=mentor, written_at=LATER + timedelta(days=2))
    DailyNote.objects.update(text="Skrevet om")
    assert dict(TimelineEntry.objects.values_list("source_id", "goal_id")) == {
        before.pk: None, on_the_dot.pk: first.pk, after.pk: second.pk, late.pk: first.pk, none.pk: None,
    }  # fmt: skip


def test_a_choice_that_becomes_known_later_leaves_what_was_written_alone(mentor, goal):
    DailyNoteFactory(mentor=mentor, written_at=AT)
    GoalSwitch.objects.create(organization=mentor.organization, mentor=mentor, goal=goal, at=AT - timedelta(days=1))
    DailyNote.objects.update(text="Skrevet om")
    assert TimelineEntry.objects.get().goal_id is None
    DailyNote.objects.update(written_at=LATER)  # another moment is another question
    assert TimelineEntry.objects.get().goal_id == goal.pk


def test_a_row_that_names_its_goal_takes_its_line_along(mentor, goal):
    milestone = MilestoneFactory(goal=goal, reached_at=AT)
    other = GoalFactory(mentor=mentor)
    GoalMilestone.objects.filter(pk=milestone.pk).update(goal=other)
    assert TimelineEntry.objects.get().goal_id == other.pk


def test_a_line_that_becomes_another_mentors_asks_for_their_goal(mentor, goal):
    other = MentorProfileFactory(organization=mentor.organization)
    GoalSwitch.objects.create(organization=mentor.organization, mentor=mentor, goal=goal, at=AT)
    DailyNoteFactory(mentor=mentor, written_at=AT)
    DailyNote.objects.update(mentor=other)
    line = TimelineEntry.objects.get()
    assert (line.mentor_id, line.goal_id) == (other.pk, None)


# --- The day


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 1, 31, 22, 59, 59, tzinfo=UTC), "2026-01-31"),  # midnight in Oslo, in winter
        (datetime(2026, 1, 31, 23, 0, tzinfo=UTC), "2026-02-01"),
        (datetime(2026, 7, 1, 21, 59, 59, tzinfo=UTC), "2026-07-01"),  # and in summer
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), "2026-07-02"),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), "2026-03-29"),  # the night of 23 hours
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), "2026-03-29"),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), "2026-03-30"),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), "2026-10-25"),  # and the one of 25
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), "2026-10-25"),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "2026-10-26"),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), "2026-12-31"),  # New Year
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "2027-01-01"),
    ],
)
def test_the_day_is_the_associations(mentor, moment, day):
    DailyNoteFactory(mentor=mentor, written_at=moment)
    assert TimelineEntry.objects.get().activity_date.isoformat() == day


def test_a_zone_is_that_of_the_line_and_a_move_changes_no_day():
    mentor = MentorProfileFactory(organization=OrganizationFactory(time_zone="Pacific/Auckland"))
    moment = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
    DailyNoteFactory(mentor=mentor, written_at=moment)
    Organization.objects.update(time_zone="America/New_York")
    DailyNote.objects.update(text="Skrevet om")
    DailyNoteFactory(mentor=mentor, written_at=moment)
    days = TimelineEntry.objects.order_by("pk").values_list("time_zone", "activity_date")
    assert [(zone, day.isoformat()) for zone, day in days] == [
        ("Pacific/Auckland", "2026-02-01"), ("America/New_York", "2026-01-31"),
    ]  # fmt: skip


# --- Once per statement


def test_a_trigger_runs_once_for_a_statement(mentor):
    """A trigger of the test beside ours, on the table of lines: statements that insert there are counted."""
    execute(
        "CREATE TEMP TABLE counted (number int)",
        "CREATE FUNCTION pg_temp.count_it() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO counted SELECT count(*) FROM came; RETURN NULL; END $$",
        "CREATE TRIGGER counting AFTER INSERT ON timeline_timelineentry REFERENCING NEW TABLE AS came"
        " FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.count_it()",
    )
    of = {"organization": mentor.organization, "mentor": mentor, "text": "x"}
    DailyNote.objects.bulk_create([DailyNote(**of, written_at=AT) for _ in range(50)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM counted")
        assert cursor.fetchall() == [(50,)]


def test_an_update_that_changes_nothing_that_matters_writes_nothing(mentor, video):
    of = {"organization": mentor.organization, "mentor": mentor, "video": video}
    VideoProgress.objects.create(**of, percent=30, last_watched_at=AT, reached_25_at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text, ctid::text FROM timeline_timelineentry")
        before = cursor.fetchall()
        VideoProgress.objects.update(percent=31, position_seconds=200, last_watched_at=LATER)
        VideoProgress.objects.bulk_create([])
        cursor.execute("SELECT xmin::text, ctid::text FROM timeline_timelineentry")
        assert cursor.fetchall() == before


@pytest.mark.slow
def test_a_hundred_thousand_rows_by_copy_are_all_there_and_can_all_be_changed(mentor):
    """In a session that has planned its statements for single rows: joined one by one this would take an hour."""
    first = DailyNoteFactory(mentor=mentor, written_at=AT)
    first.text = "Endret"
    first.save()
    with connection.cursor() as cursor:
        with cursor.copy(
            "COPY training_dailynote (id, organization_id, mentor_id, text, written_at) FROM STDIN"
        ) as copy:
            for number in range(100_000):
                copy.write_row((uuid7(), mentor.organization_id, mentor.pk, f"Dag {number}", AT))
        cursor.execute("SELECT count(*), count(DISTINCT content) FROM timeline_timelineentry")
        assert cursor.fetchone() == (100_001, 100_001)
        cursor.execute("SET LOCAL statement_timeout = '5min'")
        cursor.execute("UPDATE training_dailynote SET text = text || '!'")
        cursor.execute("SELECT count(*) FROM timeline_timelineentry WHERE content LIKE '%!'")
        assert cursor.fetchone() == (100_001,)
        cursor.execute("DELETE FROM training_dailynote")
    assert TimelineEntry.objects.shown().count() == 0


# --- The table's own walls, and what somebody sees who runs into them


@pytest.mark.parametrize(
    "broken",
    [
        {"activity_type": "tea"},
        {"requires_response": True, "response_status": "maybe", "waiting_since": AT},
        {"requires_response": True},
        {"requires_response": True, "response_status": "pending"},
        {"requires_response": True, "response_status": "responded"},
        {"response_status": "pending", "waiting_since": AT},
        {"video_timestamp_seconds": 3},
        {"source_deleted_at": AT, "content": "Hemmelig"},
    ],
)
def test_the_table_refuses_what_is_no_line(mentor, broken):
    line = {
        "organization": mentor.organization, "mentor": mentor, "activity_type": "daily_note", "occurred_at": AT,
        "time_zone": "Europe/Oslo", "source_table": "training_dailynote", "source_id": uuid4(),
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        TimelineEntry.objects.create(**line | broken)
    TimelineEntry.objects.create(**line)


def test_a_row_makes_one_line_of_a_kind(mentor):
    DailyNoteFactory(mentor=mentor, written_at=AT)
    line = TimelineEntry.objects.get()
    line.pk = uuid4()
    line._state.adding = True
    with pytest.raises(IntegrityError, match="entry_once_per_source"), transaction.atomic():
        line.save()


def test_what_goes_wrong_in_a_trigger_is_a_refusal_and_leaves_nothing(mentor):
    Organization.objects.update(time_zone="Midgard/Bifrost")
    with pytest.raises(DataError) as raised, transaction.atomic():
        DailyNoteFactory(mentor=mentor, written_at=AT)
    refusal = refused_by_database(raised.value)
    assert (refusal.status, refusal.code) == (400, "invalid")
    assert (DailyNote.objects.count(), TimelineEntry.objects.count()) == (0, 0)


def test_what_a_trigger_forbids_is_a_refusal_of_its_own(mentor, video):
    other = VideoFactory(lesson__course__organization=mentor.organization).lesson
    with pytest.raises(DatabaseError) as raised, transaction.atomic():
        type(video).objects.filter(pk=video.pk).update(lesson=other)
    refusal = refused_by_database(raised.value)
    assert (refusal.status, refusal.code) == (409, "not_allowed")


def test_names_fit_into_their_columns():
    zone = TimelineEntry._meta.get_field("time_zone").max_length
    assert zone >= Organization._meta.get_field("time_zone").max_length
    table = TimelineEntry._meta.get_field("source_table").max_length
    assert max(len(source.table) for source in SOURCES) <= table
    media = TimelineEntry._meta.get_field("media_url").max_length
    assert media >= Reflection._meta.get_field("media_url").max_length
    assert media >= Reflection._meta.get_field("media_file").max_length


def test_recorded_at_is_when_it_was_written_down(mentor):
    DailyNoteFactory(mentor=mentor, written_at=AT)
    line = TimelineEntry.objects.get()
    assert line.occurred_at == AT
    assert abs(timezone.now() - line.recorded_at) < timedelta(hours=1)
    assert UUID(str(line.pk)).version == 7
