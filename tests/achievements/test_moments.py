"""When a threshold fell: the statements against a slow reading of the rows, one by one, in another style."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from achievements.counting import counted
from achievements.criteria import YEAR, Figure
from achievements.moments import reached
from achievements.rules import number_of
from mentoring.models import ActivityType
from tests.factories import ActivityFactory, AssignmentFactory

pytestmark = pytest.mark.django_db

WHATS = ("activities", "minutes", "contacts", "events", "day_streak", "week_streak", "month_streak")


def so_far(rows, what):
    """The figure of some rows."""
    if what == "minutes":
        return sum(row.minutes for row in rows)
    if what == "contacts":
        return len({row.contact_id for row in rows if row.reached})
    if what == "events":
        return sum(row.event for row in rows)
    if what == "activities":
        return len(rows)
    units = {number_of(row.local_date, what.split("_")[0]) for row in rows}
    longest = 0
    for unit in units:
        length = 1
        while unit + length in units:
            length += 1
        longest = max(longest, length)
    return longest


def by_hand(rows, figure, required):
    """The highest figure, and the activity with which `required` was reached first."""
    rows = [row for row in rows if not figure.types or row.type.slug in figure.types]
    years = {row.local_date.year for row in rows}
    if isinstance(figure.span, int):
        years &= {figure.span}
    groups = [rows] if figure.span == "lifetime" else [[r for r in rows if r.local_date.year == y] for y in years]
    highest, firsts = 0, []
    for group in groups:
        group.sort(key=lambda row: (row.occurred_at, row.pk))
        for end in range(1, len(group) + 1):
            number = so_far(group[:end], figure.what)
            highest = max(highest, number)
            if number >= required:
                firsts.append(group[end - 1])
                break
        highest = max([highest, so_far(group, figure.what)])
    return highest, min(firsts, key=lambda row: (row.occurred_at, row.pk), default=None)


@pytest.mark.parametrize("seed", range(3))
def test_figures_and_moments_are_what_the_rows_say(seed, organization, mentor, local_association):
    chance = random.Random(seed)
    pairs = [AssignmentFactory(organization=organization, mentor=mentor, local=local_association) for _ in range(3)]
    types = [ActivityType.objects.get(slug=slug) for slug in ("home_visit", "phone_call")]
    rows = []
    for _ in range(40):
        moment = datetime(2025, 12, 1, 23, 30, tzinfo=UTC) + timedelta(hours=chance.randint(0, 24 * 60))
        pair = chance.choice(pairs)
        rows.append(
            ActivityFactory(
                assignment=pair,
                type=chance.choice(types),
                occurred_at=moment,
                local_date=moment.astimezone(ZoneInfo("Europe/Oslo")).date(),
                minutes=chance.randint(1, 90),
                reached=chance.random() < 0.7,
                event=chance.random() < 0.4,
            )
        )
    for what in WHATS:
        for span in ("lifetime", YEAR, 2025, 2026):
            for kinds in ((), ("home_visit",)):
                figure = Figure(what, span, kinds)
                for required in (1, 2, 5, 400):
                    highest, first = by_hand(rows, figure, required)
                    assert counted([mentor.pk], [figure])[figure].get(mentor.pk, 0) == highest, figure
                    found = reached([mentor.pk], figure, required).get(mentor.pk)
                    told = found and (found.at, found.activity_id)
                    assert told == (first and (first.occurred_at, first.pk)), (figure, required)
