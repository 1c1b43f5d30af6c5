import pytest
from django.urls import reverse

from notifications import services
from notifications.enums import Channel, State
from notifications.models import ChannelHealth, Notification
from tests.notifications.conftest import NOON, run

LEDGER = reverse("admin:notifications_notification_changelist")
ATTENTION = reverse("admin:notifications_needsattention_changelist")


@pytest.fixture
def rows(tell, organization, mentor, stranger, foreign, next_door, neighbour) -> dict[str, Notification]:
    """One that has failed for the mentor, one for the neighbour's coordinator and one for the stranger."""
    rows = {
        "mentor": tell(to=mentor.user, organization=organization),
        "neighbour": tell(to=neighbour, organization=organization),
        "stranger": tell(to=stranger, organization=foreign.organization),
    }
    Notification.objects.update(state=State.FAILED, attempts=3, failure_reason="smtp_recipient_550")
    return rows


def listed(client, address: str) -> set[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    return {row.recipient.email for row in answer.context["cl"].result_list}


@pytest.mark.parametrize("address", [LEDGER, ATTENTION])
def test_staff_see_the_notifications_of_those_in_their_care_and_their_own(
    rows, admin_as_coordinator, admin_as_neighbour, admin_as_org_admin, admin_as_stranger, address
):
    assert listed(admin_as_coordinator, address) == {"mentor@example.org"}
    assert listed(admin_as_neighbour, address) == {"neighbour@example.org"}
    assert listed(admin_as_org_admin, address) == {"mentor@example.org", "neighbour@example.org"}
    assert listed(admin_as_stranger, address) == {"stranger@example.org"}


def test_what_was_said_is_shown_to_the_recipient_alone(tell, organization, mentor, coordinator, admin_as_coordinator):
    to_mentor = tell("quiet", to=mentor.user, organization=organization)
    to_coordinator = tell("quiet", to=coordinator, organization=organization)
    run()

    def page(row: Notification) -> str:
        return admin_as_coordinator.get(
            reverse("admin:notifications_notification_change", args=[row.pk])
        ).content.decode()

    assert "Hei på deg" not in page(to_mentor)
    assert "Hei på deg" in page(to_coordinator)
    assert "Hei på deg" not in admin_as_coordinator.get(LEDGER).content.decode()


def test_a_row_of_another_organisation_does_not_exist(rows, admin_as_coordinator):
    address = reverse("admin:notifications_needsattention_change", args=[rows["stranger"].pk])
    assert admin_as_coordinator.get(address).status_code in (302, 404)
    assert "stranger@example.org" not in admin_as_coordinator.get(address, follow=True).content.decode()


@pytest.mark.parametrize(("action", "state"), [("retry", State.PENDING), ("give_up", State.CANCELLED)])
def test_a_coordinator_retries_or_gives_up_what_is_in_their_care_and_nothing_else(
    rows, admin_as_coordinator, action, state
):
    chosen = [str(row.pk) for row in rows.values()]

    admin_as_coordinator.post(ATTENTION, {"action": action, "_selected_action": chosen}, follow=True)

    after = {name: Notification.objects.get(pk=row.pk).state for name, row in rows.items()}
    assert after == {"mentor": state, "neighbour": State.FAILED, "stranger": State.FAILED}


def test_the_providers_health_and_devices_are_the_platforms_business(
    mentor, admin_as_org_admin, admin_as_platform_staff
):
    ChannelHealth.objects.create(channel=Channel.EMAIL, failures=5, closed_until=NOON, last_error="smtp_timeout")
    services.register_device(user=mentor.user, platform="ios", token="a-secret-token", session_key="", at=NOON)
    for name, shown in (("channelhealth", "smtp_timeout"), ("device", mentor.user.get_full_name())):
        address = reverse(f"admin:notifications_{name}_changelist")
        assert admin_as_org_admin.get(address).status_code == 403
        page = admin_as_platform_staff.get(address).content.decode()
        assert shown in page
        assert "a-secret-token" not in page


def test_nobody_adds_changes_or_deletes_a_notification_by_hand(rows, admin_as_platform_staff):
    row = rows["mentor"]
    change = reverse("admin:notifications_notification_change", args=[row.pk])
    assert admin_as_platform_staff.get(reverse("admin:notifications_notification_add")).status_code == 403
    assert admin_as_platform_staff.post(change, {"state": "sent"}).status_code == 403
    assert (
        admin_as_platform_staff.post(reverse("admin:notifications_notification_delete", args=[row.pk])).status_code
        == 403
    )
