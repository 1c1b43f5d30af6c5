"""Another expiry date: corrected one by one, extended in bulk, across what has been sent already."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import ChangeEntry, MentorProfile
from certifications import services
from certifications.models import ArchivedReminder, Certificate, RenewalReminder
from certifications.rules import series
from certifications.services.expiry import change_expiries
from notifications.channels.memory import MemoryChannel
from notifications.dispatch import dispatch
from notifications.enums import Channel
from notifications.models import Notification
from operations import duties
from tests.certifications.conftest import OSLO, series_of, tick
from tests.factories import CertificateFactory, CertificationTypeFactory, MentorProfileFactory

PAST, WAITING, EXTENDED = ("cancelled", "past_at_entry"), ("pending", ""), ("cancelled", "extended")


@pytest.fixture
def correct(org_admin, now):
    def do(certificate, expires_on, *, at=now, reason="The year was wrong."):
        return services.correct_expiry(
            certificate=certificate, expires_on=expires_on, by=org_admin, at=at, reason=reason
        )

    return do


@pytest.fixture
def extend(organization, org_admin, now):
    def do(*certificates, until, at=now, reason="No courses this spring."):
        return services.extend_certificates(
            organization=organization,
            certificates=[certificate.pk for certificate in certificates],
            until=until,
            by=org_admin,
            at=at,
            reason=reason,
        )

    return do


def moments_of(certificate) -> dict[str, datetime]:
    rows = RenewalReminder.objects.filter(certificate=certificate)
    return {row.reminder_type: row.scheduled_at for row in rows}


def sound(at) -> bool:
    broken = {one.invariant.name for one in duties.check(at=at) if not one.holds}
    assert broken <= {"notification_in_time"}  # nobody sends anything here
    return True


# --- One --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [30, 300])
def test_a_later_date_moves_what_waits(issue, correct, now, days):
    certificate = issue(100)
    corrected = correct(certificate, certificate.expires_on + timedelta(days=days))
    assert moments_of(corrected) == {
        slot.reminder_type: slot.scheduled_at for slot in series(corrected.expires_on, OSLO, 8)
    }
    assert set(series_of(corrected).values()) == {WAITING}
    assert set(RenewalReminder.objects.values_list("certificate_expiry_date", flat=True)) == {corrected.expires_at}
    assert sound(now)


def test_a_later_date_brings_back_what_had_passed_when_it_was_entered(issue, correct, now):
    certificate = issue(20)
    corrected = correct(certificate, certificate.expires_on + timedelta(days=365))
    assert list(series_of(corrected).values()) == [WAITING] * 7
    assert ArchivedReminder.objects.filter(certificate=certificate).count() == 3
    assert sound(now)


def test_an_earlier_date_cancels_what_has_passed_by_it(issue, correct, now):
    certificate = issue(100)
    corrected = correct(certificate, now.date() + timedelta(days=20))
    assert list(series_of(corrected).values()) == [PAST] * 3 + [WAITING] * 4
    assert sound(now)


def test_a_date_in_the_past_is_acted_on_by_the_next_sweep(issue, correct, mentor):
    certificate = correct(issue(100), date(2026, 3, 1))
    assert set(series_of(certificate).values()) == {PAST}
    at = tick(date(2026, 3, 12))
    assert Certificate.objects.get().status == "expired"
    assert MentorProfile.objects.get(pk=mentor.pk).status == "paused"
    assert Notification.objects.filter(kind="certificate_expired").count() == 1
    assert sound(at)


def test_across_what_was_sent_the_new_date_has_its_whole_series_and_what_was_sent_is_kept(issue, correct):
    certificate = issue(100)
    at = tick(certificate.expires_on - timedelta(days=30))
    rows = RenewalReminder.objects.filter(certificate=certificate, reminder_type="30_days_before")
    Notification.objects.filter(pk=rows.get().notification_id).update(state="sent", sent_at=at, title="x", attempts=1)
    services.process_due(at=at)
    before = set(RenewalReminder.objects.values_list("pk", flat=True))

    corrected = correct(certificate, certificate.expires_on + timedelta(days=365), at=at)

    assert list(series_of(corrected).values()) == [WAITING] * 7
    kept = ArchivedReminder.objects.get(certificate=certificate, reminder_type="30_days_before")
    assert (kept.status, kept.sent_at, kept.certificate_expiry_date) == ("sent", at, certificate.expires_at)
    assert before == {
        *ArchivedReminder.objects.values_list("pk", flat=True),
        *RenewalReminder.objects.filter(pk__in=before).values_list("pk", flat=True),
    }
    # The coordinators' notice spoke of the old date, and nobody has it yet.
    assert Notification.objects.get(kind="certificate_notice").state == "cancelled"
    assert sound(at)


def test_no_message_of_the_old_date_goes_out(issue, correct, coordinator):
    certificate = issue(100)
    at = tick(certificate.expires_on - timedelta(days=14))
    assert set(Notification.objects.values_list("kind", flat=True)) == {"certificate_reminder", "certificate_notice"}
    correct(certificate, certificate.expires_on + timedelta(days=60), at=at)
    mail = MemoryChannel(Channel.EMAIL)
    dispatch(clock=lambda: at, channels={Channel.EMAIL: mail})
    assert mail.sent == []
    assert set(Notification.objects.values_list("state", flat=True)) == {"cancelled"}


def test_one_that_had_expired_counts_again_and_brings_its_mentor_back(issue, correct, mentor):
    certificate = issue(10)
    at = tick(certificate.expires_on)
    assert MentorProfile.objects.get(pk=mentor.pk).status == "paused"

    corrected = correct(Certificate.objects.get(), certificate.expires_on + timedelta(days=365), at=at)

    assert (corrected.status, corrected.lapsed_at, corrected.paused_mentor_at) == ("active", None, None)
    assert MentorProfile.objects.get(pk=mentor.pk).status == "active"
    assert list(series_of(corrected).values()) == [WAITING] * 7
    tick(corrected.expires_on)
    assert MentorProfile.objects.get(pk=mentor.pk).status == "paused"


def test_for_life_cancels_what_waits_and_back_to_the_same_date_begins_it_again(issue, correct, now):
    certificate = issue(40)
    for_life = correct(certificate, None)
    assert (for_life.expires_at, list(series_of(for_life).values())) == (None, [PAST] * 2 + [EXTENDED] * 5)

    dated = correct(for_life, certificate.expires_on)

    assert list(series_of(dated).values()) == [PAST] * 2 + [WAITING] * 5
    assert moments_of(dated) == {slot.reminder_type: slot.scheduled_at for slot in series(dated.expires_on, OSLO, 8)}
    assert sound(now)


@pytest.mark.parametrize("detour", [400, 20, -5])
def test_there_and_back_again_is_as_if_nothing_had_been(issue, correct, now, detour):
    certificate = issue(100)
    before = series_of(certificate), moments_of(certificate)
    away = correct(certificate, now.date() + timedelta(days=detour))
    back = correct(away, certificate.expires_on)
    assert (series_of(back), moments_of(back)) == before
    assert sound(now)


def test_the_same_date_changes_nothing_and_is_not_logged(issue, correct):
    certificate = issue(100)
    correct(certificate, certificate.expires_on)
    assert not ChangeEntry.objects.filter(subject_id=certificate.pk).exists()


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_correction_says_why(issue, correct, reason):
    with pytest.raises(services.ReasonRequired):
        correct(issue(100), date(2027, 1, 1), reason=reason)


@pytest.mark.parametrize("expires_on", [date(2024, 5, 2), date(2020, 1, 1), date(2199, 1, 1)])
def test_a_date_that_makes_no_sense_is_refused(issue, correct, expires_on):
    with pytest.raises(services.ExpiryOutOfRange):
        correct(issue(100), expires_on)


# --- Many -------------------------------------------------------------------------------------------------------------


def test_an_extension_takes_those_it_lengthens_and_stands_in_their_history(issue, extend, organization, mentor, now):
    other = MentorProfileFactory(organization=organization)
    short, long = issue(20), issue(500, to=other)
    life = services.issue_certificate(
        mentor=other,
        type=CertificationTypeFactory(organization=organization, validity_months=None),
        issued_on=date(2024, 5, 2),
        by=None,
        at=now,
    )
    until = now.date() + timedelta(days=200)

    assert extend(short, long, life, until=until) == 1

    assert Certificate.objects.with_people().get(pk=short.pk).expires_on == until
    entry = ChangeEntry.objects.get(subject_id=short.pk)
    assert entry.reason == "No courses this spring."
    assert list(series_of(short).values()) == [WAITING] * 7
    assert not ChangeEntry.objects.filter(subject_id=long.pk).exists()
    assert extend(short, long, until=until) == 0
    assert ChangeEntry.objects.filter(subject_id=short.pk).count() == 1
    assert sound(now)


def test_an_extension_brings_back_those_who_were_paused(issue, extend, organization, mentor):
    other = MentorProfileFactory(organization=organization)
    lapsed = [issue(5), issue(5, to=other)]
    at = tick(lapsed[0].expires_on)
    assert set(MentorProfile.objects.values_list("status", flat=True)) == {"paused"}
    assert extend(*lapsed, until=at.date() + timedelta(days=60), at=at) == 2
    assert set(MentorProfile.objects.values_list("status", flat=True)) == {"active"}
    assert set(Certificate.objects.values_list("status", flat=True)) == {"active"}


def test_an_extension_leaves_the_certificates_of_others_alone(issue, extend, foreign, now):
    theirs = services.issue_certificate(
        mentor=foreign.mentor,
        type=CertificationTypeFactory(organization=foreign.organization),
        issued_on=date(2024, 5, 2),
        by=None,
        at=now,
    )
    assert extend(theirs, until=date(2028, 1, 1)) == 0
    assert Certificate.objects.get().expires_at == datetime(2026, 5, 1, 22, tzinfo=UTC)


def test_an_extension_says_why(issue, extend):
    with pytest.raises(services.ReasonRequired):
        extend(issue(20), until=date(2027, 1, 1), reason=" ")


def test_a_certificate_of_another_organisation_is_not_touched(issue, foreign, org_admin, organization, now):
    own = issue(100)
    theirs = CertificateFactory(organization=foreign.organization, mentor=foreign.mentor)
    changed = change_expiries(
        organization=organization,
        expiries={own.pk: date(2027, 1, 1), theirs.pk: date(2027, 1, 1)},
        by=org_admin,
        at=now,
        reason="A rule has changed.",
    )
    theirs.refresh_from_db()
    assert (changed, theirs.expires_at) == (1, None)
