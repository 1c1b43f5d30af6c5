"""Training through the app: one's own, in one's own name; staff read and answer."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Module
from accounts.models import ModuleSetting
from notifications.models import Notification
from tests import recordings
from tests.factories import (
    CheckpointFactory,
    CourseFactory,
    DailyNoteFactory,
    EnrollmentFactory,
    GoalFactory,
    GoalMessageFactory,
    LessonFactory,
    MentorProfileFactory,
    MilestoneFactory,
    QuizFactory,
    ReflectionFactory,
    ReplyFactory,
    SuccessProofFactory,
    VideoFactory,
)
from tests.training.conftest import right_answers, upload
from training import services
from training.models import DailyNote, Enrollment, Goal, GoalMessage, QuizAttempt, Reflection, VideoProgress

pytestmark = pytest.mark.django_db
API = "/api/v1/training"


def ids(answer, name):
    assert answer.status_code == 200, answer.content
    return [row[name] for row in answer.json()["data"]]


def refused(answer, status, code, field=None):
    assert answer.status_code == status, answer.content
    said = answer.json()
    assert said.keys() >= {"code", "detail", "errors"}
    if field:
        assert (said["errors"][field][0]["code"], said["code"] in (code, "invalid")) == (code, True)
    else:
        assert said["code"] == code


# --- Courses ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def whole(course, lesson, video, quiz):
    """The course with one of everything."""
    CheckpointFactory(video=video, at_second=30)
    return course


def test_a_course_is_read_as_a_whole_with_what_one_has_done_and_without_what_is_right(
    as_mentor, mentor, whole, lesson, video, quiz, now
):
    before = as_mentor.get(f"{API}/courses/{whole.pk}").json()
    assert (before["progress"], before["lesson_count"]) == (None, 1)
    services.record_watching(mentor=mentor, video=video, stretches=[(0, 60)], by=mentor.user, at=now)
    services.submit_quiz(mentor=mentor, quiz=quiz, answers=right_answers(quiz), by=mentor.user, at=now)
    services.complete_lesson(mentor=mentor, lesson=lesson, by=mentor.user, at=now)
    said = as_mentor.get(f"{API}/courses/{whole.pk}").json()
    assert said["progress"]["completed_at"] == "2026-03-11T12:00:00+01:00"
    [shown] = said["lessons"]
    [film], [questions] = shown["videos"], shown["quizzes"]
    assert shown["completed_at"] == "2026-03-11T12:00:00+01:00"
    assert (film["progress"]["percent"], film["progress"]["watched"]) == (10, [[0, 60]])
    assert film["checkpoints"][0]["reached_at"] is not None
    assert questions["progress"] == {"attempts": 1, "best_score": 2, "passed_at": "2026-03-11T12:00:00+01:00"}
    assert len(questions["questions"][0]["options"]) == 3
    assert "correct" not in str(said)
    assert "explanation" not in str(said)


def test_another_mentors_progress_is_not_ones_own(as_mentor, organization, whole, video, now):
    other = MentorProfileFactory(organization=organization)
    services.record_watching(mentor=other, video=video, stretches=[(0, 60)], by=other.user, at=now)
    services.enroll(mentor=other, course=whole, by=other.user, at=now)
    said = as_mentor.get(f"{API}/courses/{whole.pk}").json()
    assert (said["progress"], said["lessons"][0]["videos"][0]["progress"]) == (None, None)


def test_what_is_not_published_is_there_for_staff_alone(as_mentor, as_coordinator, organization, course):
    hidden = CourseFactory(organization=organization, is_published=False)
    video = VideoFactory(lesson__course=hidden)
    assert ids(as_mentor.get(f"{API}/courses"), "course_id") == [str(course.pk)]
    assert str(hidden.pk) in ids(as_coordinator.get(f"{API}/courses"), "course_id")
    for path in (f"courses/{hidden.pk}", f"lessons/{video.lesson_id}", f"videos/{video.pk}"):
        assert as_mentor.get(f"{API}/{path}").status_code == 404
        assert as_coordinator.get(f"{API}/{path}").status_code == 200


@pytest.mark.parametrize("path", ["courses/{course}", "lessons/{lesson}", "videos/{video}", "quizzes/{quiz}", "videos"])
def test_a_page_costs_the_same_however_much_is_on_it(as_mentor, mentor, whole, lesson, video, quiz, path, now):
    services.enroll(mentor=mentor, course=whole, by=mentor.user, at=now)
    url = f"{API}/{path.format(course=whole.pk, lesson=lesson.pk, video=video.pk, quiz=quiz.pk)}"
    as_mentor.get(url)
    with CaptureQueriesContext(connection) as few:
        assert as_mentor.get(url).status_code == 200
    for one in [lesson, *(LessonFactory(course=whole) for _ in range(2))]:
        for _ in range(2):
            CheckpointFactory(video=VideoFactory(lesson=one))
            QuizFactory(lesson=one)
    with CaptureQueriesContext(connection) as many:
        as_mentor.get(url)
    assert len(many) == len(few)


def test_a_course_is_taken_and_taken_again(as_mentor, course):
    first, again = (as_mentor.post(f"{API}/enrollments", {"course_id": str(course.pk)}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Enrollment.objects.get().course == course


def test_staff_read_what_a_mentor_in_their_care_has_done(as_coordinator, as_neighbour, mentor, whole, video, now):
    services.enroll(mentor=mentor, course=whole, by=mentor.user, at=now)
    services.record_watching(mentor=mentor, video=video, stretches=[(0, 60)], by=mentor.user, at=now)
    [key] = ids(as_coordinator.get(f"{API}/enrollments", {"peer_mentor_id": mentor.pk}), "enrollment_id")
    said = as_coordinator.get(f"{API}/enrollments/{key}").json()
    assert said["course"]["lessons"][0]["videos"][0]["progress"]["percent"] == 10
    assert ids(as_neighbour.get(f"{API}/enrollments"), "enrollment_id") == []
    assert as_neighbour.get(f"{API}/enrollments/{key}").status_code == 404


def test_staff_learn_nothing_in_a_mentors_name(as_coordinator, as_org_admin, course, lesson, video, quiz):
    for client in (as_coordinator, as_org_admin):
        for path, body in (
            ("enrollments", {"course_id": str(course.pk)}),
            (f"lessons/{lesson.pk}/complete", None),
            (f"videos/{video.pk}/progress", {"stretches": [[0, 60]]}),
            (f"quizzes/{quiz.pk}/attempts", {"answers": {}}),
            ("reflections", {"text": "x"}),
            ("goals", {"title": "x"}),
            ("daily-notes", {"text": "x"}),
        ):
            refused(client.post(f"{API}/{path}", body), 403, "not_a_mentor")


def test_a_lesson_is_done_once_its_quiz_is_passed(as_mentor, lesson, quiz):
    answer = as_mentor.post(f"{API}/lessons/{lesson.pk}/complete")
    refused(answer, 409, "quiz_not_passed")
    assert answer.json()["quizzes"] == [str(quiz.pk)]
    answers = {str(question): [str(key) for key in keys] for question, keys in right_answers(quiz).items()}
    assert as_mentor.post(f"{API}/quizzes/{quiz.pk}/attempts", {"answers": answers}).status_code == 201
    said = as_mentor.post(f"{API}/lessons/{lesson.pk}/complete").json()
    assert said["course_completed_at"] == said["completed_at"]


def test_watching_is_sent_by_put_or_post_and_adds_up(as_mentor, video):
    url = f"{API}/videos/{video.pk}/progress"
    assert as_mentor.get(url).status_code == 404
    as_mentor.post(url, {"stretches": [[0, 300]], "position_seconds": 250})
    said = as_mentor.put(url, {"stretches": [[300, 600], [0, 10]]}).json()
    assert (said["percent"], said["watched"], said["position_seconds"]) == (100, [[0, 600]], 10)
    assert as_mentor.get(url).json() == said
    assert said["completed_at"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "stretches"),
        ({"stretches": "all"}, "stretches"),
        ({"stretches": [[0]]}, "stretches.0"),
        ({"stretches": [[0, 1, 2]]}, "stretches.0"),
        ({"stretches": [[-1, 2]]}, "stretches.0.0"),
        ({"stretches": [[0, 10**9]]}, "stretches.0.1"),
        ({"stretches": [[9, 3]]}, "stretches"),
        ({"stretches": [[0, 1]] * 501}, "stretches"),
        ({"stretches": [], "position_seconds": -1}, "position_seconds"),
        ({"stretches": [], "percent": 100}, "percent"),
    ],
)
def test_what_cannot_be_watched_is_refused(as_mentor, video, body, field):
    answer = as_mentor.post(f"{API}/videos/{video.pk}/progress", body)
    assert answer.status_code == 400
    assert field in " ".join(answer.json()["errors"]), answer.json()
    assert not VideoProgress.objects.exists()


def test_an_attempt_says_which_answers_were_right_and_why(as_mentor, quiz):
    first, second = quiz.questions.all()
    first.explanation = "Listening comes first."
    first.save()
    answers = {str(first.pk): [str(first.options.first().pk)], str(second.pk): [str(second.options.last().pk)]}
    answer = as_mentor.post(f"{API}/quizzes/{quiz.pk}/attempts", {"answers": answers})
    assert answer.status_code == 201
    said = answer.json()
    assert (said["score"], said["max_score"], said["passed"], said["completes_quiz"]) == (1, 2, True, True)
    assert [(row["right"], row["explanation"]) for row in said["questions"]] == [
        (True, "Listening comes first."),
        (False, ""),
    ]
    assert ids(as_mentor.get(f"{API}/quizzes/{quiz.pk}/attempts"), "attempt_id") == [said["attempt_id"]]


def test_answers_that_make_no_sense_are_refused(as_mentor, quiz):
    question = quiz.questions.first()
    for answers, code in (
        ({"nonsense": []}, "unknown_question"),
        ({str(uuid4()): []}, "unknown_question"),
        ({str(question.pk): [str(uuid4())]}, "unknown_option"),
        ({str(question.pk): [str(option.pk) for option in question.options.all()]}, "one_answer_only"),
    ):
        refused(as_mentor.post(f"{API}/quizzes/{quiz.pk}/attempts", {"answers": answers}), 400, code)
    assert as_mentor.post(f"{API}/quizzes/{quiz.pk}/attempts", {"answers": []}).status_code == 400
    assert not QuizAttempt.objects.exists()


def test_ids_may_be_written_in_capitals(as_mentor, quiz):
    """As iPhones do."""
    answers = {str(key).upper(): [str(option).upper() for option in keys] for key, keys in right_answers(quiz).items()}
    said = as_mentor.post(f"{API}/quizzes/{quiz.pk}/attempts", {"answers": answers}).json()
    assert (said["score"], said["answers"].keys()) == (2, {key.lower() for key in answers})


def test_staff_see_the_attempts_of_mentors_in_their_care(as_coordinator, as_neighbour, as_mentor, mentor, quiz, now):
    services.submit_quiz(mentor=mentor, quiz=quiz, answers={}, by=mentor.user, at=now)
    other = MentorProfileFactory(organization=mentor.organization)
    services.submit_quiz(mentor=other, quiz=quiz, answers={}, by=other.user, at=now)
    url = f"{API}/quizzes/{quiz.pk}/attempts"
    assert ids(as_mentor.get(url), "peer_mentor_id") == [str(mentor.pk)]
    assert ids(as_coordinator.get(url), "peer_mentor_id") == [str(mentor.pk)]
    assert ids(as_neighbour.get(url), "peer_mentor_id") == []


# --- Reflections ------------------------------------------------------------------------------------------------------


def form(client, path, **fields):
    return client.post(f"{API}/{path}", fields, format="multipart")


def test_a_thought_at_a_second_of_a_video_with_a_screenshot(as_mentor, as_coordinator, as_neighbour, video, files):
    sent = {"kind": "screenshot", "video_id": str(video.pk), "video_second": "320", "text": "This\nhere"}
    answer = form(as_mentor, "reflections", media=upload(recordings.photograph()), **sent)
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert (said["video_second"], said["media_type"], said["text"]) == (320, "image", "This\nhere")
    assert len(files()) == 1
    for client in (as_mentor, as_coordinator):
        got = client.get(said["media_url"])
        assert got.status_code == 200
        content = b"".join(got.streaming_content)
        assert content.startswith(b"\xff\xd8\xff")
        assert b"Telefonmaker" not in content
        assert got["Content-Type"] == "image/jpeg"
        assert got["X-Content-Type-Options"] == "nosniff"
        assert got["Content-Disposition"] == 'inline; filename="file.jpg"'
        assert "sandbox" in got["Content-Security-Policy"]
        assert got["Cache-Control"] == "private, no-store"
    assert as_neighbour.get(said["media_url"]).status_code == 404


def test_a_text_needs_no_form_and_a_form_needs_no_file(as_mentor):
    assert as_mentor.post(f"{API}/reflections", {"text": "Hm"}).json()["kind"] == "text"
    assert form(as_mentor, "reflections", text="Hm").status_code == 201
    answer = as_mentor.post(f"{API}/reflections", {"kind": "video", "media_url": "https://video.example.org/1"})
    assert answer.json()["media_url"] == "https://video.example.org/1"


def test_a_phone_may_send_the_same_again(as_mentor, files):
    key = str(uuid4())
    sent = {"kind": "voice", "client_id": key}
    answers = [form(as_mentor, "reflections", media=upload(recordings.m4a()), **sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert (len(files()), Reflection.objects.count()) == (1, 1)


def test_files_that_are_not_taken_leave_nothing(as_mentor, files, settings):
    settings.MAX_UPLOAD_SECONDS = 2
    for kind, content, status, code in (
        ("voice", recordings.m4a(3), 400, "media_too_long"),
        ("voice", recordings.picture(), 400, "media_of_another_kind"),
        ("screenshot", b"<svg onload='alert(1)'/>", 400, "media_type_not_allowed"),
        ("screenshot", b"", 400, "media_unreadable"),
        ("screenshot", recordings.picture()[:80], 400, "media_unreadable"),
        ("text", recordings.picture(), 400, "media_not_expected"),
    ):
        answer = form(as_mentor, "reflections", kind=kind, text="x", media=upload(content))
        refused(answer, status, code, "media")
    settings.MAX_UPLOAD_MEGABYTES = {"image": 0, "audio": 1, "video": 1}
    refused(
        form(as_mentor, "reflections", kind="screenshot", media=upload(recordings.picture())), 413, "media_too_large"
    )
    refused(form(as_mentor, "reflections", kind="voice"), 400, "media_required")
    refused(as_mentor.post(f"{API}/reflections", {"kind": "voice", "media": "x"}), 400, "unknown_field", "media")
    assert (files(), Reflection.objects.count()) == ([], 0)


def test_a_form_is_only_read_where_files_are_taken(as_mentor, goal):
    refused(form(as_mentor, "goals", title="x"), 415, "unsupported_media_type")
    refused(form(as_mentor, f"goals/{goal.pk}/messages", text="x"), 415, "unsupported_media_type")


def test_a_form_that_is_none_is_refused(as_mentor):
    for kind, status in (
        ("multipart/form-data; boundary=x", 400),
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=x; charset=utf-7", 415),
    ):
        assert as_mentor.generic("POST", f"{API}/reflections", b"--y\r\n\r\n", kind).status_code == status
    refused(form(as_mentor, "reflections", text="x" * 300_000), 413, "too_large")
    refused(form(as_mentor, "reflections", text="a\0b"), 400, "invalid_characters", "text")
    assert not Reflection.objects.exists()


def test_a_form_may_be_as_large_as_the_largest_file_and_json_may_not(as_mentor, settings):
    settings.MAX_UPLOAD_MEGABYTES = dict.fromkeys(("image", "audio", "video"), 1)
    half = bytes(600 * 1024)
    refused(form(as_mentor, "reflections", kind="voice", media=upload(half)), 400, "media_type_not_allowed", "media")
    for kind in ("multipart/form-data; boundary=x", "application/json"):
        refused(as_mentor.generic("POST", f"{API}/reflections", bytes(1_400_000), kind), 413, "too_large")
    for path in ("reflections", f"lessons/{uuid4()}/complete"):  # also where nobody reads it
        refused(as_mentor.generic("POST", f"{API}/{path}", half, "application/json"), 413, "too_large")


def test_a_player_asks_for_a_part(as_mentor, mentor):
    row = ReflectionFactory(
        mentor=mentor, kind="voice", media_type="audio", media_file=ContentFile(bytes(range(100)), "x.m4a")
    )
    url = f"{API}/reflections/{row.pk}/media"

    def part(asked):
        answer = as_mentor.get(url, headers={"range": asked})
        content = b"".join(answer.streaming_content) if answer.streaming else b""
        assert answer.status_code == 416 or len(content) == int(answer["Content-Length"])
        return answer.status_code, list(content[:1]), len(content), answer.get("Content-Range")

    assert part("bytes=10-19") == (206, [10], 10, "bytes 10-19/100")
    assert part("bytes=90-") == (206, [90], 10, "bytes 90-99/100")
    assert part("bytes=-5") == (206, [95], 5, "bytes 95-99/100")
    assert part("bytes=0-999") == (206, [0], 100, "bytes 0-99/100")
    assert part("bytes=100-") == (416, [], 0, "bytes */100")
    assert part("bytes=-0") == (416, [], 0, "bytes */100")
    assert part(f"bytes={'9' * 99}-") == (416, [], 0, "bytes */100")
    assert part(f"bytes=98-{'9' * 99}") == (206, [98], 2, "bytes 98-99/100")
    assert part(f"Bytes=-{'9' * 99}") == (206, [0], 100, "bytes 0-99/100")
    for nonsense in (
        "bytes=1-2,4-5", "lines=1-2", "bytes", "bytes=", "bytes=-", "bytes=--1", "bytes=+1-2", "bytes=1-2-3",
        "bytes=a-b", "bytes=0x1-2", "bytes=\u0661-2", "bytes=1.0-2", "bytes=" + "9" * 5000 + "-",
    ):  # fmt: skip
        assert part(nonsense)[:3] == (200, [0], 100)
    row.media_file.storage.delete(row.media_file.name)
    assert as_mentor.get(url).status_code == 404
    assert as_mentor.get(f"{API}/reflections/{ReflectionFactory(mentor=mentor).pk}/media").status_code == 404


def test_a_video_of_ours_is_for_everybody_who_sees_the_course(as_mentor, as_stranger, course):
    video = VideoFactory(
        lesson__course=course,
        url="",
        file=ContentFile(b"film", "x.mp4"),
        captions=ContentFile(b"WEBVTT\n", "x.vtt"),
    )
    said = as_mentor.get(f"{API}/videos/{video.pk}").json()
    for name, kind in (("url", "video/mp4"), ("captions_url", "text/vtt; charset=utf-8")):
        got = as_mentor.get(said[name])
        assert (got.status_code, got["Content-Type"]) == (200, kind)
        assert as_stranger.get(said[name]).status_code == 404
    elsewhere = VideoFactory(lesson__course=course)
    assert as_mentor.get(f"{API}/videos/{elsewhere.pk}").json()["url"] == elsewhere.url
    assert as_mentor.get(f"{API}/videos/{elsewhere.pk}/file").status_code == 404


def test_staff_answer_and_the_mentor_reads_it(as_mentor, as_coordinator, mentor):
    row = ReflectionFactory(mentor=mentor)
    url = f"{API}/reflections/{row.pk}"
    assert as_mentor.get(url).json()["is_answered"] is False
    key = str(uuid4())
    answers = [as_coordinator.post(f"{url}/replies", {"text": "Listen.", "client_id": key}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    said = as_mentor.get(url).json()
    assert (said["is_answered"], [reply["text"] for reply in said["replies"]]) == (True, ["Listen."])
    assert as_mentor.post(f"{url}/replies", {"text": "And then?"}).status_code == 201
    assert as_mentor.get(url).json()["is_answered"] is False
    assert ids(as_mentor.get(f"{url}/replies"), "is_from_staff") == [True, False]


def test_staff_decide_whether_a_reflection_waits(as_mentor, as_coordinator, mentor):
    row = ReflectionFactory(mentor=mentor)
    url = f"{API}/reflections/{row.pk}/requires-response"
    refused(as_mentor.put(url, {"requires_response": False}), 403, "permission_denied")
    assert as_coordinator.put(url, {"requires_response": False}).json()["requires_response"] is False


def test_the_mentor_edits_and_deletes_and_staff_do_not(as_mentor, as_coordinator, mentor):
    row = ReflectionFactory(mentor=mentor)
    url = f"{API}/reflections/{row.pk}"
    refused(as_coordinator.patch(url, {"text": "x"}), 403, "not_your_own")
    refused(as_coordinator.delete(url), 403, "not_your_own")
    assert as_mentor.patch(url, {"text": "Better"}).json()["text"] == "Better"
    assert as_mentor.delete(url).status_code == 204
    assert as_mentor.get(url).status_code == 404


def test_a_list_of_reflections_is_filtered(as_coordinator, mentor, video):
    there = ReflectionFactory(mentor=mentor, video=video)
    ReflectionFactory(mentor=mentor)
    url = f"{API}/reflections"
    assert ids(as_coordinator.get(url, {"video_id": video.pk}), "reflection_id") == [str(there.pk)]
    assert len(ids(as_coordinator.get(url, {"peer_mentor_id": mentor.pk}), "reflection_id")) == 2
    assert ids(as_coordinator.get(url, {"kind": "voice"}), "reflection_id") == []
    assert as_coordinator.get(url, {"kind": "song"}).status_code == 400


# --- Goals and days ---------------------------------------------------------------------------------------------------


def test_a_goal_is_set_reached_and_another_one_chosen(as_mentor):
    first = as_mentor.post(f"{API}/goals", {"title": "Five visits", "milestones": ["One"]})
    assert first.status_code == 201, first.content
    said = first.json()
    assert (said["is_current"], [step["title"] for step in said["milestones"]]) == (True, ["One"])
    second = as_mentor.post(f"{API}/goals", {"title": "Six visits"}).json()
    assert second["is_current"] is False
    chosen = as_mentor.put(f"{API}/goals/current", {"goal_id": second["goal_id"]}).json()
    assert chosen["goal_id"] == second["goal_id"]
    assert as_mentor.get(f"{API}/goals/{second['goal_id']}").json()["is_current"] is True
    step = said["milestones"][0]["milestone_id"]
    assert as_mentor.post(f"{API}/milestones/{step}/reach").json()["reached_at"]
    assert as_mentor.delete(f"{API}/milestones/{step}/reach").json()["reached_at"] is None
    added = as_mentor.post(f"{API}/goals/{said['goal_id']}/milestones", {"title": "Two"})
    assert added.status_code == 201
    renamed = as_mentor.patch(f"{API}/milestones/{step}", {"title": "Three"}).json()
    assert renamed["title"] == "Three"
    assert as_mentor.delete(f"{API}/milestones/{step}").status_code == 204
    assert as_mentor.patch(f"{API}/goals/{said['goal_id']}", {"title": "Seven"}).json()["title"] == "Seven"
    assert as_mentor.post(f"{API}/goals/{said['goal_id']}/complete").json()["completed_at"]
    refused(as_mentor.post(f"{API}/goals/{said['goal_id']}/abandon"), 409, "goal_closed")
    assert len(ids(as_mentor.get(f"{API}/goals", {"open": "true"}), "goal_id")) == 1
    assert len(ids(as_mentor.get(f"{API}/goals", {"open": "false"}), "goal_id")) == 1
    assert as_mentor.post(f"{API}/goals/{said['goal_id']}/reopen").json()["completed_at"] is None
    assert as_mentor.put(f"{API}/goals/current", {"goal_id": None}).json()["goal_id"] is None


def test_the_same_goal_sent_again_is_the_same_goal(as_mentor):
    sent = [as_mentor.post(f"{API}/goals", {"title": "Five visits"}).json()["goal_id"] for _ in range(2)]
    assert sent[0] == sent[1]
    assert Goal.objects.count() == 1


def test_staff_change_nothing_of_a_goal(as_coordinator, goal):
    step = MilestoneFactory(goal=goal)
    for method, path, body in (
        ("patch", f"goals/{goal.pk}", {"title": "x"}),
        ("post", f"goals/{goal.pk}/complete", None),
        ("post", f"goals/{goal.pk}/abandon", None),
        ("post", f"goals/{goal.pk}/reopen", None),
        ("post", f"goals/{goal.pk}/milestones", {"title": "x"}),
        ("post", f"milestones/{step.pk}/reach", None),
        ("delete", f"milestones/{step.pk}/reach", None),
        ("delete", f"milestones/{step.pk}", None),
        ("patch", f"milestones/{step.pk}", {"title": "x"}),
    ):
        refused(getattr(as_coordinator, method)(f"{API}/{path}", body), 403, "not_your_own")
    refused(as_coordinator.put(f"{API}/goals/current", {"goal_id": str(goal.pk)}), 403, "not_a_mentor")


def test_staff_and_mentor_write_about_a_goal(as_mentor, as_coordinator, as_neighbour, goal):
    url, key = f"{API}/goals/{goal.pk}/messages", str(uuid4())
    answers = [as_coordinator.post(url, {"text": "Well done", "client_id": key}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert as_mentor.post(url, {"text": "Thank you"}).status_code == 201
    assert ids(as_mentor.get(url), "text") == ["Well done", "Thank you"]
    assert as_neighbour.get(url).status_code == 404
    assert as_neighbour.post(url, {"text": "x"}).status_code == 404
    assert Notification.objects.get().kind == "goal_message"
    assert GoalMessage.objects.count() == 2


def test_a_daily_note(as_mentor, as_coordinator):
    key = str(uuid4())
    answers = [as_mentor.post(f"{API}/daily-notes", {"text": "A good day", "client_id": key}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    url = f"{API}/daily-notes/{answers[0].json()['note_id']}"
    assert as_coordinator.get(url).json()["text"] == "A good day"
    refused(as_coordinator.patch(url, {"text": "x"}), 403, "not_your_own")
    refused(as_coordinator.delete(url), 403, "not_your_own")
    assert as_mentor.patch(url, {"text": "A very good day"}).json()["text"] == "A very good day"
    assert as_mentor.delete(url).status_code == 204
    assert not DailyNote.objects.exists()


def test_a_proof_with_a_picture(
    as_mentor, as_coordinator, as_neighbour, goal, files, django_capture_on_commit_callbacks
):
    sent = {"goal_id": str(goal.pk), "client_id": str(uuid4())}
    answers = [form(as_mentor, "proofs", media=upload(recordings.picture()), **sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    said = answers[0].json()
    assert said["media_type"] == "image"
    assert as_coordinator.get(said["media_url"]).status_code == 200
    assert as_neighbour.get(said["media_url"]).status_code == 404
    refused(as_coordinator.delete(f"{API}/proofs/{said['proof_id']}"), 403, "not_your_own")
    with django_capture_on_commit_callbacks(execute=True):
        assert as_mentor.delete(f"{API}/proofs/{said['proof_id']}").status_code == 204
    assert files() == []
    refused(as_mentor.post(f"{API}/proofs", {"goal_id": str(goal.pk)}), 400, "required", "text")
    foreign = GoalFactory()
    refused(as_mentor.post(f"{API}/proofs", {"goal_id": str(foreign.pk), "text": "x"}), 404, "not_found")


def test_nothing_is_written_in_the_future(as_mentor, goal):
    later = "2199-01-01T12:00:00+01:00"
    for path, body in (
        ("reflections", {"text": "x", "written_at": later}),
        ("daily-notes", {"text": "x", "written_at": later}),
        ("proofs", {"text": "x", "goal_id": str(goal.pk), "submitted_at": later}),
    ):
        refused(as_mentor.post(f"{API}/{path}", body), 400, "in_the_future")
    refused(as_mentor.post(f"{API}/reflections", {"text": "x", "written_at": "2026-03-01T12:00:00"}), 400, "invalid")


# --- Walls ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def everything(mentor, course, lesson, video, quiz, goal):
    """Something of the mentor's at every address: (path, id)."""
    QuizAttempt.objects.create(
        organization=mentor.organization, mentor=mentor, quiz=quiz, submitted_at="2026-03-01T12:00:00Z",
        score=0, max_score=2, passed=False,
    )  # fmt: skip
    reflection = ReflectionFactory(
        mentor=mentor, kind="voice", media_type="audio", media_file=ContentFile(b"x", "x.ogg")
    )
    ReplyFactory(reflection=reflection)
    GoalMessageFactory(goal=goal)
    MilestoneFactory(goal=goal)
    return {
        "enrollments": EnrollmentFactory(mentor=mentor, course=course).pk,
        "reflections": reflection.pk,
        "goals": goal.pk,
        "daily-notes": DailyNoteFactory(mentor=mentor).pk,
        "proofs": SuccessProofFactory(goal=goal).pk,
    }


