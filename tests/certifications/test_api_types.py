"""Certification types and settings through the phone's door."""

import pytest
from django.utils import timezone

from accounts.models import ModuleSetting
from certifications.models import CertificationSettings, CertificationType, RenewalReminder
from tests.factories import CertificationTypeFactory, MentorProfileFactory

URL = "/api/v1/certification-types"
SETTINGS = "/api/v1/certification-settings"
CHOICES = {"reminder_hour": 10, "check_page_names_mentor": True, "publishes_mentors": False}


@pytest.fixture
def new(organization):
    return {"org_id": str(organization.pk), "certification_type": "first-aid", "name": "Førstehjelp"}


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def test_every_member_reads_what_the_organisation_certifies(course, as_mentor, as_coordinator, as_stranger, anonymous):
    for client in (as_mentor, as_coordinator):
        assert [row["certification_type"] for row in client.get(URL).json()["data"]] == ["basic"]
        assert client.get(f"{URL}/{course.pk}").json()["label"] == "Basic course"
    assert as_stranger.get(URL).json()["data"] == []
    assert as_stranger.get(f"{URL}/{course.pk}").status_code == 404
    assert code_of(anonymous.get(URL)) == (401, "not_authenticated")


def test_types_are_narrowed(course, organization, as_mentor):
    CertificationTypeFactory(organization=organization, code="old", is_active=False, required_for_active=False)
    for query in ({"is_active": "true"}, {"required_for_active": "true"}):
        assert [row["certification_type"] for row in as_mentor.get(URL, query).json()["data"]] == ["basic"]
    assert len(as_mentor.get(URL, {"org_id": str(organization.pk)}).json()["data"]) == 2


def test_the_label_is_in_the_callers_language(course, mentor, as_mentor):
    CertificationType.objects.update(name_nn="Grunnkurs på nynorsk")
    type(mentor.user).objects.update(language="nn")
    assert as_mentor.get(f"{URL}/{course.pk}").json()["label"] == "Grunnkurs på nynorsk"


def test_an_administrator_makes_and_changes_a_type(new, as_org_admin):
    answer = as_org_admin.post(URL, new | {"validity_months": 12, "reminder_days": [7, 30, 7]})
    assert answer.status_code == 201, answer.content
    assert (answer.json()["validity_months"], answer.json()["reminder_days"]) == (12, [30, 7])
    key = answer.json()["certification_type_id"]
    changed = as_org_admin.patch(f"{URL}/{key}", {"grace_days": 14, "is_active": False})
    assert (changed.status_code, changed.json()["grace_days"], changed.json()["is_active"]) == (200, 14, False)
    assert code_of(as_org_admin.post(URL, new)) == (409, "code_taken")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reminder_days": [45]}, "reminder_days.0"), ({"validity_months": 0}, "validity_months"),
        ({"grace_days": 366}, "grace_days"), ({"renewal_url": "javascript:alert(1)"}, "renewal_url"),
        ({"certification_type": "with blanks"}, "certification_type"), ({"code": "x"}, "code"),
    ],
)  # fmt: skip
def test_a_type_that_makes_no_sense_is_refused(new, as_org_admin, change, field):
    answer = as_org_admin.post(URL, new | change)
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, {field})


def test_only_administrators_of_the_organisation_write(
    new, course, as_mentor, as_coordinator, as_stranger, organization
):
    for client, refused in (
        (as_mentor, (403, "permission_denied")),
        (as_coordinator, (403, "permission_denied")),
        (as_stranger, (404, "not_found")),
    ):
        assert code_of(client.post(URL, new)) == refused
        assert code_of(client.patch(f"{URL}/{course.pk}", {"grace_days": 1})) == refused
    assert CertificationType.objects.get().grace_days == 0


def test_other_days_before_move_the_waiting_reminders(issue, course, as_org_admin):
    issue(80, at=timezone.now())
    assert as_org_admin.patch(f"{URL}/{course.pk}", {"reminder_days": [30]}).status_code == 200
    waiting = RenewalReminder.objects.filter(status="pending").values_list("reminder_type", flat=True)
    assert set(waiting) == {"30_days_before", "on_expiry"}


# --- Settings ---------------------------------------------------------------------------------------------------------


def test_staff_read_what_holds_and_administrators_choose(organization, as_coordinator, as_org_admin):
    url = f"{SETTINGS}/{organization.pk}"
    assert as_coordinator.get(url).json() == {
        "org_id": str(organization.pk),
        "reminder_hour": 8,
        "check_page_names_mentor": False,
        "publishes_mentors": True,
    }
    answer = as_org_admin.put(url, CHOICES)
    assert (answer.status_code, answer.json()) == (200, {"org_id": str(organization.pk), **CHOICES})
    assert as_coordinator.get(url).json() == answer.json()


def test_settings_are_not_for_mentors_and_not_for_others(organization, as_mentor, as_coordinator, as_stranger):
    url = f"{SETTINGS}/{organization.pk}"
    assert code_of(as_mentor.get(url)) == (403, "permission_denied")
    assert code_of(as_coordinator.put(url, CHOICES)) == (403, "permission_denied")
    for answer in (as_stranger.get(url), as_stranger.put(url, CHOICES)):
        assert code_of(answer) == (404, "not_found")
    assert not CertificationSettings.objects.exists()


def test_settings_are_chosen_together_and_within_bounds(organization, as_org_admin):
    url = f"{SETTINGS}/{organization.pk}"
    assert as_org_admin.put(url, {"reminder_hour": 10}).json()["errors"].keys() == CHOICES.keys() - {"reminder_hour"}
    assert as_org_admin.put(url, CHOICES | {"reminder_hour": 3}).json()["errors"].keys() == {"reminder_hour"}


def test_a_coordinator_here_and_mentor_there_does_not_read_the_settings_there(foreign, coordinator, as_coordinator):
    MentorProfileFactory(organization=foreign.organization, user=coordinator)
    assert code_of(as_coordinator.get(f"{SETTINGS}/{foreign.organization.pk}")) == (403, "not_allowed")


def test_settings_are_not_there_where_the_module_is_off(organization, as_org_admin):
    ModuleSetting.objects.filter(module="certification-training").update(is_enabled=False)
    assert code_of(as_org_admin.get(f"{SETTINGS}/{organization.pk}")) == (403, "module_disabled")
