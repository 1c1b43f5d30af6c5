"""The desk of achievements in a browser: figures, badges, the log, summaries and tiers, one walk for each."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.enums import Role
from achievements import services
from achievements.enums import EvaluationKind
from achievements.models import AnnualSummary, BadgeDefinition, BadgeEvaluation, EarnedBadge, MentorStats
from operations.models import Job
from tests.e2e.test_desk import barriers, expect_success, sign_in
from tests.factories import AnnualSummaryFactory, MembershipFactory, UserFactory


def page_of(name: str, *args) -> str:
    return reverse(f"admin:achievements_{name}", args=args)


@pytest.fixture
def recognised(town) -> SimpleNamespace:
    """The town with what there is to recognise: badges earned, one revoked, a log, and a year of summaries."""
    at, organization = timezone.now(), town.organization
    town.admin = UserFactory(email="leder@example.org", first_name="Astrid", last_name="Lunde")
    MembershipFactory(organization=organization, user=town.admin, role=Role.ORG_ADMIN)
    first, second = (pair.mentor for pair in town.pairs[:2])
    rule = {"version": 1, "type": "threshold", "metric": "activities", "value": 1}
    badge = BadgeDefinition(
        organization=organization, slug="forste-steg", name="Første steg", icon="first-stone", alt_text="En stein",
        category="mentoring", criteria=rule,
    )  # fmt: skip
    services.save_definition(definition=badge, by=town.admin, at=at - timedelta(days=9))
    BadgeDefinition.objects.filter(pk=badge.pk).update(is_active=True)
    services.evaluate_organization(organization_id=organization.pk, at=at, kind=EvaluationKind.NIGHTLY)
    earned = EarnedBadge.objects.get(mentor=first, definition=badge)
    revoked = EarnedBadge.objects.get(mentor=second, definition=badge)
    services.revoke_badge(earned=revoked, by=town.admin, at=at, reason="Registrert to ganger")
    AnnualSummary.objects.all().delete()
    year = timezone.localdate().year - 1
    for pair, state in zip(town.pairs, ["ready", "ready", "failed"], strict=False):
        summary = AnnualSummaryFactory(mentor=pair.mentor, year=year, generation_status=state)
    town.badge, town.earned, town.revoked, town.failed = badge, earned, revoked, summary
    town.year = year
    return town


@pytest.fixture
def desk(page, recognised):
    sign_in(page, recognised.admin)
    return page


def walk(desk, *addresses: str) -> None:
    """Each page has no barrier, by day and by night, and fits a desktop."""
    found: dict[str, object] = {}
    desk.emulate_media(reduced_motion="reduce")
    for address in addresses:
        desk.goto(address)
        if bad := barriers(desk):
            found[address] = bad
        if not desk.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            found[address] = "scrolls sideways"
    assert found == {}


def tab_to(desk, selector: str) -> None:
    """Tab on until the focus is there, and see that it shows."""
    for __ in range(160):
        desk.keyboard.press("Tab")
        if desk.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert desk.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2
            return
    pytest.fail(f"No way to {selector} by keyboard.")


class TestFigures:
    def test_are_recomputed_after_a_look_at_what_would_change(self, desk, recognised):
        figures, everybody = page_of("mentorstats_changelist"), page_of("mentorstats_everybody")
        MentorStats.objects.filter(mentor=recognised.pairs[0].mentor).update(activity_count=7)
        whose = f"{everybody}?organization={recognised.organization.pk}"
        walk(desk, figures, everybody, whose)
        tab_to(desk, ".submit-row button.default")
        with desk.expect_navigation():
            desk.keyboard.press("Enter")
        expect_success(desk)
        assert Job.objects.filter(organization=recognised.organization).exists()


class TestBadges:
    def test_are_defined(self, desk, recognised):
        definitions = page_of("badgedefinition_changelist")
        walk(desk, page_of("badgedefinition_change", recognised.badge.pk), definitions)
        tab_to(desk, ".object-tools a.addlink")
        with desk.expect_navigation():
            desk.keyboard.press("Enter")
        expect(desk.locator("form#badgedefinition_form")).to_be_visible()

    def test_are_earned(self, desk, recognised):
        earned = page_of("earnedbadge_changelist")
        walk(desk, *(page_of("earnedbadge_change", row.pk) for row in (recognised.earned, recognised.revoked)), earned)
        tab_to(desk, ".object-tools a.addlink")
        with desk.expect_navigation():
            desk.keyboard.press("Enter")
        expect(desk.locator(".verb form")).to_be_visible()

    def test_have_a_log(self, desk, recognised):
        walk(desk, page_of("badgeevaluation_changelist"))
        tab_to(desk, "#result_list tbody a")
        with desk.expect_navigation():
            desk.keyboard.press("Enter")
        expect(desk.locator("form#badgeevaluation_form")).to_be_visible()
        assert BadgeEvaluation.objects.count() == 1
        walk(desk, page_of("badgeevaluation_change", BadgeEvaluation.objects.get().pk))


class TestSummaries:
    def test_are_numbers_and_one_that_failed_is_tried_again(self, desk, recognised):
        walk(desk, page_of("annualsummary_changelist"), page_of("annualsummary_everybody"))
        walk(desk, page_of("annualsummary_change", recognised.failed.pk))
        tab_to(desk, ".object-tools a[href*='/do/retry/']")
        with desk.expect_navigation():
            desk.keyboard.press("Enter")
        expect(desk.locator(".verb .submit-row")).to_be_visible()
        tab_to(desk, ".submit-row button.default")
        with desk.expect_navigation():
            desk.keyboard.press("Enter")
        expect_success(desk)
        recognised.failed.refresh_from_db()
        assert recognised.failed.generation_status == "pending"

    def test_are_added_up_year_by_year(self, desk, recognised):
        walk(desk, page_of("annualsummary_overview"))
        places = desk.locator("table.years .number").evaluate_all(
            "all => all.map(one => getComputedStyle(one).textAlign)"
        )
        assert set(places) == {"right"}
        tab_to(desk, "table.years tbody th a")
        with desk.expect_navigation():
            desk.keyboard.press("Enter")
        expect(desk).to_have_url(re.compile(f"/{recognised.year}/"))


class TestTiers:
    def test_are_set_by_keyboard(self, desk, recognised):
        walk(desk, page_of("recognitiontiers_add"))
        tab_to(desk, ".submit-row input[name=_save]")
        with desk.expect_navigation():
            desk.keyboard.press("Enter")
        expect_success(desk)
        walk(desk, page_of("recognitiontiers_changelist"))