def test_those_who_do_not_look_after_the_mentor_find_nothing(everything, as_neighbour, as_stranger, as_mentor):
    for client in (as_neighbour, as_stranger):
        for path, key in everything.items():
            assert client.get(f"{API}/{path}").json()["data"] == []
            assert client.get(f"{API}/{path}/{key}").status_code == 404
        for below in ("replies", "media"):
            assert client.get(f"{API}/reflections/{everything['reflections']}/{below}").status_code == 404
        assert client.get(f"{API}/goals/{everything['goals']}/messages").status_code == 404
    for path, key in everything.items():  # the control
        assert len(as_mentor.get(f"{API}/{path}").json()["data"]) == 1
        assert as_mentor.get(f"{API}/{path}/{key}").status_code == 200


def test_courses_of_another_organisation_are_not_there(as_stranger, whole, lesson, video, quiz):
    for path, key in (("courses", whole.pk), ("lessons", lesson.pk), ("videos", video.pk), ("quizzes", quiz.pk)):
        assert as_stranger.get(f"{API}/{path}").json()["data"] == []
        assert as_stranger.get(f"{API}/{path}/{key}").status_code == 404
    refused(as_stranger.post(f"{API}/enrollments", {"course_id": str(whole.pk)}), 404, "not_found")
    refused(as_stranger.post(f"{API}/reflections", {"text": "x", "video_id": str(video.pk)}), 404, "not_found")


