"""When reminders fire, and which of several speaks: the mathematics, and that the SQL says the same."""

from calendar import SUNDAY
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.local_time import moment_at
from certifications import due, lapses, rules
from certifications.enums import EXPIRY_TYPES, ReminderType
from certifications.models import CertificationSettings, RenewalReminder
from certifications.rules import Slot
from tests.factories import CertificateFactory, CertificationTypeFactory, MentorProfileFactory, OrganizationFactory

OSLO = "Europe/Oslo"
#: One that skipped a day, one that moves its clocks by half an hour, one without summer time, one that is far behind …
ZONES = [
    OSLO, "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tehran", "Pacific/Apia",
    "Australia/Lord_Howe", "Asia/Tokyo", "Pacific/Honolulu",
]  # fmt: skip
DAYS_BEFORE = {
    "90_days_before": 90, "60_days_before": 60, "30_days_before": 30, "14_days_before": 14, "7_days_before": 7,
    "1_day_before": 1, "on_expiry": 0,
}  # fmt: skip

hours = st.integers(rules.EARLIEST_HOUR, rules.LATEST_HOUR)
days = st.dates(date(2012, 1, 1), date(2060, 12, 31))
quietly = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def last_sunday(year: int, month: int) -> date:
    end = date(year, month, 31)
    return end - timedelta(days=(end.weekday() - SUNDAY) % 7)


def eight_in_oslo(day: date) -> datetime:
    """The European rule written out, without a time zone database."""
    is_summer = last_sunday(day.year, 3) <= day < last_sunday(day.year, 10)
    return datetime(day.year, day.month, day.day, 6 if is_summer else 7, tzinfo=UTC)


# --- The series -------------------------------------------------------------------------------------------------------


def test_on_every_day_of_twenty_one_years_every_reminder_comes_on_its_day_at_eight_once_and_before_the_expiry():
    day, seen = date(2020, 1, 1), 0
    while day <= date(2040, 12, 31):
        slots = rules.series(day, OSLO, 8)
        assert {slot.reminder_type: slot.scheduled_at for slot in slots} == {
            name: eight_in_oslo(day - timedelta(days=before)) for name, before in DAYS_BEFORE.items()
        }, day
        assert len(slots) == 7
        assert all(earlier.scheduled_at < later.scheduled_at for earlier, later in pairwise(slots))
        assert all(slot.scheduled_at < rules.expiry_moment(day, OSLO) for slot in slots[:-1])
        seen += len(slots)
        day += timedelta(days=1)
    assert seen == 7 * 7671


@pytest.mark.parametrize("hour", range(rules.EARLIEST_HOUR, rules.LATEST_HOUR + 1))
@pytest.mark.parametrize(
    "night", [date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 29), date(2026, 1, 1), date(2025, 12, 31)]
)
def test_when_the_clocks_change_on_leap_days_and_at_new_year_the_hour_is_the_local_one(night, hour):
    for before in DAYS_BEFORE.values():
        fired = [
            slot.scheduled_at.astimezone(ZoneInfo(OSLO))
            for slot in rules.series(night + timedelta(days=before), OSLO, hour)
        ]
        assert [moment for moment in fired if moment.date() == night] == [
            datetime.combine(night, time(hour), ZoneInfo(OSLO))
        ]


@given(expires_on=days, hour=hours, zone=st.sampled_from(ZONES), offsets=st.sets(st.sampled_from(list(rules.OFFSETS))))
def test_in_any_zone_at_any_hour_each_wanted_reminder_comes_once_on_its_local_day(expires_on, hour, zone, offsets):
    slots = rules.series(expires_on, zone, hour, offsets)
    local = [slot.scheduled_at.astimezone(ZoneInfo(zone)) for slot in slots]
    wanted = [expires_on - timedelta(days=before) for before in [*sorted(offsets, reverse=True), 0]]
    assert [(moment.date(), moment.hour, moment.minute) for moment in local] == [(day, hour, 0) for day in wanted]
    assert all(slot.scheduled_at < rules.expiry_moment(expires_on, zone) for slot in slots[:-1])
    assert slots[-1].reminder_type == ReminderType.ON_EXPIRY


@given(expires_on=days, zone=st.sampled_from(ZONES))
def test_a_certificate_expires_as_its_day_begins(expires_on, zone):
    moment = rules.expiry_moment(expires_on, zone)
    assert moment.astimezone(ZoneInfo(zone)).date() == expires_on
    assert (moment - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date() < expires_on


# --- Expiry dates -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issued_on", "months", "expires_on"),
    [
        (date(2024, 8, 31), 6, date(2025, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2024, 12, 31), 2, date(2025, 2, 28)),
        (date(2024, 11, 30), 1, date(2024, 12, 30)),
        (date(2024, 12, 15), 24, date(2026, 12, 15)),
        (date(2024, 5, 2), None, None),
    ],
)
def test_months_end_where_they_end(issued_on, months, expires_on):
    assert rules.expiry_date(issued_on, months) == expires_on


