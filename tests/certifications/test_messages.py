"""What the mails say: what expires, when, where to renew it, in the reader's language, from the facts of the moment."""

import re
from datetime import timedelta

import pytest

from accounts import services as people
from certifications import services
from certifications.models import Certificate
from notifications.channels.memory import MemoryChannel
from notifications.dispatch import dispatch
from notifications.enums import Channel
from tests.certifications.conftest import tick
from tests.factories import CertificationTypeFactory


@pytest.fixture
def basic(course):
    """The course with a place to renew it, in three languages."""
    course.name, course.name_nn, course.name_en = "Grunnkurs", "Grunnkurs på nynorsk", "Basic course"
    course.renewal_course, course.renewal_url = "Kurs i mai", "https://kurs.example.org/"
    course.save()
    return course


@pytest.fixture
def english(mentor, coordinator):
    for user in (mentor.user, coordinator):
        user.language = "en"
        user.save()


def mails(at) -> list:
    """Everything that goes out now."""
    channel = MemoryChannel(Channel.EMAIL)
    dispatch(clock=lambda: at, channels={Channel.EMAIL: channel})
    return sorted(channel.sent, key=lambda delivery: delivery.kind)


def one(at):
    (mail,) = mails(at)
    return mail


@pytest.mark.parametrize(("days", "title"), [(90, "in 90 days"), (7, "in 7 days"), (1, "in 1 day")])
def test_a_reminder_says_what_expires_when_and_where_to_renew_it(issue, basic, english, days, title):
    certificate = issue(100, number="N-7")
    mail = mails(tick(certificate.expires_on - timedelta(days=days)))[-1]
    assert mail.kind == "certificate_reminder"
    assert mail.title.endswith(title)
    assert "“Basic course” (number N-7) expires on" in mail.body
    assert "You need it to be active as a peer mentor." in mail.body
    assert "Kurs i mai https://kurs.example.org/" in mail.body


@pytest.mark.parametrize(
    ("language", "name"), [("nb", "Grunnkurs"), ("nn", "Grunnkurs på nynorsk"), ("en", "Basic course")]
)
def test_each_reads_it_in_their_own_language(issue, basic, mentor, language, name):
    mentor.user.language = language
    mentor.user.save()
    certificate = issue(100)
    mail = one(tick(certificate.expires_on - timedelta(days=90)))
    assert re.search(f"[“«]{name}[”»]", mail.body)


def test_without_a_course_the_coordinator_knows_how_to_renew(issue, course, english):
    certificate = issue(100)
    assert "Ask your coordinator how to renew it." in one(tick(certificate.expires_on - timedelta(days=90))).body


def test_what_is_not_required_does_not_say_so(issue, english, organization):
    certificate = issue(100, type=CertificationTypeFactory(organization=organization, required_for_active=False))
    assert "You need it" not in one(tick(certificate.expires_on - timedelta(days=90))).body


def test_the_coordinator_is_told_whose_certificate_expires(issue, basic, mentor, english):
    certificate = issue(40)
    notice, reminder = mails(tick(certificate.expires_on - timedelta(days=30)))
    assert (notice.email, reminder.email) == ("coordinator@example.org", "mentor@example.org")
    assert notice.title == "A certificate expires in 30 days"
    assert str(mentor) in notice.body
    assert notice.path == f"/admin/certifications/certificate/{certificate.pk}/change/"


def test_a_notice_that_comes_after_the_expiry_says_that_it_has_expired(issue, basic, english):
    certificate = issue(40)
    told = mails(tick(certificate.expires_on + timedelta(days=2)))
    assert [mail.kind for mail in told] == ["certificate_expired", "certificate_lapse_notice", "certificate_notice"]
    assert told[2].title == "A certificate has expired"


def test_the_lapse_says_to_both_that_the_mentor_is_paused(issue, basic, english):
    certificate = issue(20)
    expired, lapse = mails(tick(certificate.expires_on))
    assert "You are paused as a peer mentor until it has been renewed." in expired.body
    assert "https://kurs.example.org/" in expired.body
    assert lapse.title == "A mentor was paused because a certificate has expired"


