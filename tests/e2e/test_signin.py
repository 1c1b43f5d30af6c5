"""Signing in, with a password and with a passkey; the browser itself plays the authenticator that holds it."""

import re

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect

from tests.factories import PASSWORD


@pytest.fixture
def key(page) -> None:
    """A phone or a key that knows its owner, and always says yes."""
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_coordinator_signs_in_and_sees_the_desk(page, town):
    page.goto("/admin/")
    page.fill("input[name=login]", town.coordinator.email)
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.click("main button[type=submit]")
    expect(page).to_have_url("/admin/")
    expect(page.locator("#user-tools")).to_contain_text("Marit")


def test_a_coordinator_sets_up_a_passkey_and_signs_in_with_it_alone(page, key, town, settings):
    settings.REQUIRE_STAFF_MFA = True
    page.goto("/admin/")
    page.fill("input[name=login]", town.coordinator.email)
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.click("main button[type=submit]")
    page.goto("/accounts/2fa/webauthn/add/")
    if "reauthenticate" in page.url:
        page.fill("input[name=password]", PASSWORD)
        with page.expect_navigation():
            page.click("main button[type=submit]")
    page.fill("input[name=name]", "Min telefon")
    page.check("input[name=passwordless]")
    with page.expect_navigation():
        page.click("#mfa_webauthn_add")
    assert Authenticator.objects.filter(user=town.coordinator, type=Authenticator.Type.WEBAUTHN).count() == 1
    page.goto("/admin/")
    expect(page).to_have_url(re.compile(r"/admin/$"))

    page.context.clear_cookies()
    page.goto("/admin/")
    with page.expect_navigation(url=re.compile(r"/admin/$")):
        page.click("#passkey_login")
    expect(page.locator("#user-tools")).to_contain_text("Marit")
