"""The clock: on time, after gaps, once for each organisation, and compared with an oracle that only counts days."""

import random
from datetime import date, timedelta

import pytest

from accounts.enums import Module
from accounts.models import MentorProfile, ModuleSetting
from certifications import services
from certifications.enums import ReminderType
from certifications.models import Certificate, ExpirySweep, RenewalReminder
from certifications.services import Draft
from certifications.services.clockwork import process_batch
from notifications.models import Notification
from operations import duties
from tests.certifications.conftest import series_of, tick
from tests.factories import CertificateFactory, CertificationTypeFactory, MentorProfileFactory, OrganizationFactory

BEFORE = {90: "90_days_before", 60: "60_days_before", 30: "30_days_before", 14: "14_days_before", 7: "7_days_before",
          1: "1_day_before", 0: "on_expiry"}  # fmt: skip


# --- Gaps -------------------------------------------------------------------------------------------------------------


def oracle(expiries: list[date], entered: date, ticks: list[date]) -> tuple[set[tuple], set[int]]:
    """What is said about which certificate (its place in the list) on which day, and whose mentors are paused.

    Written from the rule's words alone, in whole days: of what has come due since the last tick the last speaks, the
    notice at 30 days always goes to the coordinator, and so does the lapse.
    """
    said, paused = set(), set()
    for place, expires_on in enumerate(expiries):
        waiting = {expires_on - timedelta(days=days): name for days, name in BEFORE.items()}
        waiting = {day: name for day, name in waiting.items() if day > entered}
        for today in ticks:
            due = sorted(day for day in waiting if day <= today)
            if not due:
                continue
            names = [waiting.pop(day) for day in due]
            if "30_days_before" in names:
                said.add((today, place, "certificate_notice", "30_days_before"))
            if names[-1] == "on_expiry":
                said.add((today, place, "certificate_expired", "on_expiry"))
                said.add((today, place, "certificate_lapse_notice", "on_expiry"))
                paused.add(place)
            else:
                said.add((today, place, "certificate_reminder", names[-1]))
    return said, paused


RANDOM = random.Random(20260311)
GAPS = [
    pytest.param(date(2026, 4, 14), 3, 0, id="three-days"),
    pytest.param(date(2026, 12, 28), 9, 1, id="new-year"),
    pytest.param(date(2026, 3, 25), 10, 2, id="clocks-forward"),
    *(
        pytest.param(date(2026, 1, 1) + timedelta(days=RANDOM.randrange(720)), RANDOM.randint(1, 10), seed)
        for seed in range(3, 21)
    ),
]


@pytest.mark.parametrize(("gap_begins", "days", "seed"), GAPS)
def test_after_a_gap_each_certificate_says_what_the_oracle_says(
    gap_begins, days, seed, organization, coordinator, local_association, course
):
    chance = random.Random(seed)
    returns = gap_begins + timedelta(days=days)
    entered = gap_begins - timedelta(days=4)
    ticks = [
        *(entered + timedelta(days=day) for day in (1, 2, 3)),
        *(returns + timedelta(days=day) for day in (0, 1, 2)),
    ]
    # The first one expires while the clock stands still; of the others something comes due in the gap or close to it.
    expiries = [gap_begins + timedelta(days=chance.randrange(days))] + [
        gap_begins + timedelta(days=chance.randint(-2, days + 1) + chance.choice(list(BEFORE))) for _ in range(7)
    ]
    mentors = [MentorProfileFactory(organization=organization, local_association=local_association) for _ in expiries]
    at = tick(entered, 12)
    issued = services.issue_certificates(
        organization=organization,
        drafts=[
            Draft(mentor.pk, course.pk, entered - timedelta(days=300), expires_on)
            for mentor, expires_on in zip(mentors, expiries, strict=True)
        ],
        by=None,
        at=at,
    )
    places = {result.certificate_id: place for place, result in enumerate(issued)}

    moments = {tick(day): day for day in ticks}

    said, paused = oracle(expiries, entered, ticks)
    reminders = RenewalReminder.objects.in_bulk()
    found = [
        (moments[note.not_before], places[row.certificate_id], note.kind, row.reminder_type)
        for note in Notification.objects.all()
        for row in [reminders[note.subject_id]]
    ]
    assert sorted(found) == sorted(said)
    back = [found_ for found_ in found if found_[0] == returns and found_[2] == "certificate_reminder"]
    assert len(back) == len({place for _day, place, _kind, _type in back})
    assert {
        place for place, mentor in enumerate(mentors) if MentorProfile.objects.get(pk=mentor.pk).status == "paused"
    } == paused
    assert 0 in paused
    broken = {one.invariant.name for one in duties.check(at=max(moments)) if not one.holds}
    assert broken <= {"notification_in_time"}  # nobody sends anything here


