"""Sixteen threads at work for one mentor: contact date, duplicates and numbers are exact."""

import random
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import Error

from accounts.enums import Role
from accounts.local_time import local_date
from accounts.services import change_organization
from mentoring.enums import Duplicate, Source
from mentoring.models import Activity, Assignment
from mentoring.services import PossibleDuplicate, open_assignment, record_activity
from tests.factories import (
    ActivityTypeFactory,
    AssignmentFactory,
    CareAreaFactory,
    ContactFactory,
    MembershipFactory,
    OrganizationFactory,
)

THREADS = 16
NOW = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)


@pytest.fixture
def pair(transactional_db):
    return AssignmentFactory(organization=OrganizationFactory(modules=[]))


@pytest.fixture
def visit(transactional_db):
    return ActivityTypeFactory()


def test_sixteen_who_record_the_same_thing_record_it_once_each_day(pair, visit):
    """Each of 16 phones sends the same 20 days, each in an order of its own."""
    days = [NOW - timedelta(days=day) for day in range(1, 21)]

    def record_all(thread):
        outcomes = []
        for moment in random.Random(thread).sample(days, len(days)):
            try:
                record(pair, visit, moment + timedelta(minutes=thread))
                outcomes.append("recorded")
            except PossibleDuplicate:
                outcomes.append("refused")
        return outcomes

    outcomes = Counter(outcome for each in in_threads(record_all) for outcome in each)

    assert outcomes == {"recorded": 20, "refused": 20 * (THREADS - 1)}
    assert Activity.objects.count() == len(set(Activity.objects.values_list("local_date"))) == 20
    assert contact_date(pair) == max(Activity.objects.values_list("occurred_at", flat=True))


def test_sixteen_who_record_different_days_in_any_order_leave_the_latest_contact(pair, visit):
    def record_many(thread):
        chance = random.Random(thread)
        for number in range(20):
            moment = NOW - timedelta(days=1 + thread * 20 + number, minutes=chance.randrange(600))
            record(pair, visit, moment, reached=chance.random() < 0.7)

    in_threads(record_many)

    reached = Activity.objects.filter(reached=True).values_list("occurred_at", flat=True)
    assert Activity.objects.filter(duplicate=Duplicate.NONE).count() == THREADS * 20
    assert contact_date(pair) == max(reached)


def test_a_phone_that_sends_the_same_recording_sixteen_times_at_once_has_recorded_it_once(pair, visit):
    key = pair.pk

    def send(thread):
        return record(pair, visit, NOW - timedelta(days=1), client_id=key)

    recorded = in_threads(send)

    assert len({each.activity.pk for each in recorded}) == 1
    assert sum(each.created for each in recorded) == 1


def test_sixteen_assignments_opened_at_once_are_numbered_without_a_gap(pair):
    caring = MembershipFactory(organization=pair.organization, role=Role.COORDINATOR)
    CareAreaFactory(membership=caring, local_association=pair.local_association)
    contacts = [
        ContactFactory(organization=pair.organization, local_association=pair.local_association) for _ in range(THREADS)
    ]

    def open_one(thread):
        return open_assignment(
            mentor=pair.mentor,
            contact=contacts[thread],
            coordinator=caring.user,
            start_date=NOW.date(),
            by=caring.user,
            at=NOW,
        )

    in_threads(open_one)

    assert sorted(Assignment.objects.values_list("sequence", flat=True)) == list(range(1, THREADS + 2))


def test_what_is_recorded_while_the_time_zone_changes_is_on_a_day_of_the_new_one(pair, visit):
    """Fifteen record what happened shortly before midnight in Oslo, one moves the organisation to Tokyo and back."""

    def record_or_move(thread):
        if thread == 0:
            for zone in ["Asia/Tokyo", "Europe/Oslo"] * 5 + ["Asia/Tokyo"]:
                change_organization(organization=pair.organization, by=None, at=NOW, time_zone=zone)
            return
        for number in range(20):
            record(pair, visit, NOW.replace(hour=22) - timedelta(days=1 + thread * 20 + number), on_duplicate="flag")

    in_threads(record_or_move)

    assert Activity.objects.count() == 20 * (THREADS - 1)
    moments = Activity.objects.values_list("occurred_at", "local_date")
    assert all(day == local_date(moment, "Asia/Tokyo") for moment, day in moments)


@pytest.mark.control
def test_control_without_the_mentors_lock_the_same_thing_is_recorded_more_than_once(pair, visit):
    def look_then_write(thread):
        moment = NOW - timedelta(days=1, minutes=thread)
        meet()
        with transaction.atomic():
            same_day = Activity.objects.filter(mentor=pair.mentor, local_date=local_date(moment, "Europe/Oslo"))
            if not same_day.exists():
                time.sleep(0.3)  # so that the others get as far
                write_activity(pair, visit, moment)

    meet = threading.Barrier(THREADS).wait
    in_threads(look_then_write)
    assert Activity.objects.count() > 1


@pytest.mark.control
def test_control_setting_the_contact_date_without_looking_moves_it_back(pair, visit):
    def write_and_set(thread):
        moment = NOW - timedelta(days=1 + thread)
        meet()
        with transaction.atomic():
            write_activity(pair, visit, moment)
            Assignment.objects.filter(pk=pair.pk).update(last_contact_date=moment)

    wrong = 0
    for _ in range(5):
        Activity.objects.all().delete()
        meet = threading.Barrier(THREADS).wait
        in_threads(write_and_set)
        wrong += contact_date(pair) != max(Activity.objects.values_list("occurred_at", flat=True))
    assert wrong > 0


@pytest.mark.control
def test_control_counting_and_then_numbering_gives_a_number_twice(pair):
    contacts = [
        ContactFactory(organization=pair.organization, local_association=pair.local_association) for _ in range(THREADS)
    ]
    refused = []

    def count_then_number(thread):
        meet()
        number = Assignment.objects.filter(mentor=pair.mentor).count() + 1
        time.sleep(0.3)  # so that the others get as far
        try:
            Assignment.objects.create(
                organization=pair.organization,
                mentor=pair.mentor,
                contact=contacts[thread],
                coordinator=pair.coordinator,
                local_association=pair.local_association,
                start_date=NOW.date(),
                sequence=number,
            )
        except Error as error:
            refused.append(error)

    meet = threading.Barrier(THREADS).wait
    in_threads(count_then_number)
    assert len(refused) > 0


def record(pair, visit, moment, **facts):
    return record_activity(
        mentor_id=pair.mentor_id,
        by=None,
        at=NOW,
        source=Source.SELF,
        type_id=visit.pk,
        assignment_id=pair.pk,
        occurred_at=moment,
        **facts,
    )


def write_activity(pair, visit, moment):
    Activity.objects.create(
        organization=pair.organization,
        mentor=pair.mentor,
        contact=pair.contact,
        assignment=pair,
        local_association=pair.local_association,
        type=visit,
        occurred_at=moment,
        local_date=local_date(moment, "Europe/Oslo"),
        recorded_at=NOW,
        source=Source.SELF,
    )


def contact_date(pair):
    return Assignment.objects.get(pk=pair.pk).last_contact_date


def in_threads(work):
    """Run `work(thread number)` in all threads at once; an error in one fails the test."""
    results, errors = [], []

    def run(thread):
        try:
            results.append(work(thread))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return results
