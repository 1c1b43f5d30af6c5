"""Organisations, their modules and the tree of local associations."""

import pytest

from accounts import services
from accounts.enums import Level, Module
from accounts.models import ChangeEntry, LocalAssociation, ModuleSetting, Organization


def test_a_new_organisation_uses_every_module(platform_staff, now):
    made = services.create_organization(name="New", slug="new", by=platform_staff, at=now)
    used = ModuleSetting.objects.filter(organization=made, is_enabled=True).values_list("module", flat=True)
    assert sorted(used) == sorted(Module.values)
    assert ChangeEntry.objects.of(made).get().action == "created"


@pytest.mark.parametrize("who", ["org_admin", "coordinator", "stranger"])
def test_only_the_platform_makes_organisations(who, request, now):
    by = request.getfixturevalue(who)
    count = Organization.objects.count()
    with pytest.raises(services.NotAllowed):
        services.create_organization(name="Mine", slug="mine", by=by, at=now)
    assert Organization.objects.count() == count


@pytest.mark.parametrize(
    ("field", "value"),
    [("organisation_number", "12345678"), ("time_zone", "Oslo"), ("slug", "no good"), ("locale", "sv")],
)
def test_what_the_model_does_not_allow_is_refused_with_its_field(field, value, platform_staff, now):
    given = {"name": "New", "slug": "new", field: value}
    with pytest.raises(services.InvalidInput) as refused:
        services.create_organization(by=platform_staff, at=now, **given)
    assert refused.value.field == field


def test_an_administrator_changes_settings_but_not_the_identity(organization, org_admin, now):
    services.change_organization(organization=organization, by=org_admin, at=now, time_zone="Europe/Tirane")
    with pytest.raises(services.NotAllowed):
        services.change_organization(organization=organization, by=org_admin, at=now, slug="taken-over")
    stored = Organization.objects.get(pk=organization.pk)
    assert (stored.time_zone, stored.slug) == ("Europe/Tirane", "north")


@pytest.mark.parametrize("who", ["coordinator", "stranger"])
def test_settings_and_modules_are_the_administrators(who, request, organization, now):
    by = request.getfixturevalue(who)
    with pytest.raises(services.NotAllowed):
        services.change_organization(organization=organization, by=by, at=now, locale="en")
    with pytest.raises(services.NotAllowed):
        services.set_module(organization=organization, module=Module.FOLLOW_UP, is_enabled=False, by=by, at=now)


def test_a_module_that_is_off_refuses_and_the_others_do_not(organization, org_admin, now):
    services.set_module(organization=organization, module=Module.FOLLOW_UP, is_enabled=False, by=org_admin, at=now)
    with pytest.raises(services.ModuleDisabled):
        services.require_module(module=Module.FOLLOW_UP, organization_id=organization.pk)
    services.require_module(module=Module.ACHIEVEMENTS, organization_id=organization.pk)


@pytest.mark.parametrize(
    ("level", "parent", "refusal"),
    [
        (Level.REGION, "region", services.WrongParent),
        (Level.NATIONAL, "national", services.WrongParent),
        (Level.LOCAL, "local_association", services.WrongParent),
    ],
)
def test_the_parent_must_be_of_a_higher_level(level, parent, refusal, request, organization, org_admin, now):
    with pytest.raises(refusal):
        services.add_local_association(
            organization=organization,
            name="New",
            level=level,
            parent=request.getfixturevalue(parent),
            by=org_admin,
            at=now,
        )


def test_a_local_association_may_belong_to_the_national_one_directly(organization, national, org_admin, now):
    made = services.add_local_association(
        organization=organization, name="New", level=Level.LOCAL, parent=national, by=org_admin, at=now
    )
    assert LocalAssociation.objects.get(pk=made.pk).parent == national


def test_a_parent_of_another_organisation_is_refused(organization, foreign, org_admin, now):
    LocalAssociation.objects.filter(pk=foreign.local_association.pk).update(level=Level.NATIONAL)
    foreign.local_association.refresh_from_db()
    with pytest.raises(services.WrongParent):
        services.add_local_association(
            organization=organization,
            name="New",
            level=Level.LOCAL,
            parent=foreign.local_association,
            by=org_admin,
            at=now,
        )


def test_the_tree_has_no_circles(national, region, org_admin, now):
    with pytest.raises(services.TreeCycle):
        services.change_local_association(local_association=national, by=org_admin, at=now, parent_id=region.pk)
    with pytest.raises(services.TreeCycle):
        services.change_local_association(local_association=national, by=org_admin, at=now, parent_id=national.pk)


def test_a_region_with_local_associations_does_not_become_one(region, local_association, org_admin, now):
    with pytest.raises(services.LevelBelowChildren):
        services.change_local_association(local_association=region, by=org_admin, at=now, level=Level.LOCAL)


def test_renaming_is_logged_with_before_and_after(region, org_admin, now):
    services.change_local_association(local_association=region, by=org_admin, at=now, name="West")
    entry = ChangeEntry.objects.of(region).get()
    assert (entry.before, entry.after, entry.user) == ({"name": "Region"}, {"name": "West"}, org_admin)