def test_what_was_overtaken_says_so(issue, coordinator):
    certificate = issue(100)
    tick(certificate.expires_on - timedelta(days=14))
    assert list(series_of(certificate).values()) == [("cancelled", "overtaken")] * 3 + [("pending", "")] * 4
    told = RenewalReminder.objects.filter(certificate=certificate, coordinator_notified=True)
    assert [row.reminder_type for row in told] == ["30_days_before"]


def test_an_expiry_that_lies_beyond_the_batch_is_acted_on_with_what_lies_in_it(
    issue, organization, mentor, course, org_admin
):
    """After a gap more is due than is decided at a time; of one mentor everything is decided at once."""
    certificate = issue(20)
    at = certificate.expires_at + timedelta(days=2)
    RenewalReminder.objects.exclude(reminder_type__in=["1_day_before", "on_expiry"]).delete()
    crowd(organization, certificate.expires_at, 600)
    assert process_batch([organization.pk], at=at) > 0
    assert RenewalReminder.objects.get(certificate=certificate, reminder_type="on_expiry").notification_id is not None
    assert MentorProfile.objects.get(pk=mentor.pk).status == "paused"


def crowd(organization, expires_at, count):
    """Reminders of somebody's old certificates, all due just after this expiry's day before."""
    other = MentorProfileFactory(organization=organization)
    type_ = CertificationTypeFactory(organization=organization)
    rows = [
        CertificateFactory.build(
            organization=organization,
            mentor=other,
            type=type_,
            status="superseded",
            issued_on=date(2010, 1, 1) + timedelta(days=day),
            expires_at=expires_at + timedelta(days=90),
        )
        for day in range(count // 6)
    ]
    Certificate.objects.bulk_create(rows)
    RenewalReminder.objects.bulk_create(
        RenewalReminder(
            organization=organization,
            certificate=row,
            user=other.user,
            reminder_type=reminder_type,
            scheduled_at=expires_at - timedelta(hours=1),
            certificate_expiry_date=row.expires_at,
        )
        for row in rows
        for reminder_type in list(ReminderType)[:6]
    )


# --- On time ----------------------------------------------------------------------------------------------------------


def test_each_reminder_of_a_series_goes_out_on_its_own_day_and_once(issue, coordinator):
    certificate = issue(100)
    for day in range(1, 103):
        tick(date(2026, 3, 11) + timedelta(days=day))
    said = Notification.objects.filter(kind__in=["certificate_reminder", "certificate_expired"]).order_by("not_before")
    assert [(certificate.expires_on - note.not_before.date()).days for note in said] == [90, 60, 30, 14, 7, 1, 0]
    assert Notification.objects.count() == 9


def test_deciding_twice_decides_nothing_twice(issue, coordinator):
    certificate = issue(100)
    at = tick(certificate.expires_on - timedelta(days=30))
    assert Notification.objects.count() == 2
    assert services.process_due(at=at) == 0
    assert services.process_due(at=at + timedelta(minutes=1)) == 0
    assert Notification.objects.count() == 2


def test_an_organisation_without_the_module_waits_until_it_has_it(issue, mentor):
    certificate = issue(20)
    module = ModuleSetting.objects.filter(module=Module.CERTIFICATION)
    module.update(is_enabled=False)
    tick(certificate.expires_on)
    assert MentorProfile.objects.get(pk=mentor.pk).status == "active"
    assert (Notification.objects.count(), ExpirySweep.objects.count()) == (0, 0)
    module.update(is_enabled=True)
    tick(certificate.expires_on + timedelta(days=4))
    assert MentorProfile.objects.get(pk=mentor.pk).status == "paused"


# --- The sweep --------------------------------------------------------------------------------------------------------


def test_every_organisation_is_swept_once_a_local_day_from_its_own_hour_on(db, now):
    zones = ["Pacific/Auckland", "Europe/Oslo", "America/New_York"]
    organizations = {zone: OrganizationFactory(time_zone=zone) for zone in zones}
    services.change_settings(organization=organizations["America/New_York"], by=None, at=now, reminder_hour=17)
    swept = {zone: [] for zone in zones}
    start = now.replace(hour=0)
    for hour in range(72):
        at = start + timedelta(hours=hour)
        for zone, organization in organizations.items():
            if services.sweep_organization(organization=organization, at=at):
                swept[zone].append(hour)
    # 8 in Auckland is 19 h UTC of the day before, in Oslo 7; 17 in New York is 21. When it begins, the day before is
    # due in New York, and today in Auckland.
    assert swept == {
        "Pacific/Auckland": [0, 19, 43, 67],
        "Europe/Oslo": [7, 31, 55],
        "America/New_York": [0, 21, 45, 69],
    }


def test_after_a_gap_each_is_swept_once_and_what_it_makes_is_decided_at_once(organization, now):
    assert services.sweep_due_organizations(at=now) == 1
    assert services.sweep_due_organizations(at=now) == 0
    assert services.sweep_due_organizations(at=now + timedelta(days=9)) == 1
    assert services.sweep_due_organizations(at=now + timedelta(days=9, hours=1)) == 0
    assert ExpirySweep.objects.get().swept_on == date(2026, 3, 20)


# --- Settings ---------------------------------------------------------------------------------------------------------


def moments(certificate) -> set[tuple[int, int]]:
    rows = RenewalReminder.objects.filter(certificate=certificate, status="pending")
    return {(row.scheduled_at.month, row.scheduled_at.hour) for row in rows}


def test_another_hour_moves_what_waits_in_summer_and_in_winter(issue, organization, org_admin, now):
    certificate = issue(300)  # expires in January
    services.change_settings(organization=organization, by=org_admin, at=now, reminder_hour=18)
    assert {hour for _month, hour in moments(certificate)} == {16, 17}
    assert all(hour == (16 if 4 <= month <= 10 else 17) for month, hour in moments(certificate))
    later = issue(301, to=MentorProfileFactory(organization=organization))
    assert moments(later) <= {(month, 16 if 4 <= month <= 10 else 17) for month in range(1, 13)}


@pytest.mark.parametrize(("reminder", "days"), [("30_days_before", 30), ("on_expiry", 0)])
def test_an_earlier_hour_takes_nothing_away_that_waits_for_today(
    issue, organization, org_admin, coordinator, now, reminder, days
):
    services.change_settings(organization=organization, by=org_admin, at=now, reminder_hour=20)
    certificate = issue(100)
    day = certificate.expires_on - timedelta(days=days)
    noon = tick(day, 12)
    services.change_settings(organization=organization, by=org_admin, at=noon, reminder_hour=9)
    assert series_of(certificate)[reminder] == ("pending", "")
    tick(day, 12, 30)
    row = RenewalReminder.objects.get(certificate=certificate, reminder_type=reminder)
    assert (row.notification_id is not None, row.coordinator_notified) == (True, True)


def test_another_hour_takes_nothing_away_that_is_due_and_undecided(issue, organization, org_admin):
    certificate = issue(100)
    day = certificate.expires_on - timedelta(days=30)
    before = tick(day, 7)
    late = before + timedelta(hours=5)  # nobody has decided what was due at eight
    services.change_settings(organization=organization, by=org_admin, at=late, reminder_hour=6)
    services.process_due(at=late)
    assert RenewalReminder.objects.get(reminder_type="30_days_before").notification_id is not None


def test_other_days_take_away_what_waits_and_add_what_is_to_come(issue, course, org_admin, now):
    certificate = issue(100)
    services.change_type(type=course, by=org_admin, at=now, reminder_days=[30, 7])
    assert list(series_of(certificate)) == ["30_days_before", "7_days_before", "on_expiry"]
    tick(certificate.expires_on - timedelta(days=30))
    later = tick(certificate.expires_on - timedelta(days=20))
    services.change_type(type=course, by=org_admin, at=later, reminder_days=[60, 30, 14, 1])
    assert series_of(certificate) == {
        "60_days_before": ("cancelled", "past_at_entry"),
        "30_days_before": ("pending", ""),
        "14_days_before": ("pending", ""),
        "1_day_before": ("pending", ""),
        "on_expiry": ("pending", ""),
    }
    services.change_type(type=course, by=org_admin, at=later, reminder_days=[1, 14, 30, 60])
    assert RenewalReminder.objects.filter(certificate=certificate).count() == 5


def test_a_code_is_used_once_and_what_the_model_does_not_allow_is_refused(organization, course, org_admin, now):
    add = {"organization": organization, "name": "Another", "by": org_admin, "at": now}
    with pytest.raises(services.CodeTaken):
        services.add_type(code="basic", **add)
    assert services.add_type(code="advanced", validity_months=None, **add).reminder_days == [90, 60, 30, 14, 7, 1]
