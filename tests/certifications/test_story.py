"""The story of the first coordinator: issue, lapse, pause, renew, return."""

from datetime import timedelta

from accounts.models import MentorProfile
from certifications import services
from certifications.models import Certificate, RenewalReminder
from notifications.models import Notification
from operations import duties
from tests.certifications.conftest import series_of, tick


def test_a_certificate_with_twenty_days_left_lapses_pauses_and_is_renewed(issue, mentor, coordinator, org_admin, now):
    certificate = issue(20)
    assert list(series_of(certificate).values()) == [("cancelled", "past_at_entry")] * 3 + [("pending", "")] * 4
    expiry = certificate.expires_on

    dry = services.simulate(organization=certificate.organization, on=expiry)
    assert [each.pk for each in dry.paused] == [mentor.pk]
    assert Notification.objects.count() == 0

    tick(expiry)
    mentor.refresh_from_db()
    assert (mentor.status, mentor.paused_by, mentor.pause_reason, mentor.is_listed) == (
        "paused", "system", "certification_expired", False,
    )  # fmt: skip
    assert RenewalReminder.objects.get(certificate=certificate, reminder_type="on_expiry").auto_pause_triggered
    assert sorted(Notification.objects.values_list("kind", "recipient")) == sorted(
        [("certificate_expired", mentor.user_id), ("certificate_lapse_notice", coordinator.pk)]
    )

    later = tick(expiry + timedelta(days=3))
    renewed = services.renew_certificate(
        certificate=Certificate.objects.get(pk=certificate.pk),
        issued_on=expiry + timedelta(days=2),
        by=org_admin,
        at=later,
    )
    assert MentorProfile.objects.get(pk=mentor.pk).status == "active"
    assert renewed.renews_id == certificate.pk
    assert set(series_of(renewed).values()) == {("pending", "")}
    assert len(series_of(renewed)) == 7
    broken = [one.invariant.name for one in duties.check(at=later) if not one.holds]
    assert broken == []
