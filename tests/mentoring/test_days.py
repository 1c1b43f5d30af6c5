"""An organisation's time zone changes: its activities were on the days of the new one."""

from datetime import UTC, date, datetime

import pytest

from accounts.services import change_organization
from mentoring.enums import Duplicate, Source
from mentoring.models import Activity
from mentoring.services import record_activity
from mentoring.services.days import redate_activities
from operations.duties import check
from tests.factories import ActivityFactory, ActivityTypeFactory, AssignmentFactory

pytestmark = pytest.mark.django_db

#: Half past eleven in the evening in Oslo; in Tokyo it is the next morning.
LATE = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
NEXT_NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


@pytest.fixture
def pair(organization, mentor):
    return AssignmentFactory(organization=organization, mentor=mentor)


def recorded(pair, moment, kind, at):
    return record_activity(
        mentor_id=pair.mentor_id,
        by=None,
        at=at,
        source=Source.SELF,
        type_id=kind.pk,
        assignment_id=pair.pk,
        occurred_at=moment,
    ).activity


def days() -> dict:
    return dict(Activity.objects.values_list("occurred_at", "local_date"))


def broken(at) -> set[str]:
    return {one.invariant.name for one in check(at=at) if not one.holds and one.invariant.name.startswith("activity")}


def test_every_activity_is_dated_anew_and_those_of_others_are_not(pair, organization, org_admin, foreign, now):
    visit = ActivityTypeFactory()
    recorded(pair, LATE, visit, now)
    theirs = foreign.activity.local_date
    change_organization(organization=organization, by=org_admin, at=now, time_zone="Asia/Tokyo")
    mine = Activity.objects.get(mentor=pair.mentor)
    assert (mine.local_date, mine.updated_at) == (date(2026, 3, 2), now)
    assert Activity.objects.get(pk=foreign.activity.pk).local_date == theirs
    assert "activity_date_is_local" not in broken(now)
    change_organization(organization=organization, by=org_admin, at=now, time_zone="Europe/Oslo")
    assert Activity.objects.get(mentor=pair.mentor).local_date == date(2026, 3, 1)


def test_two_visits_of_two_days_that_become_one_day_still_count_as_two(pair, organization, org_admin, now):
    visit = ActivityTypeFactory()
    recorded(pair, LATE, visit, now)
    recorded(pair, NEXT_NOON, visit, now)
    change_organization(organization=organization, by=org_admin, at=now, time_zone="Asia/Tokyo")
    assert days() == {LATE: date(2026, 3, 2), NEXT_NOON: date(2026, 3, 2)}
    assert Activity.objects.countable().count() == 2
    assert set(Activity.objects.values_list("duplicate", flat=True)) == {Duplicate.DISTINCT, Duplicate.NONE}
    assert broken(now) == set()


def test_what_is_suspected_already_stays_so(pair, organization, org_admin, now):
    visit = ActivityTypeFactory()
    ActivityFactory(assignment=pair, type=visit, occurred_at=LATE, local_date=date(2026, 3, 1), duplicate="suspected")
    change_organization(organization=organization, by=org_admin, at=now, time_zone="Asia/Tokyo")
    assert Activity.objects.get().duplicate == Duplicate.SUSPECTED


def test_it_is_one_statement_however_many(pair, organization, org_admin, now, django_assert_num_queries):
    visit = ActivityTypeFactory()
    for day in range(1, 9):
        recorded(pair, LATE.replace(day=day, month=2), visit, now)
    organization.time_zone = "Asia/Tokyo"
    with django_assert_num_queries(1):
        assert redate_activities(organization=organization, at=now) == 8
