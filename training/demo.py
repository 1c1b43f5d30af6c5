"""The demo's courses, and what its mentors have made of them: something for every page that shows it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path

from django.core.files.base import File
from django.db.models import F

from accounts.local_time import moment_at
from accounts.models import MentorProfile, User
from mentoring.demo import Demo, before, chapter
from notifications.channels.memory import MemoryChannel
from notifications.dispatch import dispatch
from notifications.enums import Channel, State
from notifications.models import Notification
from training import demo_texts as texts
from training import services
from training.enums import QuestionKind, ReflectionKind
from training.models import Course, Goal, Lesson, Question, Quiz, Reflection, Video
from training.services import content
from training.services.content import CheckpointDraft, OptionDraft, QuestionDraft

FILES = Path(__file__).parent / "demo_files"
#: So many days ago the courses were written.
WRITTEN = 120
#: Mentors by their places in the demo's cast. The first is the one a newcomer signs in as; RENEWED has completed the
#: refresher on the day before the certificate was renewed (`certifications.demo`).
ANNE, RENEWED, RENEWED_DAYS_AGO = 0, 16, 46
DIGITAL = (2, 8, 12)
WATCHERS = (1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 15, 18, 19)


@dataclass
class School:
    """The courses while the story is told."""

    demo: Demo
    refresher: Course
    lessons: list[Lesson]
    video: Video
    quiz: Quiz
    digital: Lesson
    #: Of its own, so that what the other chapters draw stays the same.
    chance: random.Random = field(default_factory=lambda: random.Random(531))  # noqa: S311 no secret

    def when(self, days: int, hour: int, minute: int = 0) -> datetime:
        """A local clock time so many days ago, and never later than now."""
        moment = moment_at(before(self.demo.at, days), time(hour, minute), self.demo.organization.time_zone)
        return min(moment, self.demo.at - timedelta(minutes=20))


@chapter
def add_training(demo: Demo) -> None:
    """Write the courses, and let the mentors learn; what that has told anybody has arrived."""
    with everything_arrived(demo):
        school = _write_courses(demo)
        _complete_the_refresher(school)
        _complete_the_digital_one(school)
        for number in WATCHERS:
            _watch(school, number)
        _tell_of_anne(school)
        _ask_and_answer(school)


# --- What is taught


def _write_courses(demo: Demo) -> School:
    by, at = demo.people["head"], demo.ago(WRITTEN)
    refresher = _course(demo, texts.REFRESHER, 1)
    lessons = [_lesson(demo, refresher, place, *each) for place, each in enumerate(texts.LESSONS, start=1)]
    video = Video(lesson=lessons[1], position=1, title=texts.VIDEO_TITLE, transcript=texts.TRANSCRIPT)
    with (FILES / "samtalen.webm").open("rb") as film, (FILES / "samtalen.vtt").open("rb") as captions:
        places = [CheckpointDraft(second, title) for second, title in texts.CHECKPOINTS]
        content.save_video(video=video, file=File(film), captions=File(captions), checkpoints=places, by=by, at=at)
    questions = [
        QuestionDraft(
            text,
            QuestionKind.ONE if sum(is_right for _, is_right in options) == 1 else QuestionKind.SEVERAL,
            [OptionDraft(option, is_right) for option, is_right in options],
            explanation,
        )
        for text, options, explanation in texts.QUESTIONS
    ]
    quiz = Quiz(lesson=lessons[2], title=texts.QUIZ_TITLE, pass_percent=66)
    content.save_quiz(quiz=quiz, questions=questions, by=by, at=at)
    digital = _course(demo, texts.DIGITAL, 2)
    only = _lesson(demo, digital, 1, *texts.DIGITAL_LESSON)
    for course in (refresher, digital):
        content.publish_course(course=course, by=by, at=at)
    _lesson(demo, _course(demo, texts.DRAFT, 3), 1, *texts.DRAFT_LESSON)  # not shown to mentors yet
    return School(demo, refresher, lessons, video, quiz, only)


def _course(demo: Demo, facts: tuple[str, str, str], position: int) -> Course:
    slug, title, description = facts
    course = Course(organization=demo.organization, slug=slug, title=title, description=description, position=position)
    return content.save_course(course=course, by=demo.people["head"], at=demo.ago(WRITTEN))


def _lesson(demo: Demo, course: Course, position: int, title: str, body: str) -> Lesson:
    lesson = Lesson(course=course, position=position, title=title, body=body)
    return content.save_lesson(lesson=lesson, by=demo.people["head"], at=demo.ago(WRITTEN))


# --- What mentors have done


def _complete_the_refresher(school: School) -> None:
    mentor, day = school.demo.mentors[RENEWED], RENEWED_DAYS_AGO
    first, second, third = school.lessons
    _done(school, mentor, first, school.when(day + 9, 19, 10))
    _played(school, mentor, [(0, 190)], school.when(day + 4, 20, 5))
    _played(school, mentor, [(180, school.video.duration_seconds)], school.when(day + 2, 20, 30))
    _done(school, mentor, second, school.when(day + 2, 20, 40))
    _answer_quiz(school, mentor, right=2, at=school.when(day, 18, 20))
    _done(school, mentor, third, school.when(day, 18, 25))


def _complete_the_digital_one(school: School) -> None:
    for place, number in enumerate(DIGITAL):
        _done(school, school.demo.mentors[number], school.digital, school.when(20 + 17 * place, 20, 15))


def _watch(school: School, number: int) -> None:
    """A mentor on the way: a lesson, some of the video, perhaps the quiz."""
    mentor, chance = school.demo.mentors[number], school.chance
    began = chance.randint(12, 60)
    _done(school, mentor, school.lessons[0], school.when(began, chance.randint(17, 21)))
    at, length = 0, school.video.duration_seconds
    for days in sorted((chance.randint(1, began - 1) for _ in range(chance.randint(1, 3))), reverse=True):
        until = min(length, at + chance.randint(70, 210))
        _played(school, mentor, [(at, until)], school.when(days, chance.randint(17, 21), chance.randint(0, 59)))
        at = until
    if at == length:
        _done(school, mentor, school.lessons[1], school.when(1, 21, 30))
        _answer_quiz(school, mentor, right=chance.randint(0, 1), at=school.when(1, 21, 40))


def _tell_of_anne(school: School) -> None:
    """The mentor whom a newcomer signs in as is in the middle of it: two goals, notes, half a video."""
    anne = school.demo.mentors[ANNE]
    by = anne.user
    visits = services.set_goal(
        mentor=anne, title=texts.VISITS, milestones=texts.VISIT_STEPS, by=by, at=school.when(58, 19)
    )  # fmt: skip
    for place, milestone in enumerate(visits.goalmilestones.order_by("position")):
        services.reach_milestone(milestone=milestone, by=by, at=school.when(50 - 12 * place, 20))
    _prove(anne, visits, texts.VISIT_PROOF, school.when(26, 20, 10))
    services.write_goal_message(goal=visits, text=texts.WELL_DONE, by=school.demo.people["head"], at=school.when(25, 9))
    services.complete_goal(goal=visits, by=by, at=school.when(24, 19))
    talks = services.set_goal(
        mentor=anne,
        title=texts.TALKS,
        description=texts.TALKS_WHY,
        target_on=before(school.demo.at, -45),
        milestones=texts.TALK_STEPS,
        by=by,
        at=school.when(21, 19, 30),
    )
    services.switch_goal(mentor=anne, goal=talks, by=by, at=school.when(21, 19, 31))
    first = talks.goalmilestones.order_by("position").first()
    assert first is not None
    services.reach_milestone(milestone=first, by=by, at=school.when(6, 20, 45))
    services.write_goal_message(goal=talks, text=texts.HOW_IS_IT, by=school.demo.people["head"], at=school.when(5, 10))
    services.write_goal_message(goal=talks, text=texts.IT_IS_FINE, by=by, at=school.when(5, 20))
    _prove(anne, talks, texts.TALK_PROOF, school.when(3, 21))
    for days, note in texts.NOTES:
        moment = school.when(days, 21, 15)
        services.write_daily_note(mentor=anne, text=note, by=by, at=moment)
    _done(school, anne, school.lessons[0], school.when(20, 18, 40))
    for days, stretch in ((6, (0, 130)), (4, (130, 215)), (2, (300, 335)), (0, (215, 240))):
        _played(school, anne, [stretch], school.when(days, 20, 30))


def _ask_and_answer(school: School) -> None:
    """Reflections from yesterday to two weeks ago: answered, waiting, and one whose mentor has written again."""
    for number, days, second, text, answer, again in texts.REFLECTIONS:
        mentor = school.demo.mentors[number]
        row = _reflect(school, mentor, second, text, school.when(days, 20, 35))
        if answer:
            _reply(row, answer, _coordinator(school, mentor), school.when(max(days - 1, 0), 9, 20))
        if again:
            _reply(row, again, mentor.user, school.when(max(days - 2, 0), 19, 5))
    with (FILES / "skjermbilde.png").open("rb") as picture:
        services.write_reflection(
            mentor=school.demo.mentors[ANNE],
            kind=ReflectionKind.SCREENSHOT,
            text=texts.AT_5_20,
            video=school.video,
            video_second=320,
            media=File(picture),
            by=school.demo.mentors[ANNE].user,
            at=school.when(2, 20, 45),
        )


def _coordinator(school: School, mentor: MentorProfile) -> User:
    in_sunnfjord = mentor.local_associations.filter(pk=school.demo.places[2].pk).exists()
    return school.demo.people["local" if in_sunnfjord else "head"]


# --- One step each


def _done(school: School, mentor: MentorProfile, lesson: Lesson, at: datetime) -> None:
    services.enroll(mentor=mentor, course=lesson.course, by=mentor.user, at=at - timedelta(minutes=25))
    services.complete_lesson(mentor=mentor, lesson=lesson, by=mentor.user, at=at)


def _played(school: School, mentor: MentorProfile, stretches: Sequence[tuple[int, int]], at: datetime) -> None:
    services.record_watching(mentor=mentor, video=school.video, stretches=stretches, by=mentor.user, at=at)


def _answer_quiz(school: School, mentor: MentorProfile, *, right: int, at: datetime) -> None:
    """With so many right answers; the others are left open."""
    questions = Question.objects.filter(quiz=school.quiz).prefetch_related("options")
    answers = {
        question.pk: [option.pk for option in question.options.all() if option.is_correct]
        for question in questions[:right]
    }
    services.submit_quiz(mentor=mentor, quiz=school.quiz, answers=answers, by=mentor.user, at=at)


def _reflect(school: School, mentor: MentorProfile, second: int | None, text: str, at: datetime) -> Reflection:
    place = {"lesson": school.lessons[0]} if second is None else {"video": school.video, "video_second": second}
    return services.write_reflection(mentor=mentor, kind=ReflectionKind.TEXT, text=text, by=mentor.user, at=at, **place)


def _reply(reflection: Reflection, text: str, by: User, at: datetime) -> None:
    services.reply_to_reflection(reflection=reflection, text=text, by=by, at=at)


def _prove(mentor: MentorProfile, goal: Goal, text: str, at: datetime) -> None:
    services.submit_proof(mentor=mentor, goal=goal, text=text, by=mentor.user, at=at)


@contextmanager
def everything_arrived(demo: Demo) -> Iterator[None]:
    """What the verbs tell people meanwhile has arrived in the app, and what is older than a week has been read."""
    waiting = Notification.objects.filter(organization=demo.organization, state=State.PENDING)
    already = set(waiting.values_list("pk", flat=True))
    yield
    keys = set(waiting.values_list("pk", flat=True)) - already
    told = Notification.objects.filter(pk__in=keys)
    told.update(channel=Channel.IN_APP)
    dispatch(clock=lambda: demo.at, channels={Channel.IN_APP: MemoryChannel(Channel.IN_APP)})
    told.filter(not_before__lt=demo.ago(7)).update(read_at=F("sent_at"))
