"""Whoever writes at the same moment: the lines are what the rows say in the end, because each looks after it has the
row's lock."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from tests.factories import (
    CheckpointFactory,
    MentorProfileFactory,
    ReflectionFactory,
    ReplyFactory,
    VideoFactory,
)
from tests.faults.test_races import in_threads
from tests.timeline.oracle import Oracle
from timeline.backfill import backfill
from timeline.models import TimelineEntry
from training.models import Checkpoint, CheckpointVisit, Reflection, ReflectionReply

AT = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)


@pytest.fixture
def mentors(transactional_db):
    first = MentorProfileFactory()
    return [first, *(MentorProfileFactory(organization=first.organization) for _ in range(7))]


def agrees() -> None:
    oracle = Oracle()
    oracle.look()
    shown = {(line.source_table, line.source_id, line.activity_type, line.detail): line
             for line in TimelineEntry.objects.shown()}  # fmt: skip
    assert shown.keys() == oracle.shown.keys()
    for key, says in oracle.shown.items():
        assert {name: getattr(shown[key], name) for name in says} == says


def test_replies_edits_and_backfills_of_one_conversation_leave_the_right_line(mentors):
    reflections = [ReflectionFactory(mentor=mentors[0], written_at=AT) for _ in range(2)]
    author = mentors[0].user

    def talk(thread):
        luck = random.Random(thread)
        for _turn in range(12):
            row = luck.choice(reflections)
            moment = AT + timedelta(minutes=luck.randrange(10_000))
            match luck.randrange(6):
                case 0 | 1 | 2:
                    ReplyFactory(reflection=row, author=author, is_from_staff=luck.random() < 0.5, written_at=moment)
                case 3:
                    Reflection.objects.filter(pk=row.pk).update(text=f"{thread}: {moment}")
                case 4:
                    reply = ReflectionReply.objects.filter(reflection=row).order_by("?").first()
                    if reply:
                        ReflectionReply.objects.filter(pk=reply.pk).delete()
                case 5:
                    backfill(part=1)

    in_threads(talk)
    agrees()


# --- One transaction after the other, with the second begun before the first has ended


def meanwhile(first, second) -> None:
    """`second` begins when `first` has been done and not yet been committed; it waits for that, or it does not."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            begun = pool.submit(_and_close, second)
            while not (begun.done() or _somebody_waits()):
                time.sleep(0.01)
        begun.result()
    agrees()


def _and_close(act) -> None:
    try:
        act()
    finally:
        connection.close()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


@pytest.fixture
def visit(mentors):
    video = VideoFactory(lesson__course__organization=mentors[0].organization)
    checkpoint = CheckpointFactory(video=video, at_second=1, title="Før")
    return CheckpointVisit(organization=video.organization, mentor=mentors[0], checkpoint=checkpoint, reached_at=AT)


def checkpoint_changes() -> None:
    Checkpoint.objects.update(title="Etter")


def test_two_replies_at_the_same_moment_see_each_other(mentors):
    row = ReflectionFactory(mentor=mentors[0], written_at=AT)

    def reply(hours, *, staff):
        moment = AT + timedelta(hours=hours)
        return lambda: ReplyFactory(
            reflection=row, author=mentors[0].user, is_from_staff=staff, text="Ja", written_at=moment
        )

    meanwhile(reply(1, staff=True), reply(2, staff=False))
    line = TimelineEntry.objects.get()
    assert (line.response_status, line.instructor_response) == ("pending", "Ja")
    assert line.waiting_since == AT + timedelta(hours=2)


def test_an_edit_and_a_reply_at_the_same_moment_see_each_other(mentors):
    row = ReflectionFactory(mentor=mentors[0], written_at=AT)
    meanwhile(
        lambda: Reflection.objects.update(text="Etter"), lambda: ReplyFactory(reflection=row, author=mentors[0].user)
    )
    line = TimelineEntry.objects.get()
    assert (line.content, line.response_status) == ("Etter", "responded")


def test_a_visit_that_comes_while_its_checkpoint_changes_quotes_it_right(visit):
    meanwhile(visit.save, checkpoint_changes)
    assert TimelineEntry.objects.get().content == "Etter"


def test_a_checkpoint_that_changes_while_a_visit_comes_is_quoted_right(visit):
    meanwhile(checkpoint_changes, visit.save)
    assert TimelineEntry.objects.get().content == "Etter"


def test_a_visit_that_goes_while_its_checkpoint_changes_does_not_come_back(visit):
    visit.save()
    meanwhile(lambda: CheckpointVisit.objects.all().delete(), checkpoint_changes)
    assert TimelineEntry.objects.get().content == ""


@pytest.mark.parametrize("act", ["edit", "delete", "checkpoint"])
def test_a_backfill_does_not_write_what_was_true_before_an_edit(visit, act):
    visit.save()
    TimelineEntry.objects.update(content="Noe annet")  # or it would have nothing to write
    acts = {
        "edit": lambda: CheckpointVisit.objects.update(reached_at=AT + timedelta(hours=1)),
        "delete": lambda: CheckpointVisit.objects.all().delete(),
        "checkpoint": checkpoint_changes,
    }
    meanwhile(acts[act], backfill)
