"""Files go with their rows, whatever takes those away, and none is left over."""

import os
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction

from tests import recordings
from tests.factories import ReflectionFactory, SuccessProofFactory, VideoFactory
from tests.training.conftest import upload
from training import services
from training.enums import ReflectionKind
from training.models import Reflection, SuccessProof, Video

pytestmark = pytest.mark.django_db


@pytest.fixture
def memo(mentor, now):
    return services.write_reflection(
        mentor=mentor, kind=ReflectionKind.VOICE, media=upload(recordings.m4a()), by=mentor.user, at=now
    )


def test_files_go_with_rows_that_the_desk_deletes_in_one_go(
    mentor, memo, goal, lesson, files, now, django_capture_on_commit_callbacks
):
    proof = services.submit_proof(mentor=mentor, goal=goal, media=upload(recordings.picture()), by=mentor.user, at=now)
    video = VideoFactory(lesson=lesson, url="", file=ContentFile(b"film", "film.mp4"))
    Video.objects.filter(pk=video.pk).update(
        captions=default_storage.save("training/captions/x.vtt", ContentFile(b"x"))
    )
    assert len(files()) == 4
    with django_capture_on_commit_callbacks(execute=True):
        Reflection.objects.all().delete()
        SuccessProof.objects.filter(pk=proof.pk).delete()
        Video.objects.filter(pk=video.pk).delete()
    assert files() == []


def test_files_go_with_a_goal_that_takes_its_proofs_along(mentor, goal, files, now, django_capture_on_commit_callbacks):
    services.submit_proof(mentor=mentor, goal=goal, media=upload(recordings.picture()), by=mentor.user, at=now)
    with connection.cursor() as cursor:  # what stands in the timeline holds a goal; here it does not matter
        cursor.execute("DELETE FROM timeline_timelineentry")
    with django_capture_on_commit_callbacks(execute=True):
        goal.delete()
    assert files() == []


def test_a_deletion_that_is_undone_keeps_the_file(memo, files, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        memo.delete()
        transaction.set_rollback(True)
    assert files() == [memo.media_file.name]
    assert Reflection.objects.exists()


def test_lost_files_are_removed_once_they_have_had_a_day(memo, media_root, files, now):
    def put(name, age):
        path = media_root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        moment = (now - age).timestamp()
        os.utime(path, (moment, moment))

    day = timedelta(days=1)
    put("training/reflections/2026/03/lost.m4a", 2 * day)
    put("training/proofs/2026/03/lost.png", 2 * day)
    put("training/videos/2026/03/lost.mp4", 2 * day)
    put("training/captions/2026/03/lost.vtt", 2 * day)
    put("training/reflections/2026/03/new.m4a", day / 2)
    put("other/2026/lost.m4a", 9 * day)
    moment = (now - 9 * day).timestamp()
    os.utime(media_root / memo.media_file.name, (moment, moment))
    assert services.remove_lost_files(at=now) == 4
    assert files() == sorted([memo.media_file.name, "other/2026/lost.m4a", "training/reflections/2026/03/new.m4a"])
    assert services.remove_lost_files(at=now) == 0


def test_files_of_all_tables_are_known_to_be_somebodys(memo, goal, media_root, now):
    """A table whose files were forgotten would lose them."""
    SuccessProofFactory(goal=goal, media_type="image", media_file=ContentFile(b"x", "proof.png"))
    VideoFactory(url="", file=ContentFile(b"x", "film.mp4"), captions=ContentFile(b"x", "text.vtt"))
    ReflectionFactory(kind="voice", media_type="audio", media_file=ContentFile(b"x", "memo.m4a"))
    assert services.remove_lost_files(at=now + timedelta(days=9999)) == 0


def test_nothing_is_lost_where_nothing_was_ever_stored(now, db):
    assert services.remove_lost_files(at=now) == 0
