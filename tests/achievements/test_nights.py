"""The night's evaluation: once for each local night, whatever the clocks do and however many beats there are."""

import threading
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection

from accounts.models import Organization
from achievements import services, tasks
from achievements.enums import EvaluationKind
from achievements.models import BadgeEvaluation, BadgeNight, EarnedBadge
from achievements.services import nights
from notifications.models import Notification
from tests.achievements.conftest import record, threshold
from tests.factories import ActivityFactory, OrganizationFactory
from tests.faults.test_races import THREADS, in_threads

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_other_badges")]

OSLO = ZoneInfo("Europe/Oslo")
#: Where the clock is put forward from two to three, and back from three to two.
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@pytest.fixture
def unnoticed(pair, define):
    """A badge that somebody has earned and nobody has awarded."""
    badge = define("one", threshold("activities", 1))
    ActivityFactory(assignment=pair, occurred_at=datetime(2026, 1, 7, 12, tzinfo=UTC), local_date=date(2026, 1, 7))
    services.recompute_stats(mentors=[pair.mentor_id])
    return badge


def logged():
    return [(row.organization_id, row.evaluated_at) for row in BadgeEvaluation.objects.order_by("evaluated_at")]


def ring(at):
    """What beat does."""
    with time_machine.travel(at, tick=False):
        tasks.evaluate_badges()


def test_the_task_evaluates_each_organisation_once_from_two_at_night_where_it_is(organization, unnoticed):
    azores = OrganizationFactory(time_zone="Atlantic/Azores")  # two hours behind Oslo
    OrganizationFactory(modules=[])
    noon = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
    ring(noon)  # nobody has looked at either yet
    begin = datetime(2026, 3, 11, 0, 59, tzinfo=UTC)  # 01:59 in Oslo
    for minutes in (0, 1, 2, 61, 122, 900):
        ring(begin + timedelta(minutes=minutes))
    assert sorted(logged()[:2]) == sorted([(organization.pk, noon), (azores.pk, noon)])
    assert logged()[2:] == [
        (organization.pk, begin + timedelta(minutes=1)),
        (azores.pk, begin + timedelta(minutes=122)),
    ]
    assert EarnedBadge.objects.get().definition == unnoticed
    assert set(BadgeEvaluation.objects.values_list("kind", "by")) == {("nightly", None)}
    assert set(BadgeNight.objects.values_list("night", "claimed_at")) == {(date(2026, 3, 11), None)}


def test_after_three_days_without_beat_one_night_is_made_up(organization, unnoticed):
    night = datetime(2026, 3, 11, 3, tzinfo=UTC)
    ring(night)
    for hours in range(5):
        ring(night + timedelta(days=3, hours=hours))
    assert logged() == [(organization.pk, night), (organization.pk, night + timedelta(days=3))]


def test_what_staff_ask_for_does_not_stand_for_the_night(organization):
    night = datetime(2026, 3, 11, 3, tzinfo=UTC)
    services.evaluate_organization(organization_id=organization.pk, at=night, kind=EvaluationKind.REQUEST)
    ring(night)
    assert BadgeEvaluation.objects.filter(kind="nightly").count() == 1


@pytest.mark.parametrize(
    ("before", "first"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),  # 01:59, then 03:00
        (datetime(2026, 10, 24, 23, 59, tzinfo=UTC), datetime(2026, 10, 25, 0, 0, tzinfo=UTC)),  # 01:59, then 02:00
    ],
    ids=["spring", "autumn"],
)
def test_a_night_whose_two_oclock_is_missing_or_comes_twice_is_evaluated_once(organization, before, first):
    for at in (before, first, first + timedelta(hours=1), first + timedelta(hours=2)):
        ring(at)
    assert logged() == [(organization.pk, first)]


def test_a_night_that_fails_is_tried_again_when_its_claim_has_run_out(organization, unnoticed, monkeypatch):
    night = datetime(2026, 3, 11, 3, tzinfo=UTC)

    def die(**_):
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(nights, "evaluate_organization", die)
        with pytest.raises(MemoryError):
            services.evaluate_due_organizations(at=night)
    assert services.evaluate_due_organizations(at=night + nights.LEASE - timedelta(seconds=1)) == 0
    assert services.evaluate_due_organizations(at=night + nights.LEASE) == 1
    assert services.evaluate_due_organizations(at=night + nights.LEASE + timedelta(hours=1)) == 0
    assert EarnedBadge.objects.count() == 1


