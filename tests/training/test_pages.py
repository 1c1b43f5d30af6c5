"""The learners' pages: what they show to whom, and that all of it works without a script."""

import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override
from PIL import Image

from accounts.enums import Module, Role
from accounts.models import ModuleSetting
from tests import recordings
from tests.conftest import browser
from tests.factories import (
    CheckpointFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    MentorProfileFactory,
    QuizFactory,
    ReflectionFactory,
    VideoFactory,
)
from tests.training.conftest import right_answers
from training.models import Enrollment, LessonProgress, QuizAttempt, Reflection, ReflectionReply, VideoProgress
from training.services import complete_lesson, reply_to_reflection, submit_quiz

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner(mentor):
    return browser(mentor.user)


@pytest.fixture
def film(video):
    """The video as a file of ours, 3,000 bytes long."""
    video.url = ""
    video.file.save("film.webm", ContentFile(bytes(n % 251 for n in range(3000))), save=False)
    video.captions.save("film.vtt", ContentFile(b"WEBVTT\n"), save=False)
    video.save()
    return video


def at(name, row) -> str:
    return reverse(name, args=[row.pk])


def png() -> SimpleUploadedFile:
    drawn = BytesIO()
    Image.new("RGB", (30, 20), "teal").save(drawn, "PNG")
    return SimpleUploadedFile("screen.png", drawn.getvalue(), "image/png")


# --- Who sees what


def test_courses_are_listed_with_how_far_one_has_come(learner, mentor, course, lesson, now):
    LessonFactory(course=course, position=2)
    CourseFactory(organization=course.organization, title="Kladd", is_published=False)
    complete_lesson(mentor=mentor, lesson=lesson, by=mentor.user, at=now)
    with override("en"):
        mentor.user.language = "en"
        mentor.user.save()
        said = learner.get("/training/").content.decode()
    assert "Grunnkurs" in said
    assert "1 of 2 lessons done" in said
    assert "Kladd" not in said


def pages_of(course, lesson, video, quiz) -> list[str]:
    return [
        at("training-course", course),
        at("training-lesson", lesson),
        at("training-quiz", quiz),
        at("lesson-video-file", video),
        at("lesson-captions", video),
    ]


def test_strangers_neither_see_nor_do_anything(course, lesson, film, quiz, mentor, stranger, now):
    attempt = submit_quiz(mentor=mentor, quiz=quiz, answers={}, by=mentor.user, at=now)
    reflection = ReflectionFactory(mentor=mentor, lesson=lesson)
    client = browser(stranger)
    own = [at("training-attempt", attempt), at("lesson-reflection-file", reflection)]
    for path in [*pages_of(course, lesson, film, quiz), *own]:
        assert client.get(path).status_code == 404, path
    for name, row in (
        ("training-lesson-done", lesson), ("training-reflect", lesson), ("training-quiz", quiz),
        ("training-watched", film), ("training-video-seen", film), ("training-reply", reflection),
    ):  # fmt: skip
        assert client.post(at(name, row), {"text": "Hello"}).status_code == 404, name
    assert Enrollment.objects.count() == VideoProgress.objects.count() == ReflectionReply.objects.count() == 0


def test_nobody_comes_in_without_signing_in(client, course, lesson, film, quiz):
    for path in pages_of(course, lesson, film, quiz):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert "/accounts/login/" in answer["Location"]


def test_what_is_hidden_is_there_for_staff_alone(learner, course, lesson, film, quiz, admin_as_coordinator):
    course.is_published = False
    course.save()
    for path in pages_of(course, lesson, film, quiz):
        assert learner.get(path).status_code == 404, path
        assert admin_as_coordinator.get(path).status_code == 200, path
    shown = admin_as_coordinator.get(at("training-lesson", lesson)).content.decode()
    assert "<form" not in shown
    assert "player.js" not in shown


