"""The desk of organisations and people: who sees what, and that every save is a verb."""

import re

import pytest
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import services
from accounts.base.admin import TenantAdmin
from accounts.enums import MentorStatus, Module, PauseReason, Role
from accounts.models import (
    ChangeEntry,
    LocalAssociation,
    Membership,
    MentorProfile,
    ModuleSetting,
    Organization,
    User,
)
from tests.factories import MembershipFactory

LISTS = {
    "organization": Organization,
    "localassociation": LocalAssociation,
    "user": User,
    "membership": Membership,
    "mentorprofile": MentorProfile,
}


def address(model, *args, page="change"):
    return reverse(f"admin:accounts_{model}_{page}", args=args)


def listed(client, model, **asked):
    response = client.get(address(model, page="changelist"), asked)
    assert response.status_code == 200, (model, response.status_code)
    return set(response.context["cl"].queryset)


def form_of(response) -> dict:
    """What a browser would send back of a change form."""
    form = response.context["adminform"].form
    sent = {}
    for name in form.fields:
        value = form[name].value()
        if isinstance(value, bool):
            if value:
                sent[name] = "on"
        elif value is not None:
            sent[name] = list(value) if isinstance(value, (list, tuple)) else value
    for formset in response.context["inline_admin_formsets"]:
        prefix = formset.formset.prefix
        sent |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return sent


# --- Who sees what ----------------------------------------------------------------------------------------------------


def test_a_coordinator_sees_the_people_in_their_care_alone(
    admin_as_coordinator, mentor, coordinator, neighbour, local_association, foreign
):
    assert listed(admin_as_coordinator, "mentorprofile") == {mentor}
    assert listed(admin_as_coordinator, "localassociation") == {local_association}
    assert listed(admin_as_coordinator, "user") == {mentor.user, coordinator}
    for closed in ("organization", "membership"):
        assert admin_as_coordinator.get(address(closed, page="changelist")).status_code == 403


def test_a_page_asks_once_which_organisations_use_a_module(admin_as_coordinator, mentor):
    with CaptureQueriesContext(connection) as asked:
        admin_as_coordinator.get(address("mentorprofile", page="changelist"))
    about_modules = [query["sql"] for query in asked if 'FROM "accounts_modulesetting"' in query["sql"]]
    assert len(about_modules) == len(set(about_modules)) == len(Module)


def test_a_neighbour_sees_nothing_of_next_door(admin_as_neighbour, mentor):
    assert listed(admin_as_neighbour, "mentorprofile") == set()
    assert admin_as_neighbour.get(address("mentorprofile", mentor.pk)).status_code == 302
    assert admin_as_neighbour.get(address("mentorprofile", mentor.pk, page="pause")).status_code == 404
    assert admin_as_neighbour.get(address("mentorprofile", mentor.pk, page="history")).status_code == 404


@pytest.mark.parametrize("model", LISTS)
def test_an_administrator_sees_no_row_of_another_organisation(model, admin_as_org_admin, mentor, coordinator, foreign):
    rows = listed(admin_as_org_admin, model)
    assert rows
    for row in rows:
        assert row not in set(LISTS[model].objects.visible_to(foreign.user))


@pytest.mark.parametrize("page", ["change", "history", "role", "disable", "enable", "invite", "second-factor"])
def test_a_user_of_another_organisation_does_not_exist(page, admin_as_org_admin, foreign):
    response = admin_as_org_admin.get(address("user", foreign.user.pk, page=page), follow=page == "change")
    assert foreign.user.email not in response.content.decode()
    assert response.status_code == (200 if page == "change" else 404)


def test_choices_and_searches_offer_nothing_of_another_organisation(admin_as_org_admin, local_association, foreign):
    found = admin_as_org_admin.get(
        "/admin/autocomplete/",
        {"app_label": "accounts", "model_name": "localassociation", "field_name": "parent", "term": "o"},
    ).json()
    assert "Home" in str(found)
    assert "Foreign" not in str(found)
    assert "South" not in admin_as_org_admin.get(address("localassociation", page="add")).content.decode()
    assert "Foreign" not in admin_as_org_admin.get(address("mentorprofile", page="changelist")).content.decode()


