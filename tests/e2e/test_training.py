"""Learning in a browser: a film with captions, a quiz and a thought at 5:20, on a phone and a desktop, by keyboard."""

from pathlib import Path

import pytest
from django.core.files.base import File
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from tests.e2e.test_desk import PHONE, barriers, let_in, sign_in
from tests.factories import PASSWORD
from training.enums import QuestionKind
from training.models import Course, Enrollment, Lesson, LessonProgress, QuizAttempt, Reflection, Video, VideoProgress
from training.models.content import Quiz
from training.services import content, reply_to_reflection, write_reflection
from training.services.content import CheckpointDraft, OptionDraft, QuestionDraft

DESKTOP = {"width": 1280, "height": 900}
FILES = Path(__file__).parents[2] / "training" / "demo_files"


@pytest.fixture
def course(town):
    """A course of two lessons, the first with a film, the second with a quiz; in English, as the code is."""
    at, by = timezone.now(), town.coordinator
    kari = town.pairs[0].mentor
    kari.user.language = "en"
    kari.user.save()
    with transaction.atomic():
        made = content.save_course(
            course=Course(organization=town.organization, slug="talks", title="Good talks", description="Two steps."),
            by=by, at=at,
        )  # fmt: skip
        lessons = [
            content.save_lesson(
                lesson=Lesson(course=made, position=n, title=title, body="Take your time.\n\nThen go on."), by=by, at=at
            )
            for n, title in enumerate(("The talk", "Boundaries"), start=1)
        ]
        with (FILES / "samtalen.webm").open("rb") as film, (FILES / "samtalen.vtt").open("rb") as captions:
            content.save_video(
                video=Video(lesson=lessons[0], title="The film", transcript="All that is said."),
                file=File(film), captions=File(captions), by=by, at=at,
                checkpoints=[CheckpointDraft(93, "Listening"), CheckpointDraft(320, "Worried?")],
            )  # fmt: skip
        questions = [
            QuestionDraft("What helps?", QuestionKind.ONE, [OptionDraft("Time", True), OptionDraft("Haste", False)]),
            QuestionDraft(
                "And what else?",
                QuestionKind.SEVERAL,
                [OptionDraft("Tea", True), OptionDraft("Silence", True), OptionDraft("Noise", False)],
                "Both do.",
            ),
        ]
        content.save_quiz(quiz=Quiz(lesson=lessons[1], title="Your turn"), questions=questions, by=by, at=at)
        content.publish_course(course=made, by=by, at=at)
    return made


@pytest.fixture
def as_kari(page, town, course):
    let_in(page, town.pairs[0].mentor.user)
    return page


def _sign_in(page, person) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", person.email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda address: "/login" not in address)


def until(page, condition: str) -> None:
    """Wait for something that the page itself could not be asked: what it may run is ours alone."""
    for __ in range(300):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"It never came to {condition}.")


def lesson_of(course, position: int) -> str:
    return f"/training/lessons/{course.lessons.get(position=position).pk}/"


def _converse(town, course) -> None:
    """A thought at 5:20 with its answer, so that the page shows a conversation."""
    at, kari = timezone.now(), town.pairs[0].mentor
    picture = SimpleUploadedFile("x.png", (FILES / "skjermbilde.png").read_bytes(), "image/png")
    row = write_reflection(
        mentor=kari, kind="screenshot", text="Whom do I ring?", video=Video.objects.get(), video_second=320,
        media=picture, by=kari.user, at=at,
    )  # fmt: skip
    reply_to_reflection(reflection=row, text="Ring me, whenever it is.", by=town.coordinator, at=at)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_page_has_a_barrier_and_all_fit(as_kari, town, course, size):
    _converse(town, course)
    as_kari.set_viewport_size(size)
    as_kari.goto(f"/training/quizzes/{Quiz.objects.get().pk}/")
    as_kari.check("text=Haste")
    as_kari.click("main button")
    as_kari.wait_for_url("**/attempts/**")
    pages = [as_kari.url, "/training/", f"/training/{course.pk}/", lesson_of(course, 1), lesson_of(course, 2),
             f"/training/quizzes/{Quiz.objects.get().pk}/"]  # fmt: skip
    for path in pages:
        as_kari.goto(path)
        assert barriers(as_kari) == []
        assert as_kari.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        targets = as_kari.locator(
            "header nav a, .path a, .places a, .lessons a, .plain a, .ways a, summary, main button, main select,"
            " .choice"
        ).evaluate_all("all => all.filter(one => one.offsetParent).map(one => one.offsetHeight)")
        assert min(targets) >= 44, path


