"""The year in review as pages: whose it is, what it says when there is little or nothing, and who sees a shared one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils.translation import override

from accounts.enums import Module
from accounts.models import ModuleSetting
from achievements import services
from achievements.models import AnnualSummary, BadgeDefinition, EarnedBadge, SummaryShare
from tests.conftest import browser
from tests.factories import PASSWORD, ActivityFactory, AnnualSummaryFactory, AssignmentFactory, MentorProfileFactory

NOW = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)
MADE = datetime(2026, 1, 2, 6, 0, tzinfo=UTC)
BUSY = [3, 5, 9, 2, 0, 1, 0, 4, 7, 6, 8, 3]


@pytest.fixture(autouse=True)
def _in_march(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def own(mentor) -> AnnualSummary:
    mentor.user.language = "en"
    mentor.user.first_name = "Kari"
    mentor.user.save()
    return AnnualSummaryFactory(
        mentor=mentor,
        year=2025,
        generated_at=MADE,
        monthly_activity_counts=BUSY,
        most_active_month=3,
        total_contacts_reached=7,
        highlight_moments=[{"type": "first_event", "date": "2025-02-03"}],
    )


@pytest.fixture
def as_owner(own, mentor):
    return browser(mentor.user)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def switch_off(organization) -> None:
    ModuleSetting.objects.filter(organization=organization, module=Module.ACHIEVEMENTS).update(is_enabled=False)


class TestTheOwnYear:
    def test_is_told_in_sentences_with_its_chart_and_its_table(self, as_owner):
        page = text(as_owner.get("/wrapped/2025/"))
        assert "In 2025 you were there for others 48 times." in page
        assert "You gave 12.5 hours of your time." in page
        assert "The most active month was March, with 9 activities." in page
        assert "The first event of the year was on Feb. 3, 2025." in page
        assert 'role="img" aria-label="Activities by month in 2025: January 3, February 5, March 9,' in page
        assert page.count('<th scope="row">') == 12

    def test_is_noted_as_opened_once(self, as_owner, own, time_machine):
        as_owner.head("/wrapped/2025/")
        assert AnnualSummary.objects.get().viewed_at is None
        as_owner.get("/wrapped/2025/")
        time_machine.move_to(NOW + timedelta(days=1), tick=False)
        as_owner.get("/wrapped/2025/")
        assert AnnualSummary.objects.get().viewed_at == NOW

    def test_is_the_latest_one_at_the_short_address(self, as_owner, mentor):
        AnnualSummaryFactory(mentor=mentor, year=2023, generated_at=MADE)
        assert as_owner.get("/wrapped/")["Location"] == "/wrapped/2025/"

    def test_is_kept_by_nothing_between_here_and_the_screen(self, as_owner):
        assert "no-store" in as_owner.get("/wrapped/2025/")["Cache-Control"]

    def test_says_so_far_while_the_year_is_running(self, as_owner, mentor):
        AnnualSummaryFactory(
            mentor=mentor, year=2026, generated_at=NOW, generation_status="pending", as_of=date(2026, 3, 10),
            requested_version=1,
        )  # fmt: skip
        page = text(as_owner.get("/wrapped/2026/"))
        assert "So far, up to March 10, 2026" in page
        assert "So far in 2026 you have been there for others 12 times." in page
        assert "made anew" not in page

    def test_says_that_the_numbers_are_made_anew_after_a_correction(self, as_owner, own):
        AnnualSummary.objects.update(generation_status="pending", requested_version=2)
        page = text(as_owner.get("/wrapped/2025/"))
        assert "The numbers are being made anew" in page
        assert "48 times" in page

    def test_is_being_made_when_it_has_no_numbers_yet(self, as_owner, mentor):
        AnnualSummaryFactory(mentor=mentor, year=2024, never_made=True)
        page = text(as_owner.get("/wrapped/2024/"))
        assert "Your year is being put together." in page
        assert AnnualSummary.objects.get(year=2024).viewed_at is None

    def test_shows_its_valid_badges_with_what_their_icons_show(self, as_owner, mentor):
        def earned(name, day, **facts):
            definition = BadgeDefinition.objects.create(
                slug=name.lower(), name=name, icon="first-stone", alt_text=f"Icon of {name}", category="milestone"
            )
            EarnedBadge.objects.create(
                organization=mentor.organization, mentor=mentor, definition=definition, earned_at=day, **facts
            )

        # The last half hour of 2025 in Oslo, and the first of 2026.
        earned("Inside", datetime(2025, 12, 31, 22, 30, tzinfo=UTC))
        earned("Outside", datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
        revoked = {"revoked_at": NOW, "revoked_by": mentor.user, "revocation_reason": "Wrong"}
        earned("Revoked", datetime(2025, 5, 1, 12, 0, tzinfo=UTC), **revoked)
        page = text(as_owner.get("/wrapped/2025/"))
        assert "You earned 1 badge." in page
        assert 'alt="Icon of Inside"' in page
        assert "Outside" not in page
        assert "Revoked" not in page

    def test_says_where_the_mentor_stands_on_the_latest_year_alone(self, as_owner, mentor):
        AnnualSummaryFactory(mentor=mentor, year=2024, generated_at=MADE)
        assert "Bronze, the first tier, is" in text(as_owner.get("/wrapped/2025/"))
        assert "Bronze" not in text(as_owner.get("/wrapped/2024/"))

    def test_takes_no_more_queries_with_more_badges(self, as_owner, mentor, django_assert_max_num_queries):
        for n in range(5):
            definition = BadgeDefinition.objects.create(slug=f"b{n}", name="B", icon="ridge", category="milestone")
            EarnedBadge.objects.create(
                organization=mentor.organization, mentor=mentor, definition=definition, earned_at=MADE - timedelta(9)
            )
        with django_assert_max_num_queries(20):
            as_owner.get("/wrapped/2025/")


class TestWithoutAYear:
    def test_a_year_in_which_nothing_is_registered_is_fine(self, as_owner):
        response = as_owner.get("/wrapped/2024/")
        assert response.status_code == 200
        assert "Nothing is registered for this year, and that is fine." in text(response)

    def test_so_is_one_whose_activities_were_deleted(self, as_owner, mentor):
        AnnualSummaryFactory(mentor=mentor, year=2024, generated_at=MADE, monthly_activity_counts=[0] * 12)
        assert "and that is fine" in text(as_owner.get("/wrapped/2024/"))
        assert as_owner.get("/wrapped/2024/image.png").status_code == 404

    def test_a_new_mentor_finds_this_year(self, mentor):
        client = browser(mentor.user)
        assert client.get("/wrapped/")["Location"] == "/wrapped/2026/"
        assert client.get("/wrapped/2026/").status_code == 200

    @pytest.mark.parametrize("year", ["2027", "1999", "9999", "0000", "20255", "-2025", "x"])
    def test_an_absurd_year_is_not_there(self, as_owner, year):
        assert as_owner.get(f"/wrapped/{year}/").status_code == 404
        assert as_owner.get(f"/wrapped/{year}/image.png").status_code == 404
        assert as_owner.post(f"/wrapped/{year}/share/", {"days": "7"}).status_code == 404

    def test_who_is_not_signed_in_signs_in_first(self, own, client):
        for path in ("/wrapped/", "/wrapped/2025/", "/wrapped/2025/image.png", "/wrapped/2025/organisation/north/"):
            assert client.get(path)["Location"].startswith("/accounts/login/?next=/wrapped/")

    def test_who_is_no_mentor_has_none(self, admin_as_coordinator):
        response = admin_as_coordinator.get("/wrapped/2025/")
        assert response.status_code == 404

    def test_the_module_is_needed(self, as_owner, organization):
        switch_off(organization)
        for path in ("/wrapped/", "/wrapped/2025/"):
            response = as_owner.get(path)
            assert response.status_code == 403
            assert "does not use this module" in text(response)
        assert as_owner.get("/wrapped/2025/image.png").status_code == 404
        assert as_owner.post("/wrapped/2025/share/", {"days": "7"}).status_code == 404

    def test_another_mentor_sees_nothing_of_it(self, own, organization):
        other = MentorProfileFactory(organization=organization)
        client = browser(other.user)
        assert "48" not in text(client.get("/wrapped/2025/"))
        client.post("/wrapped/2025/share/", {"days": "7"})
        assert SummaryShare.objects.count() == 0


class TestSharing:
    def test_a_link_is_made_shown_and_withdrawn(self, as_owner, client, settings):
        response = as_owner.post("/wrapped/2025/share/", {"days": "7"})
        assert response["Location"] == "/wrapped/2025/#share"
        share = SummaryShare.objects.get()
        assert share.expires_at == NOW + timedelta(days=7)
        page = text(as_owner.get("/wrapped/2025/"))
        assert f'value="{settings.SITE_URL}/w/{share.token}/"' in page
        assert "It is there until March 18, 2026." in page
        assert client.get(f"/w/{share.token}/").status_code == 200
        as_owner.post("/wrapped/2025/withdraw/")
        assert client.get(f"/w/{share.token}/").status_code == 404
        assert share.token not in text(as_owner.get("/wrapped/2025/"))

    def test_a_second_time_it_is_the_same_link_which_lasts_longer(self, as_owner):
        for days in ("7", "90"):
            as_owner.post("/wrapped/2025/share/", {"days": days})
        assert SummaryShare.objects.get().expires_at == NOW + timedelta(days=90)

    @pytest.mark.parametrize("days", ["", "0", "8", "100000", "x"])
    def test_other_lengths_are_refused_with_a_sentence(self, as_owner, days):
        page = text(as_owner.post("/wrapped/2025/share/", {"days": days}, follow=True))
        assert "Choose for how long the link is there." in page
        assert SummaryShare.objects.count() == 0

    def test_withdrawing_what_is_not_there_does_no_harm(self, as_owner):
        assert as_owner.post("/wrapped/2025/withdraw/").status_code == 302

    def test_links_are_made_by_sending_a_form_alone(self, as_owner):
        assert as_owner.get("/wrapped/2025/share/").status_code == 405
        assert as_owner.get("/wrapped/2025/withdraw/").status_code == 405

    def test_says_beside_the_link_what_is_about_the_link_and_the_greeting_first(self, own, mentor, client):
        mentor.user.set_password(PASSWORD)
        mentor.user.save()
        to_the_year = f"{reverse('account_login')}?next=/wrapped/2025/"
        page = text(client.post(to_the_year, {"login": mentor.user.email, "password": PASSWORD}, follow=True))
        assert page.count('class="messages"') == 1
        assert page.index('class="messages"') < page.index('class="hero"')

        page = text(client.post("/wrapped/2025/share/", {"days": "7"}, follow=True))
        said = "The link is there. Whoever has it sees your year."
        assert page.count('class="messages"') == page.count(said) == 1
        assert page.index('id="share-title"') < page.index('class="messages"') < page.index(said)


class TestASharedYear:
    @pytest.fixture
    def share(self, own, mentor) -> SummaryShare:
        mentor.user.last_name = "Etternavn"
        mentor.user.save()
        return services.share_summary(summary=own, by=mentor.user, at=NOW, days=30)

    def test_has_the_numbers_the_months_and_a_first_name(self, share, client):
        page = text(client.get(f"/w/{share.token}/?language=en"))
        assert "The year of Kari" in page
        assert "North" in page
        assert '<span class="figure">48</span> <span class="unit">activities</span>' in page
        assert page.count('<th scope="row">') == 12

    def test_says_nothing_more_about_anybody(self, share, client, mentor):
        assignment = AssignmentFactory(organization=mentor.organization, mentor=mentor, contact__first_name="Hemmelig")
        ActivityFactory(assignment=assignment)
        page = text(client.get(f"/w/{share.token}/"))
        for told in ("Etternavn", mentor.user.email, "Hemmelig", "Feb. 3", "3. februar", str(mentor.pk), "csrf"):
            assert told not in page

    def test_is_found_by_nobody_and_kept_by_nothing(self, share, client):
        response = client.get(f"/w/{share.token}/")
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert "no-store" in response["Cache-Control"]
        assert '<meta name="robots" content="noindex, nofollow">' in text(response)
        assert response.cookies == {}

    def test_tells_other_services_what_its_picture_shows(self, share, client, settings):
        page = text(client.get(f"/w/{share.token}/?language=en"))
        image = f"{settings.SITE_URL}/w/{share.token}/image.png?language=en"
        assert f'<meta property="og:image" content="{image}">' in page
        assert '<meta property="og:image:alt" content="A cairn with a stone for each active month' in page
        assert '<meta name="twitter:card" content="summary_large_image">' in page

    def test_that_expired_was_withdrawn_or_never_was_is_the_same_answer(self, share, client, mentor, time_machine):
        services.withdraw_share(share=share, by=mentor.user, at=NOW)
        short = services.share_summary(summary=share.summary, by=mentor.user, at=NOW, days=1)
        time_machine.move_to(NOW + timedelta(days=1), tick=False)
        tokens = [share.token, short.token, "never-was", "x" * 300, "%F0%9F%98%80"]
        answers = [client.get(f"/w/{token}/?language=en") for token in tokens]
        assert {answer.status_code for answer in answers} == {404}
        bodies = {text(answer).replace(token, "") for answer, token in zip(answers, tokens, strict=True)}
        assert len(bodies) <= 3  # the switch of languages repeats an address that is not plain letters
        assert all("This link leads nowhere" in body for body in bodies)
        assert client.get(f"/w/{share.token}/image.png").status_code == 404

    def test_is_gone_with_the_module(self, share, client, organization):
        switch_off(organization)
        assert client.get(f"/w/{share.token}/").status_code == 404

    def test_can_be_opened_so_often_from_one_address_and_no_more(self, share, client, settings):
        settings.API_RATES = {**settings.API_RATES, "anon": "2/min"}
        answers = [client.get(f"/w/{share.token}/").status_code for __ in range(3)]
        assert answers == [200, 200, 429]

    @pytest.mark.parametrize("language", ["nb", "nn", "en"])
    def test_speaks_three_languages(self, share, client, language):
        response = client.get(f"/w/{share.token}/?language={language}")
        assert f'<html lang="{language}">' in text(response)
        with override(language):
            assert response["Content-Language"] == language


class TestTheOrganisationsYear:
    PATH = "/wrapped/2025/organisation/north/"

    @pytest.fixture(autouse=True)
    def _without_second_factor(self, settings):
        settings.REQUIRE_STAFF_MFA = False

    def test_has_totals_and_nobodys_name(self, own, coordinator, mentor):
        coordinator.language = "en"
        coordinator.save()
        page = text(browser(coordinator).get(self.PATH))
        assert '<span class="figure">48</span> <span class="unit">activities</span>' in page
        assert '<span class="figure">1</span> <span class="unit">active mentor</span>' in page
        assert mentor.user.first_name not in page
        assert mentor.user.last_name not in page

    def test_an_empty_year_says_so(self, admin_as_org_admin):
        assert admin_as_org_admin.get("/wrapped/2024/organisation/north/").status_code == 200

    def test_is_for_its_own_staff(self, own, as_owner, admin_as_stranger, admin_as_platform_staff):
        assert as_owner.get(self.PATH).status_code == 404
        assert admin_as_stranger.get(self.PATH).status_code == 404
        assert admin_as_platform_staff.get(self.PATH).status_code == 200

    def test_needs_the_second_factor_where_staff_need_one(self, own, admin_as_org_admin, settings):
        settings.REQUIRE_STAFF_MFA = True
        assert reverse("admin:login") in admin_as_org_admin.get(self.PATH)["Location"]

    def test_needs_the_module(self, own, admin_as_org_admin, organization):
        switch_off(organization)
        assert admin_as_org_admin.get(self.PATH).status_code == 403

    @pytest.mark.parametrize("year", ["2027", "1999"])
    def test_an_absurd_year_is_not_there(self, admin_as_org_admin, year):
        assert admin_as_org_admin.get(f"/wrapped/{year}/organisation/north/").status_code == 404
