"""Corrections while four recompute: a summary that says `ready` is right, and with a plain flag it is not."""

import os
import random
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from achievements import yearly
from achievements.models import AnnualSummary
from achievements.services import generate_pending, mark_years
from mentoring.models import Activity
from mentoring.services import correct_activity
from tests.factories import ActivityFactory, AssignmentFactory, OrganizationFactory
from tests.faults.test_races import THREADS, in_threads

NOW = datetime(2026, 4, 2, 11, 0, tzinfo=UTC)

#: How many corrections there are in all; the large proof is CORRECTIONS=10000 in the environment.
CORRECTIONS = int(os.environ.get("CORRECTIONS", 480))
RECOMPUTING = 4
CORRECTING = THREADS - RECOMPUTING


@pytest.fixture
def visits(transactional_db):
    """Ten visits each of four mentors, in both years."""
    organization = OrganizationFactory(modules=["achievements-gamification"])
    pairs = [AssignmentFactory(organization=organization) for _ in range(4)]
    first = date(2024, 12, 20)
    return [
        ActivityFactory(
            assignment=pair,
            local_date=first + timedelta(days=2 * number),
            occurred_at=datetime(2024, 12, 20, 12, tzinfo=UTC) + timedelta(days=2 * number),
        )
        for pair in pairs
        for number in range(12)
    ]


def wrong() -> list:
    """Summaries that say that they are ready and are not what is derived, in one picture of the database."""
    with connection.cursor() as cursor:
        cursor.execute(yearly.ready_and_wrong_sql(), {"at": NOW})
        return cursor.fetchall()


@pytest.mark.slow
def test_whatever_is_corrected_while_four_recompute_no_summary_is_ready_and_wrong(visits):
    done = threading.Event()
    correcting = [CORRECTING]
    lock = threading.Lock()
    found = []

    def work(thread):
        if thread >= CORRECTING:
            while not done.is_set():
                generate_pending(at=NOW, limit=3)
                found.extend(wrong() if thread == CORRECTING else [])
                connection.close()  # as a request does: the pool has fewer than there are threads
            return
        chance = random.Random(thread)
        try:
            for _ in range(CORRECTIONS // CORRECTING):
                moment = datetime(2024, 12, 20, 12, tzinfo=UTC) + timedelta(days=chance.randint(0, 24))
                changes = {"minutes": chance.randint(1, 999)}
                if chance.random() < 0.3:
                    changes["occurred_at"] = moment
                correct_activity(activity=chance.choice(visits), by=None, at=NOW, on_duplicate="distinct", **changes)
                connection.close()
        finally:
            with lock:
                correcting[0] -= 1
                if not correcting[0]:
                    done.set()

    in_threads(work)
    while generate_pending(at=NOW):
        pass
    assert found == []
    assert wrong() == []
    assert not AnnualSummary.objects.exclude(generation_status="ready").exists()
    assert sum(AnnualSummary.objects.values_list("total_activities", flat=True)) == len(visits)


@pytest.mark.control
def test_control_a_flag_that_is_set_and_cleared_says_ready_of_what_is_not(visits):
    activity = visits[0]
    key = (activity.mentor_id, activity.local_date.year)
    mark_years(years=[key])
    generate_pending(at=NOW)
    derived = yearly.derive(key[1], [key[0]])[activity.mentor.user_id]
    # The correction comes when the numbers are known and not written yet.
    Activity.objects.filter(pk=activity.pk).update(minutes=999)
    mark_years(years=[key])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE achievements_annualsummary SET total_hours = %s, generation_status = 'ready',"
            " done_version = requested_version WHERE user_id = %s AND year = %s",
            [derived["total_hours"], activity.mentor.user_id, key[1]],
        )
    assert len(wrong()) == 1