def test_where_the_module_is_off_there_is_a_kind_word(learner, course, lesson, film, quiz):
    ModuleSetting.objects.filter(module=Module.CERTIFICATION).update(is_enabled=False)
    for path in ["/training/", *pages_of(course, lesson, film, quiz)]:
        assert learner.get(path).status_code == 403, path


def test_staff_find_the_courses_that_mentors_do_not_see_yet(admin_as_coordinator, admin_as_stranger, course):
    hidden = CourseFactory(organization=course.organization, title="Kladd", is_published=False)
    said = admin_as_coordinator.get("/training/").content.decode()
    assert [said.count(at("training-course", each)) for each in (course, hidden)] == [1, 1]
    assert said.count("Likepersoner ser ikke dette kurset ennå.") == 1
    assert "<progress" not in said
    assert "Kladd" not in admin_as_stranger.get("/training/").content.decode()


def test_whoever_is_neither_a_mentor_nor_staff_is_told_whom_the_pages_are_for(organization):
    guest = MembershipFactory(organization=organization, role=Role.PEER_MENTOR)
    assert browser(guest.user).get("/training/").status_code == 404


def test_a_colleagues_attempt_and_picture_are_not_there(learner, organization, quiz, lesson, now):
    other = MentorProfileFactory(organization=organization)
    attempt = submit_quiz(mentor=other, quiz=quiz, answers={}, by=other.user, at=now)
    reflection = ReflectionFactory(mentor=other, lesson=lesson, text="Secret thought")
    assert learner.get(at("training-attempt", attempt)).status_code == 404
    assert learner.get(at("lesson-reflection-file", reflection)).status_code == 404
    assert learner.post(at("training-reply", reflection), {"text": "Hi"}).status_code == 404
    assert "Secret thought" not in learner.get(at("training-lesson", lesson)).content.decode()


def test_a_picture_is_for_its_mentor_and_for_those_who_look_after_them(
    learner, mentor, lesson, admin_as_coordinator, admin_as_neighbour, admin_as_stranger, admin_as_org_admin
):
    learner.post(at("training-reflect", lesson), {"text": "Look!", "upload": png()})
    path = at("lesson-reflection-file", Reflection.objects.get())
    seen = [client.get(path).status_code for client in (learner, admin_as_coordinator, admin_as_org_admin)]
    assert seen == [200, 200, 200]
    assert [client.get(path).status_code for client in (admin_as_neighbour, admin_as_stranger)] == [404, 404]


def test_a_page_costs_as_many_questions_for_many_rows_as_for_one(learner, mentor, course, lesson, quiz):
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            for path in ("/training/", at("training-course", course), at("training-lesson", lesson)):
                assert learner.get(path).status_code == 200
        return len(asked)

    def more() -> None:
        for _ in range(2):
            CheckpointFactory(video=VideoFactory(lesson=lesson))
            QuizFactory(lesson=lesson)
            row = ReflectionFactory(mentor=mentor, lesson=lesson)
            reply_to_reflection(reflection=row, text="And?", by=mentor.user, at=row.written_at + timedelta(days=1))
            LessonFactory(course=course)
            CourseFactory(organization=course.organization)

    more()
    learner.get("/training/")  # whatever the first visit alone asks
    few = cost()
    more()
    assert cost() == few


# --- Doing


def test_a_lesson_is_done_by_a_button_and_the_last_one_completes_the_course(learner, mentor, course, lesson):
    last = LessonFactory(course=course, position=2)
    first = learner.post(at("training-lesson-done", lesson))
    assert first["Location"] == at("training-lesson", last)
    assert learner.post(at("training-lesson-done", last))["Location"] == at("training-course", course)
    assert Enrollment.objects.get(mentor=mentor).completed_at is not None
    assert learner.post(at("training-lesson-done", last)).status_code == 302
    assert LessonProgress.objects.count() == 2


