"""`/api/v1/me`, devices, mentors and local associations."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.utils import timezone

from accounts import services
from accounts.enums import MentorStatus, Module, PauseReason, Role
from accounts.models import Membership, MentorProfile, User
from tests.conftest import api_client
from tests.factories import MembershipFactory, MentorProfileFactory

# --- /me --------------------------------------------------------------------------------------------------------------


def test_me_tells_who_one_is_and_what_one_may(as_mentor, mentor, organization, local_association):
    body = as_mentor.get("/api/v1/me").json()

    assert (body["user_id"], body["email"]) == (str(mentor.user_id), "mentor@example.org")
    assert [(role["org_id"], role["role"]) for role in body["roles"]] == [(str(organization.pk), "peer_mentor")]
    assert [row["peer_mentor_id"] for row in body["mentor_profiles"]] == [str(mentor.pk)]
    assert body["mentor_profiles"][0]["local_associations"] == [
        {"local_association_id": str(local_association.pk), "name": "Home", "is_primary": True}
    ]
    (told,) = body["organizations"]
    assert (told["org_id"], told["mentor_term"], told["modules"]) == (
        str(organization.pk),
        "peer_mentor",
        sorted(Module.values),
    )


def test_me_of_a_coordinator_names_what_is_in_their_care(as_coordinator, local_association):
    (role,) = as_coordinator.get("/api/v1/me").json()["roles"]
    assert (role["role"], role["local_association_ids"]) == ("coordinator", [str(local_association.pk)])


def test_a_revoked_role_and_its_organisation_are_gone_from_me(as_mentor, mentor, org_admin, now):
    services.revoke_role(membership=Membership.objects.get(user=mentor.user), by=org_admin, at=now)
    body = as_mentor.get("/api/v1/me").json()
    assert (body["roles"], body["organizations"], body["mentor_profiles"]) == ([], [], [])


def test_people_change_their_language_and_are_answered_in_it(as_mentor, mentor):
    answer = as_mentor.patch("/api/v1/me", {"language": "en", "time_zone": "Europe/Berlin", "phone": "+47 22 00 00 00"})
    assert answer.status_code == 200
    stored = User.objects.get(pk=mentor.user_id)
    assert (stored.language, stored.time_zone, stored.phone) == ("en", "Europe/Berlin", "+47 22 00 00 00")
    assert answer.json()["organizations"][0]["mentor_label"] == "peer mentor"


@pytest.mark.parametrize(
    ("sent", "field", "code"),
    [
        ({"is_superuser": True}, "is_superuser", "unknown_field"),
        ({"email": "other@example.org"}, "email", "unknown_field"),
        ({"user_id": "x"}, "user_id", "unknown_field"),
        ({"first_name": ""}, "first_name", "blank"),
        ({"first_name": "A\nB"}, "first_name", "invalid_characters"),
        ({"last_name": "\u0007"}, "last_name", "invalid_characters"),
        ({"language": "sv"}, "language", "invalid_choice"),
        ({"time_zone": "Mars"}, "time_zone", "unknown_time_zone"),
        ({"phone": "call me"}, "phone", "invalid"),
    ],
)
def test_what_me_does_not_take_is_refused_by_field(sent, field, code, as_mentor, mentor):
    answer = as_mentor.patch("/api/v1/me", sent)
    assert answer.status_code == 400
    assert [error["code"] for error in answer.json()["errors"][field]] == [code]
    unchanged = User.objects.get(pk=mentor.user_id)
    assert (unchanged.first_name, unchanged.is_superuser) == (mentor.user.first_name, False)


def test_names_are_stored_in_one_normal_form(as_mentor, mentor):
    as_mentor.patch("/api/v1/me", {"first_name": "A\u030ase"})
    assert User.objects.get(pk=mentor.user_id).first_name == "Åse"


# --- Devices ----------------------------------------------------------------------------------------------------------


def device_of(client, user, **fields) -> UserSession:
    token = client._credentials["HTTP_X_SESSION_TOKEN"]
    return UserSession.objects.create(user=user, session_key=token, ip="127.0.0.1", user_agent="phone", **fields)


def test_people_see_their_own_devices_and_which_one_they_hold(as_mentor, mentor, as_stranger, stranger):
    other = api_client(mentor.user)
    mine = device_of(as_mentor, mentor.user)
    older = device_of(other, mentor.user, last_seen_at=timezone.now() - timedelta(days=1))
    device_of(as_stranger, stranger)

    body = as_mentor.get("/api/v1/me/devices").json()
    assert [(row["device_id"], row["is_current"]) for row in body] == [(mine.pk, True), (older.pk, False)]


def test_a_revoked_device_is_out_with_its_next_request(as_mentor, mentor):
    lost = api_client(mentor.user)
    device = device_of(lost, mentor.user)
    assert lost.get("/api/v1/me").status_code == 200

    assert as_mentor.delete(f"/api/v1/me/devices/{device.pk}").status_code == 204
    assert lost.get("/api/v1/me").status_code == 401
    assert as_mentor.get("/api/v1/me").status_code == 200


def test_nobody_revokes_somebody_elses_device(as_mentor, as_stranger, stranger):
    device = device_of(as_stranger, stranger)
    assert as_mentor.delete(f"/api/v1/me/devices/{device.pk}").status_code == 404
    assert as_stranger.get("/api/v1/me").status_code == 200


def test_a_disabled_user_is_out_with_the_next_request(as_mentor, mentor, org_admin, now):
    assert as_mentor.get("/api/v1/me").status_code == 200
    services.disable_user(user=mentor.user, by=org_admin, at=now)
    assert as_mentor.get("/api/v1/me").status_code == 401


def test_a_revoked_role_holds_from_the_next_request(as_coordinator, coordinator, mentor, org_admin, now):
    assert as_coordinator.get(f"/api/v1/mentors/{mentor.pk}").status_code == 200
    services.revoke_role(membership=Membership.objects.get(user=coordinator), by=org_admin, at=now)
    assert as_coordinator.get(f"/api/v1/mentors/{mentor.pk}").status_code == 404


def test_a_granted_role_holds_from_the_next_request(mentor, organization, local_association, org_admin, now):
    client = api_client(MembershipFactory(organization=organization).user)
    assert client.get("/api/v1/mentors").json()["data"] == []
    user = User.objects.get(pk=client.get("/api/v1/me").json()["user_id"])
    services.grant_role(
        user=user,
        organization=organization,
        role=Role.COORDINATOR,
        by=org_admin,
        at=now,
        care_areas=[local_association],
    )
    assert [row["peer_mentor_id"] for row in client.get("/api/v1/mentors").json()["data"]] == [str(mentor.pk)]


# --- Mentors ----------------------------------------------------------------------------------------------------------

SEES_THE_MENTOR = {
    "as_mentor": True,
    "as_coordinator": True,
    "as_org_admin": True,
    "as_platform_staff": True,
    "as_neighbour": False,
    "as_stranger": False,
}


@pytest.mark.parametrize(("who", "sees"), SEES_THE_MENTOR.items())
def test_who_sees_a_mentor(who, sees, request, mentor, foreign):
    client = request.getfixturevalue(who)
    listed = {row["peer_mentor_id"] for row in client.get("/api/v1/mentors").json()["data"]}
    assert (str(mentor.pk) in listed) == sees
    for address in (f"/api/v1/mentors/{mentor.pk}", f"/api/v1/mentors/{mentor.pk}/status-log"):
        assert client.get(address).status_code == (200 if sees else 404)


@pytest.mark.parametrize(("who", "sees"), SEES_THE_MENTOR.items())
def test_who_pauses_a_mentor(who, sees, request, mentor, foreign):
    client = request.getfixturevalue(who)
    answer = client.post(f"/api/v1/mentors/{mentor.pk}/pause", {"reason": "other", "note": "Moving house"})
    assert answer.status_code == (200 if sees else 404)
    assert MentorProfile.objects.get(pk=mentor.pk).status == ("paused" if sees else "active")


def test_nobody_gets_in_without_a_log_in(anonymous, mentor):
    for address in ("me", "me/devices", "mentors", f"mentors/{mentor.pk}", "local-associations"):
        assert anonymous.get(f"/api/v1/{address}").status_code == 401


def test_a_mentor_goes_on_leave_and_comes_back(as_mentor, mentor):
    until = (timezone.now() + timedelta(days=40)).date().isoformat()
    body = as_mentor.post(f"/api/v1/mentors/{mentor.pk}/pause", {"reason": "leave", "leave_until": until}).json()
    assert (body["status"], body["paused_by"], body["leave_until"]) == ("paused", "self", until)

    again = as_mentor.post(f"/api/v1/mentors/{mentor.pk}/pause", {"reason": "leave"})
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")

    assert as_mentor.post(f"/api/v1/mentors/{mentor.pk}/resume", {}).json()["status"] == "active"
    log = as_mentor.get(f"/api/v1/mentors/{mentor.pk}/status-log").json()["data"]
    assert [(line["status_after"], line["changed_by"]) for line in log] == [("active", "self"), ("paused", "self")]


def test_the_systems_own_reason_cannot_be_sent(as_coordinator, mentor):
    answer = as_coordinator.post(f"/api/v1/mentors/{mentor.pk}/pause", {"reason": "certification_expired"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["reason"])


def test_a_mentor_does_not_lift_a_pause_of_the_coordinator(as_mentor, as_coordinator, mentor):
    as_coordinator.post(f"/api/v1/mentors/{mentor.pk}/pause", {"reason": "other"})
    answer = as_mentor.post(f"/api/v1/mentors/{mentor.pk}/resume", {})
    assert (answer.status_code, answer.json()["code"]) == (403, "paused_by_other")


def test_mentors_are_listed_in_norwegian_order_and_filtered(
    as_org_admin, mentor, organization, local_association, next_door, coordinator, now
):
    for name in ("Åsen", "Zahl", "Ærlig", "Østby", "Aas"):
        MentorProfileFactory(organization=organization, user__last_name=name, local_association=next_door)
    services.pause_mentor(mentor=mentor, reason=PauseReason.OTHER, by=coordinator, at=now)

    def names(**asked):
        return [row["name"].split()[-1] for row in as_org_admin.get("/api/v1/mentors", asked).json()["data"]]

    assert names(local_association_id=str(next_door.pk)) == ["Aas", "Zahl", "Ærlig", "Østby", "Åsen"]
    assert names(status=MentorStatus.PAUSED) == [mentor.user.last_name]


def test_a_filter_by_somebody_elses_local_association_finds_nothing(as_coordinator, mentor, foreign):
    asked = {"local_association_id": str(foreign.local_association.pk)}
    assert as_coordinator.get("/api/v1/mentors", asked).json()["data"] == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_mentors_costs_the_same_for_one_and_for_three(
    count, as_org_admin, organization, local_association, django_assert_max_num_queries
):
    MentorProfileFactory.create_batch(count, organization=organization, local_association=local_association)
    with django_assert_max_num_queries(10):
        assert len(as_org_admin.get("/api/v1/mentors").json()["data"]) == count


# --- Local associations -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("as_coordinator", ["Home"]),
        ("as_neighbour", ["Next door"]),
        ("as_org_admin", ["Home", "National", "Next door", "Region"]),
        ("as_stranger", ["Foreign"]),
        ("as_mentor", ["Home"]),
    ],
)
def test_who_sees_which_local_associations(who, names, request, local_association, next_door, foreign):
    client = request.getfixturevalue(who)
    assert [row["name"] for row in client.get("/api/v1/local-associations").json()["data"]] == names


def test_a_local_association_of_another_organisation_does_not_exist(as_org_admin, foreign):
    assert as_org_admin.get(f"/api/v1/local-associations/{foreign.local_association.pk}").status_code == 404
