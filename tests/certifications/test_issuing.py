"""Issuing and renewing: the series that begins, what is refused, and what a list of thousands does."""

from datetime import date, timedelta

import pytest

from accounts.models import MentorProfile
from certifications import services
from certifications.enums import OPEN_REMINDERS
from certifications.models import Certificate, RenewalReminder
from certifications.services import Draft
from notifications.models import Notification
from operations import duties
from tests.certifications.conftest import series_of, tick
from tests.factories import CertificationTypeFactory, MentorProfileFactory

PAST, WAITING, RENEWED = ("cancelled", "past_at_entry"), ("pending", ""), ("cancelled", "renewed")


def holds(at) -> list[str]:
    """Names of broken invariants: none."""
    return [one.invariant.name for one in duties.check(at=at) if not one.holds]


# --- One --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("left", "past"), [(100, 0), (90, 1), (40, 2), (20, 3), (7, 5), (1, 6)])
def test_a_certificate_has_seven_reminders_and_those_whose_day_has_passed_say_so(issue, left, past):
    certificate = issue(left)  # it is noon: what was due at eight today has passed
    assert list(series_of(certificate).values()) == [PAST] * past + [WAITING] * (7 - past)
    assert RenewalReminder.objects.filter(user=certificate.mentor.user).count() == 7
    assert Notification.objects.count() == 0


def test_one_entered_late_causes_no_burst(issue, mentor):
    certificate = issue(20)
    tick(date(2026, 3, 12))
    assert Notification.objects.count() == 0
    tick(certificate.expires_on - timedelta(days=14))
    assert list(Notification.objects.values_list("kind", "recipient")) == [("certificate_reminder", mentor.user_id)]


def test_one_that_has_expired_already_reminds_of_nothing_and_is_acted_on_by_the_next_sweep(issue, mentor, now):
    certificate = issue(-3)
    assert certificate.status == "expired"
    assert set(series_of(certificate).values()) == {PAST}

    tick(date(2026, 3, 12))
    mentor.refresh_from_db()
    assert (mentor.status, mentor.pause_reason) == ("paused", "certification_expired")
    assert set(Notification.objects.values_list("kind", flat=True)) == {
        "certificate_expired", "certificate_lapse_notice",
    }  # fmt: skip
    assert holds(now) == []


def test_one_for_life_has_no_series_and_never_lapses(issue, mentor, organization, org_admin, now):
    for_life = CertificationTypeFactory(organization=organization, validity_months=None)
    certificate = services.issue_certificate(
        mentor=mentor, type=for_life, issued_on=date(2026, 1, 1), by=org_admin, at=now
    )
    assert (certificate.expires_at, certificate.expires_on, series_of(certificate)) == (None, None, {})
    tick(date(2046, 3, 11))
    mentor.refresh_from_db()
    certificate.refresh_from_db()
    assert (mentor.status, certificate.status) == ("active", "active")


def test_without_an_expiry_the_types_validity_decides(mentor, course, org_admin, now):
    certificate = services.issue_certificate(
        mentor=mentor, type=course, issued_on=date(2024, 5, 31), by=org_admin, at=now
    )
    assert certificate.expires_on == date(2026, 5, 31)
    assert certificate.expires_at.isoformat() == "2026-05-30T22:00:00+00:00"


@pytest.mark.parametrize(
    ("days", "types"), [([30, 7], ["30_days_before", "7_days_before", "on_expiry"]), ([], ["on_expiry"])]
)
def test_a_type_with_other_days_reminds_on_those(issue, organization, days, types):
    type_ = CertificationTypeFactory(organization=organization, reminder_days=days)
    assert list(series_of(issue(100, type=type_))) == types


def test_a_certificate_says_who_issued_it_and_its_own_number_says_nothing(issue, org_admin):
    certificate = issue(100)
    assert Certificate.objects.get().issued_by == org_admin
    assert certificate.number.replace("-", "") == certificate.check_code


@pytest.mark.parametrize("left", [40, 1])
def test_a_second_one_while_the_first_is_valid_is_refused(issue, left):
    issue(left)
    with pytest.raises(services.CertificateExists):
        issue(700, issued_on=date(2026, 3, 1))
    assert (Certificate.objects.count(), RenewalReminder.objects.count()) == (1, 7)


