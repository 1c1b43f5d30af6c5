"""The figures of a mentor are read from one index and nothing else."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection

from achievements import figures
from mentoring.models import Activity
from tests.factories import LONG_AGO, ActivityFactory, AssignmentFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def busy():
    """A mentor among others, with 400 activities, some of which do not count; as vacuum leaves them."""
    with connection.cursor() as cursor:  # vacuum knows of a commit when it is on disk, which tests do not wait for
        cursor.execute("SET synchronous_commit = on")
    pairs = [AssignmentFactory() for _ in range(8)]
    first = ActivityFactory(assignment=pairs[0])
    Activity.objects.bulk_create(
        Activity(
            organization_id=pair.organization_id,
            mentor_id=pair.mentor_id,
            contact_id=pair.contact_id,
            assignment=pair,
            type=first.type,
            occurred_at=LONG_AGO,
            local_date=date(2024, 1, 1) + timedelta(days=number),
            minutes=30,
            recorded_at=LONG_AGO,
            source="self",
            duplicate="suspected" if number % 9 == 0 else "distinct",
        )
        for number in range(400)
        for pair in pairs
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE mentoring_activity")
        cursor.execute("RESET synchronous_commit")
    return pairs[0].mentor


def plan_of(statement: str, values: dict) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}", values)
        return "\n".join(row[0] for row in cursor.fetchall())


def test_deriving_a_mentor_reads_the_covering_index_and_no_row(busy):
    plan = plan_of(f"{figures.DERIVED} AND mentor.id = ANY(%(mentors)s)", {"mentors": [busy.pk]})
    scans = re.findall(r"(\w[\w ]*Scan)(?: using (\w+))? on mentoring_activity ", plan)
    assert scans == [("Index Only Scan", "activity_of_mentor")], plan
    fetches = re.search(r"Index Only Scan using activity_of_mentor on .*?Heap Fetches: (\d+)", plan, re.DOTALL)
    assert fetches is not None, plan
    assert fetches[1] == "0", plan
    assert not re.search(r"Sort Key: .*local_date", plan), plan


def test_what_could_be_a_duplicate_is_still_found_by_that_index(busy):
    twins = Activity.objects.present().filter(mentor=busy, local_date=date(2024, 5, 1))
    twins = twins.exclude(status="rejected").exclude(duplicate="duplicate")
    sql, params = twins.values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (COSTS OFF) {sql}", params)
        assert "activity_of_mentor" in "\n".join(row[0] for row in cursor.fetchall())