def test_a_lesson_with_a_quiz_waits_for_it(learner, lesson, quiz):
    answer = learner.post(at("training-lesson-done", lesson), follow=True)
    assert answer.redirect_chain == [(at("training-lesson", lesson), 302)]
    assert 'class="messages"' in answer.content.decode()
    assert LessonProgress.objects.count() == 0


def test_a_quiz_is_answered_and_explains_itself(learner, mentor, quiz):
    question = quiz.questions.first()
    question.explanation = "Because listening helps."
    question.save()
    asked = learner.get(at("training-quiz", quiz)).content.decode()
    assert "Because listening" not in asked
    given = {str(key): [str(each) for each in options] for key, options in right_answers(quiz).items()}
    answer = learner.post(at("training-quiz", quiz), given)
    attempt = QuizAttempt.objects.get()
    assert answer["Location"] == at("training-attempt", attempt)
    assert (attempt.mentor, attempt.score, attempt.passed) == (mentor, 2, True)
    assert "Because listening helps." in learner.get(answer["Location"]).content.decode()


def test_what_was_right_is_not_given_away_before_the_quiz_is_passed(learner, mentor, quiz, now):
    attempt = submit_quiz(mentor=mentor, quiz=quiz, answers={}, by=mentor.user, at=now)
    said = learner.get(at("training-attempt", attempt)).content.decode()
    assert "Question 0?" in said
    assert "Answer 0" not in said
    assert "is_correct" not in learner.get(at("training-quiz", quiz)).content.decode()


def test_ones_own_answer_is_seen_before_the_quiz_is_passed_but_not_the_right_one(learner, mentor, quiz, now):
    question = quiz.questions.first()
    wrong = question.options.filter(is_correct=False).first()
    attempt = submit_quiz(mentor=mentor, quiz=quiz, answers={question.pk: [wrong.pk]}, by=mentor.user, at=now)
    said = learner.get(at("training-attempt", attempt)).content.decode()
    assert wrong.text in said
    assert [option.text for option in question.options.filter(is_correct=True) if option.text in said] == []
    assert "Riktig svar" not in said


def test_a_slip_of_the_finger_is_no_attempt(learner, quiz):
    answer = learner.post(at("training-quiz", quiz), {})
    assert answer.status_code == 400
    assert "Svar på minst ett spørsmål først." in answer.content.decode()
    assert QuizAttempt.objects.count() == 0


def test_the_last_lesson_does_not_speak_of_a_next_one(learner, lesson):
    lesson.course.lessons.exclude(pk=lesson.pk).delete()
    assert "Klar for den neste?" not in learner.get(at("training-lesson", lesson)).content.decode()


def test_a_place_in_a_video_is_come_to_and_not_contacted(learner, lesson, video):
    assert "Fikk kontakt" not in learner.get(at("training-lesson", lesson)).content.decode()


def test_an_answer_from_elsewhere_is_refused_beside_the_question(learner, quiz):
    stray = QuizFactory(lesson=quiz.lesson).questions.first().options.first()
    answer = learner.post(at("training-quiz", quiz), {str(quiz.questions.first().pk): str(stray.pk)})
    assert answer.status_code == 400
    assert QuizAttempt.objects.count() == 0


def test_a_reflection_at_5_20_with_a_screenshot(learner, mentor, lesson, video, files):
    facts = {"text": "What now?", "video": str(video.pk), "second": "5:20", "upload": png(), "requires_response": "on"}
    answer = learner.post(at("training-reflect", lesson), facts)
    row = Reflection.objects.get()
    assert answer["Location"] == at("training-lesson", lesson) + f"#said-{row.pk}"
    said = (row.mentor, row.kind, row.video, row.video_second, row.media_type, row.requires_response)
    assert said == (mentor, "screenshot", video, 320, "image", True)
    shown = learner.get(at("lesson-reflection-file", row))
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")
    page = learner.get(at("training-lesson", lesson)).content.decode()
    assert "What now?" in page
    assert "5:20" in page
    assert at("lesson-reflection-file", row) in page
    assert len(files()) == 1


