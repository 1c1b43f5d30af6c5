"""Asking a whole organisation who lacks what touches each award a few times at most, whatever the planner knows.

It can go wrong where nearly everybody has nearly everything and the statistics say otherwise, as on the night after an
organisation has begun: then comparing every award with every mentor looks cheap.
"""

import json
from datetime import date

import pytest
from django.db import connection

from accounts.models import MentorProfile, User
from achievements import services
from achievements.counting import Parameters
from achievements.models import BadgeDefinition, MentorStats
from achievements.qualifying import candidates_sql
from achievements.services.evaluation import PART, rules_for
from tests.achievements.conftest import NOW

pytestmark = pytest.mark.django_db

#: Of so many mentors and the starter set a plan that compares all with all would compare 300 million times.
MENTORS = 1_000
#: These tables alone: what is known of a table outlives the test, and elsewhere an empty one would be taken for small.
LOOK = ("ANALYZE achievements_mentorstats", "ANALYZE achievements_earnedbadge")
FULL = {
    "activity_count": 500,
    "minutes": 20_000,
    "contact_count": 40,
    "assignment_count": 30,
    "event_count": 40,
    "training_count": 3,
    "longest_day_streak": 30,
    "longest_week_streak": 60,
    "longest_month_streak": 30,
    "last_activity_on": date(2026, 4, 1),
}

_AWARD = """
INSERT INTO achievements_earnedbadge
    (id, organization_id, mentor_id, definition_id, period, criteria_version, earned_at)
SELECT varde_uuid7(), stats.organization_id, stats.mentor_id, rule.definition_id, rule.period, 1, now()
FROM achievements_mentorstats stats
CROSS JOIN unnest(%(definitions)s::uuid[], %(periods)s::text[]) rule(definition_id, period)
WHERE stats.mentor_id <> ALL(%(without)s)
"""


@pytest.fixture
def rules(organization):
    services.add_starter_set(organization=organization, at=NOW)
    definitions = BadgeDefinition.objects.usable_in(organization.pk).exclude(criteria=None).order_by("pk")
    return rules_for(organization, list(definitions), NOW)


@pytest.fixture
def crowd(organization, rules):
    """Makes so many mentors who have done enough for all of it; answers their ids."""

    def crowd(count):
        users = User.objects.bulk_create(User(email=f"m{n}@example.org") for n in range(count))
        mentors = MentorProfile.objects.bulk_create(
            MentorProfile(organization=organization, user=user, member_number=f"M{n}") for n, user in enumerate(users)
        )
        MentorStats.objects.bulk_create(
            MentorStats(organization=organization, mentor=mentor, **FULL) for mentor in mentors
        )
        run("ANALYZE accounts_mentorprofile")  # the foreign keys of what is awarded look there
        return [mentor.pk for mentor in mentors]

    return crowd


def run(*statements, **values):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values or None)


def award_all(rules, *, but=()):
    run(
        _AWARD,
        definitions=[rule.definition_id for rule in rules],
        periods=[rule.period for rule in rules],
        without=list(but),
    )


def touched(organization, rules, mentors=None):
    """Who lacks what, and how many awards, and pairs of a mentor and a rule, were looked at for it, one by one."""
    values = Parameters(organization=organization.pk, mentors=mentors)
    statement = candidates_sql(rules, values, narrowed=mentors is not None)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
        plan = cursor.fetchone()[0]
        cursor.execute(statement, values)
        found = cursor.fetchall()
    top = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return found, sum(map(looked_at, nodes(top)))


def nodes(node):
    yield node
    for child in node.get("Plans", []):
        yield from nodes(child)


def looked_at(node):
    """A node's own: what it let through and what it threw away, all its loops together."""
    rows = [value for name, value in node.items() if name == "Actual Rows" or name.startswith("Rows Removed by")]
    return sum(rows) * node["Actual Loops"]


@pytest.mark.slow
@pytest.mark.parametrize("known", ["all", "nothing", "nobody had any", "all have lost theirs"])
def test_who_lacks_what_in_an_organisation_is_found_without_comparing_all_with_all(organization, rules, crowd, known):
    mentors = crowd(MENTORS)
    if known == "nobody had any":
        run(*LOOK)
    if known == "all have lost theirs":
        award_all(rules)
        run("DELETE FROM achievements_earnedbadge", *LOOK)
    award_all(rules, but=mentors[:4])
    if known == "all":
        run(*LOOK)
    pairs = MENTORS * len(rules)

    found, rows = touched(organization, rules)
    assert len(found) == 4 * len(rules)
    assert rows < 25 * pairs

    part = mentors[:PART]
    found, rows = touched(organization, rules, part)
    assert len(found) == 4 * len(rules)
    assert rows < 25 * pairs
    run(*LOOK)


@pytest.mark.control
def test_control_a_plan_that_compares_all_with_all_is_seen(organization, rules, crowd):
    mentors = crowd(100)
    award_all(rules)
    run(*(f"SET LOCAL enable_{way} = off" for way in ("hashjoin", "mergejoin", "indexscan", "bitmapscan")))
    found, rows = touched(organization, rules)
    assert found == []
    assert rows > 25 * len(mentors) * len(rules)
