"""The desk reads what waits and nothing else, however much has been answered; and asks as often for many as for one."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.delivery import Delivery
from notifications.dispatch.claims import take_waiting
from notifications.models import Notification
from tests.conftest import api_client
from tests.factories import CareAreaFactory, MentorProfileFactory, OrganizationFactory, ReflectionFactory
from timeline.kinds import ANSWERS_LATE
from timeline.late import limits_at, whom_to_tell
from timeline.messages import compose_late
from timeline.promises import promise_of
from timeline.services import tell_due_organizations

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
INDEX = "entry_awaiting_answer"

#: Answered lines of one mentor, among which the few that wait must be found.
_ANSWERED = """
INSERT INTO timeline_timelineentry (id, organization_id, mentor_id, activity_type, occurred_at, time_zone,
    requires_response, response_status, responded_at, source_table, source_id)
SELECT varde_uuid7(), %(organization)s, %(mentor)s, 'text_reflection', %(at)s - n * interval '1 hour', 'Europe/Oslo',
       true, 'responded', %(at)s - n / 3 * interval '1 hour', 'training_reflection', varde_uuid7()
FROM generate_series(1, 20000) n
"""


@pytest.fixture
def crowd(organization, mentor, coordinator):
    """Twenty thousand that have been answered, and six that wait."""
    for hours in range(6):
        ReflectionFactory(mentor=mentor, written_at=NOW - timedelta(days=9, hours=hours))
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, {"organization": organization.pk, "mentor": mentor.pk, "at": NOW})
        cursor.execute("ANALYZE")  # all: what is guessed of the small tables decides, too
    return organization


def plan_of(statements: CaptureQueriesContext) -> str:
    (statement,) = (each["sql"] for each in statements if "timeline_timelineentry" in each["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(row[0] for row in cursor.fetchall())


def test_the_list_walks_the_index_of_what_waits(crowd, coordinator):
    client = api_client(coordinator)
    with time_machine.travel(NOW, tick=False), CaptureQueriesContext(connection) as made:
        assert len(client.get("/api/v1/answer-desk").json()["data"]) == 6
    assert INDEX in plan_of(made)


@pytest.mark.parametrize("who", ["coordinator", "org_admin"])
def test_the_list_of_what_was_answered_reads_the_newest_and_no_more(crowd, request, who):
    """Among twenty thousand answers, on the first page and further on."""
    client, query = api_client(request.getfixturevalue(who)), {"status": "answered"}
    for __ in range(2):
        with CaptureQueriesContext(connection) as made:
            page = client.get("/api/v1/answer-desk", query).json()
        assert len(page["data"]) == 20
        plan = plan_of(made)
        assert "entry_answered" in plan, plan
        assert "Sort" not in plan, plan
        assert "Seq Scan on timeline_timelineentry" not in plan, plan
        query["cursor"] = page["pagination"]["next"]


def test_the_morning_walks_the_index_of_what_waits(crowd):
    limits = {crowd.pk: limits_at(NOW, promise_of(crowd.pk))}
    with CaptureQueriesContext(connection) as made:
        (late,) = whom_to_tell(limits)
    assert (late.overdue, late.escalated) == (6, 6)
    assert INDEX in plan_of(made)


def test_a_batch_of_several_organisations_is_composed_with_as_many_queries_as_one(organization, mentor, coordinator):
    def batch(organizations: int) -> list[Delivery]:
        for __ in range(organizations):
            other = OrganizationFactory()
            area = CareAreaFactory(membership__organization=other, local_association__organization=other)
            learner = MentorProfileFactory(organization=other, local_association=area.local_association)
            ReflectionFactory(mentor=learner, written_at=NOW - timedelta(days=9))
        tell_due_organizations(at=NOW)
        return take_waiting("email", limit=50, at=NOW, lease=timedelta(minutes=5))

    def queries(deliveries: list[Delivery], expected: int) -> int:
        with CaptureQueriesContext(connection) as made:
            assert len(compose_late(deliveries)) == expected
        return len(made)

    few = queries(batch(1), 1)
    Notification.objects.filter(kind=ANSWERS_LATE).delete()
    assert queries(batch(4), 4) == few
