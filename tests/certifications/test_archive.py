"""The archive: what is old and final moves there, nothing is lost, and no decision changes by it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from accounts.models import MentorProfile
from certifications import services
from certifications.archive import ensure_partitions
from certifications.models import ArchivedReminder, Certificate, RenewalReminder
from certifications.services import Draft
from certifications.services.archive import KEPT
from notifications.models import Notification
from operations import duties
from tests.certifications.conftest import series_of, tick
from tests.factories import MentorProfileFactory


def ids() -> set:
    """Of every reminder, wherever it is; none is in both places."""
    here = list(RenewalReminder.objects.values_list("pk", flat=True))
    there = list(ArchivedReminder.objects.values_list("pk", flat=True))
    assert len(set(here + there)) == len(here) + len(there)
    return set(here + there)


@pytest.fixture
def lapsed(issue, coordinator):
    """A certificate of which everything has been said, and a mentor who is paused; the moment."""
    certificate = issue(100)
    for days in (90, 60, 30, 14, 7, 1, 0):
        at = tick(certificate.expires_on - timedelta(days=days))
        Notification.objects.filter(state="pending").update(state="sent", sent_at=at, title="x", attempts=1)
        services.process_due(at=at)
    age(at)
    return certificate, at


def age(at):
    """As if the rows had last changed at `at`: they are written with the real clock's."""
    RenewalReminder.objects.update(updated_at=at)


def test_what_has_been_final_for_a_year_moves_with_all_its_facts(lapsed):
    _certificate, at = lapsed
    before = {row["id"]: row for row in RenewalReminder.objects.values()}
    assert services.archive_reminders(at=at + KEPT) == 0
    later = at + KEPT + timedelta(seconds=1)
    assert services.archive_reminders(at=later) == 7
    after = {row["id"]: row for row in ArchivedReminder.objects.values()}
    assert {row.pop("archived_at") for row in after.values()} == {later}
    assert after == before
    assert set(ArchivedReminder.objects.values_list("status", flat=True)) == {"sent"}


def test_archiving_again_moves_nothing_and_loses_nothing(lapsed, issue, organization):
    _certificate, at = lapsed
    for left in (-10, 5, 200):
        issue(left, to=MentorProfileFactory(organization=organization))
    age(at)
    before = ids()
    moments = [at + KEPT + timedelta(days=days) for days in (1, 1, 30, 400)]
    moved = [services.archive_reminders(at=moment) for moment in moments]
    assert moved[1] == 0
    assert ids() == before
    assert sum(moved) == ArchivedReminder.objects.count()


def test_what_waits_stays_however_old(issue):
    certificate = issue(100)
    far = certificate.expires_at + timedelta(days=3000)
    age(certificate.expires_at)
    assert services.archive_reminders(at=far) == 0
    assert set(series_of(certificate).values()) == {("pending", "")}


@pytest.mark.parametrize(("state", "stays"), [("pending", True), ("sending", True), ("failed", False)])
def test_what_has_failed_stays_while_it_is_still_tried(issue, state, stays):
    certificate = issue(20)
    at = tick(certificate.expires_on - timedelta(days=14))
    row = RenewalReminder.objects.get(certificate=certificate, notification__isnull=False)
    Notification.objects.filter(pk=row.notification_id).update(
        state=state, claimed_at=at if state == "sending" else None, attempts=1, failure_reason="x"
    )
    RenewalReminder.objects.filter(pk=row.pk).update(status="failed", retry_count=1)
    age(at)
    services.archive_reminders(at=at + KEPT + timedelta(days=1))
    assert RenewalReminder.objects.filter(pk=row.pk).exists() is stays
    assert ArchivedReminder.objects.filter(pk=row.pk).exists() is not stays