# --- Two beats at once


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_sixteen_beats_at_once_evaluate_and_log_a_night_once(organization, unnoticed):
    night = datetime(2026, 3, 11, 3, tzinfo=UTC)
    together = threading.Barrier(THREADS)

    def beat(thread):
        together.wait(timeout=60)
        return services.evaluate_due_organizations(at=night + timedelta(seconds=thread))

    for day in range(3):
        night += timedelta(days=1)
        assert sum(in_threads(beat)) == 1
        assert BadgeEvaluation.objects.count() == day + 1
    assert Notification.objects.filter(kind__startswith="badge_earned").count() == EarnedBadge.objects.count() == 1


@pytest.mark.slow
@pytest.mark.control
@pytest.mark.django_db(transaction=True)
def test_control_without_the_claim_looking_at_the_log_first_logs_a_night_many_times(
    organization, unnoticed, monkeypatch
):
    night = datetime(2026, 3, 11, 3, tzinfo=UTC)
    all_have_looked = threading.Barrier(THREADS)

    def look(organization: Organization, tonight: date, at: datetime) -> bool:
        done = BadgeEvaluation.objects.filter(organization=organization, kind="nightly").exists()
        connection.close()  # the pool has fewer than there are threads
        all_have_looked.wait(timeout=60)
        return not done

    monkeypatch.setattr(nights, "_claim", look)
    in_threads(lambda thread: services.evaluate_due_organizations(at=night))
    assert BadgeEvaluation.objects.count() > 1


# --- What is earned on such a night


@pytest.mark.parametrize("change", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_a_yearly_streak_goes_on_over_the_night_on_which_the_clock_is_changed(pair, define, change):
    define("three-days", {"version": 1, "type": "streak", "unit": "day", "length": 3}, repeats="yearly")
    start = datetime.combine(change, datetime.min.time(), tzinfo=OSLO)
    late, early = start - timedelta(minutes=10), start + timedelta(minutes=10)
    # Ten to midnight the day after: 47 or 49 hours later than the first, and the third local day all the same.
    last = (start + timedelta(days=1, hours=23, minutes=50)).astimezone(UTC)
    for moment in (late, early):
        record(pair, moment.astimezone(UTC))
    assert not EarnedBadge.objects.exists()
    record(pair, last)
    earned = EarnedBadge.objects.get()
    assert (earned.period, earned.earned_at) == ("2026", last)


@pytest.mark.parametrize("change", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_both_ends_of_the_long_and_the_short_day_are_one_day(pair, define, change):
    define("two-days", {"version": 1, "type": "streak", "unit": "day", "length": 2}, repeats="yearly")
    day = datetime.combine(change, datetime.min.time(), tzinfo=OSLO)
    record(pair, day.astimezone(UTC))
    record(pair, day.replace(hour=23, minute=59).astimezone(UTC))
    assert not EarnedBadge.objects.exists()
    record(pair, (day + timedelta(days=1)).astimezone(UTC))
    assert EarnedBadge.objects.get().period == "2026"


def test_the_night_of_new_year_awards_what_the_old_year_and_the_new_one_lack(pair, define):
    define("one-a-year", threshold("activities", 1), repeats="yearly")
    eve, new = datetime(2025, 12, 31, 22, 59, tzinfo=UTC), datetime(2025, 12, 31, 23, 0, tzinfo=UTC)  # midnight in Oslo
    for moment in (eve, new):
        ActivityFactory(assignment=pair, occurred_at=moment, local_date=moment.astimezone(OSLO).date())
    services.recompute_stats(mentors=[pair.mentor_id])
    ring(datetime(2026, 1, 1, 0, 59, tzinfo=UTC))
    assert not EarnedBadge.objects.exists()
    ring(datetime(2026, 1, 1, 1, 0, tzinfo=UTC))
    assert list(EarnedBadge.objects.order_by("period").values_list("period", "earned_at")) == [
        ("2025", eve),
        ("2026", new),
    ]
    ring(datetime(2026, 1, 2, 1, 0, tzinfo=UTC))
    assert EarnedBadge.objects.count() == 2