@pytest.mark.parametrize(
    "asked",
    [
        {"password__startswith": "pbkdf2"},
        {"user__password__startswith": "md5"},
        {"user__email": "mentor@example.org"},
        {"organization__slug": "north"},
    ],
)
def test_a_list_is_not_asked_about_columns_that_it_does_not_offer(asked, admin_as_coordinator, mentor):
    assert admin_as_coordinator.get(address("mentorprofile", page="changelist"), asked).status_code == 400


# --- An admin with an open door does not start ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"allow_change": True}, "save_row"),
        ({"allow_delete": True}, "delete_row"),
        ({"list_editable": ("name",)}, "verbs"),
        ({"inlines": (admin.TabularInline,)}, "TenantInline"),
        ({"list_filter": (("parent", admin.RelatedFieldListFilter),)}, "other organisations"),
        ({"list_filter": (("name", admin.AllValuesFieldListFilter),)}, "other organisations"),
    ],
)
def test_an_admin_with_an_open_door_does_not_start(options, reason):
    careless = type("Careless", (TenantAdmin,), options)
    with pytest.raises(ImproperlyConfigured, match=reason):
        careless(LocalAssociation, admin.site)


def test_an_admin_of_rows_without_a_door_does_not_start():
    from django.contrib.sessions.models import Session

    with pytest.raises(ImproperlyConfigured, match="visible_to"):
        TenantAdmin(Session, admin.site)


# --- Mentors ----------------------------------------------------------------------------------------------------------


def test_a_coordinator_takes_in_a_mentor(admin_as_coordinator, coordinator, local_association):
    given = {
        "email": "new@example.org",
        "first_name": "Ny",
        "last_name": "Likeperson",
        "language": "nn",
        "primary": local_association.pk,
    }
    response = admin_as_coordinator.post(
        address("mentorprofile", page="add"),
        given | {"status_changes-TOTAL_FORMS": 0, "status_changes-INITIAL_FORMS": 0},
    )
    assert response.status_code == 302, response.context["errors"]
    mentor = MentorProfile.objects.get(user__email="new@example.org")
    assert (mentor.user.language, mentor.organization) == ("nn", local_association.organization)
    assert ChangeEntry.objects.of(mentor).get().user == coordinator


def test_a_mentor_cannot_be_taken_into_somebody_elses_local_association(
    admin_as_coordinator, next_door, foreign, local_association
):
    for elsewhere in (next_door, foreign.local_association):
        given = {"email": "new@example.org", "first_name": "A", "last_name": "B", "primary": elsewhere.pk}
        given |= {"language": "nb", "status_changes-TOTAL_FORMS": 0, "status_changes-INITIAL_FORMS": 0}
        response = admin_as_coordinator.post(address("mentorprofile", page="add"), given)
        assert "primary" in response.context["adminform"].form.errors
    assert not User.objects.filter(email="new@example.org").exists()


def test_a_coordinator_changes_a_mentor_through_the_form(admin_as_coordinator, mentor, coordinator):
    page = admin_as_coordinator.get(address("mentorprofile", mentor.pk))
    given = form_of(page) | {"member_number": "M-17"}
    response = admin_as_coordinator.post(address("mentorprofile", mentor.pk), given)
    assert response.status_code == 302, response.context["errors"]
    assert MentorProfile.objects.get(pk=mentor.pk).member_number == "M-17"
    assert mentor.affiliations.count() == 1


def test_a_refusal_stands_in_the_form_and_keeps_what_was_typed(admin_as_org_admin, mentor, organization, foreign):
    from tests.factories import MentorProfileFactory

    MentorProfileFactory(organization=organization, member_number="M-1")
    given = form_of(admin_as_org_admin.get(address("mentorprofile", mentor.pk))) | {"member_number": "M-1"}
    response = admin_as_org_admin.post(address("mentorprofile", mentor.pk), given)
    form = response.context["adminform"].form
    assert (response.status_code, list(form.errors), form["member_number"].value()) == (200, ["member_number"], "M-1")


