"""Badges in a browser: the page that says how one stands, and the desk's form for what there is to earn."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.enums import Role
from achievements import services
from achievements.models import BadgeDefinition, EarnedBadge
from tests.e2e.test_desk import PHONE, barriers, expect_success, sign_in
from tests.factories import MembershipFactory, UserFactory

DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture
def earned(town) -> EarnedBadge:
    definition = BadgeDefinition.objects.create(
        organization=town.organization,
        slug="sommerleir",
        name="Sommerleiren",
        description="Du var med og bar hele uka.",
        icon="campfire",
        alt_text="Et bål om kvelden, med to steiner ved siden av.",
        category="mentoring",
        is_active=True,
    )
    return services.award_badge(
        mentor=town.pairs[0].mentor, definition=definition, by=town.coordinator, at=timezone.now(), note="Takk!"
    )


def address(earned) -> str:
    return f"/b/{earned.code}/"


def test_the_public_page_has_no_barrier_and_fits_valid_or_revoked(page, town, earned):
    for is_valid in (True, False):
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size)
            page.goto(address(earned))
            expect(page.locator("h1.good" if is_valid else "h1.bad")).to_be_visible()
            assert barriers(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            targets = page.locator("nav a, .again a").evaluate_all("all => all.map(one => one.offsetHeight)")
            assert min(targets) >= 44
        services.revoke_badge(earned=earned, by=town.coordinator, at=timezone.now(), reason="En feil")
    assert "En feil" not in page.locator("main").inner_text()


def test_the_public_page_is_heard_and_used_by_keyboard(page, earned):
    page.goto(address(earned))
    heard = page.locator("main").aria_snapshot()
    assert 'img "Et bål om kvelden, med to steiner ved siden av."' in heard
    assert "Kari Nordmann" in heard
    expect(page.locator(".badge img")).not_to_have_js_property("naturalWidth", 0)  # loaded, and a picture
    _tab_to(page, "nav a[lang=en]")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    _tab_to(page, ".again a")
    assert page.context.cookies() == []


@pytest.fixture
def desk(page, town):
    """An administrator, signed in."""
    admin = UserFactory(email="leder@example.org", first_name="Liv", last_name="Berg")
    MembershipFactory(organization=town.organization, user=admin, role=Role.ORG_ADMIN)
    sign_in(page, admin)
    return page


def test_the_form_says_everything_that_is_wrong_at_once(desk):
    desk.goto("/admin/achievements/badgedefinition/add/")
    desk.fill("[name=slug]", "nytt-merke")
    desk.fill("[name=name]", "Nytt merke")
    _tab_to(desk, "[name=icon]")
    desk.keyboard.press("ArrowDown")
    assert desk.evaluate("document.activeElement.checked")
    desk.select_option("[name=category]", index=1)
    rule = '{"version": 1, "type": "all", "of": [{"type": "threshold", "metric": "smil", "value": 0}, {"type": "x"}]}'
    desk.fill("[name=criteria]", rule)
    with desk.expect_navigation():
        desk.click("[name=_save]")
    expect(desk.locator(".errornote")).to_be_visible()
    found = desk.locator(".field-criteria .errorlist li").all_inner_texts()
    assert [each.partition(":")[0] for each in found] == ["of[0].metric", "of[0].value", "of[1].type"]
    for size in (PHONE, DESKTOP):
        desk.set_viewport_size(size)
        assert barriers(desk) == []
        assert desk.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    desk.fill("[name=criteria]", "")
    with desk.expect_navigation():
        desk.click("[name=_save]")
    expect_success(desk)
    assert BadgeDefinition.objects.get(slug="nytt-merke").criteria is None


def test_a_badge_is_awarded_to_mentors_who_are_searched_for(desk, town, earned):
    desk.goto("/admin/achievements/earnedbadge/")
    with desk.expect_navigation():
        desk.click(".object-tools a.addlink")
    for number, name in enumerate(("Silje", "Kari"), start=1):
        desk.click(".select2-selection")
        with desk.expect_response(lambda answer, name=name: f"term={name}&" in answer.url):
            desk.keyboard.type(name)
        desk.locator(".select2-results__option:only-child", has_text=name).click()
        expect(desk.locator(".select2-selection__choice")).to_have_count(number)
    desk.fill("[name=note]", "For sommerleiren")
    assert barriers(desk) == []
    with desk.expect_navigation():
        desk.click(".submit-row button.default")
    lines = desk.locator("ul.preview li")
    assert [each.split()[0] for each in lines.all_inner_texts()] == ["Silje", "Kari"]
    assert barriers(desk) == []
    with desk.expect_navigation():
        desk.click("button[name=confirm]")
    expect_success(desk)
    assert EarnedBadge.objects.count() == 2


def _tab_to(page, selector: str) -> None:
    """Tab until the focus is there, and see that it shows."""
    for __ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    pytest.fail(f"No way to {selector} by keyboard.")
