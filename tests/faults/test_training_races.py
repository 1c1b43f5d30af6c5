"""Many hands at the same training: nothing that was watched is lost, and what can happen once happens once."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.utils import timezone

from tests import recordings
from tests.factories import (
    CheckpointFactory,
    GoalFactory,
    LessonFactory,
    MentorProfileFactory,
    QuizFactory,
    ReflectionFactory,
    VideoFactory,
)
from tests.faults.test_races import THREADS, in_threads
from tests.training.conftest import right_answers, upload
from training import services, signals
from training.enums import ReflectionKind
from training.models import CheckpointVisit, Enrollment, GoalSwitch, QuizAttempt, Reflection, VideoProgress

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def mentor(transactional_db):
    return MentorProfileFactory()


@pytest.fixture
def lesson(mentor):
    return LessonFactory(course__organization=mentor.organization)


def test_phones_that_send_what_was_watched_at_once_lose_nothing(mentor, lesson, now):
    video = VideoFactory(lesson=lesson, duration_seconds=THREADS * 10)
    for second in range(5, THREADS * 10, 10):
        CheckpointFactory(video=video, at_second=second)

    def watch(thread):
        for _ in range(3):
            services.record_watching(
                mentor=mentor, video=video, stretches=[(thread * 10, thread * 10 + 10)], by=mentor.user, at=now
            )

    in_threads(watch)
    progress = VideoProgress.objects.get()
    assert [(each.lower, each.upper) for each in progress.watched] == [(0, THREADS * 10)]
    assert (progress.percent, progress.reached_95_at) == (100, now)
    assert CheckpointVisit.objects.count() == THREADS


def test_one_of_many_attempts_that_pass_at_once_completes_the_quiz(mentor, lesson, now):
    quiz = QuizFactory(lesson=lesson)
    first, second = quiz.questions.all()
    [right] = right_answers(quiz, 1).values()
    others = [[option.pk] for option in second.options.all()]

    def submit(thread):
        answers = {first.pk: right, second.pk: others[thread % 3]}
        return services.submit_quiz(mentor=mentor, quiz=quiz, answers=answers, by=mentor.user, at=now)

    assert all(attempt.passed for attempt in in_threads(submit))
    assert QuizAttempt.objects.count() >= 3
    assert QuizAttempt.objects.filter(completes_quiz=True).count() == 1


def test_what_is_sent_by_many_hands_at_once_is_made_by_one_and_known_to_the_others(mentor, lesson, now):
    quiz, goal, reflection = QuizFactory(lesson=lesson), GoalFactory(mentor=mentor), ReflectionFactory(mentor=mentor)
    own = {"client_id": UUID(int=7), "by": mentor.user, "at": now}
    for send in (
        lambda _: services.submit_quiz(mentor=mentor, quiz=quiz, answers=right_answers(quiz), **own),
        lambda n: services.set_goal(mentor=mentor, title=f"Goal {n}", milestones=["A"], **own),
        lambda n: services.add_milestone(goal=goal, title=f"Step {n}", **own),
        lambda _: services.write_daily_note(mentor=mentor, text="x", **own),
        lambda _: services.submit_proof(mentor=mentor, goal=goal, text="x", **own),
        lambda _: services.write_goal_message(goal=goal, text="x", **own),
        lambda _: services.reply_to_reflection(reflection=reflection, text="x", **own),
    ):
        rows = in_threads(send)
        assert len({row.pk for row in rows}) == 1
        assert [row.was_there for row in rows].count(False) == 1


def test_the_last_lessons_done_at_once_complete_the_course_once(mentor, lesson, now):
    lessons = [lesson, *(LessonFactory(course=lesson.course) for _ in range(3))]
    heard = []

    def hear(enrollment, **_):
        heard.append(enrollment.pk)

    signals.course_completed.connect(hear)
    try:
        in_threads(
            lambda thread: services.complete_lesson(mentor=mentor, lesson=lessons[thread % 4], by=mentor.user, at=now)
        )
    finally:
        signals.course_completed.disconnect(hear)
    assert Enrollment.objects.get().completed_at == now
    assert len(heard) == 1


def test_a_recording_that_is_sent_by_many_hands_is_there_once(mentor, settings, tmp_path, now):
    settings.MEDIA_ROOT = tmp_path
    key = UUID(int=7)
    memo = recordings.m4a()

    def send(_):
        services.write_reflection(
            mentor=mentor, kind=ReflectionKind.VOICE, media=upload(memo), client_id=key, by=mentor.user, at=now
        )

    in_threads(send)
    assert Reflection.objects.count() == 1
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_choices_of_a_goal_at_the_same_moment_stand_one_after_the_other(mentor, now):
    goals = [GoalFactory(mentor=mentor) for _ in range(THREADS)]
    in_threads(lambda thread: services.switch_goal(mentor=mentor, goal=goals[thread], by=mentor.user, at=now))
    choices = list(GoalSwitch.objects.order_by("at"))
    assert {choice.goal for choice in choices} == set(goals)
    assert len({choice.at for choice in choices}) == THREADS


def test_replies_at_the_same_moment_stand_one_after_the_other(mentor, now):
    row = ReflectionFactory(mentor=mentor)
    in_threads(lambda _: services.reply_to_reflection(reflection=row, text="x", by=mentor.user, at=now))
    assert len(set(row.replies.values_list("written_at", flat=True))) == THREADS