@pytest.mark.parametrize(
    ("page", "given", "status"),
    [
        ("pause", {"note": "Ill"}, MentorStatus.PAUSED),
        ("leave", {"leave_until": "2099-01-01"}, MentorStatus.PAUSED),
        ("resign", {"note": ""}, MentorStatus.RESIGNED),
    ],
)
def test_a_coordinator_moves_a_mentor(page, given, status, admin_as_coordinator, mentor, coordinator):
    response = admin_as_coordinator.post(address("mentorprofile", mentor.pk, page=page), given)
    assert response.status_code == 302
    assert MentorProfile.objects.get(pk=mentor.pk).status == status
    shown = admin_as_coordinator.get(address("mentorprofile", mentor.pk, page="history")).content.decode()
    assert str(coordinator) in shown
    assert "Ill" not in shown


def test_a_refused_move_says_why_above_the_form(admin_as_coordinator, mentor, now):
    services.pause_mentor(mentor=mentor, reason=PauseReason.CERTIFICATION_EXPIRED, by=None, at=now)
    response = admin_as_coordinator.post(address("mentorprofile", mentor.pk, page="resume"), {"note": ""})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["note"]
    assert MentorProfile.objects.get(pk=mentor.pk).status == MentorStatus.PAUSED


def test_the_change_form_links_to_what_can_be_done_now(admin_as_coordinator, mentor):
    page = admin_as_coordinator.get(address("mentorprofile", mentor.pk)).content.decode()
    assert re.findall(rf"{mentor.pk}/(\w+)/\"", page) == ["pause", "leave", "resign", "history"]


# --- People -----------------------------------------------------------------------------------------------------------

NO_ROLES = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}


def test_an_administrator_invites_a_coordinator(admin_as_org_admin, organization, local_association):
    given = {"email": "new@example.org", "first_name": "A", "last_name": "B", "language": "nb", **NO_ROLES}
    given |= {"organization": organization.pk, "role": "coordinator", "care_areas": [local_association.pk]}
    response = admin_as_org_admin.post(address("user", page="add"), given)
    assert response.status_code == 302, response.context["errors"]
    user = User.objects.get(email="new@example.org")
    assert user.access.cares_for == {local_association.pk}


@pytest.mark.parametrize("role", ["org_admin", "peer_mentor"])
def test_an_administrator_is_not_offered_roles_of_their_own_height(role, admin_as_org_admin, organization):
    given = {"email": "new@example.org", "first_name": "A", "last_name": "B", "language": "nb", **NO_ROLES}
    response = admin_as_org_admin.post(
        address("user", page="add"), given | {"organization": organization.pk, "role": role}
    )
    assert "role" in response.context["adminform"].form.errors
    assert not User.objects.filter(email="new@example.org").exists()


def test_an_administrator_gives_a_known_person_a_role(admin_as_org_admin, organization, mentor, local_association):
    given = {"organization": organization.pk, "role": "coordinator", "care_areas": [local_association.pk]}
    response = admin_as_org_admin.post(address("user", mentor.user_id, page="role"), given)
    assert response.status_code == 302, response.context["form"].errors
    assert set(Membership.objects.filter(user=mentor.user).values_list("role", flat=True)) == {
        "peer_mentor",
        "coordinator",
    }


def test_an_administrator_disables_and_lets_in_again(admin_as_org_admin, mentor):
    admin_as_org_admin.post(address("user", mentor.user_id, page="disable"), {"reason": "Left"})
    assert not User.objects.get(pk=mentor.user_id).is_active
    admin_as_org_admin.post(address("user", mentor.user_id, page="enable"), {"reason": "Back"})
    assert User.objects.get(pk=mentor.user_id).is_active


@pytest.mark.parametrize("page", ["disable", "second-factor", "invite"])
def test_an_administrator_has_no_power_over_their_equals(page, admin_as_org_admin, organization):
    equal = MembershipFactory(organization=organization, role=Role.ORG_ADMIN).user
    assert admin_as_org_admin.post(address("user", equal.pk, page=page), {"reason": "x"}).status_code == 403
    assert User.objects.get(pk=equal.pk).is_active


