"""Every page walks one index to its rows: no sort, and no row read in vain. At a size at which it could go wrong."""

import re
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.conftest import api_client, browser
from tests.factories import GoalFactory, LessonFactory, MentorProfileFactory, VideoFactory
from timeline.goals import goals_statement, goals_told
from training.models import Goal

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)
LEARNERS, LINES = 12, 1500

#: Lines of every learner, twenty minutes apart, some of them equal in time; on one of three videos or on none, towards
#: one of two goals or none, and some that wait for an answer or have it. One in eleven has lost its source.
_LINES = """
INSERT INTO timeline_timelineentry (id, organization_id, mentor_id, activity_type, occurred_at, time_zone, video_id,
    video_timestamp_seconds, goal_id, content, requires_response, response_status, waiting_since, responded_at,
    source_table, source_id, source_deleted_at)
SELECT varde_uuid7(), mentor.organization_id, mentor.id, 'text_reflection', moment, 'Europe/Oslo',
       (%(videos)s::uuid[])[n %% 4], CASE WHEN n %% 4 IN (1, 2) THEN n %% 600 END,
       (SELECT id FROM training_goal goal WHERE goal.mentor_id = mentor.id ORDER BY id OFFSET n %% 3 LIMIT 1),
       CASE WHEN is_gone THEN '' ELSE repeat('word ', 20) END, kind IS NOT NULL, kind,
       CASE kind WHEN 'pending' THEN moment END, CASE kind WHEN 'responded' THEN moment END,
       'training_reflection', varde_uuid7(), CASE WHEN is_gone THEN moment END
FROM generate_series(1, %(lines)s) n
CROSS JOIN accounts_mentorprofile mentor
CROSS JOIN LATERAL (SELECT %(at)s - n / 3 * interval '1 hour' AS moment, n %% 11 = 0 AS is_gone) of_line
CROSS JOIN LATERAL (SELECT CASE WHEN is_gone THEN NULL WHEN n %% 5 = 0 THEN 'pending' WHEN n %% 5 = 1 THEN 'responded'
    END AS kind) status
ORDER BY moment
"""