def test_issuing_when_the_first_has_expired_renews_it(issue, mentor, org_admin, now):
    first = issue(5)
    at = tick(first.expires_on)
    second = issue(700, at=at, issued_on=at.date())
    assert second.renews == first
    assert Certificate.objects.get(pk=first.pk).status == "superseded"
    assert MentorProfile.objects.get(pk=mentor.pk).status == "active"


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"issued_on": date(2026, 3, 12)}, services.IssueDateOutOfRange),
        ({"issued_on": date(1989, 12, 31)}, services.IssueDateOutOfRange),
        ({"issued_on": date(2026, 3, 11), "expires_on": date(2026, 3, 11)}, services.ExpiryOutOfRange),
        ({"expires_on": date(2200, 1, 1)}, services.ExpiryOutOfRange),
        ({"expires_on": None}, services.ExpiryMissing),
        ({"number": "taken"}, services.NumberInUse),
        ({"number": "4" * 41}, services.NumberTooLong),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(facts, refusal, mentor, course, issue, org_admin, now):
    issue(100, to=MentorProfileFactory(organization=mentor.organization), number="taken")
    with pytest.raises(refusal):
        services.issue_certificate(
            mentor=mentor, type=course, by=org_admin, at=now, **{"issued_on": date(2026, 1, 1)} | facts
        )
    assert Certificate.objects.count() == 1


def test_a_type_that_is_not_in_use_or_of_others_is_refused(issue, organization, foreign):
    with pytest.raises(services.TypeNotInUse):
        issue(100, type=CertificationTypeFactory(organization=organization, is_active=False))
    with pytest.raises(services.OtherOrganization):
        issue(100, type=CertificationTypeFactory(organization=foreign.organization))


# --- Renewing ---------------------------------------------------------------------------------------------------------


def test_a_renewal_cancels_what_waits_and_begins_a_series_of_its_own(issue, org_admin, now):
    first = issue(40)
    second = services.renew_certificate(certificate=first, issued_on=now.date(), by=org_admin, at=now)
    assert list(series_of(first).values()) == [PAST] * 2 + [RENEWED] * 5
    assert list(series_of(second).values()) == [WAITING] * 7
    assert (second.renews, second.expires_on) == (first, date(2028, 3, 11))
    assert holds(now) == []


def test_a_renewal_cancels_the_messages_that_wait(issue, org_admin, coordinator):
    first = issue(40)
    at = tick(first.expires_on - timedelta(days=30))
    assert Notification.objects.filter(state="pending").count() == 2

    services.renew_certificate(certificate=first, issued_on=at.date(), by=org_admin, at=at)

    assert set(Notification.objects.values_list("state", "failure_reason")) == {("cancelled", "reason_gone")}
    services.process_due(at=at + timedelta(minutes=1))
    assert not RenewalReminder.objects.filter(certificate=first, status__in=OPEN_REMINDERS).exists()


def test_a_renewal_leaves_alone_what_has_been_sent(issue, org_admin, now):
    first = issue(40)
    RenewalReminder.objects.filter(certificate=first, reminder_type="30_days_before").update(status="sent", sent_at=now)
    services.renew_certificate(certificate=first, issued_on=now.date(), by=org_admin, at=now)
    assert series_of(first)["30_days_before"] == ("sent", "")


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"issued_on": date(2024, 5, 2)}, services.RenewalNotLater),
        ({"issued_on": date(2024, 5, 1)}, services.RenewalNotLater),
        ({"issued_on": date(2026, 3, 1), "expires_on": date(2026, 4, 20)}, services.RenewalNotLater),
        ({"issued_on": date(2026, 3, 12)}, services.IssueDateOutOfRange),
    ],
)
def test_a_renewal_is_later_and_valid_for_longer(issue, org_admin, now, facts, refusal):
    first = issue(40)  # until 20 April
    with pytest.raises(refusal):
        services.renew_certificate(certificate=first, by=org_admin, at=now, **facts)
    assert series_of(first) == series_of(Certificate.objects.get())


# --- Many -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def issue_many(organization, org_admin, now):
    def do(*drafts, at=now):
        results = services.issue_certificates(organization=organization, drafts=drafts, by=org_admin, at=at)
        assert [result.draft for result in results] == list(drafts)
        return [(str(result.outcome), result.refusal and type(result.refusal)) for result in results]

    return do


def test_a_list_may_hold_a_chain_in_any_order_and_all_but_the_last_are_history(issue_many, mentor, course, now):
    years = [2024, 2020, 2022]
    drafts = [Draft(mentor.pk, course.pk, date(year, 5, 2)) for year in years]

    assert [outcome for outcome, _refusal in issue_many(*drafts)] == ["renewed", "issued", "renewed"]

    chain = list(Certificate.objects.order_by("issued_on"))
    assert [row.status for row in chain] == ["superseded", "superseded", "active"]
    assert [row.renews for row in chain] == [None, chain[0], chain[1]]
    assert set(series_of(chain[0]).values()) == set(series_of(chain[1]).values()) == {RENEWED}
    assert [len(series_of(row)) for row in chain] == [7, 7, 7]
    assert holds(now) == []