def test_an_administrator_ends_a_role_and_changes_what_is_in_care(admin_as_org_admin, coordinator, next_door, mentor):
    membership = Membership.objects.get(user=coordinator)
    admin_as_org_admin.post(address("membership", membership.pk, page="care"), {"care_areas": [next_door.pk]})
    assert User.objects.get(pk=coordinator.pk).access.cares_for == {next_door.pk}
    admin_as_org_admin.post(address("membership", membership.pk, page="revoke"), {"reason": "Left"})
    assert not Membership.objects.get(pk=membership.pk).is_active


def test_the_history_of_somebody_in_two_organisations_tells_each_only_its_own(
    admin_as_org_admin, admin_as_platform_staff, platform_staff, mentor, foreign, now
):
    membership = MembershipFactory(user=mentor.user, organization=foreign.organization)
    services.disable_user(user=mentor.user, by=platform_staff, at=now, reason="Both")
    ChangeEntry.objects.of(mentor.user).filter(organization=foreign.organization).update(reason="Said in South")

    def told(client):
        return client.get(address("user", mentor.user_id, page="history")).content.decode()

    assert "Both" in told(admin_as_org_admin)
    assert "South" not in told(admin_as_org_admin)
    assert "Said in South" in told(admin_as_platform_staff)
    assert membership.is_active


def test_a_change_that_is_logged_in_two_organisations_is_told_once(
    admin_as_platform_staff, platform_staff, mentor, foreign, now
):
    MembershipFactory(user=mentor.user, organization=foreign.organization)
    services.disable_user(user=mentor.user, by=platform_staff, at=now, reason="Both")
    assert (
        admin_as_platform_staff.get(address("user", mentor.user_id, page="history")).content.decode().count("Both") == 1
    )


# --- Organisations ----------------------------------------------------------------------------------------------------


def test_an_administrator_switches_a_module_off(admin_as_org_admin, organization):
    given = form_of(admin_as_org_admin.get(address("organization", organization.pk)))
    given["modules"] = [Module.ACHIEVEMENTS]
    response = admin_as_org_admin.post(address("organization", organization.pk), given)
    assert response.status_code == 302, response.context["errors"]
    used = ModuleSetting.objects.filter(organization=organization, is_enabled=True)
    assert [setting.module for setting in used] == [Module.ACHIEVEMENTS]


def test_an_administrator_cannot_rename_the_organisation(admin_as_org_admin, organization):
    given = form_of(admin_as_org_admin.get(address("organization", organization.pk))) | {"name": "Mine"}
    admin_as_org_admin.post(address("organization", organization.pk), given)
    assert Organization.objects.get(pk=organization.pk).name == "North"


def test_the_platform_makes_an_organisation(admin_as_platform_staff):
    given = {"name": "New", "slug": "new", "locale": "nb", "time_zone": "Europe/Oslo", "mentor_term": "mentor"}
    given |= {"contact_term": "member", "modules": [Module.FOLLOW_UP]}
    response = admin_as_platform_staff.post(address("organization", page="add"), given)
    assert response.status_code == 302, response.context["errors"]
    assert ModuleSetting.objects.filter(organization__slug="new", is_enabled=True).count() == 1


def test_an_administrator_makes_no_organisation(admin_as_org_admin):
    assert admin_as_org_admin.get(address("organization", page="add")).status_code == 403


def test_an_administrator_builds_the_tree_and_is_told_of_circles(admin_as_org_admin, organization, region, national):
    given = {"organization": organization.pk, "name": "New", "level": "local", "parent": region.pk}
    assert admin_as_org_admin.post(address("localassociation", page="add"), given).status_code == 302
    moved = form_of(admin_as_org_admin.get(address("localassociation", national.pk))) | {"parent": region.pk}
    response = admin_as_org_admin.post(address("localassociation", national.pk), moved)
    assert list(response.context["adminform"].form.errors) == ["parent"]


def test_a_coordinator_looks_at_local_associations_but_changes_none(admin_as_coordinator, local_association):
    assert admin_as_coordinator.get(address("localassociation", local_association.pk)).status_code == 200
    response = admin_as_coordinator.post(address("localassociation", local_association.pk), {"name": "Mine"})
    assert response.status_code == 403