@pytest.fixture
def crowd(organization, mentor, local_association):
    learners = [mentor] + [
        MentorProfileFactory(organization=organization, local_association=local_association)
        for _ in range(LEARNERS - 1)
    ]
    lesson = LessonFactory(course__organization=organization)
    videos = [VideoFactory(lesson=lesson) for _ in range(3)]
    for learner in learners:
        GoalFactory(mentor=learner, set_at=AT)
        GoalFactory(mentor=learner, set_at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")  # vacuum knows of a commit when it is on disk
        cursor.execute(_LINES, {"videos": [each.pk for each in videos], "lines": LINES, "at": AT})
        cursor.execute("VACUUM (FREEZE, ANALYZE)")  # waits for pages that somebody looks at
        cursor.execute("RESET synchronous_commit")
    return {"mentor": mentor.pk, "video": videos[0].pk, "goal": Goal.objects.filter(mentor=mentor).earliest("id").pk}


def plan_of(client, address="", **query) -> str:
    with CaptureQueriesContext(connection) as made:
        answer = client.get(f"/api/v1/timeline{address}", query)
        assert answer.status_code == 200, answer.content
    plan_of.answer = answer.json()
    (statement,) = (each["sql"] for each in made if "timeline_timelineentry" in each["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}")
        return "\n".join(row[0] for row in cursor.fetchall())


def scans(plan: str) -> list[tuple[str, str, str]]:
    """How lines are read: by which scan of which index, and how many rows of it."""
    found = re.findall(
        r"(\w[\w ]*Scan)(?: Backward)?(?: using (\w+))? on timeline_timelineentry [^(]*\(actual [^)]*rows=([\d.]+)",
        plan,
    )
    return [(how.removesuffix(" Backward"), index, rows) for how, index, rows in found]


def read(plan: str) -> str:
    """The part of a plan that reads lines."""
    found = re.search(r"Scan[^\n]* on timeline_timelineentry .*?(?=->|Planning|\Z)", plan, re.DOTALL)
    assert found, plan
    return found[0]


#: What is asked, by which index it is answered.
CONTEXTS = {
    "all": ({}, "entry_of_mentor"),
    "on a video": ({"video": "video"}, "entry_of_mentor_on_video"),
    "towards a goal": ({"goal": "goal"}, "entry_towards_goal"),
    "waiting": ({"response_status": "pending"}, "entry_with_answer"),
    "answered": ({"response_status": "responded"}, "entry_with_answer"),
}


def check(client, index: str, query: dict) -> None:
    """The first page, the second and the last walk the index to their rows and no further."""
    token = None
    for page in ("first", "second", "last"):
        if page == "last":
            while plan_of.answer["pagination"]["next"]:
                token = plan_of.answer["pagination"]["next"]
                plan_of.answer = client.get("/api/v1/timeline", {**query, "limit": 100, "cursor": token}).json()
        plan = plan_of(client, limit=50, **query, **({"cursor": token} if token else {}))
        ((how, used, rows),) = scans(plan)
        assert (how, used) == ("Index Scan", index), (page, plan)
        assert 1 <= float(rows) <= 51, (page, plan)
        assert "Sort" not in plan, (page, plan)
        assert "Rows Removed" not in read(plan), (page, plan)
        assert page == "first" or re.search(r"Index Cond: .*ROW\(", read(plan)), (page, plan)
        token = plan_of.answer["pagination"]["next"]


def test_every_context_of_a_learner_walks_its_index(crowd, mentor, coordinator):
    for client, whose in ((api_client(mentor.user), {}), (api_client(coordinator), {"student": str(mentor.pk)})):
        for asked, index in CONTEXTS.values():
            check(client, index, {name: str(crowd.get(value, value)) for name, value in asked.items()} | whose)


def test_everybody_on_a_video_walks_its_index(crowd, org_admin, coordinator, platform_staff):
    for user in (org_admin, platform_staff, coordinator):
        check(api_client(user), "entry_on_video", {"video": str(crowd["video"])})


@pytest.mark.parametrize(
    ("address", "query", "days"),
    [("", {"day": "2026-03-05"}, 1), ("", {"week": "2026-03-05"}, 7), ("/week", {"day": "2026-03-05"}, 7)],
    ids=str,
)
def test_days_read_the_moments_around_them_and_no_others(crowd, mentor, address, query, days):
    """Whether rows are taken in order or sorted is the planner's choice: there are as many as the answer has."""
    plan = plan_of(api_client(mentor.user), address, **query)
    assert "entry_of_mentor" in plan, plan
    assert re.search(r"Index Cond: .*occurred_at.*occurred_at", plan), plan
    ((how, __, rows),) = scans(plan)
    assert how in ("Index Scan", "Bitmap Heap Scan"), plan
    removed = sum(int(number) for number in re.findall(r"Rows Removed by Filter: (\d+)", read(plan)))
    # Three an hour, in the hours in which it is that day somewhere else.
    assert float(rows) + removed <= 3 * 24 * days + 3 * 26, plan


def test_goals_are_counted_in_the_index_and_only_what_is_told_is_read(crowd, mentor):
    with CaptureQueriesContext(connection) as made:
        told = goals_told(goals_statement(Goal.objects.filter(mentor=mentor)))
    assert [each.count > 300 for each in told] == [True, True]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF) {made[0]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    counted, read = scans(plan)
    assert counted[:2] == ("Index Only Scan", "entry_towards_goal"), plan
    assert read[:2] == ("Index Scan", "entry_towards_goal"), plan
    assert float(read[2]) <= 20, plan
    assert "Heap Fetches: 0" in plan, plan


@pytest.mark.parametrize(
    ("address", "index"),
    [
        ("/timeline/", "entry_of_mentor"),
        ("/timeline/goals/{goal}/", "entry_towards_goal"),
        ("/timeline/videos/{video}/", "entry_on_video"),
        ("/timeline/mentors/{mentor}/videos/{video}/", "entry_of_mentor_on_video"),
    ],
)
def test_pages_for_people_walk_the_same_indexes(crowd, mentor, org_admin, address, index):
    """What the sentences name is fetched beside the lines, and not joined to all of them."""
    client = browser(org_admin if "videos" in address else mentor.user)
    with CaptureQueriesContext(connection) as made:
        assert client.get(address.format(**crowd)).status_code == 200
    # The last one: a goal is counted before its lines are read.
    statement = [each["sql"] for each in made if "timeline_timelineentry" in each["sql"]][-1]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF) {statement}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    ((how, used, rows),) = scans(plan)
    assert (how, used, float(rows) <= 31) == ("Index Scan", index, True), plan
    assert "Sort" not in plan, plan


def test_a_sort_would_be_noticed(crowd, mentor):
    """The control: without its index the page sorts."""
    client = api_client(mentor.user)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP INDEX entry_of_mentor")
        with pytest.raises((AssertionError, ValueError)):
            check(client, "entry_of_mentor", {})
        transaction.set_rollback(True)