def test_the_player_tells_how_much_was_watched(as_kari, town, course):
    as_kari.goto(lesson_of(course, 1))
    until(as_kari, "document.querySelector('video').readyState >= 2")
    as_kari.evaluate("""async () => {
        const video = document.querySelector('video');
        video.muted = true;
        video.currentTime = 318;
        await new Promise(done => video.addEventListener('seeked', done, {once: true}));
        await video.play();
    }""")
    until(as_kari, "document.querySelector('video').currentTime > 322")
    with as_kari.expect_response("**/watched/"):
        as_kari.evaluate("document.querySelector('video').pause()")
    as_kari.wait_for_selector("li:has-text('Worried?') .reached:visible")
    row = VideoProgress.objects.get(mentor=town.pairs[0].mentor)
    # What was played, and not what was jumped over.
    assert [stretch.lower for stretch in row.watched] == [318]
    assert 322 <= row.watched[-1].upper <= 330
    assert row.percent <= 3
    assert as_kari.locator("[data-said]").inner_text() == f"You have watched {row.percent} % of it."
    as_kari.reload()
    until(as_kari, "document.querySelector('video').currentTime >= 318")  # goes on where one left off


def test_what_was_watched_before_the_page_was_left_is_told(as_kari, town, course):
    as_kari.goto(lesson_of(course, 1))
    until(as_kari, "document.querySelector('video').readyState >= 2")
    as_kari.evaluate("() => { const video = document.querySelector('video'); video.muted = true; return video.play() }")
    until(as_kari, "document.querySelector('video').currentTime > 2")
    assert not VideoProgress.objects.exists()
    as_kari.goto("/training/")
    for _ in range(100):
        if VideoProgress.objects.exists():
            break
        as_kari.wait_for_timeout(100)
    assert VideoProgress.objects.get().watched[0].lower == 0


def test_a_checkpoint_is_reached_and_the_captions_are_there(as_kari, course):
    as_kari.goto(lesson_of(course, 1))
    until(as_kari, "document.querySelector('video').readyState >= 1")
    as_kari.click("a:has-text('Worried?')")
    until(as_kari, "document.querySelector('video').currentTime === 320")
    assert as_kari.evaluate("document.activeElement.tagName") == "VIDEO"
    until(as_kari, "document.querySelector('track').track.cues?.length === 12")
    as_kari.click("button:has-text('Where the video is now')")
    assert as_kari.input_value("#id_second") == "5:20"


def test_what_is_refused_has_the_focus_and_what_is_written_is_where_one_lands(as_kari, course):
    # That something is refused is said in the console, too; what is looked at here is what a person sees.
    page = as_kari.context.new_page()
    page.set_viewport_size(PHONE)
    page.goto(lesson_of(course, 1))
    page.fill("#id_text", "Whom do I ring?")
    page.fill("#id_second", "59:00")
    with page.expect_navigation():
        page.click(".reflection button[type=submit]")
    until(page, "document.activeElement.id === 'id_second'")
    assert page.locator(".messages").inner_text() == "It is not written down yet. Please look at what is marked."
    expect(page.locator(".messages")).to_be_in_viewport()
    page.fill("#id_second", "5:20")
    with page.expect_navigation():
        page.click(".reflection button[type=submit]")
    expect(page.locator("article.said h3")).to_be_in_viewport()
    expect(page.locator(".messages")).to_be_in_viewport()


