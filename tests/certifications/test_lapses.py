"""The lapse: who is paused, who is told, what protects, who is back, and what nothing undoes."""

from datetime import date, timedelta

import pytest

from accounts import services as people
from accounts.enums import Role
from accounts.models import Membership, MentorAffiliation, MentorProfile, MentorStatusChange
from certifications import services
from certifications.models import Certificate, RenewalReminder
from notifications.models import Notification
from operations import duties
from tests.certifications.conftest import series_of, tick
from tests.factories import (
    CareAreaFactory,
    CertificationTypeFactory,
    MembershipFactory,
    MentorProfileFactory,
    UserFactory,
)


def status_of(mentor) -> tuple[str, str, str]:
    stored = MentorProfile.objects.get(pk=mentor.pk)
    return stored.status, stored.paused_by, stored.pause_reason


ACTIVE, PAUSED = ("active", "", ""), ("paused", "system", "certification_expired")


def told(kind: str) -> list:
    return list(Notification.objects.filter(kind=kind).order_by("recipient__email").values_list("recipient", flat=True))


def day_after(certificate, days: int = 1) -> date:
    return certificate.expires_on + timedelta(days=days)


@pytest.fixture
def first_aid(organization):
    """Another required type."""
    return CertificationTypeFactory(organization=organization, code="first-aid")


@pytest.fixture(autouse=True)
def _sound(db, now):
    """After every story what must be true is true."""
    yield
    broken = {one.invariant.name for one in duties.check(at=now) if not one.holds}
    assert broken <= {"notification_in_time"}  # nobody sends anything here


# --- The pause --------------------------------------------------------------------------------------------------------


def test_a_lapse_pauses_takes_off_the_list_and_tells_each_once_however_often_it_runs(issue, mentor, coordinator):
    certificate = issue(20)
    for minute in (1, 2, 30):
        tick(certificate.expires_on, minute=minute)
    tick(day_after(certificate))

    assert status_of(mentor) == PAUSED
    assert MentorProfile.objects.get(pk=mentor.pk).is_listed is False
    assert MentorStatusChange.objects.filter(mentor=mentor).count() == 1
    assert (told("certificate_expired"), told("certificate_lapse_notice")) == ([mentor.user_id], [coordinator.pk])
    row = RenewalReminder.objects.get(certificate=certificate, reminder_type="on_expiry")
    assert (row.auto_pause_triggered, row.coordinator_notified) == (True, True)


def test_a_minute_before_the_hour_nobody_is_paused(issue, mentor):
    certificate = issue(20)
    tick(certificate.expires_on, 7, 59)
    assert status_of(mentor) == ACTIVE
    tick(certificate.expires_on, 8, 0)
    assert status_of(mentor) == PAUSED


def test_the_pause_does_not_depend_on_the_message(issue, mentor):
    certificate = issue(20)
    mentor.user.email = "nowhere@example.org"
    mentor.user.save()
    tick(certificate.expires_on)
    Notification.objects.update(state="failed", attempts=3, failure_reason="smtp_recipient_550")
    tick(certificate.expires_on, minute=5)
    assert status_of(mentor) == PAUSED


def test_a_lapse_whose_notice_was_cancelled_by_hand_is_caught_by_the_sweep(issue, mentor, org_admin, now):
    certificate = issue(20)
    row = RenewalReminder.objects.get(certificate=certificate, reminder_type="on_expiry")
    services.cancel_reminder(reminder=row, by=org_admin, at=now)
    tick(certificate.expires_on)
    assert status_of(mentor) == PAUSED
    made = RenewalReminder.objects.get(certificate=certificate, reminder_type="post_expiry")
    assert made.auto_pause_triggered
    tick(day_after(certificate))
    assert RenewalReminder.objects.filter(certificate=certificate).count() == 8


def test_a_lapse_of_a_type_that_is_not_required_tells_the_mentor_and_pauses_nobody(issue, mentor, organization):
    certificate = issue(20, type=CertificationTypeFactory(organization=organization, required_for_active=False))
    tick(certificate.expires_on)
    assert status_of(mentor) == ACTIVE
    assert Certificate.objects.get().status == "expired"
    assert (told("certificate_expired"), told("certificate_lapse_notice")) == ([mentor.user_id], [])


