"""What becomes of a reminder on its way: sent, failed, tried again, given up — through the real dispatcher."""

from datetime import timedelta

import pytest

from certifications import services
from certifications.enums import REMINDER_TRANSITIONS, ReminderStatus
from certifications.models import RenewalReminder
from notifications.channels.email import DJANGO_SMTP
from notifications.channels.memory import MemoryChannel
from notifications.dispatch import dispatch
from notifications.enums import Channel
from notifications.models import Notification
from tests.certifications.conftest import tick
from tests.factories import MentorProfileFactory
from tests.notifications.providers import free_port, mail_server

NO = "550 5.1.1 No such user"
LATER = "452 4.2.2 The mailbox is full"


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = DJANGO_SMTP
    settings.EMAIL_TIMEOUT = 10
    settings.SITE_URL = "https://varde.example.org"
    with mail_server() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


@pytest.fixture
def due(issue):
    """A reminder whose message has just been written, and the moment."""

    def make(to=None, days: int = 14):
        certificate = issue(20, to=to) if to else issue(20)
        at = tick(certificate.expires_on - timedelta(days=days))
        return RenewalReminder.objects.get(certificate=certificate, scheduled_at__lte=at, status="pending"), at

    return make


def send(at):
    """The dispatcher, and what copies its outcome."""
    counts = dispatch(clock=lambda: at)
    services.process_due(at=at)
    return counts


def state_of(reminder) -> tuple[str, int, str]:
    reminder.refresh_from_db()
    return reminder.status, reminder.retry_count, reminder.failure_reason


# --- Sent -------------------------------------------------------------------------------------------------------------


def test_a_mail_that_arrives_makes_its_reminder_sent(due, mentor, server):
    reminder, at = due()
    send(at)
    assert state_of(reminder) == ("sent", 1, "")
    assert (reminder.sent_at, reminder.channel) == (at, "email")
    assert server.addressees == ["mentor@example.org"]
    send(at + timedelta(days=1))
    assert len(server.mails) == 1


def test_a_channel_of_the_mentors_own_choice_is_written_down(due, mentor):
    from notifications.services import set_preference

    set_preference(user=mentor.user, kind="certificate_reminder", channel=Channel.IN_APP)
    reminder, at = due()
    send(at)
    assert (state_of(reminder), reminder.channel) == (("sent", 1, ""), "in_app")


# --- Failed -----------------------------------------------------------------------------------------------------------


def test_three_attempts_are_made_and_then_somebody_has_to_look(due, server):
    reminder, at = due()
    server.answer_to_all = LATER
    seen = []
    for wait in (timedelta(0), timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)):
        at += wait
        send(at)
        seen.append((*state_of(reminder)[:2], RenewalReminder.objects.needing_attention().exists()))
    assert seen == [("failed", 1, False), ("failed", 2, False), ("failed", 3, True), ("failed", 3, True)]
    assert reminder.failure_reason.startswith("smtp")


def test_an_attempt_after_a_failed_one_may_succeed(due, server):
    reminder, at = due()
    server.answer_to_all = LATER
    send(at)
    server.answer_to_all = None
    send(at + timedelta(minutes=5))
    assert state_of(reminder) == ("sent", 2, "")


def test_an_outage_of_the_provider_burns_no_attempt_and_brings_no_burst(issue, mentor, settings, server):
    mentor.user.language = "en"
    mentor.user.save()
    certificate = issue(20)
    settings.EMAIL_PORT = free_port()  # nobody listens
    for days in (14, 7, 1):
        at = tick(certificate.expires_on - timedelta(days=days))
        for minute in range(0, 300, 30):
            send(at + timedelta(minutes=minute))
        rows = RenewalReminder.objects.filter(notification__isnull=False).order_by("scheduled_at")
        assert (rows.last().status, rows.last().retry_count) == ("pending", 0)

    settings.EMAIL_PORT = server.port
    at += timedelta(hours=12)
    send(at)
    assert [mail["Subject"] for mail in server.mails] == ["Your certificate expires in 1 day"]
    assert list(rows.values_list("status", flat=True)) == ["cancelled", "cancelled", "sent"]


def test_an_outage_over_the_expiry_says_that_it_has_expired_and_nothing_before(issue, mentor, settings, server):
    certificate = issue(20)
    port = settings.EMAIL_PORT
    settings.EMAIL_PORT = free_port()
    send(tick(certificate.expires_on - timedelta(days=1)))
    at = tick(certificate.expires_on)
    settings.EMAIL_PORT = port
    send(at + timedelta(hours=1))
    assert [str(mail["To"]) for mail in server.mails].count("mentor@example.org") == 1
    assert set(RenewalReminder.objects.filter(status="sent").values_list("reminder_type", flat=True)) == {"on_expiry"}


