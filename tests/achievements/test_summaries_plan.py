"""Making years is one ordered pass: nothing is looped over a sub-query, joined with itself or read twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction

from accounts.enums import Role
from accounts.models import Membership, MentorProfile, User
from achievements.models import AnnualSummary, BadgeDefinition, EarnedBadge, SummaryShare
from achievements.services import generate_pending
from mentoring.models import Activity
from tests.factories import LONG_AGO, ActivityTypeFactory, ContactFactory, OrganizationFactory

pytestmark = pytest.mark.django_db(transaction=True)

#: 2025 is over.
NOW = datetime(2026, 4, 2, 11, 0, tzinfo=UTC)

#: Enough for the planner to have a choice: with a few mentors it takes a loop, whatever the statement says.
MENTORS, ACTIVITIES = 400, 20

# What is computed before it is joined, and so is computed or walked through again in every round of a loop over it.
SUB_QUERIES = {"CTE Scan", "Subquery Scan", "Aggregate", "WindowAgg", "Unique", "Function Scan"}
APART = {"InitPlan", "SubPlan"}


@pytest.fixture
def waiting():
    """Everybody's year waits; they have badges, and one has shared it: of so little, a loop looks cheap."""
    with connection.cursor() as cursor:  # vacuum knows of a commit when it is on disk, which tests do not wait for
        cursor.execute("SET synchronous_commit = on")
    organization = OrganizationFactory(modules=["achievements-gamification"])
    contacts = [ContactFactory(organization=organization) for _ in range(5)]
    types = [ActivityTypeFactory() for _ in range(5)]
    users = User.objects.bulk_create(User(email=f"mentor{number}@example.org") for number in range(MENTORS))
    Membership.objects.bulk_create(
        Membership(organization=organization, user=user, role=Role.PEER_MENTOR, granted_at=LONG_AGO) for user in users
    )
    mentors = MentorProfile.objects.bulk_create(MentorProfile(organization=organization, user=user) for user in users)
    Activity.objects.bulk_create(
        Activity(
            organization=organization,
            mentor=mentor,
            contact=contacts[(number + place) % len(contacts)],
            type=types[(number * place) % len(types)],
            occurred_at=NOW,
            local_date=date(2024, 11, 1) + timedelta(days=number * 21),
            minutes=30,
            recorded_at=NOW,
            source="self",
        )
        for number in range(ACTIVITIES)
        for place, mentor in enumerate(mentors)
    )
    definitions = BadgeDefinition.objects.bulk_create(
        BadgeDefinition(organization=organization, slug=f"badge-{number}", name="Badge", icon="x")
        for number in range(12)
    )
    EarnedBadge.objects.bulk_create(
        EarnedBadge(
            organization=organization,
            mentor=mentor,
            definition=definition,
            earned_at=NOW - timedelta(days=100 * number),
        )
        for number, definition in enumerate(definitions)
        for mentor in mentors
    )
    summary, *_ = AnnualSummary.objects.bulk_create(
        AnnualSummary(organization=organization, user=mentor.user, mentor=mentor, year=2025) for mentor in mentors
    )
    SummaryShare.objects.create(organization=organization, summary=summary, token="shared", expires_at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM mentoring_activity")
        cursor.execute("RESET synchronous_commit")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        yield
        transaction.set_rollback(True)  # what it has learned about these tables is not so for the next test


@contextmanager
def plans() -> Iterator[list[dict]]:
    """The plans of the statements within it that begin with WITH, as they are carried out."""
    found = []

    def explain(execute, sql, params, many, context):
        if sql.lstrip().startswith("WITH"):
            with transaction.atomic(), connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                found.append(cursor.fetchone()[0][0]["Plan"])
                transaction.set_rollback(True)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield found


def nodes(plan: dict, apart: bool = True) -> Iterator[dict]:
    """A node and all below it; unless `apart`, without what is computed once, whoever asks."""
    yield plan
    for child in plan.get("Plans", []):
        if apart or child["Parent Relationship"] not in APART:
            yield from nodes(child, apart)


def inner(loop: dict) -> dict:
    """What a loop begins anew in every round."""
    return next(child for child in loop["Plans"] if child["Parent Relationship"] == "Inner")


def test_a_year_is_written_by_one_statement_that_loops_over_no_sub_query(waiting):
    with plans() as found:
        assert generate_pending(at=NOW) == MENTORS
    [plan] = found
    every = list(nodes(plan))
    loops = [node for node in every if node["Node Type"] == "Nested Loop"]
    assert not SUB_QUERIES & {node["Node Type"] for loop in loops for node in nodes(inner(loop), apart=False)}
    assert not SUB_QUERIES & {node["Node Type"] for node in every if node["Actual Loops"] > 1}
    scans = [node for node in every if node.get("Relation Name") == "mentoring_activity"]
    facts = ("Node Type", "Index Name", "Actual Loops", "Heap Fetches")
    assert [[scan.get(fact) for fact in facts] for scan in scans] == [["Index Only Scan", "activity_of_mentor", 1, 0]]
    assert not [node for node in every if "local_date" in str(node.get("Sort Key"))]