def test_another_valid_required_certificate_protects_until_it_lapses_too(issue, mentor, first_aid):
    first, second = issue(20), issue(50, type=first_aid)
    tick(first.expires_on)
    assert status_of(mentor) == ACTIVE
    assert Certificate.objects.get(pk=first.pk).status == "expired"
    tick(second.expires_on)
    assert status_of(mentor) == PAUSED
    assert Certificate.objects.filter(paused_mentor_at__isnull=False).count() == 2


def test_a_certificate_that_is_not_required_protects_nobody(issue, mentor, organization):
    issue(500, type=CertificationTypeFactory(organization=organization, required_for_active=False))
    tick(issue(20).expires_on)
    assert status_of(mentor) == PAUSED


def test_one_for_life_protects_for_life(issue, mentor, organization, now):
    for_life = CertificationTypeFactory(organization=organization, validity_months=None)
    services.issue_certificate(mentor=mentor, type=for_life, issued_on=date(2024, 5, 2), by=None, at=now)
    tick(issue(20).expires_on)
    assert status_of(mentor) == ACTIVE


# --- Grace ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def graceful(organization):
    return CertificationTypeFactory(organization=organization, grace_days=10)


def test_days_of_grace_delay_the_pause_and_not_the_message(issue, mentor, graceful):
    certificate = issue(20, type=graceful)
    tick(certificate.expires_on)
    assert status_of(mentor) == ACTIVE
    assert told("certificate_expired") == [mentor.user_id]
    assert series_of(certificate)["post_expiry"] == ("pending", "")

    tick(day_after(certificate, 9))
    assert status_of(mentor) == ACTIVE
    tick(day_after(certificate, 10), 7, 59)
    assert status_of(mentor) == ACTIVE
    tick(day_after(certificate, 10))
    assert status_of(mentor) == PAUSED
    assert told("certificate_expired") == [mentor.user_id] * 2
    assert RenewalReminder.objects.get(reminder_type="post_expiry").auto_pause_triggered


def test_who_renews_in_the_days_of_grace_is_never_paused(issue, mentor, graceful, org_admin):
    certificate = issue(20, type=graceful)
    tick(certificate.expires_on)
    at = tick(day_after(certificate, 5))
    services.renew_certificate(certificate=certificate, issued_on=at.date(), by=org_admin, at=at)
    tick(day_after(certificate, 10))
    assert status_of(mentor) == ACTIVE
    assert series_of(certificate)["post_expiry"] == ("cancelled", "renewed")
    assert MentorStatusChange.objects.count() == 0


def test_a_certificate_in_its_days_of_grace_protects(issue, mentor, graceful):
    issue(20, type=graceful)
    other = issue(25)
    tick(other.expires_on)
    assert status_of(mentor) == ACTIVE
    tick(day_after(other, 5))
    assert status_of(mentor) == PAUSED


def test_fewer_days_of_grace_are_worked_out_by_the_next_sweep(issue, mentor, graceful, org_admin):
    certificate = issue(20, type=graceful)
    at = tick(certificate.expires_on)
    services.change_type(type=graceful, by=org_admin, at=at, grace_days=2)
    tick(day_after(certificate, 1))
    assert status_of(mentor) == ACTIVE
    tick(day_after(certificate, 2))
    assert status_of(mentor) == PAUSED


def test_more_days_of_grace_put_the_pause_off(issue, mentor, graceful, org_admin):
    certificate = issue(20, type=graceful)
    at = tick(certificate.expires_on)
    services.change_type(type=graceful, by=org_admin, at=at, grace_days=30)
    tick(day_after(certificate, 10))
    assert status_of(mentor) == ACTIVE
    tick(day_after(certificate, 30))
    assert status_of(mentor) == PAUSED


def test_days_of_grace_that_end_after_an_extension_still_pause(issue, mentor, graceful, org_admin):
    certificate = issue(20, type=graceful)
    at = tick(certificate.expires_on)
    extended = services.correct_expiry(
        certificate=certificate, expires_on=day_after(certificate, 30), by=org_admin, at=at, reason="No courses."
    )
    tick(extended.expires_on)
    assert status_of(mentor) == ACTIVE
    tick(day_after(extended, 10))
    assert status_of(mentor) == PAUSED