def test_a_poisoned_row_harms_nobody_else(due, issue, organization, mentor, server):
    others = [MentorProfileFactory(organization=organization) for _ in range(4)]
    for other in others:
        issue(20, to=other)
    _reminder, at = due()
    poisoned = RenewalReminder.objects.get(user=others[1].user, notification__isnull=False)
    Notification.objects.filter(pk=poisoned.notification_id).update(kind="of-a-newer-release")
    server.recipients[others[2].user.email] = NO
    send(at)
    outcomes = {row.user_id: row.status for row in RenewalReminder.objects.filter(notification__isnull=False)}
    assert outcomes == {
        mentor.user_id: "sent",
        others[0].user_id: "sent",
        others[1].user_id: "failed",
        others[2].user_id: "failed",
        others[3].user_id: "sent",
    }
    assert state_of(poisoned) == ("failed", 1, "unknown_kind")


def test_one_who_may_not_log_in_any_more_is_not_told_and_the_reminder_says_so(due, mentor, server):
    reminder, at = due()
    mentor.user.is_active = False
    mentor.user.save()
    send(at)
    assert state_of(reminder) == ("cancelled", 1, "recipient_disabled")


# --- What staff do ----------------------------------------------------------------------------------------------------


@pytest.fixture
def failed(due, server):
    """A reminder that has failed for good."""
    reminder, at = due()
    server.answer_to_all = NO
    send(at)
    server.answer_to_all = None
    assert state_of(reminder) == ("failed", 1, "smtp_recipient_550")
    return reminder, at + timedelta(hours=1)


def test_a_failed_reminder_is_tried_again_with_all_attempts(failed, org_admin, server):
    reminder, at = failed
    services.retry_reminder(reminder=reminder, by=org_admin, at=at)
    assert not RenewalReminder.objects.needing_attention().exists()
    send(at)
    assert state_of(reminder) == ("sent", 1, "")
    assert len(server.mails) == 1


def test_a_retry_that_fails_three_times_needs_attention_again(failed, org_admin, server):
    reminder, at = failed
    services.retry_reminder(reminder=reminder, by=org_admin, at=at)
    server.answer_to_all = LATER
    for wait in (timedelta(0), timedelta(minutes=5), timedelta(hours=1)):
        at += wait
        send(at)
    assert state_of(reminder)[:2] == ("failed", 3)
    assert list(RenewalReminder.objects.needing_attention()) == [reminder]


def test_a_failed_reminder_is_sent_another_way(failed, org_admin, server):
    reminder, at = failed
    services.retry_reminder(reminder=reminder, by=org_admin, at=at, channel=Channel.IN_APP)
    send(at)
    assert (state_of(reminder), reminder.channel) == (("sent", 1, ""), "in_app")
    assert server.mails == []


def test_a_failed_reminder_is_given_up(failed, org_admin, server):
    reminder, at = failed
    given_up = services.give_up_reminder(reminder=reminder, by=org_admin, at=at)
    assert given_up.status == "cancelled"
    send(at + timedelta(days=1))
    assert (state_of(reminder)[0], server.mails) == ("cancelled", [])


def test_a_renewal_cancels_what_has_failed(failed, org_admin, server):
    reminder, at = failed
    services.renew_certificate(certificate=reminder.certificate, issued_on=at.date(), by=org_admin, at=at)
    assert state_of(reminder)[0] == "cancelled"
    with pytest.raises(services.ReminderNotFailed):
        services.retry_reminder(reminder=reminder, by=org_admin, at=at)
    send(at + timedelta(hours=1))
    assert server.mails == []


def test_a_reminder_is_sent_today_instead_of_on_its_day(issue, coordinator, org_admin, mentor, now, server):
    certificate = issue(100)
    reminder = RenewalReminder.objects.get(certificate=certificate, reminder_type="30_days_before")
    sent = services.send_reminder_now(reminder=reminder, by=org_admin, at=now)
    assert (sent.scheduled_at, sent.coordinator_notified) == (now, True)
    send(now)
    assert state_of(reminder) == ("sent", 1, "")
    assert sorted(server.addressees) == ["coordinator@example.org", "mentor@example.org"]
    tick(certificate.expires_on - timedelta(days=30))
    assert Notification.objects.filter(kind="certificate_notice").count() == 1


@pytest.mark.parametrize("reminder_type", ["on_expiry"])
def test_the_notice_of_expiry_is_not_sent_early(issue, org_admin, now, reminder_type):
    reminder = RenewalReminder.objects.get(certificate=issue(100), reminder_type=reminder_type)
    with pytest.raises(services.GoesOutByItself):
        services.send_reminder_now(reminder=reminder, by=org_admin, at=now)


def test_what_is_on_its_way_is_not_sent_now(due, org_admin):
    reminder, at = due()
    with pytest.raises(services.ReminderOnItsWay):
        services.send_reminder_now(reminder=reminder, by=org_admin, at=at)


