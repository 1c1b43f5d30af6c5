"""Reflections and the conversation about them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError

from accounts.models import ChangeEntry
from tests import recordings
from tests.factories import CourseFactory, LessonFactory, ReflectionFactory, UserFactory, VideoFactory
from tests.training.conftest import upload
from training import refusals, services, signals
from training.enums import MediaType, ReflectionKind
from training.models import Reflection, ReflectionReply

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(mentor, now):
    def write(kind=ReflectionKind.TEXT, **facts):
        facts = {
            "text": "What if they cry?" if kind == ReflectionKind.TEXT else "",
            "by": mentor.user,
            "at": now,
        } | facts
        return services.write_reflection(mentor=mentor, kind=kind, **facts)

    return write


def test_a_thought_at_a_second_of_a_video(write, mentor, video, now):
    made = write(video=video, video_second=320, text="  What if they cry?\n")
    made.refresh_from_db()
    assert (made.text, made.video, made.video_second, made.written_at) == ("What if they cry?", video, 320, now)
    assert (made.mentor, made.requires_response, made.media_type) == (mentor, True, "")


@pytest.mark.parametrize(
    ("kind", "content", "media_type", "seconds"),
    [
        (ReflectionKind.VOICE, recordings.m4a(3), MediaType.AUDIO, 3),
        (ReflectionKind.SCREENSHOT, recordings.picture(), MediaType.IMAGE, None),
        (ReflectionKind.VIDEO, recordings.mp4(4), MediaType.VIDEO, 4),
    ],
)
def test_a_file_is_kept_with_its_kind_and_length_under_a_name_of_ours(write, files, kind, content, media_type, seconds):
    made = write(kind, media=upload(content))
    made.refresh_from_db()
    assert (made.media_type, made.media_duration_seconds) == (media_type, seconds)
    assert files() == [made.media_file.name]
    assert made.media_file.name.startswith("training/reflections/")
    assert "passwd" not in made.media_file.name


def test_a_video_may_stand_elsewhere(write, files):
    made = write(ReflectionKind.VIDEO, media_url="https://video.example.org/1")
    assert (made.media_type, made.media_url, files()) == ("video", "https://video.example.org/1", [])


def test_what_does_not_belong_together_is_refused_and_leaves_nothing(write, video, lesson, files, settings, now):
    settings.MAX_UPLOAD_SECONDS = 2
    other = VideoFactory(lesson=LessonFactory(course=lesson.course, position=9))
    memo, picture = recordings.m4a(2), recordings.picture()
    unpublished = LessonFactory(course=CourseFactory(organization=lesson.organization, is_published=False))
    elsewhere = "https://video.example.org/1"
    for refusal, facts in (
        (refusals.TextRequired, {"text": " \n"}),
        (refusals.TextTooLong, {"text": "x" * 8001}),
        (refusals.MediaNotExpected, {"media": upload(memo)}),
        (refusals.MediaNotExpected, {"media_url": elsewhere}),
        (refusals.MediaRequired, {"kind": ReflectionKind.VOICE}),
        (refusals.MediaOfAnotherKind, {"kind": ReflectionKind.VOICE, "media": upload(picture)}),
        (refusals.MediaTooLong, {"kind": ReflectionKind.VOICE, "media": upload(recordings.m4a(3))}),
        (refusals.FileOrAddress, {"kind": ReflectionKind.VIDEO, "media": upload(memo), "media_url": elsewhere}),
        (refusals.AddressOnlyForVideos, {"kind": ReflectionKind.VOICE, "media_url": elsewhere}),
        (refusals.BadAddress, {"kind": ReflectionKind.VIDEO, "media_url": "javascript:alert(1)"}),
        (refusals.BadAddress, {"kind": ReflectionKind.VIDEO, "media_url": "http://video.example.org"}),
        (refusals.VideoRequired, {"video_second": 3}),
        (refusals.SecondOutOfRange, {"video": video, "video_second": 601}),
        (refusals.LessonOfAnotherVideo, {"video": other, "lesson": lesson}),
        (refusals.OtherOrganization, {"video": VideoFactory()}),
        (refusals.OtherOrganization, {"lesson": LessonFactory()}),
        (refusals.CourseNotPublished, {"lesson": unpublished}),
        (refusals.InFuture, {"written_at": now + timedelta(minutes=6)}),
        (refusals.TooLongAgo, {"written_at": datetime(1999, 12, 31, tzinfo=UTC)}),
    ):
        with pytest.raises(refusal):
            write(**facts)
    assert (files(), Reflection.objects.count()) == ([], 0)


def test_a_file_is_taken_away_again_when_the_row_cannot_be_written(write, files, monkeypatch):
    def full(self, *args, **kwargs):
        assert files()
        raise IntegrityError

    monkeypatch.setattr(Reflection, "save", full)
    with pytest.raises(IntegrityError):
        write(ReflectionKind.VOICE, media=upload(recordings.m4a()))
    assert files() == []


def test_a_phone_may_send_as_often_as_it_likes(write, files):
    key = uuid4()
    first = write(ReflectionKind.VOICE, media=upload(recordings.m4a()), client_id=key)
    again = write(ReflectionKind.VOICE, media=upload(recordings.m4a()), client_id=key, text="changed")
    assert (again.pk, again.text) == (first.pk, "")
    assert len(files()) == 1


def test_nobody_writes_edits_or_deletes_in_a_mentors_name(write, coordinator, org_admin, now):
    row = write()
    for by in (coordinator, org_admin):
        for verb, more in (
            (write, {"by": by}),
            (services.edit_reflection, {"reflection": row, "text": "x", "by": by, "at": now}),
            (services.delete_reflection, {"reflection": row, "by": by, "at": now}),
        ):
            with pytest.raises(refusals.NotTheirOwn):
                verb(**more)


def test_an_edit_is_noted_without_its_words(write, mentor, now):
    row = write()
    services.edit_reflection(reflection=row, text="Hush", by=mentor.user, at=now + timedelta(hours=1))
    row.refresh_from_db()
    assert (row.text, row.edited_at) == ("Hush", now + timedelta(hours=1))
    entry = ChangeEntry.objects.get(subject_id=row.pk)
    assert entry.before == entry.after == {"text": "•••"}
    services.edit_reflection(reflection=row, text=" Hush ", by=mentor.user, at=now + timedelta(hours=2))
    assert ChangeEntry.objects.filter(subject_id=row.pk).count() == 1


def test_a_written_reflection_cannot_become_empty_but_a_spoken_one_can(write, mentor, now):
    with pytest.raises(refusals.TextRequired):
        services.edit_reflection(reflection=write(), text="", by=mentor.user, at=now)
    spoken = write(ReflectionKind.VOICE, media=upload(recordings.m4a()), text="x")
    assert services.edit_reflection(reflection=spoken, text="", by=mentor.user, at=now).text == ""


def test_a_reflection_that_is_deleted_takes_its_conversation_and_its_file_along(
    write, mentor, coordinator, files, now, django_capture_on_commit_callbacks
):
    row = write(ReflectionKind.VOICE, media=upload(recordings.m4a()))
    services.reply_to_reflection(reflection=row, text="Listen", by=coordinator, at=now)
    with django_capture_on_commit_callbacks() as callbacks:
        services.delete_reflection(reflection=row, by=mentor.user, at=now)
    assert not Reflection.objects.exists()
    assert not ReflectionReply.objects.exists()
    assert len(files()) == 1  # until it is certain
    for callback in callbacks:
        callback()
    assert files() == []


# --- The conversation -------------------------------------------------------------------------------------------------


def test_staff_who_look_after_the_mentor_answer_and_the_mentor_goes_on(write, mentor, coordinator, now):
    heard = []

    def hear(reply, at, **_):
        heard.append(reply.is_from_staff)

    signals.reflection_replied.connect(hear)
    row = write()
    answer = services.reply_to_reflection(reflection=row, text=" Listen. ", by=coordinator, at=now)
    again = services.reply_to_reflection(reflection=row, text="And then?", by=mentor.user, at=now)
    signals.reflection_replied.disconnect(hear)
    assert (answer.text, answer.author, answer.is_from_staff, again.is_from_staff) == (
        "Listen.",
        coordinator,
        True,
        False,
    )
    assert heard == [True, False]
    assert list(row.replies.in_turn()) == [answer, again]
    assert again.written_at > answer.written_at  # at the same moment, but after it


def test_a_reply_stands_behind_those_that_were_there(write, coordinator, now):
    row = write()
    first = services.reply_to_reflection(reflection=row, text="One", by=coordinator, at=now + timedelta(seconds=3))
    second = services.reply_to_reflection(reflection=row, text="Two", by=coordinator, at=now)
    assert list(row.replies.in_turn()) == [first, second]


def test_a_coordinator_who_is_a_mentor_too_is_the_mentor_in_their_own_conversation(foreign, now):
    row = ReflectionFactory(mentor=foreign.mentor)
    assert not services.reply_to_reflection(reflection=row, text="x", by=foreign.user, at=now).is_from_staff


def test_others_neither_reply_nor_decide_whether_it_waits(write, neighbour, stranger, now):
    row = write()
    for by in (neighbour, stranger, UserFactory()):
        with pytest.raises(refusals.NotInCare):
            services.reply_to_reflection(reflection=row, text="x", by=by, at=now)
        with pytest.raises(refusals.NotInCare):
            services.set_requires_response(reflection=row, requires_response=False, by=by, at=now)
    assert not row.replies.exists()


def test_a_reply_is_written_once_per_id_of_the_phone(write, coordinator, now):
    row, key = write(), uuid4()
    sent = [
        services.reply_to_reflection(reflection=row, text=text, by=coordinator, at=now, client_id=key)
        for text in ("One", "Two")
    ]
    assert sent[0] == sent[1]
    assert row.replies.get().text == "One"


def test_staff_decide_whether_it_waits_and_the_mentor_does_not(write, mentor, coordinator, now):
    row = write()
    services.set_requires_response(reflection=row, requires_response=False, by=coordinator, at=now)
    row.refresh_from_db()
    assert not row.requires_response
    with pytest.raises(refusals.NotInCare):
        services.set_requires_response(reflection=row, requires_response=True, by=mentor.user, at=now)
