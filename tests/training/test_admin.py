"""The desk of training: staff write what is taught, and look at what mentors in their care have done."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.factories import (
    CheckpointFactory,
    CourseFactory,
    EnrollmentFactory,
    GoalFactory,
    LessonFactory,
    MentorProfileFactory,
    ReflectionFactory,
    ReplyFactory,
    VideoFactory,
)
from tests.training.test_content import FILM, FILM_SECONDS
from training.models import (
    Checkpoint,
    Course,
    Enrollment,
    Goal,
    Lesson,
    LessonProgress,
    Quiz,
    QuizAttempt,
    Reflection,
    Video,
    VideoProgress,
)
from training.services import complete_lesson, record_watching, submit_quiz

pytestmark = pytest.mark.django_db


def page(name: str, what: str, *args) -> str:
    return reverse(f"admin:training_{name}_{what}", args=[getattr(each, "pk", each) for each in args])


def inline(prefix: str, forms: list[dict], initial: int = 0) -> dict:
    facts = {f"{prefix}-TOTAL_FORMS": len(forms), f"{prefix}-INITIAL_FORMS": initial}
    facts |= {f"{prefix}-MIN_NUM_FORMS": 0, f"{prefix}-MAX_NUM_FORMS": 1000}
    return facts | {f"{prefix}-{n}-{name}": value for n, each in enumerate(forms) for name, value in each.items()}


def question(text="What helps?", right=(0,), answers=("Listening", "Talking"), **more) -> dict:
    facts = {"text": text, "kind": "one", "explanation": ""} | more
    facts |= {f"answer_{n}": answer for n, answer in enumerate(answers)}
    return facts | {f"right_{n}": "on" for n in right}


# --- Writing


def test_a_coordinator_writes_a_course_with_a_lesson_and_shows_it(admin_as_coordinator, organization):
    answer = admin_as_coordinator.post(
        page("course", "add"),
        {"organization": organization.pk, "title": "Basics", "slug": "basics", "description": "", "position": 0},
    )
    course = Course.objects.get()
    assert (answer.status_code, course.is_published) == (302, False)
    publish = reverse("admin:training_course_do_publish")
    admin_as_coordinator.post(publish, {"ids": str(course.pk)})
    course.refresh_from_db()
    assert course.is_published is False  # it has no lesson yet
    given = {"course": course.pk, "position": 1, "title": "One", "body": "Hello."}
    assert admin_as_coordinator.post(page("lesson", "add"), given).status_code == 302
    assert admin_as_coordinator.post(publish, {"ids": str(course.pk)}).status_code == 302
    course.refresh_from_db()
    assert course.is_published is True
    admin_as_coordinator.post(reverse("admin:training_course_do_unpublish"), {"ids": str(course.pk)})
    course.refresh_from_db()
    assert course.is_published is False


def test_the_form_of_a_new_lesson_has_the_next_place(admin_as_coordinator, course, lesson):
    shown = admin_as_coordinator.get(page("lesson", "add") + f"?course={course.pk}").content.decode()
    assert 'name="position" value="2"' in shown
    assert f'<option value="{course.pk}" selected>' in shown
    assert admin_as_coordinator.get(page("lesson", "add") + "?course=x").status_code == 200


def test_a_refusal_stands_in_the_form_with_what_was_typed(admin_as_coordinator, lesson):
    given = {"course": lesson.course_id, "position": 1, "title": "The same place", "body": ""}
    answer = admin_as_coordinator.post(page("lesson", "add"), given)
    assert answer.status_code == 200
    assert "The same place" in answer.content.decode()
    assert "position" in answer.context["adminform"].form.errors
    assert Lesson.objects.count() == 1


def test_a_file_is_measured_and_checkpoints_are_typed_as_a_player_shows_them(admin_as_coordinator, lesson):
    captions = SimpleUploadedFile("a.vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n", "text/vtt")
    given = {
        "lesson": lesson.pk, "position": 0, "title": "The talk", "url": "", "duration_seconds": "", "transcript": "",
        "file": SimpleUploadedFile("a.webm", FILM.read_bytes(), "video/webm"), "captions": captions,
        **inline("checkpoints", [{"at_second": "5:20", "title": "Worried?"}, {"at_second": "", "title": ""}]),
    }  # fmt: skip
    assert admin_as_coordinator.post(page("video", "add"), given).status_code == 302
    video = Video.objects.get()
    assert (video.duration_seconds, bool(video.captions)) == (FILM_SECONDS, True)
    assert [(row.at_second, row.title) for row in video.checkpoints.all()] == [(320, "Worried?")]
    shown = admin_as_coordinator.get(page("video", "change", video)).content.decode()
    assert 'value="5:20"' in shown
    assert 'value="6:12"' in shown


def test_a_video_keeps_its_file_and_its_checkpoints_are_changed(admin_as_coordinator, lesson):
    video = VideoFactory(lesson=lesson, url="", file="training/videos/a.webm", duration_seconds=400)
    first, second = CheckpointFactory(video=video, at_second=10), CheckpointFactory(video=video, at_second=20)
    facts = [
        {"id": first.pk, "video": video.pk, "at_second": "0:30", "title": "Moved"},
        {"id": second.pk, "video": video.pk, "at_second": "0:20", "title": "Gone", "DELETE": "on"},
        {"at_second": "6:40", "title": "The end"},
    ]
    given = {"position": 0, "title": "New name", "url": "", "duration_seconds": "9:00", "transcript": ""}
    answer = admin_as_coordinator.post(page("video", "change", video), given | inline("checkpoints", facts, 2))
    assert answer.status_code == 302
    video.refresh_from_db()
    assert (video.title, video.file.name, video.duration_seconds) == ("New name", "training/videos/a.webm", 400)
    assert list(Checkpoint.objects.values_list("at_second", "title")) == [(30, "Moved"), (400, "The end")]


def test_what_is_no_film_and_what_lies_behind_the_end_is_said_in_the_form(admin_as_coordinator, lesson):
    given = {"lesson": lesson.pk, "position": 0, "title": "The talk", "url": "", "duration_seconds": ""}
    fake = {"file": SimpleUploadedFile("a.webm", b"MZ", "video/webm")}
    elsewhere = {"url": "https://video.example.org/1", "duration_seconds": "1:00"}
    too_far = [{"at_second": "1:01", "title": "Too far"}]
    nonsense = [{"at_second": "1:99", "title": "Nonsense"}]
    for facts in (
        fake | inline("checkpoints", []),
        elsewhere | inline("checkpoints", too_far),
        elsewhere | inline("checkpoints", nonsense),
        {"duration_seconds": "1:00"} | inline("checkpoints", []),
    ):
        answer = admin_as_coordinator.post(page("video", "add"), given | facts)
        assert answer.status_code == 200
        assert "errornote" in answer.content.decode()
    assert Video.objects.count() == 0


def test_an_address_without_a_beginning_is_a_safe_one(admin_as_coordinator, lesson):
    given = {"lesson": lesson.pk, "position": 0, "title": "The talk", "duration_seconds": "1:00"}
    for typed, status in (("javascript:alert(1)", 200), ("video.example.org/1", 302)):
        answer = admin_as_coordinator.post(page("video", "add"), {**given, "url": typed} | inline("checkpoints", []))
        assert answer.status_code == status
    assert Video.objects.get().url == "https://video.example.org/1"


def test_a_quiz_is_written_on_one_page_and_corrected(admin_as_coordinator, lesson):
    given = {"lesson": lesson.pk, "title": "Quiz", "video": "", "at_second": "", "pass_percent": 80}
    several = question("And what else?", right=(0, 2), answers=("Time", "Haste", "Tea"), kind="several")
    added = admin_as_coordinator.post(page("quiz", "add"), given | inline("questions", [question(), several]))
    assert added.status_code == 302
    quiz = Quiz.objects.get()
    rows = list(quiz.questions.prefetch_related("options"))
    said = [[(option.text, option.is_correct) for option in row.options.all()] for row in rows]
    assert said == [[("Listening", True), ("Talking", False)], [("Time", True), ("Haste", False), ("Tea", True)]]
    shown = admin_as_coordinator.get(page("quiz", "change", quiz)).content.decode()
    assert 'value="Listening"' in shown
    del given["lesson"]
    again = [
        question("What helps most?", answers=("Listening well", "Talking"), id=rows[0].pk, quiz=quiz.pk),
        several | {"id": rows[1].pk, "quiz": quiz.pk, "DELETE": "on"},
    ]
    changed = admin_as_coordinator.post(page("quiz", "change", quiz), given | inline("questions", again, 2))
    assert changed.status_code == 302
    row = quiz.questions.get()
    assert (row.pk, row.text) == (rows[0].pk, "What helps most?")
    assert [option.pk for option in row.options.all()] == [option.pk for option in rows[0].options.all()]


@pytest.mark.parametrize("right", [(), (0, 1)])
def test_a_quiz_without_the_right_answers_is_refused_with_the_number_of_the_question(
    right, admin_as_coordinator, lesson
):
    given = {"lesson": lesson.pk, "title": "Quiz", "video": "", "at_second": "", "pass_percent": 80}
    forms = [question(), question("Second?", right=right)]
    answer = admin_as_coordinator.post(page("quiz", "add"), given | inline("questions", forms))
    assert answer.status_code == 200
    (sentence,) = answer.context["adminform"].form.non_field_errors()
    assert "2" in sentence
    assert 'value="Talking"' in answer.content.decode()
    assert Quiz.objects.count() == 0


def test_a_quiz_asks_something(admin_as_coordinator, lesson):
    given = {"lesson": lesson.pk, "title": "Quiz", "video": "", "at_second": "", "pass_percent": 80}
    answer = admin_as_coordinator.post(page("quiz", "add"), given | inline("questions", []))
    assert (answer.status_code, Quiz.objects.count()) == (200, 0)


def test_the_list_of_courses_counts_lessons_and_mentors(admin_as_coordinator, course, lesson, organization, now):
    LessonFactory(course=course)
    for moment in (None, now, now):
        mentor = MentorProfileFactory(organization=organization)
        EnrollmentFactory(mentor=mentor, course=course, completed_at=moment)
    CourseFactory(organization=organization)
    rows = admin_as_coordinator.get(page("course", "changelist")).context["cl"].result_list
    found = {row.pk: (row.lessons_in_it, row.mentors_in_it, row.mentors_through_it) for row in rows}
    assert found.pop(course.pk) == (2, 3, 2)
    assert list(found.values()) == [(0, 0, 0)]


# --- Deleting


def test_what_nobody_has_begun_is_deleted_and_what_somebody_has_stays(admin_as_coordinator, course, lesson, mentor):
    free = CourseFactory(organization=course.organization)
    LessonFactory(course=free)
    EnrollmentFactory(mentor=mentor, course=course)
    for row in (free, course):
        assert admin_as_coordinator.get(page("course", "delete", row)).status_code == 200
        assert admin_as_coordinator.post(page("course", "delete", row), {"post": "yes"}).status_code == 302
    assert list(Course.objects.all()) == [course]
    assert admin_as_coordinator.post(page("lesson", "delete", lesson), {"post": "yes"}).status_code == 302
    assert list(Lesson.objects.all()) == [lesson]


# --- Who sees what


@pytest.fixture
def rows(mentor, course, lesson, video, quiz, now):
    """One row of everything, of a mentor in the coordinator's care."""
    by = {"by": mentor.user, "at": now}
    record_watching(mentor=mentor, video=video, stretches=[(0, 320)], **by)
    submit_quiz(
        mentor=mentor, quiz=quiz, answers={one.pk: [one.options.first().pk] for one in quiz.questions.all()}, **by
    )
    complete_lesson(mentor=mentor, lesson=lesson, **by)
    reflection = ReflectionFactory(mentor=mentor, video=video, video_second=320, text="My own thought")
    ReplyFactory(reflection=reflection)
    GoalFactory(mentor=mentor)
    return {
        model.__name__: model.objects.get()
        for model in (Enrollment, LessonProgress, VideoProgress, QuizAttempt, Reflection, Goal)
    }


