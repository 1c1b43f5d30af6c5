"""The year in review in a browser: on a phone and a desktop, by day and by night, by keyboard and on paper."""

import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pypdf import PdfReader

from achievements import services
from achievements.models import AnnualSummary, BadgeDefinition, EarnedBadge, SummaryShare
from tests.e2e.conftest import PATIENCE_MS
from tests.e2e.test_desk import PHONE, barriers, let_in, sign_in
from tests.factories import PASSWORD, AnnualSummaryFactory

DESKTOP = {"width": 1280, "height": 900}
BUSY = [3, 5, 9, 2, 0, 1, 0, 4, 7, 6, 8, 3]


@pytest.fixture
def summary(town):
    """Kari's year, with something on every card; in English, so that the sentences are those of the code."""
    mentor = town.pairs[0].mentor
    mentor.user.language = "en"
    mentor.user.save()
    # What the town's activities have marked to be made is not what these tests are about.
    AnnualSummary.objects.filter(user=mentor.user).delete()
    year = timezone.localdate().year - 1
    made = AnnualSummaryFactory(
        mentor=mentor,
        year=year,
        generated_at=timezone.now(),
        monthly_activity_counts=BUSY,
        most_active_month=3,
        total_hours=Decimal("62.5"),
        total_contacts_reached=7,
        total_events_attended=3,
        streak_days=4,
        badges_earned_count=6,
        highlight_moments=[
            {"type": "milestone", "date": f"{year}-09-30", "count": 25},
            {"type": "longest_streak", "date": f"{year}-03-12", "days": 4},
            {"type": "first_event", "date": f"{year}-02-03"},
            {"type": "busiest_day", "date": f"{year}-09-15", "count": 3},
            {"type": "first_activity", "date": f"{year}-01-07"},
        ],
    )
    for n, icon in enumerate(("first-stone", "small-cairn", "tall-cairn", "ridge", "summit", "bridge")):
        definition = BadgeDefinition.objects.create(
            slug=f"own-{icon}", name=f"Badge {n}", icon=icon, alt_text="A drawing", category="mentoring"
        )
        EarnedBadge.objects.create(
            organization=town.organization,
            mentor=mentor,
            definition=definition,
            earned_at=timezone.now().replace(year=year, month=n + 2, day=3),
        )
    return made


@pytest.fixture
def share(summary) -> SummaryShare:
    return services.share_summary(summary=summary, by=summary.user, at=timezone.now(), days=30)


@pytest.fixture
def as_kari(page, summary):
    let_in(page, summary.user)
    return page


def _sign_in(page, person) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", person.email)
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.click("main button[type=submit]")
    expect(page).not_to_have_url(re.compile("/login"))


def own(summary) -> str:
    return f"/wrapped/{summary.year}/"


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_page_has_a_barrier_and_all_fit(as_kari, summary, share, size):
    as_kari.emulate_media(reduced_motion="reduce")
    as_kari.set_viewport_size(size)
    for path in (own(summary), f"/wrapped/{summary.year - 1}/", f"/w/{share.token}/"):
        as_kari.goto(path)
        assert barriers(as_kari) == []
        assert as_kari.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        targets = as_kari.locator("header nav a, .years a, summary, button, select").evaluate_all(
            "all => all.map(one => one.offsetHeight)"
        )
        assert min(targets) >= 44


def test_the_organisations_page_has_no_barrier_either(page, town, summary):
    sign_in(page, town.coordinator)
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        page.goto(f"/wrapped/{summary.year}/organisation/landsforeningen/")
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert "48" in page.locator(".numbers").inner_text()
    assert "Kari" not in page.locator("main").inner_text()


def test_a_screen_reader_hears_headings_sentences_and_the_chart(as_kari, summary):
    as_kari.goto(own(summary))
    headings = as_kari.locator("main :is(h1, h2, h3)").evaluate_all(
        "all => all.map(one => one.tagName + ' ' + one.innerText.replace(/\\s+/g, ' '))"
    )
    assert headings == [
        f"H1 Your year {summary.year}",
        *["H2 " + title for title in ("Being there", "Time", "People", "Together", "Rhythm", "Your months", "Moments",
                                       "Badges", "Your tier", "Thank you")],
        "H2 Share your year",
        "H3 As a picture",
        "H2 Your years",
    ]  # fmt: skip
    heard = as_kari.locator("main").aria_snapshot()
    assert f"In {summary.year} you were there for others 48 times." in heard
    assert f'img "Activities by month in {summary.year}: January 3, February 5,' in heard
    assert 'img "A drawing"' in heard
    assert f'img "A cairn with a stone for each active month, and the numbers of {summary.year}: 48 activities' in heard
    assert 'region "Being there"' in heard
    assert heard.count("Activities by month") == 1  # the bars and their numbers are not read one by one


