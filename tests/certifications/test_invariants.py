"""Every invariant of certificates finds what breaks it, and says nothing of sound rows; every duty is found overdue."""

from datetime import date, timedelta

import pytest

from accounts.enums import Module
from accounts.models import MentorProfile, ModuleSetting
from certifications import services
from certifications.models import ArchivedReminder, Certificate, RenewalReminder
from certifications.services.archive import KEPT
from notifications.models import Notification
from operations import duties
from tests.certifications.conftest import tick
from tests.factories import MentorProfileFactory


@pytest.fixture
def sound(issue, organization, org_admin, now):
    """A valid certificate, one that was renewed, and one that lapsed and paused; the moment."""
    certificate = issue(100)
    other, lapsed = (MentorProfileFactory(organization=organization) for _ in range(2))
    services.renew_certificate(certificate=issue(40, to=other), issued_on=now.date(), by=org_admin, at=now)
    issue(1, to=lapsed)
    ModuleSetting.objects.filter(module=Module.CERTIFICATION).update(updated_at=now)
    ModuleSetting.objects.exclude(module=Module.CERTIFICATION).update(is_enabled=False)
    at = tick(date(2026, 3, 12))
    Notification.objects.update(state="sent", sent_at=at, title="x", attempts=1)
    services.process_due(at=at)
    return certificate, at


def broken(at) -> dict[str, int]:
    return {one.invariant.name: one.count for one in duties.check(at=at) if not one.holds}


def test_sound_rows_break_nothing(sound):
    _certificate, at = sound
    assert broken(at) == {}


def test_a_certificate_that_does_not_expire_as_a_day_begins_is_found(sound):
    certificate, at = sound
    certificate.expires_at += timedelta(hours=1)
    certificate.save()
    RenewalReminder.objects.filter(certificate=certificate).update(certificate_expiry_date=certificate.expires_at)
    assert broken(at) == {"certificate_expires_as_a_day_begins": 1}


def test_an_active_certificate_without_a_reminder_of_its_expiry_is_found(sound):
    certificate, at = sound
    RenewalReminder.objects.filter(certificate=certificate, reminder_type="on_expiry").delete()
    assert broken(at) == {"certificate_has_its_series": 1}


def test_a_series_in_the_archive_is_a_series(sound):
    certificate, at = sound
    RenewalReminder.objects.filter(certificate=certificate).update(
        status="cancelled", failure_reason="extended", updated_at=at
    )
    services.archive_reminders(at=certificate.expires_at + KEPT + timedelta(days=1))
    assert ArchivedReminder.objects.filter(certificate=certificate, reminder_type="on_expiry").exists()
    assert broken(at) == {}


@pytest.mark.parametrize("status", ["superseded", "revoked"])
def test_a_reminder_that_waits_for_what_is_final_is_found(sound, status):
    certificate, at = sound
    facts = {"revoked_at": at, "revocation_reason": "Why."} if status == "revoked" else {}
    Certificate.objects.filter(pk=certificate.pk).update(status=status, **facts)
    assert broken(at) == {"final_certificate_has_nothing_waiting": 7}


def test_a_reminder_that_waits_for_another_date_is_found(sound):
    certificate, at = sound
    later = certificate.expires_at + timedelta(days=1)
    RenewalReminder.objects.filter(certificate=certificate, reminder_type="7_days_before").update(
        certificate_expiry_date=later
    )
    assert broken(at) == {"reminder_knows_its_expiry": 1}


def test_a_mentor_who_is_paused_in_spite_of_a_valid_certificate_is_found(sound, mentor):
    _certificate, at = sound
    MentorProfile.objects.filter(pk=mentor.pk).update(
        status="paused", paused_by="system", pause_reason="certification_expired", paused_at=at, is_listed=False
    )
    assert broken(at) == {"paused_for_expiry_lacks_a_certificate": 1}


def test_a_reminder_of_somebody_else_is_found(sound, org_admin):
    certificate, at = sound
    RenewalReminder.objects.filter(certificate=certificate, reminder_type="7_days_before").update(user=org_admin)
    assert broken(at) == {"reminder_is_of_its_mentor": 1}


def test_a_reminder_that_nobody_has_decided_about_is_found_after_two_sweeps(sound):
    certificate, _at = sound
    due = RenewalReminder.objects.get(certificate=certificate, reminder_type="90_days_before").scheduled_at
    tick(due.date(), 7, 59)
    assert "renewal_reminders_in_time" not in broken(due + timedelta(minutes=2))
    late = due + timedelta(minutes=2, seconds=1)
    assert broken(late)["renewal_reminders_in_time"] == 1

    ModuleSetting.objects.filter(module=Module.CERTIFICATION).update(is_enabled=False)
    assert broken(late) == {}
    ModuleSetting.objects.filter(module=Module.CERTIFICATION).update(is_enabled=True, updated_at=late)
    assert "renewal_reminders_in_time" not in broken(late + timedelta(minutes=2))
    services.process_due(at=late)
    assert "renewal_reminders_in_time" not in broken(late + timedelta(hours=1))


@pytest.mark.parametrize("hour", [8, 17])
def test_a_sweep_that_was_missed_is_found_two_minutes_after_its_hour(sound, organization, org_admin, hour):
    _certificate, at = sound
    if hour != 8:
        services.change_settings(organization=organization, by=org_admin, at=at, reminder_hour=hour)
    due = at.replace(day=13, hour=hour - 1, minute=0)
    assert broken(due + timedelta(minutes=2)) == {}
    assert broken(due + timedelta(minutes=2, seconds=1)) == {"expiry_sweep_in_time": 1}
    services.sweep_due_organizations(at=due + timedelta(minutes=3))
    assert broken(due + timedelta(minutes=4)) == {}