# --- Other pauses -----------------------------------------------------------------------------------------------------


def test_a_mentor_on_leave_is_not_paused_again_and_is_caught_after_the_return(issue, mentor):
    certificate = issue(20)
    people.pause_mentor(
        mentor=mentor,
        by=mentor.user,
        at=certificate.expires_at - timedelta(days=3),
        reason="leave",
        leave_until=day_after(certificate, 7),
    )
    tick(certificate.expires_on)
    assert status_of(mentor) == ("paused", "self", "leave")
    assert told("certificate_expired") == [mentor.user_id]

    back = tick(day_after(certificate, 7), 6)
    people.end_leaves(at=back)
    assert status_of(mentor) == ACTIVE
    tick(day_after(certificate, 7))
    assert status_of(mentor) == PAUSED
    tick(day_after(certificate, 8))
    assert told("certificate_expired") == [mentor.user_id] * 2


@pytest.mark.parametrize("who", ["mentor", "coordinator"])
def test_a_renewal_lifts_no_other_pause(issue, mentor, coordinator, org_admin, who):
    certificate = issue(20)
    by = mentor.user if who == "mentor" else coordinator
    people.pause_mentor(mentor=mentor, by=by, at=certificate.expires_at - timedelta(days=1), reason="leave")
    at = tick(certificate.expires_on)
    services.renew_certificate(certificate=certificate, issued_on=at.date(), by=org_admin, at=at)
    tick(day_after(certificate))
    assert status_of(mentor) == ("paused", "self" if who == "mentor" else "coordinator", "leave")
    assert told("certification_return") == []


def test_who_resigned_is_neither_reminded_nor_paused_and_is_caught_when_taken_back(issue, mentor, org_admin):
    certificate = issue(20)
    people.resign_mentor(mentor=mentor, by=org_admin, at=certificate.expires_at - timedelta(days=8))
    tick(certificate.expires_on)
    assert status_of(mentor) == ("resigned", "", "")
    assert Notification.objects.count() == 0
    assert series_of(certificate)["on_expiry"] == ("cancelled", "mentor_left")

    at = tick(day_after(certificate, 3))
    people.reinstate_mentor(mentor=mentor, by=org_admin, at=at)
    tick(day_after(certificate, 4))
    assert status_of(mentor) == PAUSED


# --- The way back -----------------------------------------------------------------------------------------------------


def test_a_renewal_brings_back_and_says_so_once(issue, mentor, org_admin):
    certificate = issue(20)
    at = tick(certificate.expires_on)
    renewed = services.renew_certificate(certificate=certificate, issued_on=at.date(), by=org_admin, at=at)
    tick(day_after(certificate))
    stored = MentorProfile.objects.get(pk=mentor.pk)
    assert (stored.status, stored.is_listed) == ("active", True)
    assert told("certification_return") == [mentor.user_id]
    assert list(MentorStatusChange.objects.order_by("at").values_list("status_after", "changed_by")) == [
        ("paused", "system"),
        ("active", "system"),
    ]
    tick(renewed.expires_on)
    assert status_of(mentor) == PAUSED


def test_a_renewal_that_is_not_required_brings_nobody_back(issue, mentor, organization, now):
    tick_at = tick(issue(20).expires_on)
    type_ = CertificationTypeFactory(organization=organization, required_for_active=False)
    issue(400, type=type_, at=tick_at)
    assert status_of(mentor) == PAUSED


def test_a_certificate_of_another_required_type_brings_back(issue, mentor, first_aid):
    at = tick(issue(20).expires_on)
    issue(400, type=first_aid, at=at)
    assert status_of(mentor) == ACTIVE


def test_a_type_that_is_not_required_any_more_lets_its_mentors_back_at_the_next_sweep(issue, mentor, course, org_admin):
    certificate = issue(20)
    at = tick(certificate.expires_on)
    services.change_type(type=course, by=org_admin, at=at, required_for_active=False)
    assert status_of(mentor) == PAUSED
    tick(day_after(certificate))
    assert status_of(mentor) == ACTIVE


def test_a_type_that_becomes_required_pauses_who_lacks_it_at_the_next_sweep(issue, mentor, organization, org_admin):
    type_ = CertificationTypeFactory(organization=organization, required_for_active=False)
    certificate = issue(20, type=type_)
    at = tick(certificate.expires_on)
    services.change_type(type=type_, by=org_admin, at=at, required_for_active=True)
    tick(day_after(certificate))
    assert status_of(mentor) == PAUSED


