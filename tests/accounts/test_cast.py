"""The cast itself: each of them sees what they should, so that other tests may lean on them."""

from accounts.models import MentorProfile
from mentoring.models import Activity, Assignment, Contact


def test_the_coordinator_sees_the_mentor_and_the_stranger_sees_only_their_own(
    mentor, coordinator, neighbour, org_admin, foreign
):
    assert list(MentorProfile.objects.visible_to(coordinator)) == [mentor]
    assert list(MentorProfile.objects.visible_to(org_admin)) == [mentor]
    assert list(MentorProfile.objects.visible_to(neighbour)) == []
    assert list(MentorProfile.objects.visible_to(foreign.user)) == [foreign.mentor]


def test_the_stranger_has_data_that_could_leak(foreign):
    assert list(Contact.objects.visible_to(foreign.user)) == [foreign.contact]
    assert list(Assignment.objects.visible_to(foreign.user)) == [foreign.assignment]
    assert list(Activity.objects.visible_to(foreign.user)) == [foreign.activity]


def test_the_browser_of_a_coordinator_is_let_into_the_admin(admin_as_coordinator):
    assert admin_as_coordinator.get("/admin/").status_code == 200