def test_a_reminder_cancelled_by_hand_is_not_sent_even_when_a_worker_has_it_in_its_hands(due, org_admin, server):
    reminder, at = due()
    Notification.objects.filter(pk=reminder.notification_id).update(
        state="sending", claimed_at=at, attempts=1, not_before=at + timedelta(minutes=2)
    )
    services.cancel_reminder(reminder=reminder, by=org_admin, at=at)
    send(at + timedelta(minutes=2))  # its lease is over, another worker takes it
    assert (state_of(reminder)[0], reminder.failure_reason, server.mails) == ("cancelled", "cancelled_by_hand", [])


def test_giving_up_on_the_mentor_does_not_silence_the_coordinators_notice(due, issue, coordinator, org_admin, server):
    certificate = issue(40)
    at = tick(certificate.expires_on - timedelta(days=30))
    server.recipients["mentor@example.org"] = NO
    Notification.objects.filter(kind="certificate_notice").update(not_before=at + timedelta(hours=1))
    send(at)
    reminder = RenewalReminder.objects.needing_attention().get()
    services.give_up_reminder(reminder=reminder, by=org_admin, at=at)
    send(at + timedelta(hours=1))
    assert server.addressees == ["coordinator@example.org"]


# --- Every move -------------------------------------------------------------------------------------------------------


@pytest.fixture
def reach(due, org_admin, server):
    def do(status):
        reminder, at = due()
        if status == ReminderStatus.SENT:
            send(at)
        elif status == ReminderStatus.FAILED:
            server.answer_to_all = NO
            send(at)
            server.answer_to_all = None
        elif status == ReminderStatus.CANCELLED:
            services.cancel_reminder(reminder=reminder, by=org_admin, at=at)
        assert state_of(reminder)[0] == status
        return reminder, at + timedelta(hours=1)

    return do


def be_sent(reminder, by, at, server):
    if reminder.status == ReminderStatus.FAILED:
        services.retry_reminder(reminder=reminder, by=by, at=at)
    send(at)


def fail(reminder, by, at, server):
    server.answer_to_all = NO
    be_sent(reminder, by, at, server)


def cancel(reminder, by, at, server):
    try:
        services.cancel_reminder(reminder=reminder, by=by, at=at)
    except services.ReminderIsFinal:
        assert reminder.status in (ReminderStatus.SENT, ReminderStatus.CANCELLED)


def wait(reminder, by, at, server):
    """No verb makes a reminder wait again; those that come closest are refused."""
    refusals = {"sent": services.ReminderIsFinal, "cancelled": services.ReminderIsFinal}
    with pytest.raises(refusals.get(reminder.status, (services.ReminderIsFinal, services.ReminderOnItsWay))):
        services.send_reminder_now(reminder=reminder, by=by, at=at)


MOVES = {
    ReminderStatus.PENDING: wait,
    ReminderStatus.SENT: be_sent,
    ReminderStatus.FAILED: fail,
    ReminderStatus.CANCELLED: cancel,
}


@pytest.mark.parametrize("after", ReminderStatus)
@pytest.mark.parametrize("before", ReminderStatus)
def test_a_reminder_makes_just_the_moves_of_the_table(before, after, reach, org_admin, server):
    reminder, at = reach(before)
    MOVES[after](reminder, org_admin, at, server)
    is_legal = after in REMINDER_TRANSITIONS[before]
    assert state_of(reminder)[0] == (after if is_legal else before)


@pytest.mark.parametrize("status", [ReminderStatus.PENDING, ReminderStatus.SENT, ReminderStatus.CANCELLED])
def test_only_what_has_failed_is_tried_again_or_given_up(status, reach, org_admin):
    reminder, at = reach(status)
    for verb in (services.retry_reminder, services.give_up_reminder):
        with pytest.raises(services.ReminderNotFailed):
            verb(reminder=reminder, by=org_admin, at=at)


# --- Renewed between claim and send -----------------------------------------------------------------------------------


def test_a_mail_a_worker_has_in_its_hands_is_not_sent_when_the_certificate_is_renewed(
    issue, organization, local_association, coordinator, org_admin, course, now
):
    """Thirty claimed, renewed, and composed after that: none of them speaks."""
    mentors = [MentorProfileFactory(organization=organization, local_association=local_association) for _ in range(30)]
    certificates = [issue(40, to=mentor) for mentor in mentors]
    at = tick(certificates[0].expires_on - timedelta(days=30))
    lease_end = at + timedelta(minutes=2)
    claimed = Notification.objects.filter(kind__in=["certificate_reminder", "certificate_notice"])
    assert claimed.update(state="sending", claimed_at=at, attempts=1, not_before=lease_end) == 60

    for certificate in certificates:
        services.renew_certificate(certificate=certificate, issued_on=at.date(), by=org_admin, at=at)
    assert set(claimed.values_list("state", flat=True)) == {"sending"}

    mail = MemoryChannel(Channel.EMAIL)
    dispatch(clock=lambda: lease_end, channels={Channel.EMAIL: mail})
    assert mail.sent == []
    assert set(claimed.values_list("state", "failure_reason")) == {("cancelled", "reason_gone")}
