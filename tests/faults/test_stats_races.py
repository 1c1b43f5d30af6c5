"""Sixteen threads at work for one mentor: the figures are exact, and without the lock they are not."""

import random
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from accounts.enums import Role
from achievements.models import MentorStats
from achievements.services import preview_recompute, recompute_stats
from mentoring.enums import Source
from mentoring.models import Activity
from mentoring.services import (
    correct_activity,
    delete_activity,
    delete_assignment,
    open_assignment,
    record_activity,
)
from tests.factories import (
    ActivityTypeFactory,
    AssignmentFactory,
    CareAreaFactory,
    ContactFactory,
    MembershipFactory,
    OrganizationFactory,
)
from tests.faults.test_races import THREADS, in_threads

NOW = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)


@pytest.fixture
def pair(transactional_db):
    return AssignmentFactory(organization=OrganizationFactory(modules=["achievements-gamification"]))


@pytest.fixture
def visit(transactional_db):
    return ActivityTypeFactory()


@pytest.fixture
def caring(pair):
    made = MembershipFactory(organization=pair.organization, role=Role.COORDINATOR)
    CareAreaFactory(membership=made, local_association=pair.local_association)
    return made.user


def record(pair, visit, days):
    return record_activity(
        mentor_id=pair.mentor_id,
        by=None,
        at=NOW,
        source=Source.SELF,
        on_duplicate="distinct",
        type_id=visit.pk,
        assignment_id=pair.pk,
        occurred_at=NOW - timedelta(days=days),
    ).activity


def test_sixteen_who_record_at_once_are_counted_one_by_one(pair, visit):
    def record_many(thread):
        for number in range(20):
            # Half of them the same few days, in order; half of them anywhere in the past.
            record(pair, visit, 1 if number % 2 else random.Random(f"{thread}-{number}").randint(1, 90))

    in_threads(record_many)

    stats = MentorStats.objects.get(mentor=pair.mentor)
    assert (stats.activity_count, stats.minutes) == (THREADS * 20, THREADS * 20 * 30)
    assert preview_recompute(mentors=[pair.mentor_id]) == []


def test_whatever_sixteen_do_to_one_mentor_while_others_recompute_the_figures_are_exact(pair, visit, caring):
    contacts = [
        ContactFactory(organization=pair.organization, local_association=pair.local_association) for _ in range(THREADS)
    ]

    def work(thread):
        chance = random.Random(thread)
        own = open_assignment(
            mentor=pair.mentor, contact=contacts[thread], coordinator=caring, start_date=NOW.date(), by=caring, at=NOW
        )
        for _ in range(5):
            activity = record(own, visit, chance.randint(0, 30))
            if chance.random() < 0.3:
                delete_activity(activity=activity, by=caring, at=NOW)
            elif chance.random() < 0.5:
                correct_activity(activity=activity, by=caring, at=NOW, minutes=chance.randint(1, 99))
            if thread % 4 == 0:
                recompute_stats(organization=pair.organization)
        if thread % 2:
            delete_assignment(assignment=own, by=caring, at=NOW)

    in_threads(work)

    assert preview_recompute(mentors=[pair.mentor_id]) == []
    stats = MentorStats.objects.get(mentor=pair.mentor)
    assert stats.activity_count == Activity.objects.countable().filter(mentor=pair.mentor).count()
    assert stats.assignment_count == 1 + THREADS // 2


@pytest.mark.control
def test_control_reading_the_figures_and_writing_them_back_loses_some(pair, visit):
    record(pair, visit, 1)

    def read_then_write(thread):
        meet()
        with transaction.atomic():
            stats = MentorStats.objects.get(mentor=pair.mentor)
            time.sleep(0.2)  # so that the others get as far
            stats.activity_count += 1
            stats.save(update_fields=["activity_count"])

    meet = threading.Barrier(THREADS).wait
    in_threads(read_then_write)
    assert MentorStats.objects.get(mentor=pair.mentor).activity_count < 1 + THREADS
