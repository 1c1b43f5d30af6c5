"""The answer desk in a browser: by mouse, by keyboard, on a phone, and no barrier that axe finds."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from tests.e2e.test_desk import PHONE, barriers, sign_in
from tests.factories import (
    CareAreaFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    ReflectionFactory,
    UserFactory,
    VideoFactory,
)
from tests.recordings import mp3, picture
from timeline.models import AnswerClaim, TimelineEntry
from timeline.services import answer, claim
from training.models import ReflectionReply
from training.services import reply_to_reflection, write_reflection

DESK = "/admin/timeline/waitingreflection/"

#: What each mentor of the town asks, at which second, and how many days ago; the first has waited longest.
ASKED = [
    ("Hvor lenge kan jeg vente før jeg sier noe? Jeg kjenner at jeg blir usikker når det blir helt stille.", 320, 30),
    ("Jeg tror jeg ville ha gjort det samme som hun i filmen.", 45, 12),
    ("Hva gjør jeg når den jeg besøker begynner å gråte?", None, 0),
]


@pytest.fixture
def asked(town) -> list[TimelineEntry]:
    now = timezone.now()
    course = CourseFactory(organization=town.organization, title="Grunnkurs for likepersoner")
    lesson = LessonFactory(course=course, title="Å lytte")
    video = VideoFactory(lesson=lesson, title="Den første samtalen")
    made = [
        ReflectionFactory(
            mentor=pair.mentor, video=video, video_second=second, text=text, written_at=now - timedelta(days=days)
        )
        for pair, (text, second, days) in zip(town.pairs, ASKED, strict=False)
    ]
    lines = {line.source_id: line for line in TimelineEntry.objects.all()}
    return [lines[each.pk] for each in made]


@pytest.fixture
def conversation(asked, town) -> TimelineEntry:
    """The first one has been answered, and its mentor has asked on."""
    now = timezone.now()
    answer(entry=asked[0], text="Så lenge du klarer.", by=town.coordinator, at=now - timedelta(days=21))
    reflection = ReflectionReply.objects.get().reflection
    text = "Men hva om det blir helt stille?\nDet skjedde i går."
    reply_to_reflection(reflection=reflection, text=text, by=reflection.mentor.user, at=now - timedelta(days=20))
    return asked[0]


@pytest.fixture
def colleague(town):
    user = UserFactory(first_name="Nora", last_name="Berg")
    membership = MembershipFactory(organization=town.organization, user=user, role="coordinator")
    CareAreaFactory(membership=membership, local_association=town.place)
    return user


@pytest.fixture
def desk(page, town, asked):
    sign_in(page, town.coordinator)
    return page


@pytest.fixture
def media(desk, town, settings, tmp_path) -> dict[str, TimelineEntry]:
    """A picture and a recording."""
    settings.MEDIA_ROOT = tmp_path
    files = {"screenshot": ContentFile(picture(size=(640, 360)), "a.png"), "voice": ContentFile(mp3(), "a.mp3")}
    mentor = town.pairs[3].mentor
    made = {
        kind: write_reflection(mentor=mentor, kind=kind, media=file, by=mentor.user, at=timezone.now())
        for kind, file in files.items()
    }
    return {kind: TimelineEntry.objects.get(source_id=row.pk) for kind, row in made.items()}


def of(entry) -> str:
    return reverse("admin:timeline_waitingreflection_change", args=[entry.pk])


class TestTheDesk:
    def test_is_one_click_from_the_first_page(self, desk):
        desk.locator(f".notes a[href='{DESK}']").click()
        desk.wait_for_selector("#result_list")
        names = desk.locator("#result_list tbody th").all_inner_texts()
        assert [name.split()[0] for name in names] == ["Kari", "Ingrid", "Anders"]
        assert desk.locator("#result_list .is-long .state").count() == 2

    def test_is_worked_by_keyboard_alone(self, desk, asked, town):
        desk.goto(DESK)
        desk.locator("#result_list tbody th a").first.focus()
        desk.keyboard.press("Enter")
        desk.wait_for_selector("ol.conversation")
        desk.locator("textarea[name=text]").focus()
        desk.keyboard.type("Vent så lenge du klarer.")
        desk.keyboard.press("Tab")
        assert desk.evaluate("document.activeElement.value") == "answer"
        desk.keyboard.press("Enter")
        desk.wait_for_selector("ul.messagelist li.success")
        assert ReflectionReply.objects.get().text == "Vent så lenge du klarer."
        assert desk.locator("#result_list tbody tr").count() == 2

    def test_is_claimed_answered_and_added_to(self, desk, asked):
        desk.goto(of(asked[0]))
        desk.click("button[value=claim]")
        desk.wait_for_selector(".claimed.mine")
        assert AnswerClaim.objects.count() == 1
        desk.fill("textarea[name=text]", "Første svar")
        desk.click("button[value=answer]")
        desk.wait_for_selector("ul.messagelist li.success")
        assert AnswerClaim.objects.count() == 0
        desk.goto(of(asked[0]))
        desk.fill("textarea[name=text]", "Og en ting til")
        desk.click("button[value=answer]")
        desk.wait_for_selector("ul.messagelist li.success")
        assert ReflectionReply.objects.count() == 2

    def test_keeps_what_was_typed_when_a_colleague_was_quicker(self, desk, asked, colleague):
        desk.goto(of(asked[0]))
        desk.fill("textarea[name=text]", "Mitt svar")
        answer(entry=asked[0], text="Jeg var først", by=colleague, at=timezone.now())
        desk.click("button[value=answer]")
        desk.wait_for_selector(".errorlist")
        assert desk.locator("textarea[name=text]").input_value() == "Mitt svar"
        assert "Jeg var først" in desk.locator("ol.conversation").inner_text()


def test_a_picture_is_seen_and_a_recording_can_be_played(desk, media):
    desk.goto(of(media["screenshot"]))
    desk.wait_for_function("document.querySelector('.media img').naturalWidth === 640")
    assert barriers(desk) == []
    desk.goto(of(media["voice"]))
    desk.wait_for_function("document.querySelector('.media audio').duration > 2")
    assert barriers(desk) == []


@pytest.mark.parametrize("size", [{"width": 1280, "height": 900}, PHONE], ids=["desk", "phone"])
def test_no_page_has_a_barrier_and_all_fit(desk, asked, conversation, colleague, size):
    desk.set_viewport_size(size)
    claim(entry=asked[1], by=colleague, at=timezone.now())
    found = {}
    for address in (DESK, f"{DESK}?standing=escalated", *(of(entry) for entry in asked)):
        desk.goto(address)
        if bad := barriers(desk):
            found[address] = bad
        assert desk.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
    desk.click("button[value=answer]")  # without a word
    desk.wait_for_selector(".errorlist")
    assert (found, barriers(desk)) == ({}, [])


def test_what_is_pressed_on_a_phone_is_large_enough(desk, asked):
    desk.set_viewport_size(PHONE)
    desk.goto(of(asked[0]))
    heights = desk.locator(".answer-desk button, .answer-desk a.closelink").evaluate_all(
        "all => all.map(one => one.offsetHeight)"
    )
    assert len(heights) == 4
    assert min(heights) >= 44
