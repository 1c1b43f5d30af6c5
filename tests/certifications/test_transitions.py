"""Every move between the statuses of a certificate, legal and illegal, through the verbs that would make it."""

from datetime import timedelta

import pytest

from certifications import services
from certifications.enums import CERTIFICATE_TRANSITIONS, CURRENT, OPEN_REMINDERS, REMINDER_TRANSITIONS, ReminderStatus
from certifications.enums import CertificateStatus as Status
from certifications.models import Certificate, RenewalReminder
from operations import duties
from tests.certifications.conftest import tick


@pytest.fixture
def reach(issue, org_admin, now):
    """A certificate in a status, reached as it is in life, and the moment after."""

    def do(status):
        certificate, at = issue(20), now + timedelta(hours=1)
        if status == Status.EXPIRED:
            at = tick(certificate.expires_on) + timedelta(hours=1)
        elif status == Status.SUPERSEDED:
            renew(certificate, org_admin, now)
        elif status == Status.REVOKED:
            revoke(certificate, org_admin, now)
        assert stored(certificate).status == status
        return stored(certificate), at

    return do


def renew(certificate, by, at):
    services.renew_certificate(
        certificate=certificate, issued_on=at.date(), expires_on=at.date() + timedelta(days=730), by=by, at=at
    )


def revoke(certificate, by, at):
    services.revoke_certificate(certificate=certificate, reason="Issued by mistake.", by=by, at=at)


def correct(certificate, by, at):
    services.correct_expiry(
        certificate=certificate, expires_on=at.date() + timedelta(days=300), by=by, at=at, reason="Wrong year."
    )


def lapse(certificate, by, at):
    tick(max(at.date(), certificate.expires_on) + timedelta(days=1))


MOVES = {Status.ACTIVE: correct, Status.SUPERSEDED: renew, Status.EXPIRED: lapse, Status.REVOKED: revoke}


@pytest.mark.parametrize("after", Status)
@pytest.mark.parametrize("before", Status)
def test_a_certificate_makes_just_the_moves_of_the_table(before, after, reach, org_admin):
    certificate, at = reach(before)
    is_legal = after in CERTIFICATE_TRANSITIONS[before]

    if before in CURRENT or after == Status.EXPIRED:  # the clock is never refused, it leaves alone what is final
        MOVES[after](certificate, org_admin, at)
    else:
        with pytest.raises(services.InvalidTransition):
            MOVES[after](certificate, org_admin, at)

    assert stored(certificate).status == (after if is_legal else before)


@pytest.mark.parametrize("status", [Status.SUPERSEDED, Status.REVOKED])
def test_what_is_final_has_nothing_that_waits_and_never_gets_anything_again(status, reach):
    certificate, _at = reach(status)
    waiting = RenewalReminder.objects.filter(certificate=certificate, status__in=OPEN_REMINDERS)
    assert not waiting.exists()

    at = tick(certificate.expires_on + timedelta(days=1))

    assert not waiting.exists()
    broken = {one.invariant.name for one in duties.check(at=at) if not one.holds}
    assert broken <= {"notification_in_time"}  # nobody sends anything here


@pytest.mark.parametrize("status", Status)
def test_renewed_and_revoked_are_final_for_the_other_verbs_too(status, reach, org_admin):
    certificate, at = reach(status)
    until = at.date() + timedelta(days=900)
    wanted = services.extendable(certificate.organization, [certificate.pk], until)
    assert bool(wanted) == (status in CURRENT)

    count = services.extend_certificates(
        organization=certificate.organization,
        certificates=[certificate.pk],
        until=until,
        by=org_admin,
        at=at,
        reason="No courses this spring.",
    )
    assert count == len(wanted)
    assert stored(certificate).status == (Status.ACTIVE if wanted else status)


def test_the_tables_say_what_the_documents_say():
    final = {status for status, following in CERTIFICATE_TRANSITIONS.items() if not following}
    assert final == {Status.SUPERSEDED, Status.REVOKED}
    pending, failed = ReminderStatus.PENDING, ReminderStatus.FAILED
    assert set(OPEN_REMINDERS) == {pending, failed}
    assert all(pending not in following for following in REMINDER_TRANSITIONS.values())
    assert REMINDER_TRANSITIONS[pending] == REMINDER_TRANSITIONS[failed] == set(ReminderStatus) - {pending}


def stored(certificate) -> Certificate:
    return Certificate.objects.with_people().get(pk=certificate.pk)