@pytest.mark.parametrize(
    ("facts", "where"),
    [
        ({"text": ""}, "id_text"),
        ({"text": "x", "second": "5:75"}, "id_second"),
        ({"text": "x", "second": "59:59"}, "id_second"),
        ({"text": "x", "video": "nonsense"}, "id_video"),
        ({"text": "x", "upload": SimpleUploadedFile("a.png", b"<html>", "image/png")}, "id_upload"),
        ({"text": "x", "upload": SimpleUploadedFile("a.exe", b"MZ", "application/x-msdownload")}, "id_upload"),
    ],
)
def test_what_is_not_right_stands_beside_its_field(facts, where, learner, lesson, video, files):
    answer = learner.post(at("training-reflect", lesson), {"video": str(video.pk), **facts})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'class="errorlist' in page[page.index(f'id="{where}"') :][:900]
    assert " autofocus" in next(tag for tag in page.split("<") if f'id="{where}"' in tag)
    assert page.count(" autofocus") == 1
    assert "Det er ikke skrevet ned ennå." in page
    assert Reflection.objects.count() == 0
    assert files() == []


def test_a_file_is_missed_when_another_field_is_not_right(learner, lesson, video, files):
    answer = learner.post(at("training-reflect", lesson), {"text": "x", "second": "5:75", "upload": png()})
    page = answer.content.decode()
    assert "Velg filen en gang til." in page[page.index('id="id_upload"') :][:900]


def test_a_file_that_is_too_large_is_told_how_large_it_may_be(learner, lesson, settings, files):
    settings.MAX_UPLOAD_MEGABYTES = dict.fromkeys(settings.MAX_UPLOAD_MEGABYTES, 1)
    large = SimpleUploadedFile("a.png", b"x" * (1024 * 1024 + 1), "image/png")
    page = learner.post(at("training-reflect", lesson), {"upload": large}).content.decode()
    assert "Den kan være på høyst 1 MB." in page


def test_what_was_said_is_heard_on_the_page(learner, mentor, lesson, files):
    sound = SimpleUploadedFile("a.mp3", recordings.mp3(), "audio/mpeg")
    learner.post(at("training-reflect", lesson), {"upload": sound})
    page = learner.get(at("training-lesson", lesson)).content.decode()
    assert f'<audio controls preload="none" src="{at("lesson-reflection-file", Reflection.objects.get())}"' in page


@pytest.mark.parametrize(
    ("text", "said"),
    [("Takk!", "Det er sendt. Noen kommer til å lese det."), ("", "Feltet må fylles ut."), ("x" * 8001, "8000")],
)
def test_what_becomes_of_a_word_back_is_said(text, said, learner, mentor, lesson, now):
    row = ReflectionFactory(mentor=mentor, lesson=lesson, written_at=now)
    answer = learner.post(at("training-reply", row), {"text": text}, follow=True)
    assert answer.redirect_chain == [(at("training-lesson", lesson) + f"#said-{row.pk}", 302)]
    shown = answer.content.decode()
    assert said in shown[shown.index('class="messages"') :][:300]


def test_a_conversation_is_read_in_turn_and_waits_while_the_last_word_is_the_learners(
    learner, mentor, coordinator, lesson, now
):
    row = ReflectionFactory(mentor=mentor, lesson=lesson, written_at=now)
    own = {"reflection": row, "organization": row.organization}
    for hours, author, text in ((2, mentor.user, "The second."), (1, coordinator, "The first.")):
        ReflectionReply.objects.create(
            **own,
            author=author,
            text=text,
            is_from_staff=author == coordinator,
            written_at=now + timedelta(hours=hours),
        )
    page = learner.get(at("training-lesson", lesson)).content.decode()
    assert page.index("The first.") < page.index("The second.") < page.index("Venter på svar.")
    reply_to_reflection(reflection=row, text="The third.", by=coordinator, at=now + timedelta(hours=3))
    assert "Venter på svar." not in learner.get(at("training-lesson", lesson)).content.decode()