def test_who_is_protected_is_not_told_that_they_are_paused(issue, basic, organization, english):
    issue(500, type=CertificationTypeFactory(organization=organization))
    certificate = issue(20)
    expired, lapse = mails(tick(certificate.expires_on))
    assert "paused" not in expired.body
    assert lapse.title == "A required certificate has expired"
    assert "The mentor is not paused for it now." in lapse.body


def test_days_of_grace_are_named_while_they_last_and_not_when_they_are_over(issue, mentor, organization, english):
    certificate = issue(20, type=CertificationTypeFactory(organization=organization, grace_days=10))
    people.pause_mentor(mentor=mentor, by=mentor.user, at=certificate.expires_at - timedelta(days=2), reason="leave")
    expired, _lapse = mails(tick(certificate.expires_on))
    assert "You have 10 days of grace before you are paused as a peer mentor." in expired.body
    over, _lapse = mails(tick(certificate.expires_on + timedelta(days=10)))
    assert "has expired" in over.title
    assert "grace" not in over.body


def test_who_is_back_is_told_so(issue, basic, org_admin, english):
    certificate = issue(20)
    at = tick(certificate.expires_on)
    mails(at)
    services.renew_certificate(certificate=certificate, issued_on=at.date(), by=org_admin, at=at)
    assert one(at).title == "You are active again"


def test_who_is_paused_again_meanwhile_is_not_welcomed_back(issue, mentor, org_admin, english):
    certificate = issue(20)
    at = tick(certificate.expires_on)
    mails(at)
    services.renew_certificate(certificate=certificate, issued_on=at.date(), by=org_admin, at=at)
    mentor.refresh_from_db()
    people.pause_mentor(mentor=mentor, by=org_admin, at=at, reason="other", note="A talk first.")
    assert mails(at) == []


def test_a_revocation_does_not_say_why(issue, basic, org_admin, now, english):
    certificate = issue(100, number="N-7")
    services.revoke_certificate(certificate=certificate, reason="Forged by K.", by=org_admin, at=now)
    mail = one(now)
    assert (mail.title, "N-7" in mail.body, "Forged" in mail.body) == ("Your certificate was revoked", True, False)


# --- The reason is asked for once more --------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [30, 0])
@pytest.mark.parametrize("change", ["renewed", "revoked", "extended", "for_life"])
def test_what_changed_after_it_was_written_is_not_said_any_more(issue, coordinator, org_admin, days, change):
    """Even when nothing cancelled the rows: as a worker finds them that holds them already."""
    certificate = issue(40)
    at = tick(certificate.expires_on - timedelta(days=days))
    later = certificate.expires_on + timedelta(days=365)
    facts = {
        "renewed": {"status": "superseded"},
        "revoked": {"status": "revoked", "revoked_at": at, "revocation_reason": "Why."},
        "extended": {"expires_at": certificate.expires_at + (later - certificate.expires_on), "status": "active",
                     "lapsed_at": None, "paused_mentor_at": None},
        "for_life": {"expires_at": None, "status": "active", "lapsed_at": None, "paused_mentor_at": None},
    }  # fmt: skip
    Certificate.objects.filter(pk=certificate.pk).update(**facts[change])
    assert mails(at) == []


def test_a_reminder_that_comes_after_the_expiry_is_silent(issue):
    certificate = issue(20)
    tick(certificate.expires_on - timedelta(days=1))
    assert mails(certificate.expires_at) == []


def test_of_several_that_wait_only_the_last_speaks(issue, coordinator, english):
    certificate = issue(100)
    for days in (90, 60, 30, 14, 7):
        at = tick(certificate.expires_on - timedelta(days=days))
    told = mails(at)
    assert [mail.kind for mail in told] == ["certificate_notice", "certificate_reminder"]
    assert told[1].title.endswith("in 7 days")
