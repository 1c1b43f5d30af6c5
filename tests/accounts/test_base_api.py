"""The shape that every view and serializer of the API has."""

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import mixins, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.test import APIRequestFactory, force_authenticate

from accounts import services
from accounts.base.api import (
    IsAdminOfOrganization,
    IsMentor,
    IsPlatformStaff,
    IsStaffOfOrganization,
    StaffWrite,
    StrictSerializer,
    TenantViewSet,
)
from accounts.base.text import BadText, clean_text, shown
from accounts.enums import Module
from accounts.models import LocalAssociation, MentorProfile, User
from tests.factories import MembershipFactory, MentorProfileFactory, OrganizationFactory

# --- Views ------------------------------------------------------------------------------------------------------------


def test_a_view_of_rows_without_a_door_does_not_start():
    with pytest.raises(ImproperlyConfigured, match="visible_to"):
        type("Open", (TenantViewSet,), {"queryset": Session.objects.all()})


def test_a_view_that_finds_its_rows_past_the_door_does_not_start():
    with pytest.raises(ImproperlyConfigured, match="rows"):
        type("Open", (TenantViewSet,), {"get_queryset": lambda self: MentorProfile.objects.all()})


def test_a_view_without_rows_does_not_start():
    with pytest.raises(ImproperlyConfigured, match="queryset"):
        type("Empty", (TenantViewSet,), {}).as_view({"get": "list"})


class _Name(serializers.ModelSerializer):
    class Meta:
        model = MentorProfile
        fields = ("id",)


class _FollowedUp(mixins.ListModelMixin, TenantViewSet):
    queryset = MentorProfile.objects.order_by("id")
    serializer_class = _Name
    module = Module.FOLLOW_UP


def ask(user: User):
    request = APIRequestFactory().get("/")
    force_authenticate(request, User.objects.get(pk=user.pk))
    return _FollowedUp.as_view({"get": "list"})(request)


def test_a_view_of_a_module_answers_those_who_use_it(coordinator, mentor):
    assert [row["id"] for row in ask(coordinator).data["data"]] == [str(mentor.pk)]


def test_a_module_that_is_off_is_403_with_its_code(coordinator, mentor, organization, org_admin, now):
    services.set_module(organization=organization, module=Module.FOLLOW_UP, is_enabled=False, by=org_admin, at=now)
    answer = ask(coordinator)
    assert (answer.status_code, answer.data["code"]) == (403, "module_disabled")


def test_somebody_in_two_organisations_sees_the_rows_of_the_one_that_uses_the_module(mentor):
    without = OrganizationFactory(modules=[])
    MentorProfileFactory(organization=without, user=mentor.user)
    assert [row["id"] for row in ask(mentor.user).data["data"]] == [str(mentor.pk)]


# --- Permissions ------------------------------------------------------------------------------------------------------

MAY = {
    IsStaffOfOrganization: {"coordinator", "org_admin", "platform_staff", "stranger"},
    IsAdminOfOrganization: {"org_admin", "platform_staff"},
    IsMentor: {"mentor_user", "stranger"},
    IsPlatformStaff: {"platform_staff"},
    StaffWrite: {"coordinator", "org_admin", "platform_staff", "stranger"},
}


@pytest.fixture
def mentor_user(mentor) -> User:
    return mentor.user


@pytest.mark.parametrize("permission", MAY)
@pytest.mark.parametrize("who", ["mentor_user", "coordinator", "org_admin", "platform_staff", "stranger"])
def test_who_passes_a_permission(permission, who, request):
    asked = APIRequestFactory().post("/")
    asked.user = request.getfixturevalue(who)
    assert permission().has_permission(asked, None) == (who in MAY[permission])


@pytest.mark.parametrize("permission", [IsStaffOfOrganization, IsAdminOfOrganization, StaffWrite])
def test_a_role_elsewhere_is_no_role_here(permission, local_association, foreign):
    MembershipFactory(user=foreign.user, organization=foreign.organization, role="org_admin")
    asked = APIRequestFactory().post("/")
    asked.user = User.objects.get(pk=foreign.user.pk)
    assert permission().has_object_permission(asked, None, foreign.local_association)
    assert not permission().has_object_permission(asked, None, local_association)
    assert isinstance(local_association, LocalAssociation)


# --- Input ------------------------------------------------------------------------------------------------------------


class _Input(StrictSerializer):
    name = serializers.CharField()
    notes = serializers.CharField(required=False, style={"base_template": "textarea.html"})
    extra = serializers.JSONField(required=False)
    made_at = serializers.DateTimeField(read_only=True)


def refused(data) -> dict:
    with pytest.raises(ValidationError) as problem:
        _Input(data=data).is_valid(raise_exception=True)
    return problem.value.get_codes()


@pytest.mark.parametrize("name", ["nmae", "made_at", "", "\ud800", "x" * 5000])
def test_a_field_that_is_not_there_is_refused_by_name(name):
    assert refused({"name": "A", name: 1}) == {shown(name): ["unknown_field"]}


def test_everything_that_is_wrong_is_said_at_once():
    assert refused({"nmae": "A", "notes": "\0"}) == {
        "nmae": ["unknown_field"],
        "notes": ["invalid_characters"],
        "name": ["required"],
    }


@pytest.mark.parametrize("text", ["\0", "a\0b", "\x1b[0m", "\x7f", "\x85", "\ud800", "a\nb", "a\tb"])
def test_a_name_holds_no_control_characters(text):
    assert refused({"name": text}) == {"name": ["invalid_characters"]}


def test_notes_may_have_lines():
    given = _Input(data={"name": "A", "notes": "one\ntwo"})
    assert given.is_valid()
    assert given.validated_data["notes"] == "one\ntwo"


def test_texts_deep_inside_are_looked_at_too():
    assert refused({"name": "A", "extra": {"a": [{"b": "\0"}]}}) == {"extra": ["invalid_characters"]}


@pytest.mark.parametrize("data", [None, [], "text", 7, [{"name": "A"}]])
def test_what_is_no_object_is_refused(data):
    assert list(refused(data)) == ["non_field_errors"]


@given(st.text())
def test_cleaned_text_can_be_stored_and_is_clean(text):
    try:
        cleaned = clean_text(text)
    except BadText:
        return
    assert "\0" not in cleaned
    cleaned.encode()
    assert clean_text(cleaned) == cleaned


@given(st.text(alphabet=st.characters()))
def test_a_name_from_outside_can_always_be_shown(name):
    shown(name).encode()