# --- Override ---------------------------------------------------------------------------------------------------------


def test_an_override_needs_a_reason_and_later_sweeps_do_not_undo_it(issue, mentor, coordinator):
    certificate = issue(20)
    at = tick(certificate.expires_on)
    paused = MentorProfile.objects.get(pk=mentor.pk)
    with pytest.raises(people.ReasonMissing):
        people.resume_mentor(mentor=paused, by=coordinator, at=at)
    people.resume_mentor(mentor=paused, by=coordinator, at=at, note="The course is on Monday.")
    for days in range(1, 40, 3):
        tick(day_after(certificate, days))
    assert status_of(mentor) == ACTIVE
    assert MentorStatusChange.objects.get(status_after="active").note == "The course is on Monday."


def test_an_override_is_not_undone_by_an_older_lapse_of_another_type(issue, mentor, coordinator, first_aid):
    older, later = issue(5), issue(20, type=first_aid)
    tick(older.expires_on)
    at = tick(later.expires_on)
    overridden = MentorProfile.objects.get(pk=mentor.pk)
    people.resume_mentor(mentor=overridden, by=coordinator, at=at, note="The course is on Monday.")
    for days in (1, 2, 30):
        tick(day_after(later, days))
    assert status_of(mentor) == ACTIVE


def test_after_an_override_the_next_lapse_pauses_as_ever(issue, mentor, coordinator, first_aid):
    certificate = issue(20)
    at = tick(certificate.expires_on)
    people.resume_mentor(mentor=mentor, by=coordinator, at=at, note="The course is on Monday.")
    other = issue(60, type=first_aid, at=at, issued_on=at.date())
    tick(other.expires_on)
    assert status_of(mentor) == PAUSED


# --- Revoked ----------------------------------------------------------------------------------------------------------


def test_a_revocation_pauses_at_once_and_says_so_to_the_mentor(issue, mentor, org_admin, now):
    certificate = issue(100)
    services.revoke_certificate(certificate=certificate, reason=" Forged. ", by=org_admin, at=now)
    stored = Certificate.objects.get()
    assert (stored.status, stored.revoked_by, stored.revoked_at) == ("revoked", org_admin, now)
    assert stored.revocation_reason == "Forged."
    assert status_of(mentor) == PAUSED
    assert set(series_of(certificate).values()) == {("cancelled", "revoked")}
    assert told("certificate_revoked") == [mentor.user_id]
    tick(date(2026, 3, 12))
    assert status_of(mentor) == PAUSED


def test_a_revocation_of_what_is_not_required_or_not_alone_pauses_nobody(
    issue, mentor, org_admin, organization, first_aid, now
):
    optional = issue(100, type=CertificationTypeFactory(organization=organization, required_for_active=False))
    required = issue(100)
    services.revoke_certificate(certificate=optional, reason="Forged.", by=org_admin, at=now)
    assert status_of(mentor) == ACTIVE
    issue(100, type=first_aid)
    services.revoke_certificate(certificate=required, reason="Forged.", by=org_admin, at=now)
    assert status_of(mentor) == ACTIVE


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_revocation_says_why(issue, org_admin, now, reason):
    with pytest.raises(services.ReasonRequired):
        services.revoke_certificate(certificate=issue(100), reason=reason, by=org_admin, at=now)


def test_an_override_of_a_revocation_is_not_undone_by_what_had_lapsed_before(
    issue, mentor, coordinator, org_admin, first_aid
):
    older, valid = issue(5), issue(400, type=first_aid)
    at = tick(day_after(older))
    services.revoke_certificate(certificate=valid, reason="Forged.", by=org_admin, at=at)
    assert status_of(mentor) == PAUSED
    revoked = MentorProfile.objects.get(pk=mentor.pk)
    people.resume_mentor(mentor=revoked, by=coordinator, at=at, note="The course is on Monday.")
    tick(day_after(older, 2))
    assert status_of(mentor) == ACTIVE