def test_the_same_list_again_adds_nothing(issue_many, mentor, course):
    others = [MentorProfileFactory(organization=mentor.organization) for _ in range(3)]
    drafts = [
        Draft(each.pk, course.pk, date(year, 5, 2), number=number and f"{number}-{year}")
        for each, number in zip([mentor, *others], ["a", "", "b", ""], strict=True)
        for year in (2022, 2024)
    ]
    issue_many(*drafts)
    before = everything()
    assert len(before[0]) == 8
    assert {outcome for outcome, _refusal in issue_many(*drafts)} == {"unchanged"}
    assert everything() == before


def test_a_row_that_stands_twice_in_a_list_is_issued_once(issue_many, mentor, course):
    draft = Draft(mentor.pk, course.pk, date(2024, 5, 2))
    assert [outcome for outcome, _refusal in issue_many(draft, draft)] == ["issued", "unchanged"]
    assert Certificate.objects.count() == 1


def test_history_that_is_older_than_what_is_there_is_kept_and_changes_nothing(issue_many, issue, mentor, course, now):
    current = issue(100)
    assert issue_many(Draft(mentor.pk, course.pk, date(2022, 5, 2))) == [("issued", None)]

    history = Certificate.objects.exclude(pk=current.pk).get()
    assert (history.status, history.renews) == ("superseded", None)
    assert set(series_of(history).values()) == {RENEWED}
    assert set(series_of(current).values()) == {WAITING}
    assert Certificate.objects.get(pk=current.pk).status == "active"
    assert holds(now) == []


def test_each_row_is_refused_on_its_own_and_the_others_are_issued(issue_many, issue, mentor, course, foreign):
    other = MentorProfileFactory(organization=mentor.organization)
    unused = CertificationTypeFactory(organization=mentor.organization, is_active=False)
    issue(100, to=other, number="taken")
    day = date(2024, 5, 2)
    outcomes = issue_many(
        Draft(mentor.pk, course.pk, date(2027, 1, 1)),
        Draft(foreign.mentor.pk, course.pk, day),
        Draft(mentor.pk, unused.pk, day),
        Draft(mentor.pk, course.pk, day, expires_on=None),
        Draft(mentor.pk, course.pk, day, expires_on=date(2024, 5, 2)),
        Draft(mentor.pk, course.pk, day, number="taken"),
        Draft(other.pk, course.pk, day, number="another"),
        Draft(mentor.pk, course.pk, date(2024, 6, 2)),
    )
    assert outcomes == [
        ("refused", services.IssueDateOutOfRange),
        ("refused", services.OtherOrganization),
        ("refused", services.TypeNotInUse),
        ("refused", services.ExpiryMissing),
        ("refused", services.ExpiryOutOfRange),
        ("refused", services.NumberInUse),
        ("refused", services.CertificateExists),
        ("issued", None),
    ]
    assert Certificate.objects.filter(mentor=mentor).count() == 1


def test_a_list_brings_back_whom_it_certifies_and_nobody_else(issue_many, issue, mentor, course):
    other = MentorProfileFactory(organization=mentor.organization)
    for each in (mentor, other):
        first = issue(5, to=each)
    at = tick(first.expires_on)
    assert set(MentorProfile.objects.values_list("status", flat=True)) == {"paused"}

    issue_many(Draft(mentor.pk, course.pk, at.date()), Draft(other.pk, course.pk, date(2023, 1, 1)), at=at)

    assert [MentorProfile.objects.get(pk=each.pk).status for each in (mentor, other)] == ["active", "paused"]
    assert list(Notification.objects.filter(kind="certification_return").values_list("recipient", flat=True)) == [
        mentor.user_id
    ]


def test_a_number_that_is_revoked_is_not_issued_again(issue, issue_many, mentor, course, org_admin, now):
    revoked = issue(100, number="first")
    services.revoke_certificate(certificate=revoked, reason="Wrong person.", by=org_admin, at=now)
    day = revoked.issued_on
    assert issue_many(
        Draft(mentor.pk, course.pk, day, number="first"), Draft(mentor.pk, course.pk, day, number="second")
    ) == [("unchanged", None), ("issued", None)]


def test_more_than_five_thousand_are_not_taken_at_once(organization, mentor, course, now):
    drafts = [Draft(mentor.pk, course.pk, date(2024, 5, 2))] * 5001
    with pytest.raises(ValueError):
        services.issue_certificates(organization=organization, drafts=drafts, by=None, at=now)


def everything():
    """All certificates and all reminders, as they stand."""
    return [
        sorted(Certificate.objects.values_list("pk", "status", "number", "updated_at")),
        sorted(RenewalReminder.objects.values_list("pk", "status", "scheduled_at", "updated_at")),
    ]
