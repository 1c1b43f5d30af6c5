"""The desk of certificates in a browser: by mouse, by keyboard, on a phone, and no barrier that axe finds."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from certifications import services
from certifications.models import ArchivedReminder, Certificate, RenewalReminder
from notifications.models import Notification
from tests.e2e.test_desk import PHONE, barriers, expect_success, sign_in
from tests.factories import CertificationTypeFactory

CERTIFICATES = "/admin/certifications/certificate/"
REMINDERS = "/admin/certifications/renewalreminder/"

#: Days until each mentor's certificate expires; the last two have none.
EXPIRES_IN = [-12, 5, 25, 80, 500]


@pytest.fixture
def course(town):
    """What every mentor of the town needs, most have, and one's reminder of which could not be delivered."""
    course = CertificationTypeFactory(organization=town.organization, code="grunnkurs", name="Grunnkurs likeperson")
    today, at = timezone.localdate(), timezone.now()
    for pair, days in zip(town.pairs, EXPIRES_IN, strict=False):
        services.issue_certificate(
            mentor=pair.mentor,
            type=course,
            issued_on=today - timedelta(days=600),
            expires_on=today + timedelta(days=days),
            by=town.coordinator,
            at=at - timedelta(days=20),
        )
    services.process_due(at=at)
    failed = RenewalReminder.objects.filter(notification__isnull=False).order_by("scheduled_at").first()
    Notification.objects.filter(pk=failed.notification_id).update(state="failed", attempts=3, failure_reason="bounced")
    services.process_due(at=at)
    return course


@pytest.fixture
def desk(page, town, course):
    sign_in(page, town.coordinator)
    return page


def certificate_of(town, number: int) -> Certificate:
    return Certificate.objects.current().get(mentor=town.pairs[number].mentor)


def change(row) -> str:
    return reverse(f"admin:certifications_{row._meta.model_name}_change", args=[row.pk])


class TestARosterOfValidity:
    def test_is_one_click_from_the_first_page(self, desk):
        with desk.expect_navigation():
            desk.locator(".notes a", has_text="30 ").first.click()
        expect(desk.locator("#result_list tbody tr")).to_have_count(2)

    def test_begins_with_what_has_lapsed(self, desk):
        desk.goto(CERTIFICATES)
        names = desk.locator("#result_list tbody th.field-mentor").all_inner_texts()
        assert [name.split()[0] for name in names] == ["Kari", "Ingrid", "Anders", "Sofie", "Henrik"]
        expect(desk.locator("#result_list .is-long .state")).to_have_count(1)


class TestACertificate:
    def test_is_renewed_from_its_page_by_keyboard(self, desk, town):
        certificate = certificate_of(town, 1)
        desk.goto(change(certificate))
        desk.locator(".object-tools a[href*='/do/renew/']").focus()
        with desk.expect_navigation():
            desk.keyboard.press("Enter")
        expect(desk.locator("input[name=issued_on]")).to_be_visible()
        desk.locator("input[name=number]").focus()
        desk.keyboard.type("GK-2026-7")
        with desk.expect_navigation():
            desk.keyboard.press("Enter")
        expect_success(desk)
        assert certificate_of(town, 1).number == "GK-2026-7"

    def test_is_issued_to_a_mentor_who_is_searched_for_by_keyboard(self, desk, town):
        desk.goto(f"{CERTIFICATES}add/")
        desk.locator(".field-mentor .select2-selection").focus()
        desk.keyboard.press("Enter")
        with desk.expect_response(lambda answer: "term=Silje&" in answer.url):
            desk.keyboard.type("Silje")
        expect(desk.locator(".select2-results__option:only-child")).to_have_text("Silje Dahl")
        assert barriers(desk) == []
        desk.keyboard.press("Enter")
        expect(desk.locator(".field-mentor .select2-selection__rendered")).to_contain_text("Silje Dahl")
        desk.select_option("select[name=type]", label="Grunnkurs likeperson")
        with desk.expect_navigation():
            desk.click("input[name=_save]")
        expect_success(desk)
        assert certificate_of(town, 5).expires_on.year == timezone.localdate().year + 2

    def test_is_revoked_after_a_look_at_what_will_happen(self, desk, town):
        certificate = certificate_of(town, 3)
        desk.goto(change(certificate))
        with desk.expect_navigation():
            desk.locator(".object-tools a[href*='/do/revoke/']").click()
        desk.fill("input[name=reason]", "Utstedt ved en feil")
        with desk.expect_navigation():
            desk.click(".submit-row button.default")
        assert desk.locator("ul.preview").inner_text().count("Sofie Hagen") == 2
        with desk.expect_navigation():
            desk.click("button[name=confirm]")
        expect_success(desk)
        certificate.refresh_from_db()
        assert certificate.status == "revoked"


