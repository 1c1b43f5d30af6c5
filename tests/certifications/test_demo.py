"""The demo's certificates: every state the desk knows, as true as what people enter, and quiet."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from accounts.enums import MentorStatus, PauseReason
from accounts.models import MentorProfile
from certifications import services
from certifications.models import Certificate, CertificationType, RenewalReminder
from mentoring.demo import build_demo
from notifications.enums import State
from notifications.models import Notification
from operations import duties

pytestmark = pytest.mark.django_db

#: Noon in Oslo, the night before the clocks go forward, the last day of February in a leap year, and half an hour
#: after midnight in Oslo.
AT = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)
MOMENTS = [
    AT,
    pytest.param(datetime(2027, 3, 27, 23, 30, tzinfo=UTC), marks=pytest.mark.slow),
    pytest.param(datetime(2028, 2, 29, 9, 0, tzinfo=UTC), marks=pytest.mark.slow),
    pytest.param(datetime(2026, 11, 20, 23, 30, tzinfo=UTC), marks=pytest.mark.slow),
]


@pytest.mark.parametrize("at", MOMENTS)
def test_the_demo(subtests, at):
    organization = build_demo(at=at)
    with subtests.test("shows every state of a certificate"):
        shows_every_state(at)
    with subtests.test("sent its reminders when they were due, and one failed"):
        reminded_when_due()
    with subtests.test("breaks no promise and sends nothing by itself on its first day"):
        is_true_and_quiet(organization, at)


def shows_every_state(at):
    basic, first_aid = CertificationType.objects.order_by("-code")
    assert (basic.required_for_active, first_aid.required_for_active) == (True, False)
    found = Counter(Certificate.objects.with_validity(at).filter(type=basic).values_list("validity", flat=True))
    assert found == {"valid": 16, "due_90": 3, "due_30": 2, "due_7": 1, "lapsed": 1, "superseded": 1}
    assert Certificate.objects.filter(type=basic, expires_at=None).count() == 1
    assert Certificate.objects.filter(type=basic, renews__status="superseded", status="active").count() == 1
    assert Certificate.objects.get(status="revoked").type == first_aid
    paused = MentorProfile.objects.get(pause_reason=PauseReason.CERTIFICATION_EXPIRED)
    assert paused.status == MentorStatus.PAUSED
    assert paused.certificates.get().status == "expired"
    assert timedelta(days=11) < at - paused.paused_at < timedelta(days=13)


def reminded_when_due():
    assert RenewalReminder.objects.needing_attention().count() == 1
    sent = RenewalReminder.objects.filter(status="sent")
    assert {"90_days_before", "60_days_before", "30_days_before", "7_days_before", "on_expiry"} <= set(
        sent.values_list("reminder_type", flat=True)
    )
    assert all(timedelta() < row.sent_at - row.scheduled_at < timedelta(minutes=5) for row in sent)
    assert Notification.objects.filter(kind="certificate_notice", state=State.SENT).exists()
    assert Notification.objects.filter(kind="certificate_lapse_notice", state=State.SENT).exists()
    assert not Notification.objects.filter(kind__startswith="certif", state=State.SENT, title="").exists()


def is_true_and_quiet(organization, at):
    assert [found.invariant.name for found in duties.check(at=at) if not found.holds] == []
    assert not Notification.objects.filter(state__in=[State.PENDING, State.SENDING]).exists()
    services.sweep_organization(organization=organization, at=at + timedelta(hours=20))
    assert services.process_due(at=at + timedelta(hours=20)) == 0
    assert not Notification.objects.filter(state__in=[State.PENDING, State.SENDING]).exists()


@pytest.mark.slow
def test_the_certificates_are_the_same_twice_apart_from_the_day():
    assert facts(AT) == facts(AT + timedelta(days=400))


def facts(at):
    """Number, mentor, status and days to the expiry of every certificate, and what was sent when."""
    with transaction.atomic():
        build_demo(at=at)
        certificates = [
            (row.number, row.mentor.member_number, row.status, row.expires_on and (row.expires_on - at.date()).days)
            for row in Certificate.objects.with_people().exclude(renews__isnull=False).order_by("number")
        ]
        reminders = [
            (row.certificate.number, row.reminder_type, row.status, (at - row.scheduled_at).days)
            for row in RenewalReminder.objects.with_people()
            .exclude(certificate__renews__isnull=False)
            .order_by("certificate__number", "scheduled_at")
        ]
        transaction.set_rollback(True)
    return certificates, reminders
