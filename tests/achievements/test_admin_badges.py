"""Badges on the desk."""

import pytest
from django.urls import reverse
from django.utils import timezone

from achievements.models import BadgeDefinition, EarnedBadge, MentorStats
from achievements.services import recompute_stats
from operations.models import Job
from tests.factories import (
    TEN_ACTIVITIES,
    ActivityFactory,
    AssignmentFactory,
    BadgeDefinitionFactory,
    EarnedBadgeFactory,
    MentorProfileFactory,
)

pytestmark = pytest.mark.django_db


def admin_of(model, page, *args):
    return reverse(f"admin:achievements_{model}_{page}", args=args)


def test_an_administrator_writes_a_badge_down_and_sees_who_would_earn_it(organization, admin_as_org_admin):
    form = {"organization": organization.pk, "slug": "ten", "name": "Ten", "icon": "summit", "alt_text": "A summit"}
    form |= {"category": "mentoring", "repeats": "never", "criteria": '{"version": 1, "type": "nonsense"}'}
    refused = admin_as_org_admin.post(admin_of("badgedefinition", "add"), form)
    assert refused.status_code == 200
    assert refused.context["errors"]
    form["criteria"] = '{"version": 1, "type": "threshold", "metric": "activities", "value": 10}'
    assert admin_as_org_admin.post(admin_of("badgedefinition", "add"), form).status_code == 302
    made = BadgeDefinition.objects.get()
    assert made.criteria == TEN_ACTIVITIES
    assert admin_as_org_admin.get(admin_of("badgedefinition", "change", made.pk)).status_code == 200
    use = admin_of("badgedefinition", "do_activate")
    assert "ville få det" in str(admin_as_org_admin.post(use, {"ids": made.pk}).context["preview"])
    admin_as_org_admin.post(use, {"ids": made.pk, "confirm": "1"})
    made.refresh_from_db()
    assert made.is_active


def test_badges_for_all_are_not_an_administrators_to_change(admin_as_org_admin):
    everybodys = BadgeDefinitionFactory(organization=None)
    assert admin_as_org_admin.post(
        admin_of("badgedefinition", "do_deactivate"), {"ids": everybodys.pk}
    ).status_code in (
        403,
        404,
    )
    everybodys.refresh_from_db()
    assert everybodys.is_active


def test_staff_revoke_with_a_reason_and_award_again(mentor, admin_as_coordinator, admin_as_neighbour):
    earned = EarnedBadgeFactory(mentor=mentor)
    assert admin_as_coordinator.get(admin_of("earnedbadge", "changelist")).status_code == 200
    assert admin_as_coordinator.get(admin_of("earnedbadge", "change", earned.pk)).status_code == 200
    revoke, again = (admin_of("earnedbadge", f"do_{verb}") for verb in ("revoke", "again"))
    assert admin_as_neighbour.post(revoke, {"ids": earned.pk, "reason": "x"}).status_code == 404
    admin_as_coordinator.post(revoke, {"ids": earned.pk, "reason": "A mistake"})
    assert not EarnedBadge.objects.get().is_valid
    admin_as_coordinator.post(again, {"ids": earned.pk, "note": "No mistake"})
    assert EarnedBadge.objects.get().is_valid


def test_what_is_missing_is_shown_and_awarded_in_the_background(organization, mentor, admin_as_org_admin):
    address = admin_of("badgeevaluation", "everybody")
    seen = admin_as_org_admin.get(address, {"organization": organization.pk})
    assert seen.context["outlook"].changed == 0
    assert admin_as_org_admin.post(address, {"organization": organization.pk}).status_code == 302
    assert Job.objects.get().kind == "evaluate_badges"
    assert Job.objects.get().created_at <= timezone.now()


def test_coordinators_look_at_badges_and_change_none(organization, admin_as_coordinator):
    own, everybodys = BadgeDefinitionFactory(organization=organization), BadgeDefinitionFactory(organization=None)
    shown = admin_as_coordinator.get(admin_of("badgedefinition", "changelist"))
    assert {row.pk for row in shown.context["cl"].result_list} == {own.pk, everybodys.pk}
    page = admin_as_coordinator.get(admin_of("badgedefinition", "change", own.pk))
    assert page.status_code == 200
    assert page.context["row_pages"] == []
    assert admin_as_coordinator.get(admin_of("badgedefinition", "add")).status_code == 403
    assert admin_as_coordinator.post(admin_of("badgedefinition", "change", own.pk), {"name": "x"}).status_code == 403
    assert admin_as_coordinator.post(admin_of("badgedefinition", "do_deactivate"), {"ids": own.pk}).status_code == 403


def test_icons_are_chosen_by_their_drawings_and_what_those_show(admin_as_org_admin):
    page = admin_as_org_admin.get(admin_of("badgedefinition", "add")).content.decode()
    assert page.count('type="radio" name="icon"') == 16
    assert 'badges/bridge.svg" width="48" height="48" alt=""> <span>' in page


# --- Awarding by hand


AWARD = "admin:achievements_earnedbadge_award"


@pytest.fixture
def asked(organization, mentor, local_association):
    """What the page is sent: a badge for somebody who has none, and for somebody who has it."""
    definition = BadgeDefinitionFactory(organization=organization, criteria=None)
    other = MentorProfileFactory(organization=organization, local_association=local_association)
    EarnedBadgeFactory(mentor=other, definition=definition)
    return {"definition": definition.pk, "mentors": [mentor.pk, other.pk], "note": "For the summer camp"}