def test_the_table_beside_the_chart_has_the_same_numbers(as_kari, summary):
    as_kari.goto(own(summary))
    as_kari.click("summary")
    expect(as_kari.locator("details td")).to_have_text([str(count) for count in BUSY], use_inner_text=True)


def test_a_year_is_shared_seen_by_others_and_withdrawn_by_keyboard_alone(as_kari, summary):
    as_kari.goto(own(summary))
    _tab_to(as_kari, "select")
    as_kari.keyboard.press("ArrowUp")  # one week
    _tab_to(as_kari, "form[action$='share/'] button")
    with as_kari.expect_navigation():
        as_kari.keyboard.press("Enter")
    expect(as_kari.locator("#share-address")).to_be_visible()
    share = SummaryShare.objects.get()
    assert share.expires_at < timezone.now() + timedelta(days=8)
    expect(as_kari.locator("#share [role=status]")).to_be_visible()
    _tab_to(as_kari, "#share-address")
    assert as_kari.evaluate("document.activeElement.value").endswith(f"/w/{share.token}/")
    _tab_to(as_kari, "#share-until a")
    with as_kari.expect_navigation():
        as_kari.keyboard.press("Enter")
    expect(as_kari).to_have_url(f"/w/{share.token}/")
    assert as_kari.locator("h1").inner_text().split()[-1] == str(summary.year)
    as_kari.goto(own(summary))
    _tab_to(as_kari, "form[action$='withdraw/'] button")
    with as_kari.expect_navigation():
        as_kari.keyboard.press("Enter")
    expect(as_kari.locator("#share-address")).to_have_count(0)
    assert SummaryShare.objects.live(timezone.now()).count() == 0


def _tab_to(page, selector: str) -> None:
    """Tab until the focus is there, and see that it shows."""
    for __ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    pytest.fail(f"No way to {selector} by keyboard.")


def test_the_way_to_the_story_can_skip_the_header(as_kari, summary):
    as_kari.goto(own(summary))
    as_kari.keyboard.press("Tab")
    assert as_kari.evaluate("document.activeElement.getAttribute('href')") == "#main"


def test_nothing_moves_for_those_who_asked_for_it(as_kari, summary):
    for wish, moves in (("no-preference", True), ("reduce", False)):
        as_kari.emulate_media(reduced_motion=wish)
        as_kari.goto(own(summary))
        names = as_kari.locator(".stone").evaluate_all("all => all.map(one => getComputedStyle(one).animationName)")
        assert len(names) == 10
        assert {name != "none" for name in names} == {moves}


def test_on_paper_it_is_two_pages_with_nothing_to_click(as_kari, summary, share):
    for path in (own(summary), f"/w/{share.token}/"):
        as_kari.goto(path)
        paper = PdfReader(BytesIO(as_kari.pdf(format="A4")))
        assert len(paper.pages) <= 2
        said = " ".join(page.extract_text() for page in paper.pages)
        assert "48" in said
        as_kari.emulate_media(media="print")
        for gone in ("nav", "#share", "details", ".skip"):
            expect(as_kari.locator(gone).locator("visible=true")).to_have_count(0)
        expect(as_kari.locator(".bars")).to_be_visible()
        as_kari.emulate_media(media="screen")


def test_all_is_there_without_javascript(chromium, live_server, share, summary):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"/w/{share.token}/")
    assert "48" in page.locator(".numbers").inner_text()
    page.locator("summary").click()
    expect(page.locator("details td").locator("visible=true")).to_have_count(12)
    _sign_in(page, summary.user)
    page.goto(own(summary))
    with page.expect_navigation():
        page.locator("form[action$='withdraw/'] button").click()
    expect(page.locator("#share [role=status]")).to_be_visible()
    expect(page.locator("#share-address")).to_have_count(0)
    context.close()


def test_a_mentor_finds_the_year_beside_their_account(as_kari, summary):
    as_kari.goto("/accounts/sessions/")
    with as_kari.expect_navigation():
        as_kari.click("nav >> text=Your year")
    expect(as_kari).to_have_url(own(summary))