@given(issued_on=days, months=st.integers(1, 600))
def test_the_expiry_date_is_the_calendars(issued_on, months):
    assert rules.expiry_date(issued_on, months) == issued_on + relativedelta(months=months)


# --- What speaks ------------------------------------------------------------------------------------------------------


def slot(reminder_type: str, day: int) -> Slot:
    return Slot(ReminderType(reminder_type), datetime(2026, 3, day, 7, tzinfo=UTC))


def test_of_what_is_due_only_the_most_urgent_speaks_and_the_coordinators_are_told_all_the_same():
    decision = rules.decide([slot("14_days_before", 20), slot("30_days_before", 4), slot("7_days_before", 27)])
    assert decision.speaks == slot("7_days_before", 27)
    assert decision.overtaken == [slot("30_days_before", 4), slot("14_days_before", 20)]
    assert decision.tells_coordinator == slot("30_days_before", 4)


def test_the_expiry_outranks_what_comes_due_with_it():
    decision = rules.decide([slot("on_expiry", 4), slot("1_day_before", 4)])
    assert decision.speaks == slot("on_expiry", 4)


def test_when_nothing_is_due_nothing_speaks():
    assert rules.decide([]) == rules.Decision(None, [], None)


AT = datetime(2026, 3, 11, 11, tzinfo=UTC)
#: Hours from now at which reminders of a made-up series lie; a few only, so that some lie on the same moment.
moments = st.sampled_from([-72, -48, -24, -1, 0, 1, 24])
made_up_series = st.dictionaries(st.sampled_from(list(ReminderType)), moments, max_size=8)


@quietly
@given(made_up=st.lists(made_up_series, min_size=1, max_size=4))
def test_the_statement_decides_as_the_rule_does(made_up, organization, coordinator, local_association):
    mentor = MentorProfileFactory(organization=organization, local_association=local_association)
    decisions, rows = [], []
    for wanted in made_up:
        certificate = CertificateFactory(
            mentor=mentor,
            organization=organization,
            type=CertificationTypeFactory(organization=organization, required_for_active=False),
            expires_at=AT + timedelta(days=2),
        )
        series = [
            RenewalReminder(
                organization=organization,
                certificate=certificate,
                user=mentor.user,
                reminder_type=reminder_type,
                scheduled_at=AT + timedelta(hours=hours),
                certificate_expiry_date=certificate.expires_at,
            )
            for reminder_type, hours in wanted.items()
        ]
        rows += series
        series.sort(key=lambda row: row.pk)  # of two that lie on the same moment the later made speaks
        slots = [Slot(ReminderType(row.reminder_type), row.scheduled_at) for row in series if row.scheduled_at <= AT]
        decisions.append((certificate.pk, rules.decide(slots)))
    RenewalReminder.objects.bulk_create(rows)

    due.hand_over([mentor.pk], at=AT)

    for certificate, decision in decisions:
        stored = RenewalReminder.objects.filter(certificate=certificate)
        assert types(stored.filter(notification__isnull=False)) == names([decision.speaks])
        assert types(stored.filter(status="cancelled", failure_reason="overtaken")) == names(decision.overtaken)
        assert types(stored.filter(coordinator_notified=True)) == names([decision.tells_coordinator])
        assert not stored.due(AT).exists()


def types(rows) -> set[str]:
    return set(rows.values_list("reminder_type", flat=True))


def names(slots) -> set[str]:
    return {str(slot.reminder_type) for slot in slots if slot}


def test_the_expiry_types_are_those_that_come_when_it_has_expired():
    assert set(EXPIRY_TYPES) == set(ReminderType) - set(rules.OFFSETS.values())


# --- From when on a lapse pauses --------------------------------------------------------------------------------------


@quietly
@given(expires_on=days, grace=st.integers(0, 365), zone=st.sampled_from(ZONES), hour=st.none() | hours)
def test_the_statement_pauses_from_the_rules_moment_on(expires_on, grace, zone, hour, db):
    organization = OrganizationFactory(time_zone=zone, modules=[])
    if hour is not None:
        CertificationSettings.objects.create(organization=organization, reminder_hour=hour)
    certificate = CertificateFactory(
        organization=organization,
        type=CertificationTypeFactory(organization=organization, grace_days=grace),
        expires_at=rules.expiry_moment(expires_on, zone),
    )
    moment = rules.pause_moment(expires_on, grace, zone, hour or 8)

    assert moment == moment_at(expires_on + timedelta(days=grace), time(hour or 8), zone)
    key = certificate.mentor_id
    assert lapses.unprotected([key], at=moment - timedelta(microseconds=1)) == []
    assert lapses.unprotected([key], at=moment) == [key]