@pytest.mark.parametrize("announced", ["video/quicktime", "application/octet-stream", ""])
def test_a_film_of_an_iphone_is_sent_whatever_the_browser_calls_it(announced, learner, lesson, files):
    film = SimpleUploadedFile("IMG_0001.MOV", recordings.mov(codec=b"hvc1"), announced)
    page = learner.get(at("training-lesson", lesson)).content.decode()
    assert ".mov" in page
    assert ".heic" not in page
    assert learner.post(at("training-reflect", lesson), {"upload": film}).status_code == 302
    row = Reflection.objects.get()
    assert (row.kind, row.media_type, row.media_duration_seconds) == ("video", "video", 3)
    answer = learner.get(at("lesson-reflection-file", row))
    assert answer["Content-Type"] == "video/mp4"
    assert files() == [row.media_file.name]


def test_the_conversation_is_seen_and_goes_on(learner, mentor, coordinator, lesson, now):
    row = ReflectionFactory(mentor=mentor, lesson=lesson, written_at=now)
    reply_to_reflection(reflection=row, text="Try to listen.", by=coordinator, at=now + timedelta(hours=1))
    assert "Try to listen." in learner.get(at("training-lesson", lesson)).content.decode()
    learner.post(at("training-reply", row), {"text": "I will."})
    said = [(one.is_from_staff, one.text) for one in row.replies.order_by("written_at")]
    assert said == [(True, "Try to listen."), (False, "I will.")]
    assert learner.post(at("training-reply", row), {"text": " "}).status_code == 302
    assert row.replies.count() == 2


# --- The player


def tell(client, video, body) -> object:
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(at("training-watched", video), text, content_type="application/json")


def test_the_player_tells_what_was_watched(learner, mentor, video):
    reached = CheckpointFactory(video=video, at_second=320)
    ahead = CheckpointFactory(video=video, at_second=400)
    tell(learner, video, {"stretches": [[0, 150]], "position": 150})
    answer = tell(learner, video, {"stretches": [[300, 330], [150, 160]], "position": 330}).json()
    assert answer["percent"] == 31
    assert answer["reached"] == [str(reached.pk)]
    row = VideoProgress.objects.get(mentor=mentor)
    assert (row.percent, row.position_seconds) == (31, 330)
    page = learner.get(at("training-lesson", video.lesson)).content.decode()
    assert page.count('class="state done reached"') == 2
    assert page.count('class="state done reached" hidden') == 1
    assert str(ahead.pk) in page


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "[]", "null", '{"stretches": 5}', '{"stretches": [[1]]}', '{"stretches": [[1, "2"]]}',
        '{"stretches": [[-1, 2]]}', '{"stretches": [[5, 2]]}', '{"stretches": [[true, 2]]}', "[" * 9000, "\x00",
        '{"stretches": [[0, 1e400]]}', '{"stretches": [], "position": "x"}', '{"stretches": [[0, 999999999999]]}',
        json.dumps({"stretches": [[0, 1]] * 501}), " " * 40_000,
    ],
)  # fmt: skip
def test_nonsense_from_a_player_is_refused(body, learner, video):
    assert tell(learner, video, body).status_code == 400
    assert VideoProgress.objects.count() == 0


