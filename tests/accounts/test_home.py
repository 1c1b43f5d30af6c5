"""The address without a path leads everybody somewhere, and what is not there says so in one's language."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Module
from accounts.models import ModuleSetting
from tests.factories import PASSWORD, MentorProfileFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(settings):
    settings.REQUIRE_STAFF_MFA = False
    return Client()


def signed_in_at(browser, user) -> str:
    """Where somebody is after signing in; what `/` says must be the same."""
    answer = browser.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert browser.get("/")["Location"] == answer["Location"]
    return answer["Location"]


def test_a_stranger_is_asked_to_sign_in(browser):
    assert browser.get("/")["Location"] == reverse("account_login")


def test_a_coordinator_begins_at_the_desk(browser, coordinator):
    assert signed_in_at(browser, coordinator) == reverse("admin:index")


def test_a_mentor_begins_with_the_courses(browser, mentor):
    assert signed_in_at(browser, mentor.user) == reverse("training")


def test_a_mentor_without_courses_begins_with_their_devices(browser, mentor):
    ModuleSetting.objects.filter(organization=mentor.organization, module=Module.CERTIFICATION).update(is_enabled=False)
    assert signed_in_at(browser, mentor.user) == reverse("usersessions_list")


@pytest.mark.parametrize(("language", "said"), [("nb", "Siden finnes ikke"), ("nn", "Sida finst ikkje")])
def test_a_page_that_is_not_there_says_so_and_leads_back(browser, language, said):
    mentor = MentorProfileFactory(user__language=language)
    browser.force_login(mentor.user)
    page = browser.get("/nowhere/")
    text = page.content.decode()
    assert page.status_code == 404
    assert f"<h1>{said}</h1>" in text
    assert f'<a class="button" href="{reverse("home")}">' in text


def test_a_mentor_at_the_desks_door_is_told_kindly(browser, mentor):
    browser.force_login(mentor.user)
    page = browser.get(reverse("admin:timeline_waitingreflection_changelist"), follow=True)
    assert page.status_code == 403
    assert "Forbidden" not in page.content.decode()
    assert reverse("training") in page.content.decode()


def test_a_defect_of_ours_is_said_without_asking_anybody(browser, rf):
    from config.api.errors import server_error

    page = server_error(rf.get("/training/"))
    assert page.status_code == 500
    assert "<h1>Noe gikk galt hos oss</h1>" in page.content.decode()
