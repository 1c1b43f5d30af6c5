"""What staff write: courses, lessons, videos and quizzes, and what is refused."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override

from accounts.models import ChangeEntry
from accounts.services.authority import NotAllowed
from tests import recordings
from tests.factories import (
    CheckpointFactory,
    CourseFactory,
    LessonFactory,
    QuizFactory,
    ReflectionFactory,
    VideoFactory,
)
from training import refusals
from training.enums import QuestionKind
from training.models import AnswerOption, Checkpoint, CheckpointVisit, Course, Lesson, Question, Quiz, Video
from training.services import content, enroll, record_watching, submit_quiz
from training.services.content import CheckpointDraft, OptionDraft, QuestionDraft

pytestmark = pytest.mark.django_db

FILM = Path(__file__).parents[2] / "training" / "demo_files" / "samtalen.webm"
FILM_SECONDS = 372


def film() -> SimpleUploadedFile:
    return SimpleUploadedFile("C:\\films\\talk.exe", FILM.read_bytes(), "application/octet-stream")


def question(*right: bool, kind=QuestionKind.ONE, key=None) -> QuestionDraft:
    options = [OptionDraft(f"Answer {place}", is_right) for place, is_right in enumerate(right)]
    return QuestionDraft("What helps?", kind, options, id=key)


# --- Courses and lessons


def test_a_new_course_is_hidden_until_it_has_a_lesson_and_is_shown(organization, coordinator, now):
    course = content.save_course(
        course=Course(organization=organization, slug="basics", title="Basics", is_published=True),
        by=coordinator, at=now,
    )  # fmt: skip
    assert course.is_published is False
    with pytest.raises(refusals.CourseEmpty):
        content.publish_course(course=course, by=coordinator, at=now)
    content.save_lesson(lesson=Lesson(course=course, position=1, title="One"), by=coordinator, at=now)
    content.publish_course(course=course, by=coordinator, at=now)
    content.publish_course(course=course, by=coordinator, at=now)
    course.refresh_from_db()
    assert course.is_published is True
    said = [(one.action, one.after) for one in ChangeEntry.objects.of(course).order_by("id")]
    assert said == [("created", {}), ("changed", {"is_published": True})]


def test_a_changed_course_says_so_in_its_history_and_stays_shown(course, coordinator, now):
    course.title, course.is_published = "Basics, anew", False
    content.save_course(course=course, by=coordinator, at=now)
    assert Course.objects.get().is_published is True
    assert ChangeEntry.objects.of(course).get().after == {"title": "Basics, anew"}


def test_two_courses_of_an_association_have_two_short_names(course, coordinator, foreign, now):
    twin = Course(organization=course.organization, slug=course.slug, title="Twin")
    with pytest.raises(refusals.CourseSlugTaken):
        content.save_course(course=twin, by=coordinator, at=now)
    content.save_course(
        course=Course(organization=foreign.organization, slug=course.slug, title="Twin"), by=foreign.user, at=now
    )


@pytest.mark.parametrize("who", ["mentor", "stranger"])
def test_only_staff_of_the_association_write(who, request, course, mentor, now):
    by = mentor.user if who == "mentor" else request.getfixturevalue("stranger")
    for act in (content.save_course, content.publish_course, content.unpublish_course, content.delete_course):
        LessonFactory(course=course)
        with pytest.raises(NotAllowed):
            act(course=course, by=by, at=now)
    taken = LessonFactory(course=course).position
    with pytest.raises(NotAllowed):
        content.save_lesson(lesson=Lesson(course=course, position=taken, title="Mine"), by=by, at=now)
    assert Course.objects.filter(pk=course.pk).exists()


def test_a_lesson_stays_in_its_course_and_has_a_place_of_its_own(course, lesson, coordinator, now):
    with pytest.raises(refusals.PositionTaken):
        content.save_lesson(lesson=Lesson(course=course, position=1, title="Two"), by=coordinator, at=now)
    lesson.course = CourseFactory(organization=course.organization)
    with pytest.raises(refusals.StaysWhereItIs):
        content.save_lesson(lesson=lesson, by=coordinator, at=now)


def test_what_nobody_has_begun_is_deleted_with_all_that_is_in_it(course, lesson, coordinator, now):
    CheckpointFactory(video=VideoFactory(lesson=lesson))
    QuizFactory(lesson=lesson)
    content.delete_course(course=course, by=coordinator, at=now)
    assert [model.objects.count() for model in (Course, Lesson, Video, Checkpoint, Quiz, Question)] == [0] * 6
    assert ChangeEntry.objects.of(course).get().action == "deleted"


def test_each_part_is_deleted_by_itself(
    course, lesson, coordinator, now, media_root, django_capture_on_commit_callbacks
):
    facts = {"by": coordinator, "at": now}
    content.unpublish_course(course=course, **facts)
    video = content.save_video(video=Video(lesson=lesson, title="The talk"), file=film(), **facts)
    quiz = QuizFactory(lesson=lesson, video=video)
    content.delete_quiz(quiz=quiz, **facts)
    with django_capture_on_commit_callbacks(execute=True):
        content.delete_video(video=video, **facts)
    content.delete_lesson(lesson=lesson, **facts)
    assert [model.objects.count() for model in (Lesson, Video, Quiz, Question)] == [0] * 4
    assert [path for path in media_root.rglob("*") if path.is_file()] == []
    gone = ChangeEntry.objects.filter(action="deleted").values_list("subject_type", flat=True)
    assert sorted(gone) == ["training.lesson", "training.quiz", "training.video"]


def test_what_a_mentor_has_begun_cannot_be_deleted(course, lesson, mentor, coordinator, now):
    video, quiz = VideoFactory(lesson=lesson), QuizFactory(lesson=lesson)
    checkpoint = CheckpointFactory(video=video, at_second=5)
    enroll(mentor=mentor, course=course, by=mentor.user, at=now)
    record_watching(mentor=mentor, video=video, stretches=[(0, 10)], by=mentor.user, at=now)
    submit_quiz(mentor=mentor, quiz=quiz, answers={}, by=mentor.user, at=now)
    facts = {"by": coordinator, "at": now}
    for act in (
        lambda: content.delete_course(course=course, **facts),
        lambda: content.delete_lesson(lesson=lesson, **facts),
        lambda: content.delete_video(video=video, **facts),
        lambda: content.delete_quiz(quiz=quiz, **facts),
        lambda: content.delete_checkpoint(checkpoint=checkpoint, **facts),
        lambda: content.save_video(video=video, checkpoints=[], **facts),
        lambda: content.save_quiz(quiz=quiz, questions=[question(True, False)], **facts),
    ):
        with pytest.raises(refusals.Begun):
            act()
    assert Question.objects.filter(quiz=quiz).count() == 2


def test_a_course_that_mentors_see_keeps_its_last_lesson(course, lesson, coordinator, now):
    facts = {"by": coordinator, "at": now}
    second = LessonFactory(course=course, position=2)
    content.publish_course(course=course, **facts)
    content.delete_lesson(lesson=second, **facts)
    with pytest.raises(refusals.LastLesson):
        content.delete_lesson(lesson=lesson, **facts)
    assert list(course.lessons.all()) == [lesson]
    content.unpublish_course(course=course, **facts)
    content.delete_lesson(lesson=lesson, **facts)
    assert not course.lessons.exists()


def test_a_lesson_that_somebody_has_written_about_stays_without_an_enrolment(lesson, mentor, coordinator, now):
    ReflectionFactory(mentor=mentor, lesson=lesson)
    with pytest.raises(refusals.Begun):
        content.delete_course(course=lesson.course, by=coordinator, at=now)


# --- Videos


def test_the_length_of_a_file_is_measured_and_its_name_is_ours(lesson, coordinator, now):
    video = Video(lesson=lesson, title="The talk", duration_seconds=5)
    captions = SimpleUploadedFile("x.vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello.\n")
    content.save_video(video=video, file=film(), captions=captions, by=coordinator, at=now)
    video.refresh_from_db()
    assert video.duration_seconds == FILM_SECONDS
    assert video.file.name.endswith(".webm")
    assert "talk" not in video.file.name
    assert video.captions.read().startswith(b"WEBVTT")


def test_an_address_has_the_length_that_is_given(lesson, coordinator, now):
    video = Video(lesson=lesson, title="Elsewhere", url="https://video.example.org/1")
    with pytest.raises(refusals.LengthMissing):
        content.save_video(video=video, by=coordinator, at=now)
    video.duration_seconds = 90
    content.save_video(video=video, by=coordinator, at=now)
    with pytest.raises(refusals.FileOrAddress):
        content.save_video(video=Video(lesson=lesson, title="Nothing"), by=coordinator, at=now)


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        (b"MZ this is a program", refusals.MediaTypeNotAllowed),
        (b"", refusals.MediaUnreadable),
        (FILM.read_bytes()[:200], refusals.MediaUnreadable),
    ],
)
def test_what_is_no_film_is_refused_whatever_it_is_called(what, refusal, lesson, coordinator, now):
    upload = SimpleUploadedFile("talk.mp4", what, "video/mp4")
    with pytest.raises(refusal):
        content.save_video(video=Video(lesson=lesson, title="The talk"), file=upload, by=coordinator, at=now)
    assert Video.objects.count() == 0


def test_a_film_for_all_is_one_that_every_browser_plays(lesson, coordinator, now):
    film = SimpleUploadedFile("talk.mov", recordings.mov(codec=b"hvc1"), "video/quicktime")
    with pytest.raises(refusals.FilmNotPlayedEverywhere):
        content.save_video(video=Video(lesson=lesson, title="Talk"), file=film, by=coordinator, at=now)
    film = SimpleUploadedFile("talk.mov", recordings.mov(), "video/quicktime")
    saved = content.save_video(video=Video(lesson=lesson, title="Talk"), file=film, by=coordinator, at=now)
    assert saved.file.name.endswith(".mp4")


@pytest.mark.parametrize("what", [b"<script>", b"WEBVTT", b"\xff\xfe", b"WEBVTT\n-->" + b"x" * 1_100_000])
def test_captions_are_webvtt(what, lesson, coordinator, now):
    video = VideoFactory(lesson=lesson)
    with pytest.raises(refusals.CaptionsUnreadable):
        content.save_video(video=video, captions=SimpleUploadedFile("a.vtt", what), by=coordinator, at=now)


def test_a_new_file_takes_the_place_of_the_old_one_which_is_gone(
    lesson, coordinator, now, django_capture_on_commit_callbacks
):
    video = Video(lesson=lesson, title="The talk")
    content.save_video(video=video, file=film(), by=coordinator, at=now)
    old = Path(video.file.path)
    with django_capture_on_commit_callbacks(execute=True):
        content.save_video(video=video, file=film(), by=coordinator, at=now)
    assert not old.exists()
    assert Path(video.file.path).exists()


def test_a_watched_video_keeps_its_length(lesson, mentor, coordinator, now):
    video = VideoFactory(lesson=lesson, duration_seconds=FILM_SECONDS + 1)
    record_watching(mentor=mentor, video=video, stretches=[(0, 10)], by=mentor.user, at=now)
    content.save_video(video=video, file=film(), by=coordinator, at=now)
    assert Video.objects.get().duration_seconds == FILM_SECONDS + 1  # the same film, encoded anew
    other = VideoFactory(lesson=lesson, duration_seconds=600)
    record_watching(mentor=mentor, video=other, stretches=[(0, 10)], by=mentor.user, at=now)
    with pytest.raises(refusals.OtherLength):
        content.save_video(video=other, file=film(), by=coordinator, at=now)


def test_checkpoints_change_places_come_and_go(lesson, coordinator, now):
    video = VideoFactory(lesson=lesson, duration_seconds=100)
    first, second, gone = (CheckpointFactory(video=video, at_second=at) for at in (10, 20, 30))
    drafts = [CheckpointDraft(20, "A", first.pk), CheckpointDraft(10, "B", second.pk), CheckpointDraft(100, "C")]
    content.save_video(video=video, checkpoints=drafts, by=coordinator, at=now)
    rows = {row.at_second: (row.title, row.pk) for row in Checkpoint.objects.filter(video=video)}
    assert {at: title for at, (title, _) in rows.items()} == {10: "B", 20: "A", 100: "C"}
    assert rows[20][1] == first.pk
    assert gone.pk not in {key for _, key in rows.values()}


@pytest.mark.parametrize(
    ("drafts", "refusal"),
    [
        ([CheckpointDraft(101, "Too far")], refusals.BeyondTheEnd),
        ([CheckpointDraft(9, "A"), CheckpointDraft(9, "B")], refusals.CheckpointTwice),
    ],
)
def test_checkpoints_lie_in_the_video_each_at_its_own_second(drafts, refusal, lesson, coordinator, now):
    video = VideoFactory(lesson=lesson, duration_seconds=100)
    with pytest.raises(refusal):
        content.save_video(video=video, checkpoints=drafts, by=coordinator, at=now)


def test_one_checkpoint_is_saved_and_deleted_by_itself(lesson, mentor, coordinator, now):
    video = VideoFactory(lesson=lesson, duration_seconds=100)
    one = content.save_checkpoint(
        checkpoint=Checkpoint(video=video, at_second=40, title="Here"), by=coordinator, at=now
    )
    for at_second, refusal in ((40, refusals.CheckpointTwice), (101, refusals.BeyondTheEnd)):
        with pytest.raises(refusal):
            content.save_checkpoint(
                checkpoint=Checkpoint(video=video, at_second=at_second, title="There"), by=coordinator, at=now
            )
    content.delete_checkpoint(checkpoint=one, by=coordinator, at=now)
    assert CheckpointVisit.objects.count() == Checkpoint.objects.count() == 0


# --- Quizzes


@pytest.mark.parametrize(
    ("kind", "right", "is_taken"),
    [
        (QuestionKind.ONE, (True, False), True),
        (QuestionKind.ONE, (True, True), False),
        (QuestionKind.ONE, (False, False), False),
        (QuestionKind.SEVERAL, (True, True), True),
        (QuestionKind.SEVERAL, (True, False, False), True),
        (QuestionKind.SEVERAL, (False, False), False),
    ],
)
def test_right_answers_are_required(kind, right, is_taken, lesson, coordinator, now):
    quiz, questions = Quiz(lesson=lesson, title="Quiz"), [question(True, False), question(*right, kind=kind)]
    if is_taken:
        content.save_quiz(quiz=quiz, questions=questions, by=coordinator, at=now)
        assert [row.is_correct for row in AnswerOption.objects.filter(question__position=1)] == list(right)
        return
    with pytest.raises(refusals.RightAnswerMissing) as refused:
        content.save_quiz(quiz=quiz, questions=questions, by=coordinator, at=now)
    assert refused.value.field == "questions.1"


@pytest.mark.parametrize("right", [(True,), (True, *[False] * 8)])
def test_a_question_has_two_to_eight_answers(right, lesson, coordinator, now):
    with pytest.raises(refusals.AnswersMissing):
        content.save_quiz(quiz=Quiz(lesson=lesson, title="Quiz"), questions=[question(*right)], by=coordinator, at=now)


@pytest.mark.parametrize("questions", [None, []])
def test_a_new_quiz_asks_something(questions, lesson, coordinator, now):
    with pytest.raises(refusals.QuestionsMissing):
        content.save_quiz(quiz=Quiz(lesson=lesson, title="Quiz"), questions=questions, by=coordinator, at=now)


def test_a_quiz_belongs_to_a_video_of_its_lesson(lesson, coordinator, now):
    video, elsewhere = VideoFactory(lesson=lesson), VideoFactory(lesson=LessonFactory(course=lesson.course))
    questions = [question(True, False)]
    for place, refusal in (
        ({"video": elsewhere}, refusals.QuizOfAnotherLesson),
        ({"video": video, "at_second": 601}, refusals.BeyondTheEnd),
    ):
        with pytest.raises(refusal):
            content.save_quiz(
                quiz=Quiz(lesson=lesson, title="Quiz", **place), questions=questions, by=coordinator, at=now
            )
    quiz = Quiz(lesson=lesson, title="Quiz", video=video, at_second=600)
    assert content.save_quiz(quiz=quiz, questions=questions, by=coordinator, at=now).at_second == 600


def test_what_has_been_answered_is_corrected_and_keeps_its_answers(lesson, mentor, coordinator, now):
    quiz = QuizFactory(lesson=lesson, questions=1)
    row = quiz.questions.get()
    options = list(row.options.all())
    submit_quiz(mentor=mentor, quiz=quiz, answers={row.pk: [options[0].pk]}, by=mentor.user, at=now)
    drafts = [OptionDraft(f"Better {n}", n == 1, option.pk) for n, option in enumerate(options)]
    corrected = QuestionDraft("Better?", QuestionKind.ONE, [*drafts, OptionDraft("One more", False)], id=row.pk)
    content.save_quiz(
        quiz=quiz, questions=[corrected, question(True, False)], by=coordinator, at=now + timedelta(hours=1)
    )
    assert quiz.questions.count() == 2
    assert {option.pk for option in row.options.all()} >= {option.pk for option in options}
    assert [option.is_correct for option in row.options.all()] == [False, True, False, False]


def test_a_quiz_saved_as_it_is_says_nothing_in_its_history(lesson, coordinator, now):
    quiz = QuizFactory(lesson=lesson, questions=1)
    row = quiz.questions.get()
    same = [OptionDraft(option.text, option.is_correct, option.pk) for option in row.options.all()]
    content.save_quiz(
        quiz=quiz, questions=[QuestionDraft(row.text, QuestionKind.ONE, same, id=row.pk)], by=coordinator, at=now
    )
    assert ChangeEntry.objects.of(quiz).count() == 0


def test_the_history_of_a_quiz_says_what_was_asked_before_and_what_is_asked_now(lesson, coordinator, now):
    def drafted(text, *options, key=None, explanation=""):
        drafts = [OptionDraft(each.strip("*"), each.startswith("*")) for each in options]
        return QuestionDraft(text, QuestionKind.ONE, drafts, explanation, id=key)

    def save(*questions):
        return content.save_quiz(quiz=quiz, questions=questions, by=coordinator, at=now)

    quiz = Quiz(lesson=lesson, title="Quiz")
    with override("en"):
        save(drafted("One?", "*A", "B"), drafted("Two?", "*A", "B"), drafted("Three?", "*A", "B"))
        one, _two, three = quiz.questions.values_list("pk", flat=True)
        save(
            drafted("Three?", "*A", "B", key=three),
            drafted("One!", "A", "*B", key=one, explanation="So it is."),
            drafted("Four?", "*A", "B"),
        )
    [entry] = ChangeEntry.objects.of(quiz).filter(action="changed")
    kind = "(One answer is right) –"
    assert {name: (entry.before[name], entry.after[name]) for name in entry.before} == {
        "question 2": (f"One? {kind} *A; B", f"One! {kind} A; *B – So it is."),
        "question 3": ("", f"Four? {kind} *A; B"),
        "former question 2": (f"Two? {kind} *A; B", ""),
        "order of the questions": ("1, 3", "3, 1"),
    }


def test_staff_read_which_question_was_changed(admin_as_coordinator, coordinator, lesson, now):
    quiz = QuizFactory(lesson=lesson, questions=1)
    row = quiz.questions.get()
    options = [OptionDraft(option.text, option.is_correct, option.pk) for option in row.options.all()]
    changed = QuestionDraft("Is it <b>so</b>?", QuestionKind.ONE, options, id=row.pk)
    content.save_quiz(quiz=quiz, questions=[changed], by=coordinator, at=now)
    shown = admin_as_coordinator.get(f"/admin/training/quiz/{quiz.pk}/history/").content.decode()
    assert row.text in shown
    assert "Is it &lt;b&gt;so&lt;/b&gt;?" in shown
    assert "Spørsmål 1:" in shown
