"""A backfill makes what the triggers would have made, whenever it is started, stopped and started again."""

import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.enums import Role
from operations import duties
from operations.models import Job
from operations.services import run_waiting_jobs
from tests.factories import (
    DailyNoteFactory,
    GoalFactory,
    MembershipFactory,
    MentorProfileFactory,
    OrganizationFactory,
    ReflectionFactory,
    ReplyFactory,
    VideoFactory,
)
from tests.timeline.oracle import stored
from tests.timeline.test_capture import rows_of_every_type
from timeline.admin import entries
from timeline.backfill import ADDED, CHANGED, REDACTED, Change, backfill, preview, source_called
from timeline.capture.checking import drifted_sql
from timeline.enums import ActivityType
from timeline.models import BackfillCursor, TimelineEntry
from training.models import DailyNote, Enrollment, GoalSwitch, Reflection

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 15, 23, 30, tzinfo=UTC)
NOTE = ActivityType.DAILY_NOTE


@pytest.fixture
def mentor():
    return MentorProfileFactory(organization=OrganizationFactory(modules=["certification-training"]))


@pytest.fixture
def admin(mentor):
    return MembershipFactory(organization=mentor.organization, role=Role.ORG_ADMIN).user


@pytest.fixture
def unseen():
    """Write while the triggers are silent. Afterwards they speak again."""

    def write(act):
        with pgtrigger.ignore():
            made = act()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL pgtrigger.ignore = '{}'")
        return made

    return write


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DELETE FROM timeline_timelineentry")


def note(mentor, text="Hei"):
    return DailyNoteFactory(mentor=mentor, text=text, written_at=AT)


def by_what(counts) -> dict[str, int]:
    return {what: sum(n for change, n in counts.items() if change.what == what) for what in (ADDED, CHANGED, REDACTED)}


def test_it_is_equal_to_live_capture_and_the_second_time_it_writes_nothing(mentor):
    video = VideoFactory(lesson__course__organization=mentor.organization)
    for row in rows_of_every_type(mentor, video, GoalFactory(mentor=mentor)):
        row.save()
    ReplyFactory(reflection=Reflection.objects.first())
    live = stored()
    assert not backfill()
    empty()
    counts = backfill(part=2)
    assert by_what(counts) == {ADDED: 19, CHANGED: 0, REDACTED: 0}
    assert {change.activity_type for change in counts} == set(ActivityType.values)
    assert stored() == live
    assert not backfill()


def test_what_was_written_while_the_triggers_were_off_is_put_right(mentor, unseen):
    kept, edited, deleted, told = (note(mentor) for _ in range(4))
    reflection = ReflectionFactory(mentor=mentor, written_at=AT)

    def behind_its_back():
        DailyNote.objects.filter(pk=edited.pk).update(text="Endret")
        DailyNote.objects.filter(pk=deleted.pk).delete()
        ReplyFactory(reflection=reflection, text="Ja")
        note(mentor, "Ny")

    unseen(behind_its_back)
    TimelineEntry.objects.filter(source_id=told.pk).update(content="Noe annet")
    assert TimelineEntry.objects.shown().count() == 5
    wanted = {
        Change(NOTE, ADDED): 1,
        Change(NOTE, CHANGED): 2,
        Change(NOTE, REDACTED): 1,
        Change(ActivityType.TEXT_REFLECTION, CHANGED): 1,
    }
    assert preview() == wanted
    assert backfill() == wanted
    assert preview() == {}
    lines = dict(TimelineEntry.objects.shown().values_list("source_id", "content"))
    assert lines[edited.pk] == "Endret"
    assert lines[kept.pk] == lines[told.pk] == "Hei"
    assert deleted.pk not in lines
    assert "Ny" in lines.values()
    assert TimelineEntry.objects.get(source_id=deleted.pk).content == ""
    assert TimelineEntry.objects.get(source_id=reflection.pk).instructor_response == "Ja"


