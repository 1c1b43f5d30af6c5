"""The desk in a browser: the queue by mouse and by keyboard, and no barrier that axe finds."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from mentoring.models import Activity, Assignment, FollowUpReminder
from tests.conftest import session_token

PHONE = {"width": 390, "height": 844}
#: The lists are looked at in so many tests, so that more than one process can be at it.
PARTS = 4


def let_in(page, person) -> None:
    """With the cookie that signing in would have given; test_signin.py is about signing in."""
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session_token(person), "domain": "localhost", "path": "/"}
    page.context.add_cookies([cookie])


def sign_in(page, person) -> None:
    """To the first page of the desk."""
    let_in(page, person)
    page.goto("/admin/")
    expect(page).to_have_url("/admin/")


@pytest.fixture
def desk(page, town):
    """The first page, as the coordinator sees it after signing in."""
    sign_in(page, town.coordinator)
    return page


def expect_success(page) -> None:
    """The page says that it has been done."""
    expect(page.locator("ul.messagelist li.success")).to_be_visible()


#: What axe is asked in each colour scheme; in the dark only what depends on colours.
SCHEMES: dict[str, dict] = {
    "dark": {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}},
    "light": {},
}


def barriers(page) -> list[tuple[str, str, str, list[str]]]:
    """What axe finds to be serious or critical, in dark and in light: the scheme, the rule, its subject, and where."""
    return [
        (scheme, one["id"], one["help"], [node["html"][:160] for node in one["nodes"]][:4])
        for scheme, rules in SCHEMES.items()
        for one in _violations(page, scheme, rules)
        if one["impact"] in ("serious", "critical")
    ]


def _violations(page, scheme: str, rules: dict) -> list[dict]:
    page.emulate_media(color_scheme=scheme)
    # A colour that fades into another is no barrier; only where it comes to rest counts.
    page.evaluate("document.getAnimations().forEach(one => one.finish())")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    # Without its copies of our style sheets, whose imports it would look for beside the page.
    options = {"resultTypes": ["violations"], "preload": False, **rules}
    return page.evaluate("options => axe.run(options).then(found => found.violations)", options)


class TestTheQueue:
    def test_is_what_a_coordinator_sees_first(self, desk, town):
        names = desk.locator("table.queue th.pair a").all_inner_texts()
        assert [name.split()[0] for name in names] == ["Kari", "Ingrid", "Anders", "Sofie"]

    def test_reminds_with_one_click(self, desk, town):
        with desk.expect_navigation():
            desk.locator("tr", has_text="Kari Nordmann").locator("button.main").click()
        expect_success(desk)
        assert FollowUpReminder.objects.filter(assignment=town.pairs[0], by=town.coordinator).count() == 1

    def test_loses_a_line_when_a_contact_is_logged(self, desk, town):
        with desk.expect_navigation():
            desk.locator("tr", has_text="Sofie Hagen").locator("a[href*='log-contact']").click()
        desk.select_option("select[name=type]", index=1)
        with desk.expect_navigation():
            desk.click(".submit-row button.default")
        expect_success(desk)
        expect(desk.locator("tr", has_text="Sofie Hagen")).to_have_count(0)
        assert Activity.objects.filter(assignment=town.pairs[3]).count() == 2

    def test_hands_over_after_a_look_at_what_will_happen(self, desk, town):
        with desk.expect_navigation():
            desk.locator("tr", has_text="Kari Nordmann").locator("a[href*='hand-over']").click()
        desk.select_option("select[name=mentor]", label="Silje Dahl")
        with desk.expect_navigation():
            desk.click(".submit-row button.default")
        expect(desk.locator("ul.preview")).to_contain_text("Silje Dahl")
        with desk.expect_navigation():
            desk.click("button[name=confirm]")
        expect_success(desk)
        assert Assignment.objects.get(pk=town.pairs[0].pk).mentor_id == town.pairs[5].mentor_id

    def test_can_be_worked_by_keyboard_alone(self, desk, town):
        reached = []
        for __ in range(160):
            desk.keyboard.press("Tab")
            here = desk.evaluate(
                "() => { const at = document.activeElement; const style = getComputedStyle(at);"
                " return {row: at.closest('tr')?.querySelector('th.pair')?.innerText || '', text: at.innerText,"
                " ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2} }"
            )
            if "Kari" in here["row"]:
                reached.append(here)
            elif reached:
                break
        assert len(reached) == 6  # the pair itself and five things to do
        assert all(step["ring"] for step in reached)

    def test_reminds_by_keyboard(self, desk, town):
        desk.locator("tr", has_text="Kari Nordmann").locator("button.main").focus()
        with desk.expect_navigation():
            desk.keyboard.press("Enter")
        expect_success(desk)

    def test_fits_a_phone(self, desk):
        desk.set_viewport_size(PHONE)
        desk.goto("/admin/")
        assert desk.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        heights = desk.locator(".queue .do button, .queue .do a").evaluate_all(
            "all => all.map(one => one.offsetHeight)"
        )
        assert min(heights) >= 44


def test_the_page_to_sign_in_has_no_barrier(page, db):
    page.goto("/admin/")
    assert barriers(page) == []


@pytest.mark.parametrize("view", ["overdue", "snoozed", "open"])
def test_the_first_page_has_no_barrier(desk, view):
    desk.goto(f"/admin/?show={view}")
    assert barriers(desk) == []


def test_the_first_page_has_no_barrier_on_a_phone(desk):
    desk.set_viewport_size(PHONE)
    desk.goto("/admin/")
    assert barriers(desk) == []


@pytest.mark.parametrize("part", range(PARTS))
def test_no_list_and_no_form_has_a_barrier(desk, part):
    """Every list and form that a coordinator is shown, found through the first page."""
    found: dict[str, list] = {}
    addresses = _addresses(desk, ".lists a")[part::PARTS]
    assert addresses
    for address in addresses:
        look_at(desk, address, found)
        for form in _addresses(desk, "#result_list tbody th a")[:1]:
            look_at(desk, form, found)
    assert found == {}


def test_no_verb_has_a_barrier(desk, town):
    desk.goto(reverse("admin:mentoring_assignment_change", args=[town.pairs[0].pk]))
    verbs = _addresses(desk, ".object-tools a")
    suspected = Activity.objects.suspected().get()
    found: dict[str, list] = {}
    for address in [*verbs, reverse("admin:mentoring_activity_compare", args=[suspected.pk])]:
        look_at(desk, address, found)
    assert found == {}


def look_at(desk, address: str, found: dict[str, list]) -> None:
    """Note among what was `found` which barriers this page has."""
    desk.goto(address)
    if bad := barriers(desk):
        found[address] = bad


def _addresses(desk, selector: str) -> list[str]:
    """Where the links lead, in the order of the page."""
    return desk.locator(selector).evaluate_all("all => all.map(one => one.getAttribute('href'))")