def test_staff_look_at_what_mentors_have_done_and_change_nothing(rows, admin_as_coordinator, admin_as_org_admin):
    for client in (admin_as_coordinator, admin_as_org_admin):
        for name, row in rows.items():
            listed = client.get(page(name.lower(), "changelist"))
            assert listed.status_code == 200
            assert f"/{row.pk}/change/" in listed.content.decode()
            shown = client.get(page(name.lower(), "change", row))
            assert shown.status_code == 200
            assert 'name="_save"' not in shown.content.decode()
            assert client.post(page(name.lower(), "change", row), {}).status_code == 403
            assert client.get(page(name.lower(), "add")).status_code == 403
            assert client.post(page(name.lower(), "delete", row), {"post": "yes"}).status_code == 403
    assert "5:20" in admin_as_coordinator.get(page("reflection", "changelist")).content.decode()


def test_a_neighbour_and_a_stranger_see_nothing_of_it(rows, admin_as_neighbour, admin_as_stranger):
    for client in (admin_as_neighbour, admin_as_stranger):
        for name, row in rows.items():
            assert str(row.pk) not in client.get(page(name.lower(), "changelist")).content.decode(), name
            assert client.get(page(name.lower(), "change", row)).status_code in (302, 404), name


def test_a_stranger_neither_sees_nor_changes_what_is_taught(admin_as_stranger, course, lesson, video, quiz):
    taught = (("course", course), ("lesson", lesson), ("video", video), ("quiz", quiz))
    for name, row in taught:
        assert str(row.pk) not in admin_as_stranger.get(page(name, "changelist")).content.decode()
        assert str(lesson.pk) not in admin_as_stranger.get(page(name, "add")).content.decode()
    for name, row in taught:  # the next page says which key was not there, so after the others
        assert admin_as_stranger.post(page(name, "change", row), {"title": "Mine"}).status_code in (302, 404)
        row.refresh_from_db()
        assert row.title != "Mine"


def test_somebody_who_is_a_mentor_here_and_staff_elsewhere_does_not_write_here(
    course, stranger, organization, admin_as_stranger
):
    MentorProfileFactory(organization=organization, user=stranger)
    assert str(course.pk) not in admin_as_stranger.get(page("course", "changelist")).content.decode()


def test_two_people_at_one_form_the_second_is_told(admin_as_coordinator, admin_as_org_admin, quiz):
    version = quiz.updated_at.isoformat()
    given = {"title": "Anew", "video": "", "at_second": "", "pass_percent": 50, "version": version}
    forms = [
        question(row.text, answers=[each.text for each in row.options.all()], id=row.pk, quiz=quiz.pk)
        for row in quiz.questions.all()
    ]
    body = given | inline("questions", forms, len(forms))
    assert admin_as_coordinator.post(page("quiz", "change", quiz), body).status_code == 302
    assert admin_as_org_admin.post(page("quiz", "change", quiz), body | {"title": "Mine"}).status_code == 200
    quiz.refresh_from_db()
    assert quiz.title == "Anew"