def test_a_thought_at_5_20_with_a_picture_is_written_by_keyboard_alone(as_kari, course):
    as_kari.goto(lesson_of(course, 1) + "?t=320")
    _tab_to(as_kari, "#id_text")
    as_kari.keyboard.type("Whom do I ring?")
    as_kari.set_input_files("#id_upload", FILES / "skjermbilde.png")
    _tab_to(as_kari, ".reflection button[type=submit]")
    as_kari.keyboard.press("Enter")
    as_kari.wait_for_selector("article.said")
    row = Reflection.objects.get()
    assert (row.kind, row.video_second, row.text) == ("screenshot", 320, "Whom do I ring?")
    assert "5:20" in as_kari.locator("article.said h3").inner_text()
    as_kari.locator("article.said img").scroll_into_view_if_needed()
    until(as_kari, "document.querySelector('article.said img').naturalWidth > 0")


def test_the_course_is_completed_by_keyboard_alone(as_kari, course):
    as_kari.goto(lesson_of(course, 1))
    _tab_to(as_kari, "form[action$='done/'] button")
    as_kari.keyboard.press("Enter")
    as_kari.wait_for_url("**" + lesson_of(course, 2))
    _tab_to(as_kari, ".plain a")
    as_kari.keyboard.press("Enter")
    as_kari.wait_for_url("**/quizzes/**")
    _tab_to(as_kari, "input[type=radio]")
    as_kari.keyboard.press("Space")
    for _ in range(2):
        as_kari.keyboard.press("Tab")
        as_kari.keyboard.press("Space")
    _tab_to(as_kari, "main button")
    as_kari.keyboard.press("Enter")
    as_kari.wait_for_url("**/attempts/**")
    assert QuizAttempt.objects.get().passed
    as_kari.goto(lesson_of(course, 2))
    as_kari.click("text=I have done this lesson")
    as_kari.wait_for_url(f"**/training/{course.pk}/")
    assert "You have completed the course" in as_kari.locator("[role=status]").inner_text()
    assert Enrollment.objects.get().completed_at is not None


def _tab_to(page, selector: str) -> None:
    """Tab until the focus is there, and see that it shows."""
    for __ in range(160):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    pytest.fail(f"No way to {selector} by keyboard.")


def test_all_of_it_works_without_javascript(chromium, live_server, town, course, settings):
    settings.REQUIRE_STAFF_MFA = False
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    _sign_in(page, town.pairs[0].mentor.user)
    page.goto(lesson_of(course, 1))
    page.click("a:has-text('Worried?')")
    assert "?t=320" in page.url
    assert page.input_value("#id_second") == "5:20"
    page.click("text=I have watched all of it")
    page.wait_for_selector("text=You have watched 100 % of it.")
    page.click("text=I have done this lesson")
    page.wait_for_url("**" + lesson_of(course, 2))
    assert LessonProgress.objects.count() == 1
    context.close()


def test_a_mentor_finds_the_courses_beside_their_account(as_kari, course):
    as_kari.goto("/accounts/sessions/")
    as_kari.click("nav >> text=Courses")
    as_kari.wait_for_url("**/training/")
    assert as_kari.locator("h2").first.inner_text() == "Good talks"


def test_the_desks_forms_have_no_barrier_and_a_question_is_added(page, town, course):
    sign_in(page, town.coordinator)
    quiz, video, lesson = Quiz.objects.get(), Video.objects.get(), course.lessons.first()
    for path in (
        "course/", f"course/{course.pk}/change/", f"lesson/{lesson.pk}/change/", f"video/{video.pk}/change/",
        f"quiz/{quiz.pk}/change/", "course/add/", "quiz/add/",
    ):  # fmt: skip
        page.goto(f"/admin/training/{path}")
        assert barriers(page) == [], path
    page.goto(f"/admin/training/quiz/{quiz.pk}/change/")
    page.click("#questions-group .add-row a")
    page.fill("#id_questions-2-text", "And now?")
    page.fill("#id_questions-2-answer_0", "Yes")
    page.fill("#id_questions-2-answer_1", "No")
    page.check("#id_questions-2-right_1")
    page.click("input[name=_save]")
    page.wait_for_url("**/admin/training/quiz/")
    assert [option.is_correct for option in quiz.questions.last().options.all()] == [False, True]
