"""The check page in a browser: on a phone and a desktop, by day and by night, by keyboard, and on paper."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override
from playwright.sync_api import expect

from certifications import services
from certifications.models import Certificate, CertificationSettings
from certifications.numbers import in_groups
from tests.e2e.test_desk import PHONE, barriers
from tests.factories import CertificationTypeFactory


@pytest.fixture
def certificate(town) -> Certificate:
    course = CertificationTypeFactory(organization=town.organization, name="Grunnkurs for likepersoner")
    CertificationSettings.objects.create(organization=town.organization, check_page_names_mentor=True)
    today = timezone.localdate()
    return services.issue_certificate(
        mentor=town.pairs[0].mentor,
        type=course,
        issued_on=today - timedelta(days=200),
        by=town.coordinator,
        at=timezone.now(),
    )


def address(certificate) -> str:
    return f"/c/{in_groups(certificate.check_code)}"


@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 900}], ids=["phone", "desktop"])
def test_no_page_has_a_barrier_and_all_fit(page, certificate, size):
    page.set_viewport_size(size)
    for path in ("/c/", address(certificate)):
        page.goto(path)
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    services.revoke_certificate(certificate=certificate, reason="x", by=certificate.issued_by, at=timezone.now())
    page.goto(address(certificate))
    assert barriers(page) == []
    targets = page.locator("nav a, .again a").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert min(targets) >= 44


def test_a_code_is_typed_and_answered_by_keyboard_alone(page, certificate):
    page.goto("/c/")
    for __ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "code":
            break
    style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    page.keyboard.type(certificate.check_code.lower())
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1.good")).to_be_visible()
    assert style != "none"
    expect(page.locator("dl")).to_contain_text("Kari Nordmann")
    expect(page.locator("img")).not_to_have_js_property("naturalWidth", 0)  # it has been loaded, and is a picture


def test_the_language_is_switched_without_a_cookie(page, certificate):
    page.goto(address(certificate))
    with page.expect_navigation():
        page.click("nav a[lang=en]")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("h1")).to_have_text(re.compile(rf"Valid until {_english(certificate)}\s*$"))
    with page.expect_navigation():
        page.click(".again a")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.context.cookies() == []


def test_on_paper_there_is_nothing_to_click(page, certificate):
    page.goto(address(certificate))
    page.emulate_media(media="print")
    expect(page.locator("nav")).to_be_hidden()
    expect(page.locator(".again")).to_be_hidden()
    expect(page.locator(".code img")).to_be_visible()


def _english(certificate: Certificate) -> str:
    with override("en"):
        return date_format(certificate.expires_on, "DATE_FORMAT")
