"""Users, roles, care areas: who may give what to whom, and what it does at once."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from accounts import services
from accounts.enums import Role
from accounts.models import CareArea, ChangeEntry, Membership, MentorProfile, User
from tests.factories import LocalAssociationFactory, MembershipFactory, OrganizationFactory, UserFactory

ROLES = [Role.PEER_MENTOR, Role.COORDINATOR, Role.ORG_ADMIN]
MAY_GRANT = {
    "mentor_user": [],
    "coordinator": [Role.PEER_MENTOR],
    "org_admin": [Role.PEER_MENTOR, Role.COORDINATOR],
    "platform_staff": ROLES,
    "stranger": [],
}


@pytest.fixture
def mentor_user(mentor) -> User:
    return mentor.user


@pytest.mark.parametrize("granter", MAY_GRANT)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_granted_only_by_somebody_above_it(granter, role, request, organization, local_association, now):
    by = request.getfixturevalue(granter)
    user = UserFactory()
    grant = {"user": user, "organization": organization, "role": role, "care_areas": [local_association]}

    if role in MAY_GRANT[granter]:
        services.grant_role(**grant, by=by, at=now)
        assert list(Membership.objects.filter(user=user).values_list("role", "granted_by")) == [(role, by.pk)]
    else:
        with pytest.raises(services.RoleTooHigh):
            services.grant_role(**grant, by=by, at=now)
        assert not Membership.objects.filter(user=user).exists()


@pytest.mark.parametrize("revoker", MAY_GRANT)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_revoked_only_by_somebody_above_it(revoker, role, request, organization, now):
    by = request.getfixturevalue(revoker)
    membership = MembershipFactory(organization=organization, role=role)

    if role in MAY_GRANT[revoker]:
        services.revoke_role(membership=membership, by=by, at=now)
    else:
        with pytest.raises(services.RoleTooHigh):
            services.revoke_role(membership=membership, by=by, at=now)
    assert Membership.objects.get(pk=membership.pk).is_active == (role not in MAY_GRANT[revoker])


def test_a_revoked_role_is_kept_with_who_ended_it_and_can_be_granted_again(organization, org_admin, now):
    membership = MembershipFactory(organization=organization, role=Role.PEER_MENTOR)

    ended = services.revoke_role(membership=membership, by=org_admin, at=now, reason="Moved away")
    assert (ended.is_active, ended.revoked_at, ended.revoked_by) == (False, now, org_admin)

    again = services.grant_role(
        user=membership.user, organization=organization, role=Role.PEER_MENTOR, by=org_admin, at=now
    )
    assert (again.pk, again.is_active, again.revoked_at) == (membership.pk, True, None)
    assert ChangeEntry.objects.of(again).count() == 2


def test_a_coordinator_must_have_something_in_their_care(organization, org_admin, now):
    with pytest.raises(services.CareAreasMissing):
        services.grant_role(user=UserFactory(), organization=organization, role=Role.COORDINATOR, by=org_admin, at=now)


def test_care_areas_of_another_organisation_are_refused(organization, org_admin, coordinator, foreign, now):
    membership = Membership.objects.get(user=coordinator)
    with pytest.raises(services.UnknownLocalAssociation):
        services.set_care_areas(membership=membership, care_areas=[foreign.local_association], by=org_admin, at=now)


def test_changing_what_a_coordinator_cares_for_changes_what_they_see(
    mentor, coordinator, org_admin, next_door, local_association, now
):
    membership = Membership.objects.get(user=coordinator)
    services.set_care_areas(membership=membership, care_areas=[next_door], by=org_admin, at=now)

    assert list(CareArea.objects.filter(membership=membership).values_list("local_association", flat=True)) == [
        next_door.pk
    ]
    assert not MentorProfile.objects.visible_to(User.objects.get(pk=coordinator.pk)).exists()


def test_a_coordinator_cannot_widen_their_own_care(coordinator, next_door, now):
    membership = Membership.objects.get(user=coordinator)
    with pytest.raises(services.NotAllowed):
        services.set_care_areas(membership=membership, care_areas=[next_door], by=coordinator, at=now)


def test_disabling_a_user_signs_them_out_everywhere_and_enabling_does_not_revive_old_devices(
    as_mentor, mentor, org_admin, now
):
    token = as_mentor._credentials["HTTP_X_SESSION_TOKEN"]
    UserSession.objects.create(user=mentor.user, session_key=token, ip="127.0.0.1", user_agent="app")

    services.disable_user(user=mentor.user, by=org_admin, at=now, reason="Lost phone")
    assert not User.objects.get(pk=mentor.user_id).is_active
    assert not Session.objects.filter(pk=token).exists()

    services.enable_user(user=mentor.user, by=org_admin, at=now)
    assert User.objects.get(pk=mentor.user_id).is_active
    assert not UserSession.objects.filter(user=mentor.user).exists()
    entry = ChangeEntry.objects.of(mentor.user).get(reason="Lost phone")
    assert (entry.before, entry.after, entry.user) == ({"is_active": True}, {"is_active": False}, org_admin)


@pytest.mark.parametrize("who", ["coordinator", "neighbour", "stranger", "org_admin"])
def test_an_administrator_is_not_disabled_by_their_equals_or_anybody_below(who, request, organization, now):
    other = MembershipFactory(organization=organization, role=Role.ORG_ADMIN).user
    with pytest.raises(services.NotAllowed):
        services.disable_user(user=other, by=request.getfixturevalue(who), at=now)
    assert User.objects.get(pk=other.pk).is_active


def test_somebody_with_a_role_in_another_organisation_is_disabled_by_the_platform_alone(
    mentor, org_admin, platform_staff, now
):
    MembershipFactory(user=mentor.user, organization=OrganizationFactory(), role=Role.PEER_MENTOR)
    with pytest.raises(services.NotAllowed):
        services.disable_user(user=mentor.user, by=org_admin, at=now)
    services.disable_user(user=mentor.user, by=platform_staff, at=now)
    assert not User.objects.get(pk=mentor.user_id).is_active


def test_nobody_disables_themselves(platform_staff, now):
    with pytest.raises(services.OwnAccount):
        services.disable_user(user=platform_staff, by=platform_staff, at=now)


def test_people_change_their_own_name_but_not_what_they_may(mentor, now):
    services.change_user(user=mentor.user, by=mentor.user, at=now, first_name="Åse")
    assert User.objects.get(pk=mentor.user_id).first_name == "Åse"
    with pytest.raises(services.NotAllowed):
        services.change_user(user=mentor.user, by=mentor.user, at=now, is_superuser=True)


def test_an_unknown_time_zone_is_refused_with_its_field(mentor, now):
    with pytest.raises(services.InvalidInput) as refused:
        services.change_user(user=mentor.user, by=mentor.user, at=now, time_zone="Mars/Olympus")
    assert refused.value.field == "time_zone"


def test_a_new_mentor_has_no_password_yet(organization, local_association, coordinator, now):
    mentor = services.add_mentor(
        organization=organization,
        email="Ny@Example.org",
        first_name="Ny",
        last_name="Likeperson",
        local_associations=[local_association],
        by=coordinator,
        at=now,
        language="en",
    )
    assert (mentor.user.email, mentor.user.language) == ("ny@example.org", "en")
    assert not mentor.user.has_usable_password()


def test_a_known_person_becomes_a_mentor_without_a_second_account(organization, local_association, coordinator, now):
    known = UserFactory(email="known@example.org", first_name="Kari")
    mentor = services.add_mentor(
        organization=organization,
        email="KNOWN@example.org",
        first_name="Other",
        last_name="Name",
        local_associations=[local_association],
        by=coordinator,
        at=now,
    )
    assert (mentor.user, User.objects.get(pk=known.pk).first_name) == (known, "Kari")
    with pytest.raises(services.AlreadyMentor):
        services.add_mentor(
            organization=organization,
            email="known@example.org",
            first_name="K",
            last_name="K",
            local_associations=[local_association],
            by=coordinator,
            at=now,
        )


@pytest.mark.parametrize("count", [0, 6])
def test_a_mentor_belongs_to_one_to_five_local_associations(count, mentor, organization, org_admin, now):
    associations = LocalAssociationFactory.create_batch(count, organization=organization)
    with pytest.raises(services.WrongAffiliations):
        services.change_affiliations(mentor=mentor, local_associations=associations, by=org_admin, at=now)


def test_the_first_local_association_is_the_primary_one(mentor, organization, org_admin, local_association, now):
    others = LocalAssociationFactory.create_batch(4, organization=organization)
    services.change_affiliations(mentor=mentor, local_associations=[*others, local_association], by=org_admin, at=now)
    assert mentor.affiliations.count() == 5
    assert mentor.affiliations.get(is_primary=True).local_association == others[0]


def test_a_coordinator_moves_mentors_only_within_their_care(mentor, coordinator, next_door, local_association, now):
    with pytest.raises(services.OutsideCare):
        services.change_affiliations(
            mentor=mentor, local_associations=[local_association, next_door], by=coordinator, at=now
        )


def test_affiliations_of_another_organisation_are_refused(mentor, org_admin, foreign, now):
    with pytest.raises(services.UnknownLocalAssociation):
        services.change_affiliations(
            mentor=mentor, local_associations=[foreign.local_association], by=org_admin, at=now
        )


@pytest.mark.parametrize(("who", "refusal"), [("neighbour", services.OutsideCare), ("stranger", services.NotAllowed)])
def test_a_mentor_is_changed_only_by_those_who_care_for_them(who, refusal, request, mentor, local_association, now):
    by = request.getfixturevalue(who)
    with pytest.raises(refusal):
        services.change_mentor(mentor=mentor, by=by, at=now, member_number="M-1")
    with pytest.raises(refusal):
        services.change_affiliations(mentor=mentor, local_associations=[local_association], by=by, at=now)
    assert MentorProfile.objects.get(pk=mentor.pk).member_number == ""