def test_goals_that_were_emptied_with_all_that_points_at_them_take_the_timeline_along_until_a_backfill(mentor):
    """What docs/deploy.md says about TRUNCATE."""
    goal = GoalFactory(mentor=mentor, set_at=AT - timedelta(days=1))
    GoalSwitch.objects.create(organization=mentor.organization, mentor=mentor, goal=goal, at=goal.set_at)
    kept, gone = note(mentor, "Blir"), note(mentor, "Slettet")
    gone.delete()
    assert set(TimelineEntry.objects.values_list("goal_id", flat=True)) == {goal.pk, None}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE training_goal CASCADE")
    assert not TimelineEntry.objects.exists()
    assert backfill() == {Change(NOTE, ADDED): 1}
    line = TimelineEntry.objects.get()
    assert (line.source_id, line.content, line.goal_id) == (kept.pk, "Blir", None)


def test_a_line_that_its_row_no_longer_says_is_redacted(mentor, unseen):
    Enrollment.objects.create(
        organization=mentor.organization,
        mentor=mentor,
        course=VideoFactory(lesson__course__organization=mentor.organization).lesson.course,
        enrolled_at=AT,
        completed_at=AT,
    )
    unseen(lambda: Enrollment.objects.update(completed_at=None))
    assert backfill() == {Change(ActivityType.COURSE_COMPLETION, REDACTED): 1}
    assert TimelineEntry.objects.shown().get().activity_type == ActivityType.COURSE_ENROLLMENT


class Killed(Exception):
    pass


def stopped_after(parts):
    left = iter(range(parts))

    def progress(source, done, total):
        if next(left, None) is None:
            raise Killed

    return progress


@pytest.mark.parametrize("parts", [1, 2, 3, 5, 8])
def test_one_that_was_killed_goes_on_where_it_was(mentor, parts):
    rows = [note(mentor) for _ in range(7)]
    live = stored()
    empty()
    notes = [source_called("dailynote")]
    with pytest.raises(Killed):
        backfill(sources=notes, part=2, progress=stopped_after(parts))
    done = TimelineEntry.objects.count()
    assert done == min(2 * parts, 7)
    seen = []
    counts = backfill(sources=notes, part=2, progress=lambda source, done, total: seen.append((done, total)))
    assert by_what(counts) == {ADDED: 7 - done, CHANGED: 0, REDACTED: 0}
    if parts < 4:
        assert seen[0] == (done, 7)
    assert stored() == live
    assert len(rows) == 7
    assert not BackfillCursor.objects.exists()


def test_restart_begins_anew(mentor):
    note(mentor)
    empty()
    BackfillCursor.objects.create(source_table="training_dailynote", last_id=UUID(int=2**128 - 1))
    assert not backfill()
    BackfillCursor.objects.create(source_table="training_dailynote", last_id=UUID(int=2**128 - 1))
    assert by_what(backfill(restart=True))[ADDED] == 1


def test_one_organisation_and_one_source_leave_the_others_alone(mentor):
    other = MentorProfileFactory()
    for each in (mentor, other):
        note(each)
        ReflectionFactory(mentor=each, written_at=AT)
    empty()
    counts = backfill(organization=mentor.organization, sources=[source_called("training_dailynote")])
    assert counts == {Change(NOTE, ADDED): 1}
    assert TimelineEntry.objects.get().mentor_id == mentor.pk
    assert by_what(preview(organization=other.organization)) == {ADDED: 2, CHANGED: 0, REDACTED: 0}


# --- The command


