"""The timeline in a browser: on a phone and a desktop, by day and by night, by keyboard, and without JavaScript."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from playwright.sync_api import expect

from tests.e2e.test_desk import PHONE, barriers, let_in, sign_in
from tests.factories import (
    PASSWORD,
    DailyNoteFactory,
    GoalFactory,
    LessonFactory,
    ReflectionFactory,
    ReplyFactory,
    VideoFactory,
)
from tests.recordings import picture
from training.enums import ReflectionKind
from training.models import GoalSwitch, ReflectionReply, VideoProgress
from training.services import write_reflection

DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture
def story(town, settings, tmp_path) -> SimpleNamespace:
    """What Kari did this week, in English: a film, a question with an answer, a picture, a note and two goals."""
    settings.MEDIA_ROOT = tmp_path
    at, kari = timezone.now(), town.pairs[0].mentor
    for user in (kari.user, town.coordinator):
        user.language = "en"
        user.save()
    video = VideoFactory(
        lesson=LessonFactory(course__organization=town.organization, title="Listening"), title="To listen"
    )
    goals = [
        GoalFactory(mentor=kari, title="The basic course", set_at=at - timedelta(days=60), completed_at=at),
        GoalFactory(mentor=kari, title="Five home visits", set_at=at - timedelta(days=2)),
    ]
    for goal in goals:
        GoalSwitch.objects.create(organization=town.organization, mentor=kari, goal=goal, at=goal.set_at)
    VideoProgress.objects.create(
        organization=town.organization, mentor=kari, video=video, percent=30, last_watched_at=at,
        reached_25_at=at - timedelta(hours=2),
    )  # fmt: skip
    asked = ReflectionFactory(
        mentor=kari, video=video, video_second=320, text="Why is silence so hard?", written_at=at - timedelta(hours=1)
    )
    ReplyFactory(reflection=asked, author=town.coordinator, text="Because we care.", written_at=at)
    shot = SimpleUploadedFile("shot.png", picture(), "image/png")
    write_reflection(
        mentor=kari, kind=ReflectionKind.SCREENSHOT, text="This one", video=video, video_second=65, media=shot,
        by=kari.user, at=at,
    )  # fmt: skip
    for days in (1, 2, 9):
        DailyNoteFactory(mentor=kari, text=f"A good day, {days} days ago.", written_at=at - timedelta(days=days))
    return SimpleNamespace(kari=kari, video=video, goals=goals, asked=asked)


def _sign_in(page, person) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", person.email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda address: "/login" not in address)


@pytest.fixture
def as_kari(page, story):
    let_in(page, story.kari.user)
    return page


def own_pages(story) -> list[str]:
    return [
        "/timeline/",
        "/timeline/week/",
        "/timeline/goals/",
        f"/timeline/goals/{story.goals[1].pk}/",
        f"/timeline/videos/{story.video.pk}/",
        f"/timeline/goals/{story.video.pk}/",  # there is no such goal
    ]


def is_easy(page) -> None:
    """Nothing that axe finds, nothing that does not fit, nothing too small for a finger."""
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    targets = page.locator("header nav a, .ways a, .pages a, .links a, summary, button").evaluate_all(
        "all => all.filter(one => one.offsetParent).map(one => one.offsetHeight)"
    )
    assert min(targets) >= 44


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_page_has_a_barrier_and_all_fit(as_kari, story, size):
    as_kari.set_viewport_size(size)
    for path in own_pages(story):
        # That a page is missing is said in the console, too; what is looked at here is what it says to a person.
        if path.startswith(f"/timeline/goals/{story.video.pk}"):
            continue
        as_kari.goto(path)
        is_easy(as_kari)


def test_nor_has_what_staff_see(page, town, story):
    sign_in(page, town.coordinator)
    page.goto(f"/admin/accounts/mentorprofile/{story.kari.pk}/change/")
    page.locator(f"a[href='/timeline/mentors/{story.kari.pk}/']").click()
    expect(page.locator("main")).to_contain_text("Kari Nordmann")
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        for path in ("", "week/", "goals/", f"goals/{story.goals[0].pk}/", f"videos/{story.video.pk}/"):
            page.goto(f"/timeline/mentors/{story.kari.pk}/{path}")
            is_easy(page)
        page.goto(f"/timeline/videos/{story.video.pk}/")
        is_easy(page)
    expect(page.locator(".line").first).to_contain_text("Kari Nordmann")


def test_a_screen_reader_hears_days_sentences_and_answers(as_kari, story):
    as_kari.goto("/timeline/")
    heard = as_kari.locator("main").aria_snapshot()
    assert 'heading "Your timeline" [level=1]' in heard
    assert "Wrote a reflection at 5:20 in “To listen”" in heard
    assert "Watched 25 % of “To listen”" in heard
    assert heard.index("Why is silence so hard?") < heard.index("Because we care.")
    assert 'img "The picture that belongs to this line"' in heard
    assert 'navigation "The timeline"' in heard


def test_the_picture_is_there_for_its_owner(as_kari, story):
    as_kari.goto("/timeline/")
    shown = as_kari.locator(".picture img")
    shown.scroll_into_view_if_needed()
    expect(shown).to_have_js_property("complete", True)
    as_kari.wait_for_function("document.querySelector('.picture img').naturalWidth > 0")


def test_goals_tell_from_when_to_when(as_kari, story):
    as_kari.goto("/timeline/goals/")
    first, second = as_kari.locator(".day").all()
    expect(first).to_contain_text("Five home visits")
    expect(first).to_contain_text("ongoing")
    expect(second).to_contain_text("reached")
    first.locator("h2 a").click()
    expect(as_kari.locator("h1")).to_have_text("Five home visits")
    expect(as_kari.locator("main")).to_contain_text("A good day, 1 days ago.")


def test_a_question_is_asked_again_by_keyboard_alone(as_kari, story):
    as_kari.goto("/timeline/")
    _tab_to(as_kari, f"details:has(form[action*='{story.asked.pk}']) summary")
    as_kari.keyboard.press("Enter")
    _tab_to(as_kari, f"form[action*='{story.asked.pk}'] textarea")
    as_kari.keyboard.type("And if they cry?")
    _tab_to(as_kari, f"form[action*='{story.asked.pk}'] button")
    as_kari.keyboard.press("Enter")
    expect(as_kari.locator("[role=status]")).to_be_visible()
    expect(as_kari.locator(".replies")).to_contain_text("And if they cry?")
    expect(as_kari.locator(".line", has_text="And if they cry?").locator(".waits")).to_be_visible()
    assert ReflectionReply.objects.filter(reflection=story.asked, is_from_staff=False).count() == 1


def _tab_to(page, selector: str) -> None:
    """Tab until the focus is there, and see that it shows."""
    for __ in range(160):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    pytest.fail(f"No way to {selector} by keyboard.")


def test_all_is_there_without_javascript(chromium, live_server, story, settings):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    _sign_in(page, story.kari.user)
    page.locator("header nav a[href='/timeline/']").click()
    page.locator(".ways a", has_text="The past week").click()
    expect(page.locator(".day")).to_have_count(7)
    page.locator("a[rel=next]").click()
    expect(page.locator("main")).to_contain_text("A good day, 9 days ago.")
    page.locator("a[rel=prev]").click()
    page.locator("details:has(textarea) summary").first.click()
    page.locator("details[open] textarea").fill("More of it")
    page.locator("details[open] button").click()
    expect(page.locator("[role=status]")).to_be_visible()
    expect(page.locator("main")).to_contain_text("More of it")
    context.close()