def test_a_badge_is_awarded_to_chosen_mentors_and_it_is_said_who_has_it(
    asked, mentor, coordinator, admin_as_coordinator
):
    assert reverse(AWARD) in admin_as_coordinator.get(admin_of("earnedbadge", "changelist")).content.decode()
    seen = admin_as_coordinator.post(reverse(AWARD), asked)
    assert [(line.mentor.pk, line.changes) for line in seen.context["lines"]] == [
        (key, key == mentor.pk) for key in asked["mentors"]
    ]
    assert not mentor.earned_badges.exists()
    for __ in range(2):
        assert admin_as_coordinator.post(reverse(AWARD), {**asked, "confirm": "1"}).status_code == 302
    made = mentor.earned_badges.get()
    assert (made.note, made.awarded_by_user) == ("For the summer camp", coordinator)
    assert EarnedBadge.objects.count() == 2


def test_what_was_revoked_is_given_back_with_the_new_note(asked, mentor, admin_as_coordinator):
    EarnedBadgeFactory(
        mentor=mentor,
        definition_id=asked["definition"],
        revoked_at=timezone.now(),
        revoked_by=mentor.user,
        revocation_reason="x",
    )
    seen = admin_as_coordinator.post(reverse(AWARD), asked)
    assert [line.changes for line in seen.context["lines"]] == [True, False]
    admin_as_coordinator.post(reverse(AWARD), {**asked, "confirm": "1"})
    assert mentor.earned_badges.get().is_valid


def test_only_mentors_in_ones_care_are_awarded(asked, mentor, foreign, admin_as_neighbour, admin_as_coordinator):
    for client, chosen in ((admin_as_neighbour, mentor), (admin_as_coordinator, foreign.mentor)):
        refused = client.post(reverse(AWARD), {**asked, "mentors": [chosen.pk], "confirm": "1"})
        assert refused.context["form"].errors["mentors"]
    assert EarnedBadge.objects.count() == 1


def test_a_year_is_for_badges_of_each_year_alone(asked, mentor, admin_as_coordinator):
    refused = admin_as_coordinator.post(reverse(AWARD), {**asked, "period": "2025", "confirm": "1"})
    assert refused.context["form"].errors["period"]
    BadgeDefinition.objects.update(repeats="yearly")
    admin_as_coordinator.post(reverse(AWARD), {**asked, "mentors": [mentor.pk], "period": "2025", "confirm": "1"})
    assert mentor.earned_badges.get().period == "2025"


def test_a_choice_can_be_changed_after_the_look(asked, mentor, admin_as_coordinator):
    again = admin_as_coordinator.post(reverse(AWARD), {**asked, "back": "1"})
    assert "For the summer camp" in again.content.decode()
    assert str(mentor) in again.content.decode()


# --- From the list of figures


@pytest.fixture
def stats(organization, mentor, local_association):
    pair = AssignmentFactory(organization=organization, mentor=mentor, local=local_association)
    ActivityFactory(assignment=pair)
    recompute_stats(mentors=[mentor.pk])
    return MentorStats.objects.get(mentor=mentor)


def test_the_figures_list_awards_a_badge(stats, asked, admin_as_coordinator, admin_as_neighbour):
    verb = admin_of("mentorstats", "do_award")
    given = {"ids": stats.pk, "definition": asked["definition"], "note": "For the summer camp"}
    assert admin_as_neighbour.post(verb, given).status_code == 404
    assert admin_as_coordinator.post(verb, given).context["can_confirm"]
    assert not stats.mentor.earned_badges.exists()
    admin_as_coordinator.post(verb, {**given, "confirm": "1"})
    assert stats.mentor.earned_badges.get().note == "For the summer camp"
    assert not admin_as_coordinator.post(verb, given).context["can_confirm"]


def test_the_figures_list_awards_what_chosen_mentors_lack(stats, organization, admin_as_coordinator):
    verb = admin_of("mentorstats", "do_award_missing")
    rule = {**TEN_ACTIVITIES, "value": 1}
    BadgeDefinitionFactory(organization=organization, name="Et besøk", criteria=rule)
    seen = admin_as_coordinator.post(verb, {"ids": stats.pk})
    assert "Et besøk" in str(seen.context["preview"])
    assert not stats.mentor.earned_badges.exists()
    assert admin_as_coordinator.post(verb, {"ids": stats.pk, "confirm": "1"}).status_code == 302
    assert stats.mentor.earned_badges.get().awarded_by == "system"
    assert not admin_as_coordinator.post(verb, {"ids": stats.pk}).context["can_confirm"]


# --- As a file


def test_an_open_badge_is_downloaded_by_those_who_care_for_the_mentor(mentor, admin_as_coordinator, admin_as_neighbour):
    earned = EarnedBadgeFactory(mentor=mentor)
    page = admin_as_coordinator.get(admin_of("earnedbadge", "change", earned.pk)).content.decode()
    for ending, kind in (("json", "application/ld+json"), ("jwt", "application/vc+jwt")):
        address = admin_of("earnedbadge", ending, earned.pk)
        assert address in page
        given = admin_as_coordinator.get(address)
        assert (given.status_code, given["Content-Type"]) == (200, kind)
        assert given["Content-Disposition"].endswith(f'.{ending}"')
        assert admin_as_neighbour.get(address).status_code == 404


def test_a_revoked_badge_is_not_downloaded(mentor, admin_as_coordinator):
    earned = EarnedBadgeFactory(mentor=mentor, revoked_at=timezone.now(), revoked_by=mentor.user, revocation_reason="x")
    assert admin_as_coordinator.get(admin_of("earnedbadge", "jwt", earned.pk)).status_code == 302
