"""Taking a course: its lessons, its quizzes, its end."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.factories import CourseFactory, EnrollmentFactory, LessonFactory, QuizFactory
from tests.training.conftest import right_answers
from training import services, signals
from training.enums import QuestionKind
from training.models import Enrollment, LessonProgress, QuizAttempt
from training.refusals import (
    CourseNotPublished,
    NotTheirOwn,
    OneAnswerOnly,
    OtherOrganization,
    QuizNotPassed,
    QuizWithoutQuestions,
    UnknownOption,
    UnknownQuestion,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def completed():
    """What `course_completed` has carried."""
    heard = []

    def hear(enrollment, at, **_):
        heard.append((enrollment.course, enrollment.mentor, at))

    signals.course_completed.connect(hear)
    yield heard
    signals.course_completed.disconnect(hear)


def test_a_course_is_taken_once(mentor, course, now):
    first = services.enroll(mentor=mentor, course=course, by=mentor.user, at=now)
    again = services.enroll(mentor=mentor, course=course, by=mentor.user, at=now + timedelta(days=1))
    assert (again.pk, again.enrolled_at) == (first.pk, now)


def test_a_lesson_that_is_done_takes_the_course_and_the_last_one_completes_it(mentor, course, lesson, completed, now):
    second = LessonFactory(course=course, position=2)
    services.complete_lesson(mentor=mentor, lesson=second, by=mentor.user, at=now)
    enrollment = Enrollment.objects.get()
    assert (enrollment.enrolled_at, enrollment.completed_at, completed) == (now, None, [])
    later = now + timedelta(hours=1)
    services.complete_lesson(mentor=mentor, lesson=lesson, by=mentor.user, at=later)
    enrollment.refresh_from_db()
    assert enrollment.completed_at == later
    assert completed == [(course, mentor, later)]


def test_a_lesson_that_is_done_again_changes_nothing_and_tells_nobody(mentor, lesson, completed, now):
    first = services.complete_lesson(mentor=mentor, lesson=lesson, by=mentor.user, at=now)
    again = services.complete_lesson(mentor=mentor, lesson=lesson, by=mentor.user, at=now + timedelta(days=1))
    assert (again.pk, again.completed_at) == (first.pk, now)
    assert len(completed) == 1
    assert Enrollment.objects.get().completed_at == now


def test_a_course_is_completed_when_its_last_open_lesson_has_been_taken_away(mentor, course, lesson, completed, now):
    extra = LessonFactory(course=course, position=2)
    services.complete_lesson(mentor=mentor, lesson=lesson, by=mentor.user, at=now)
    extra.delete()
    services.complete_lesson(mentor=mentor, lesson=lesson, by=mentor.user, at=now)
    assert len(completed) == 1


def test_a_course_is_not_completed_before_it_is_taken_although_clocks_differ(mentor, course, lesson, now):
    EnrollmentFactory(mentor=mentor, course=course, enrolled_at=now)
    services.complete_lesson(mentor=mentor, lesson=lesson, by=mentor.user, at=now - timedelta(seconds=1))
    assert Enrollment.objects.get().completed_at == now


def test_a_receiver_that_raises_undoes_the_lesson(mentor, lesson, now):
    def refuse(**_):
        raise RuntimeError

    signals.course_completed.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            services.complete_lesson(mentor=mentor, lesson=lesson, by=mentor.user, at=now)
    finally:
        signals.course_completed.disconnect(refuse)
    assert not LessonProgress.objects.exists()


def test_a_lesson_with_a_quiz_is_done_once_the_quiz_is_passed(mentor, lesson, quiz, now):
    QuizFactory(lesson=lesson, questions=0)  # asks nothing
    with pytest.raises(QuizNotPassed) as refusal:
        services.complete_lesson(mentor=mentor, lesson=lesson, by=mentor.user, at=now)
    assert refusal.value.extra == {"quizzes": [quiz.pk]}
    assert not Enrollment.objects.exists()
    services.submit_quiz(mentor=mentor, quiz=quiz, answers=right_answers(quiz), by=mentor.user, at=now)
    assert services.complete_lesson(mentor=mentor, lesson=lesson, by=mentor.user, at=now)


def test_nobody_learns_in_anothers_name(mentor, coordinator, org_admin, course, lesson, quiz, now):
    for by in (coordinator, org_admin):
        for verb, more in (
            (services.enroll, {"course": course}),
            (services.complete_lesson, {"lesson": lesson}),
            (services.submit_quiz, {"quiz": quiz, "answers": {}}),
        ):
            with pytest.raises(NotTheirOwn):
                verb(mentor=mentor, by=by, at=now, **more)


def test_a_course_of_another_organisation_or_one_that_is_not_published_is_refused(mentor, organization, now):
    foreign, closed = CourseFactory(), CourseFactory(organization=organization, is_published=False)
    with pytest.raises(OtherOrganization):
        services.enroll(mentor=mentor, course=foreign, by=mentor.user, at=now)
    with pytest.raises(CourseNotPublished):
        services.enroll(mentor=mentor, course=closed, by=mentor.user, at=now)
    with pytest.raises(CourseNotPublished):
        services.complete_lesson(mentor=mentor, lesson=LessonFactory(course=closed), by=mentor.user, at=now)


# --- Quizzes ----------------------------------------------------------------------------------------------------------


def test_the_first_attempt_that_passes_completes_the_quiz(mentor, quiz, now):
    def attempt(answers):
        made = services.submit_quiz(mentor=mentor, quiz=quiz, answers=answers, by=mentor.user, at=now)
        return made.score, made.max_score, made.passed, made.completes_quiz

    assert attempt({}) == (0, 2, False, False)
    assert attempt(right_answers(quiz, 1)) == (1, 2, True, True)
    assert attempt(right_answers(quiz)) == (2, 2, True, False)
    assert QuizAttempt.objects.count() == 3


def test_an_attempt_that_is_sent_again_is_that_attempt_also_when_the_course_is_hidden_meanwhile(mentor, quiz, now):
    def attempt(key, answers):
        return services.submit_quiz(
            mentor=mentor, quiz=quiz, answers=answers, client_id=key, by=mentor.user, at=now
        )  # fmt: skip

    key = uuid4()
    first = attempt(key, {})
    again = attempt(key, right_answers(quiz))
    assert (again, again.passed, first.was_there, again.was_there) == (first, False, False, True)
    assert attempt(uuid4(), {}) != first
    quiz.lesson.course.is_published = False
    assert attempt(key, {}) == first
    with pytest.raises(CourseNotPublished):
        attempt(uuid4(), {})
    assert QuizAttempt.objects.count() == 2


def test_all_of_several_right_answers_and_no_other_is_right(mentor, quiz, now):
    question = quiz.questions.first()
    question.kind = QuestionKind.SEVERAL
    question.save()
    first, second, third = question.options.all()
    second.is_correct = True
    second.save()

    def score(*options):
        answers = {question.pk: [option.pk for option in options]}
        return services.submit_quiz(mentor=mentor, quiz=quiz, answers=answers, by=mentor.user, at=now).score

    assert [score(first), score(first, second, third), score(second, first)] == [0, 0, 1]


def test_answers_that_are_not_of_the_quiz_are_refused(mentor, lesson, quiz, now):
    question, other = quiz.questions.all()

    def refused(answers, refusal, of=quiz):
        with pytest.raises(refusal):
            services.submit_quiz(mentor=mentor, quiz=of, answers=answers, by=mentor.user, at=now)

    refused({uuid4(): []}, UnknownQuestion)
    refused({question.pk: [other.options.first().pk]}, UnknownOption)
    refused({question.pk: [option.pk for option in question.options.all()]}, OneAnswerOnly)
    refused({}, QuizWithoutQuestions, of=QuizFactory(lesson=lesson, questions=0))
    assert not QuizAttempt.objects.exists()