def run(*arguments) -> str:
    out = io.StringIO()
    call_command("backfill_timeline", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def numbers(said: str, name: str) -> list[int]:
    line = next(line for line in said.splitlines() if line.startswith(name))
    return [int(number) for number in line.split()[1:]]


def test_the_command_counts_writes_and_then_has_nothing_to_do(mentor, unseen):
    gone = note(mentor)
    unseen(lambda: DailyNote.objects.filter(pk=gone.pk).delete())
    unseen(lambda: note(mentor))
    dry = run("--dry-run")
    assert "to add" in dry
    assert numbers(dry, "daily_note") == numbers(dry, "together") == [1, 0, 1]
    assert TimelineEntry.objects.shown().get().source_id == gone.pk
    assert numbers(run("--source", "dailynote", "--organization", mentor.organization.slug), "together") == [1, 0, 1]
    assert numbers(run("--restart"), "together") == [0, 0, 0]


def test_the_command_refuses_what_there_is_not(mentor):
    with pytest.raises(CommandError, match="no organisation"):
        run("--organization", "atlantis")
    with pytest.raises(CommandError):
        run("--source", "tea")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_somebody_at_a_terminal_sees_a_bar(mentor):
    note(mentor)
    screen = Terminal()
    call_command("backfill_timeline", stdout=io.StringIO(), stderr=screen)
    assert "[##############################] dailynote 1 of 1" in screen.getvalue()


# --- The job, and the page that asks for it


def test_the_page_says_what_would_change_and_the_job_does_it(client, mentor, admin, unseen):
    unseen(lambda: note(mentor))
    client.force_login(admin)
    page = reverse("admin:timeline_timelineentry_everybody")
    facts = {"organization": mentor.organization.pk}
    asked = client.get(page, facts).content.decode()
    assert TimelineEntry.objects.count() == 0
    assert "1 linje" in asked or "1 line" in asked
    assert client.post(page, facts).status_code == 302
    run_waiting_jobs(clock=timezone.now)
    assert TimelineEntry.objects.shown().count() == 1
    job = Job.objects.get(kind="backfill_timeline")
    assert (job.state, job.result) == ("done", {"added": 1, "changed": 0, "redacted": 0})


def test_a_page_that_cannot_look_at_everything_says_so_and_offers_it_all_the_same(client, mentor, admin, monkeypatch):
    note(mentor)
    monkeypatch.setattr(entries, "PATIENCE", -1.0)
    client.force_login(admin)
    address = reverse("admin:timeline_timelineentry_everybody")
    with override("en"):
        said = client.get(address, {"organization": mentor.organization.pk}, headers={"accept-language": "en"})
    assert '<button type="submit" class="default">' in said.content.decode()


def test_a_coordinator_does_not_have_the_page(client, mentor):
    coordinator = MembershipFactory(organization=mentor.organization, role=Role.COORDINATOR).user
    client.force_login(coordinator)
    assert client.get(reverse("admin:timeline_timelineentry_everybody")).status_code == 403


# --- The nightly check


def broken(at=None) -> dict[str, int]:
    found = duties.check(at=at or timezone.now())
    return {one.invariant.name: one.count for one in found if "timeline_is" in one.invariant.name and not one.holds}


def test_the_check_finds_nothing_when_nothing_is_wrong(mentor):
    video = VideoFactory(lesson__course__organization=mentor.organization)
    for row in rows_of_every_type(mentor, video, GoalFactory(mentor=mentor)):
        row.save()
    DailyNote.objects.all().delete()
    assert broken() == {}


def test_the_check_finds_a_row_without_a_line(mentor, unseen):
    unseen(lambda: note(mentor))
    assert broken() == {"timeline_is_derived": 1, "timeline_is_complete": 1}
    backfill()
    assert broken() == {}


def test_the_check_finds_a_line_without_a_row(mentor, unseen):
    row = note(mentor)
    unseen(lambda: DailyNote.objects.filter(pk=row.pk).delete())
    assert broken() == {"timeline_is_derived": 1, "timeline_is_complete": 1}


def test_the_check_finds_a_line_that_says_something_else(mentor):
    note(mentor)
    TimelineEntry.objects.update(content="Noe annet")
    assert broken() == {"timeline_is_derived": 1}


def test_what_is_old_is_looked_at_in_one_of_32_nights(mentor):
    note(mentor)
    DailyNote.objects.update(updated_at=AT)
    TimelineEntry.objects.update(content="Noe annet")
    much_later = timezone.now() + timedelta(days=40)
    looked = 0
    with connection.cursor() as cursor:
        for night in range(32):
            cursor.execute(drifted_sql(), {"at": much_later + timedelta(days=night)})
            looked += len(cursor.fetchall())
    assert looked == 1