def test_no_decision_changes_by_it(lapsed, mentor, course, organization, org_admin):
    certificate, at = lapsed
    later = at + KEPT + timedelta(days=1)
    services.archive_reminders(at=later)
    before, notes = ids(), Notification.objects.count()

    same = Draft(mentor.pk, course.pk, certificate.issued_on, certificate.expires_on, certificate.number)
    (again,) = services.issue_certificates(organization=organization, drafts=[same], by=None, at=later)
    tick(later.date() + timedelta(days=1))
    services.change_settings(organization=organization, by=org_admin, at=later, reminder_hour=9)
    services.change_type(type=course, by=org_admin, at=later, reminder_days=[90, 30])
    tick(later.date() + timedelta(days=2), 10)

    assert str(again.outcome) == "unchanged"
    assert (ids(), Notification.objects.count()) == (before, notes)
    assert MentorProfile.objects.get(pk=mentor.pk).status == "paused"


def test_a_certificate_whose_series_is_in_the_archive_is_renewed_corrected_and_extended_as_ever(
    lapsed, mentor, org_admin
):
    _certificate, at = lapsed
    later = at + KEPT + timedelta(days=1)
    services.archive_reminders(at=later)
    before = ids()

    corrected = services.correct_expiry(
        certificate=Certificate.objects.get(),
        expires_on=later.date() + timedelta(days=100),
        by=org_admin,
        at=later,
        reason="The year was wrong.",
    )
    assert list(series_of(corrected).values()) == [("pending", "")] * 7
    assert before < ids()
    assert MentorProfile.objects.get(pk=mentor.pk).status == "active"
    renewed = services.renew_certificate(certificate=corrected, issued_on=later.date(), by=org_admin, at=later)
    assert list(series_of(renewed).values()) == [("pending", "")] * 7
    broken = {one.invariant.name for one in duties.check(at=later) if not one.holds}
    assert broken <= {"notification_in_time", "expiry_sweep_in_time"}  # nobody sends or sweeps here


def test_a_series_in_the_archive_is_not_made_again_for_the_same_date(issue, course, org_admin, now):
    certificate = issue(5, issued_on=date(2024, 5, 2))
    services.correct_expiry(
        certificate=certificate, expires_on=date(2030, 1, 1), by=org_admin, at=now, reason="Longer."
    )
    at = tick(date(2029, 10, 3))  # 90 days before
    Notification.objects.update(state="sent", sent_at=at, title="x", attempts=1)
    services.process_due(at=at)
    RenewalReminder.objects.filter(status="sent").update(updated_at=at)
    # As if its reminders lay further apart than a year.
    services.archive_reminders(at=at + KEPT + timedelta(days=1))
    assert ArchivedReminder.objects.filter(reminder_type="90_days_before", status="sent").count() == 1
    services.change_type(type=course, by=org_admin, at=at, reminder_days=[90, 60, 30])
    assert "90_days_before" not in series_of(certificate)


def test_years_have_partitions_and_new_year_belongs_to_one_of_them(mentor, course, organization, now):
    moments = [
        datetime(2024, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2025, 1, 1, tzinfo=UTC),
        datetime(2021, 6, 1, tzinfo=UTC),
    ]
    (issued,) = services.issue_certificates(
        organization=organization,
        drafts=[Draft(mentor.pk, course.pk, date(2019, 1, 1), date(2025, 6, 1))],
        by=None,
        at=now,
    )
    rows = RenewalReminder.objects.filter(certificate_id=issued.certificate_id).order_by("scheduled_at")
    for row, moment in zip(rows, moments, strict=False):
        RenewalReminder.objects.filter(pk=row.pk).update(scheduled_at=moment)
    before = ids()
    age(datetime(2025, 6, 1, tzinfo=UTC))
    assert services.archive_reminders(at=datetime(2027, 1, 1, tzinfo=UTC)) == 7
    assert ids() == before
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text, scheduled_at FROM certifications_archivedreminder ORDER BY scheduled_at"
        )
        placed = {moment: name for name, moment in cursor.fetchall()}
    name = "certifications_archivedreminder_{}".format
    assert [placed[moment] for moment in moments] == [name(2024), name(2025), name(2021)]
    ensure_partitions(moments[2], moments[1])


def test_nothing_to_move_is_no_mistake(db, now):
    assert services.archive_reminders(at=now) == 0