def test_without_the_module_there_is_no_training(as_mentor, organization, everything, course):
    ModuleSetting.objects.filter(organization=organization, module=Module.CERTIFICATION).update(is_enabled=False)
    for path, key in [*everything.items(), ("courses", course.pk)]:
        refused(as_mentor.get(f"{API}/{path}"), 403, "module_disabled")
        refused(as_mentor.get(f"{API}/{path}/{key}"), 403, "module_disabled")
    refused(as_mentor.post(f"{API}/reflections", {"text": "x"}), 403, "module_disabled")


def test_a_mentor_of_two_organisations_says_for_which_they_write(as_mentor, mentor):
    other = MentorProfileFactory(user=mentor.user)
    refused(as_mentor.post(f"{API}/daily-notes", {"text": "x"}), 400, "required", "peer_mentor_id")
    said = as_mentor.post(f"{API}/daily-notes", {"text": "x", "peer_mentor_id": str(other.pk)}).json()
    assert said["peer_mentor_id"] == str(other.pk)
    somebody = MentorProfileFactory()
    refused(as_mentor.post(f"{API}/daily-notes", {"text": "x", "peer_mentor_id": str(somebody.pk)}), 404, "not_found")
    course = CourseFactory(organization=other.organization)
    said = as_mentor.post(f"{API}/enrollments", {"course_id": str(course.pk)}).json()  # the course says it
    assert said["peer_mentor_id"] == str(other.pk)


def test_ages_of_moments_are_kept_when_a_phone_had_to_wait(as_mentor, now):
    written = (now - timedelta(days=2)).isoformat()
    said = as_mentor.post(f"{API}/daily-notes", {"text": "x", "written_at": written}).json()
    assert DailyNote.objects.get(pk=said["note_id"]).written_at.isoformat() == written