def test_a_player_on_another_site_cannot_speak_for_somebody(mentor, video):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(mentor.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert tell(client, video, {"stretches": [[0, 10]]}).status_code == 403
    assert VideoProgress.objects.count() == 0


def test_a_video_elsewhere_is_a_link_and_a_button(learner, mentor, video):
    page = learner.get(at("training-lesson", video.lesson)).content.decode()
    assert f'href="{video.url}"' in page
    assert "<video" not in page
    learner.post(at("training-video-seen", video))
    assert VideoProgress.objects.get(mentor=mentor).percent == 100


def test_the_film_has_captions_a_transcript_and_a_place_to_go_on_from(learner, mentor, film):
    film.transcript = "All that is said."
    film.save()
    CheckpointFactory(video=film, at_second=320)
    tell(learner, film, {"stretches": [[0, 60]], "position": 60})
    page = learner.get(at("training-lesson", film.lesson)).content.decode()
    assert 'data-position="60"' in page
    assert f'<track kind="captions" src="{at("lesson-captions", film)}"' in page
    assert "All that is said." in page
    there = learner.get(at("training-lesson", film.lesson) + "?t=320").content.decode()
    assert f'{at("lesson-video-file", film)}#t=320"' in there
    assert 'data-position="320"' in there
    assert 'value="5:20"' in there  # in the form, too


def test_hostile_seconds_in_the_address_are_none(learner, film):
    for given in ("abc", "-1", "9" * 9, "٣", "%00", "1.5"):
        page = learner.get(at("training-lesson", film.lesson) + f"?t={given}")
        assert page.status_code in (200, 400), given
        assert "#t=" not in page.content.decode(), given


# --- Files


@pytest.mark.parametrize(
    ("header", "status", "first", "last"),
    [
        (None, 200, 0, 2999),
        ("bytes=0-", 206, 0, 2999),
        ("bytes=100-199", 206, 100, 199),
        ("bytes=2999-", 206, 2999, 2999),
        ("bytes=2000-99999", 206, 2000, 2999),
        ("bytes=-100", 206, 2900, 2999),
        ("bytes=-99999", 206, 0, 2999),
    ],
)
def test_a_player_gets_the_part_it_asks_for(header, status, first, last, learner, film):
    asked = {"Range": header} if header else {}
    answer = learner.get(at("lesson-video-file", film), headers=asked)
    body = b"".join(answer.streaming_content)
    assert answer.status_code == status
    assert body == bytes(n % 251 for n in range(3000))[first : last + 1]
    assert answer["Content-Length"] == str(len(body))
    assert answer["Content-Type"] == "video/webm"
    assert answer.get("Content-Range") == (f"bytes {first}-{last}/3000" if status == 206 else None)
    assert "private" in answer["Cache-Control"]


@pytest.mark.parametrize("header", ["bytes=3000-", "bytes=5-4", "bytes=-0"])
def test_a_part_behind_the_end_is_not_there(header, learner, film):
    answer = learner.get(at("lesson-video-file", film), headers={"Range": header})
    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */3000")


def test_a_part_is_only_for_get_and_never_on_a_condition(learner, film):
    """We name no version of a file, so nobody can ask for the rest of one: they get the whole again."""
    url, part = at("lesson-video-file", film), {"Range": "bytes=100-199"}
    head = learner.head(url, headers=part)
    assert (head.status_code, head["Content-Length"], head["Accept-Ranges"]) == (200, "3000", "bytes")
    assert "Content-Range" not in head
    for validator in ('"x"', "Wed, 11 Mar 2026 12:00:00 GMT", ""):
        answer = learner.get(url, headers={**part, "If-Range": validator})
        assert (answer.status_code, len(b"".join(answer.streaming_content))) == (200, 3000)


def test_a_file_of_nothing_has_no_part(learner, film):
    Path(film.file.path).write_bytes(b"")
    for header in ("bytes=0-", "bytes=-1", "bytes=0-0"):
        answer = learner.get(at("lesson-video-file", film), headers={"Range": header})
        assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */0")
    assert learner.get(at("lesson-video-file", film))["Content-Length"] == "0"


def test_a_file_that_is_gone_is_not_found(learner, film):
    Path(film.file.path).unlink()
    assert learner.get(at("lesson-video-file", film)).status_code == 404