class TestManyAtOnce:
    def test_are_extended_after_a_look_at_who_is_left_alone(self, desk, town):
        desk.goto(CERTIFICATES)
        desk.check("#action-toggle")
        desk.select_option("select[name=action]", "extend")
        with desk.expect_navigation():
            desk.click(".actions button")
        until = timezone.localdate() + timedelta(days=100)
        desk.fill("input[name=until]", until.isoformat())
        desk.fill("input[name=reason]", "Kursene er avlyst")
        with desk.expect_navigation():
            desk.click(".submit-row button.default")
        expect(desk.locator(".preview .works")).to_have_count(4)
        expect(desk.locator(".preview .stays")).to_have_count(1)
        with desk.expect_navigation():
            desk.click("button[name=confirm]")
        expect_success(desk)
        assert certificate_of(town, 2).expires_on == until

    def test_are_issued_after_a_look_at_who_gets_what(self, desk, town):
        desk.goto(f"{CERTIFICATES}issue-to-many/")
        desk.select_option("select[name=local_associations]", label="Bergen lokallag")
        with desk.expect_navigation():
            desk.click(".submit-row button.default")
        expect(desk.locator("#content-main tbody tr")).to_have_count(len(town.pairs))
        with desk.expect_navigation():
            desk.click("button[name=confirm]")
        expect_success(desk)
        assert Certificate.objects.valid_at(timezone.now()).count() == len(town.pairs)

    def test_the_choice_can_be_changed_after_the_look(self, desk, town):
        desk.goto(f"{CERTIFICATES}issue-to-many/")
        desk.select_option("select[name=local_associations]", label="Bergen lokallag")
        with desk.expect_navigation():
            desk.click(".submit-row button.default")
        with desk.expect_navigation():
            desk.click("button[name=back]")
        chosen = desk.locator("select[name=local_associations]").evaluate("one => one.selectedOptions.length")
        assert chosen == 1


class TestTheReviewList:
    def test_is_one_click_from_the_first_page_and_empty_when_it_is_done(self, desk):
        with desk.expect_navigation():
            desk.locator(".notes a[href*='when=attention']").click()
        expect(desk.locator("#result_list tbody tr")).to_have_count(1)
        desk.check("#action-toggle")
        desk.select_option("select[name=action]", "retry")
        with desk.expect_navigation():
            desk.click(".actions button")
        with desk.expect_navigation():
            desk.click(".submit-row button.default")
        expect_success(desk)
        desk.goto(f"{REMINDERS}?when=attention")
        expect(desk.locator("#changelist")).to_be_visible()
        expect(desk.locator("#result_list tbody tr")).to_have_count(0)


class TestTheDryRun:
    def test_shows_a_day_and_changes_nothing(self, desk, town):
        desk.goto(REMINDERS)
        with desk.expect_navigation():
            desk.locator(".object-tools a[href$='/dry-run/']").click()
        expiry = certificate_of(town, 1).expires_on
        desk.fill("input[name=on]", expiry.isoformat())
        with desk.expect_navigation():
            desk.click(".submit-row button.default")
        expect(desk.locator(".chosen").first).to_contain_text("Ingrid Solberg")
        assert certificate_of(town, 1).status == "active"


def test_no_page_of_certificates_has_a_barrier(desk, town):
    services.archive_reminders(at=timezone.now() + timedelta(days=500))
    certificate = certificate_of(town, 1)
    failed = (
        RenewalReminder.objects.needing_attention().first() or ArchivedReminder.objects.filter(status="failed").first()
    )
    desk.goto(change(certificate))
    verbs = desk.locator(".object-tools a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    day = certificate.expires_on.isoformat()
    found = {}
    for address in [
        "/admin/",
        CERTIFICATES,
        f"{CERTIFICATES}?validity=lapsed",
        f"{CERTIFICATES}add/",
        f"{CERTIFICATES}issue-to-many/",
        change(certificate),
        *verbs,
        REMINDERS,
        f"{REMINDERS}?when=attention",
        f"{REMINDERS}dry-run/",
        f"{REMINDERS}dry-run/?on={day}",
        change(failed),
        "/admin/certifications/archivedreminder/",
        "/admin/certifications/certificationtype/",
    ]:
        desk.goto(address)
        if bad := barriers(desk):
            found[address] = bad
    assert found == {}


@pytest.mark.parametrize("address", [f"{CERTIFICATES}issue-to-many/", f"{REMINDERS}dry-run/", f"{CERTIFICATES}add/"])
def test_the_pages_fit_a_phone(desk, address):
    desk.set_viewport_size(PHONE)
    desk.goto(address)
    assert desk.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
