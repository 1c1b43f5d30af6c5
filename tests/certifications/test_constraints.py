"""What the database itself refuses, whoever writes to it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from certifications.enums import ReminderType
from certifications.models import Certificate, CertificationSettings, CertificationType, RenewalReminder
from certifications.numbers import new_check_code
from tests.factories import CertificateFactory, CertificationTypeFactory, MentorProfileFactory

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def certificate(mentor, course):
    return CertificateFactory(
        organization=mentor.organization, mentor=mentor, type=course, expires_at=MOMENT + timedelta(days=60)
    )


@pytest.fixture
def write(certificate):
    """Write a reminder of the certificate as it stands in no verb."""

    def do(**columns):
        facts = {
            "organization": certificate.organization,
            "certificate": certificate,
            "user": certificate.mentor.user,
            "reminder_type": ReminderType.DAYS_30,
            "scheduled_at": certificate.expires_at - timedelta(days=30),
            "certificate_expiry_date": certificate.expires_at,
        }
        return RenewalReminder.objects.create(**facts | columns)

    return do


def refuses(name):
    """The database refuses, and names its constraint."""
    return pytest.raises(IntegrityError, match=name)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"status": "lost"}, "certificate_status_known"),
        ({"status": "revoked"}, "certificate_revoked_says_why"),
        ({"status": "revoked", "revoked_at": MOMENT}, "certificate_revoked_says_why"),
        ({"status": "revoked", "revocation_reason": "Why."}, "certificate_revoked_says_why"),
        ({"revoked_at": MOMENT}, "certificate_revoked_says_why"),
        ({"revocation_reason": "Why."}, "certificate_revoked_says_why"),
        ({"status": "expired", "expires_at": None}, "certificate_for_life_stays"),
        ({"lapsed_at": MOMENT}, "certificate_active_not_lapsed"),
        ({"paused_mentor_at": MOMENT}, "certificate_active_not_lapsed"),
    ],
)
def test_a_certificate_contradicts_itself_nowhere(certificate, changes, constraint):
    with refuses(constraint):
        Certificate.objects.filter(pk=certificate.pk).update(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "superseded"},
        {"status": "expired", "lapsed_at": MOMENT, "paused_mentor_at": MOMENT},
        {"status": "revoked", "revoked_at": MOMENT, "revocation_reason": "Why."},
        {"expires_at": None},
    ],
)
def test_what_the_verbs_write_is_allowed(certificate, changes):
    assert Certificate.objects.filter(pk=certificate.pk).update(**changes) == 1


@pytest.mark.parametrize("status", ["active", "expired"])
def test_a_mentor_has_one_current_certificate_of_a_type(certificate, mentor, course, status):
    another = {"organization": mentor.organization, "mentor": mentor, "type": course, "expires_at": MOMENT}
    with refuses("certificate_one_current"), transaction.atomic():
        CertificateFactory(**another, issued_on=MOMENT.date(), status=status)
    CertificateFactory(**another, issued_on=MOMENT.date(), status="superseded")
    CertificateFactory(**another | {"type": CertificationTypeFactory(organization=mentor.organization)})


def test_a_mentor_gets_a_type_once_a_day_unless_it_was_revoked(certificate, mentor, course):
    twin = {"organization": mentor.organization, "mentor": mentor, "type": course, "issued_on": certificate.issued_on}
    with refuses("certificate_once_a_day"), transaction.atomic():
        CertificateFactory(**twin, status="superseded")
    CertificateFactory(**twin, status="revoked", revoked_at=MOMENT, revocation_reason="Why.")


def test_a_number_is_used_once_in_an_organisation(certificate, foreign):
    other = MentorProfileFactory(organization=certificate.organization)
    with refuses("certificate_number_once"), transaction.atomic():
        CertificateFactory(organization=certificate.organization, mentor=other, number=certificate.number)
    CertificateFactory(organization=foreign.organization, mentor=foreign.mentor, number=certificate.number)


def test_a_check_code_is_used_once_anywhere(certificate, foreign):
    with refuses("check_code"):
        CertificateFactory(organization=foreign.organization, mentor=foreign.mentor, check_code=certificate.check_code)
    assert len({new_check_code() for _ in range(1000)}) == 1000


def test_a_certificate_is_renewed_by_one_other_and_never_by_itself(certificate):
    with refuses("certificate_renews_another"), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(renews=certificate)
    Certificate.objects.filter(pk=certificate.pk).update(status="superseded")
    facts = {"organization": certificate.organization, "mentor": certificate.mentor, "renews": certificate}
    CertificateFactory(**facts)
    with refuses("renews_id"):
        CertificateFactory(**facts)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"scheduled_at": MOMENT + timedelta(days=60)}, "reminder_before_expiry"),
        ({"scheduled_at": MOMENT + timedelta(days=61)}, "reminder_before_expiry"),
        ({"status": "sent"}, "reminder_sent_has_moment"),
        ({"sent_at": MOMENT}, "reminder_sent_has_moment"),
        ({"status": "cancelled", "sent_at": MOMENT}, "reminder_sent_has_moment"),
        ({"retry_count": -1}, "retry_count"),
        ({"reminder_type": "45_days_before"}, "reminder_type_known"),
        ({"status": "lost"}, "reminder_status_known"),
        ({"channel": "pigeon"}, "reminder_channel_known"),
        ({"auto_pause_triggered": True}, "reminder_pauses_on_expiry"),
    ],
)
def test_a_reminder_contradicts_itself_nowhere(write, changes, constraint):
    with refuses(constraint):
        write(**changes)


@pytest.mark.parametrize("reminder_type", ["on_expiry", "post_expiry"])
def test_notices_of_expiry_may_come_when_it_has_expired_and_may_pause(write, reminder_type):
    write(reminder_type=reminder_type, scheduled_at=MOMENT + timedelta(days=61), auto_pause_triggered=True)


def test_a_certificate_has_each_type_of_reminder_once(write):
    write()
    with refuses("reminder_type_once"):
        write(status="sent", sent_at=MOMENT)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"reminder_days": [90, 45]}, "certification_type_days_known"),
        ({"validity_months": 0}, "certification_type_months_range"),
        ({"validity_months": 601}, "certification_type_months_range"),
        ({"grace_days": 366}, "certification_type_grace_range"),
    ],
)
def test_a_type_demands_what_the_rules_know(course, changes, constraint):
    with refuses(constraint):
        CertificationType.objects.filter(pk=course.pk).update(**changes)


@pytest.mark.parametrize("hour", [5, 21])
def test_no_reminder_goes_out_at_night(organization, hour):
    with refuses("certification_hour_range"):
        CertificationSettings.objects.create(organization=organization, reminder_hour=hour)


# --- Tenants ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "constraint"),
    [
        (lambda ours, foreign: {"mentor": foreign.mentor}, "certificate_mentor_in_org"),
        (
            lambda ours, foreign: {"type": CertificationTypeFactory(organization=foreign.organization)},
            "certificate_type_in_org",
        ),
        (lambda ours, foreign: {"organization": foreign.organization}, "certificate_(mentor|type)_in_org"),
    ],
)
def test_a_certificate_belongs_to_one_organisation_with_all_it_names(certificate, foreign, make, constraint):
    with refuses(constraint):
        Certificate.objects.filter(pk=certificate.pk).update(**make(certificate, foreign))
        at_once()


def test_a_reminder_belongs_to_the_organisation_of_its_certificate(write, foreign):
    with refuses("reminder_certificate_in_org"):
        write(organization=foreign.organization)
        at_once()


def test_an_archived_reminder_belongs_to_the_organisation_of_its_certificate(write, foreign):
    row = write(status="sent", sent_at=MOMENT)
    with refuses("archived_reminder_certificate_in_org"), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE of_this_year PARTITION OF certifications_archivedreminder"
            " FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"
        )
        cursor.execute(
            "INSERT INTO certifications_archivedreminder (id, created_at, updated_at, organization_id, certificate_id,"
            " user_id, reminder_type, scheduled_at, status, channel, failure_reason, retry_count,"
            " certificate_expiry_date, coordinator_notified, auto_pause_triggered, archived_at)"
            " SELECT id, created_at, updated_at, %s, certificate_id, user_id, reminder_type, scheduled_at, 'sent',"
            " channel, '', 1, certificate_expiry_date, false, false, now() FROM certifications_renewalreminder"
            " WHERE id = %s",
            [foreign.organization.pk, row.pk],
        )
        at_once()


def at_once():
    """Foreign keys are looked at when a transaction ends; the test's own never does."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