def test_after_a_revocation_a_new_certificate_of_the_same_day_brings_back(issue, mentor, org_admin, now):
    certificate = issue(100)
    services.revoke_certificate(certificate=certificate, reason="Wrong date.", by=org_admin, at=now)
    again = issue(200)
    assert (again.issued_on, again.renews) == (certificate.issued_on, None)
    assert status_of(mentor) == ACTIVE


def test_what_shows_that_it_was_earned_is_written_down(issue, org_admin, now):
    stored = services.record_evidence(certificate=issue(100), evidence=" Diploma seen. ", by=org_admin, at=now)
    assert (stored.evidence, Certificate.objects.get().evidence) == ("Diploma seen.", "Diploma seen.")


# --- Who is told ------------------------------------------------------------------------------------------------------


def test_at_thirty_days_and_at_the_lapse_the_coordinators_of_the_primary_association_are_told(
    issue, mentor, coordinator, neighbour, next_door, organization, region
):
    MentorAffiliation.objects.create(
        organization=organization, mentor=mentor, local_association=next_door, is_primary=False
    )
    above = UserFactory(email="above@example.org")
    CareAreaFactory(
        membership=MembershipFactory(organization=organization, user=above, role=Role.COORDINATOR),
        local_association=region,
    )
    certificate = issue(100)
    tick(day_after(certificate, -30))
    assert told("certificate_notice") == [above.pk, coordinator.pk]
    tick(certificate.expires_on)
    assert told("certificate_lapse_notice") == [above.pk, coordinator.pk]
    assert set(RenewalReminder.objects.filter(coordinator_notified=True).values_list("reminder_type", flat=True)) == {
        "30_days_before",
        "on_expiry",
    }


@pytest.mark.parametrize("gone", ["none", "revoked", "disabled"])
def test_where_there_is_no_coordinator_the_administrators_are_told(
    issue, mentor, org_admin, organization, local_association, gone, now, caplog
):
    if gone != "none":
        former = MembershipFactory(
            organization=organization,
            role=Role.COORDINATOR,
            user__is_active=gone != "disabled",
            is_active=gone != "revoked",
            revoked_at=now if gone == "revoked" else None,
        )
        CareAreaFactory(membership=former, local_association=local_association)
    certificate = issue(100)
    tick(day_after(certificate, -30))
    tick(certificate.expires_on)
    assert told("certificate_notice") == told("certificate_lapse_notice") == [org_admin.pk]
    assert "no coordinator" in caplog.text
    assert mentor.user.last_name not in caplog.text


def test_where_there_is_nobody_the_mentor_is_told_and_paused_all_the_same(issue, mentor, org_admin):
    certificate = issue(100)
    Membership.objects.filter(role=Role.ORG_ADMIN).update(is_active=False, revoked_at=certificate.created_at)
    tick(day_after(certificate, -30))
    tick(certificate.expires_on)
    assert status_of(mentor) == PAUSED
    assert not RenewalReminder.objects.filter(coordinator_notified=True).exists()


def test_each_mentor_is_told_about_to_their_own_coordinators(issue, mentor, coordinator, neighbour, next_door):
    other = MentorProfileFactory(organization=mentor.organization, local_association=next_door)
    issue(100)
    tick(day_after(issue(100, to=other), -30))
    assert sorted(told("certificate_notice")) == sorted([coordinator.pk, neighbour.pk])


def test_each_organisation_tells_its_own(issue, mentor, org_admin, now):
    elsewhere = MentorProfileFactory()
    theirs = MembershipFactory(organization=elsewhere.organization, role=Role.ORG_ADMIN).user
    type_ = CertificationTypeFactory(organization=elsewhere.organization)
    ours = issue(20)
    services.issue_certificate(
        mentor=elsewhere, type=type_, issued_on=date(2024, 5, 2), expires_on=ours.expires_on, by=None, at=now
    )
    tick(ours.expires_on)
    assert status_of(mentor) == status_of(elsewhere) == PAUSED
    assert set(Notification.objects.values_list("kind", "organization", "recipient")) == {
        (kind, organization, recipient)
        for organization, who, admin in (
            (mentor.organization_id, mentor.user_id, org_admin.pk),
            (elsewhere.organization_id, elsewhere.user_id, theirs.pk),
        )
        for kind, recipient in (("certificate_expired", who), ("certificate_lapse_notice", admin))
    }
