"""Statements that are compiled once say the same as the querysets that they are made of, whoever asks."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.enums import Role
from tests.factories import CareAreaFactory, DailyNoteFactory, LocalAssociationFactory, MembershipFactory
from timeline.api.asking import Asked, lines_asked
from timeline.api.reading import lines_of
from timeline.models import TimelineEntry
from timeline.statements import STANDINS, Statement, reach

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)


def read(user, want) -> list:
    """Everything that is wanted, in pages of three: the first one by its own statement, the others after a place."""
    order, fetch = lines_of(user, want)
    found, place = [], None
    while rows := fetch(place, False, 3):
        found += [row["id"] for row in rows]
        place = [rows[-1][name] for name in order.names]
    return found


@pytest.fixture
def people(mentor, coordinator, org_admin, neighbour, stranger, platform_staff, organization):
    """And a coordinator of no association, and one of two."""
    nowhere = MembershipFactory(organization=organization, role=Role.COORDINATOR).user
    for _ in range(2):
        place = LocalAssociationFactory(organization=organization)
        CareAreaFactory(membership=coordinator.memberships.get(), local_association=place)
    return [mentor.user, coordinator, org_admin, neighbour, stranger, platform_staff, nowhere]


@pytest.mark.parametrize("narrow", [{}, {"activity_type": "daily_note"}, {"activity_type": "text_reflection"}])
def test_they_find_what_the_querysets_find(people, mentor, narrow):
    for number in range(10):
        DailyNoteFactory(mentor=mentor, written_at=AT - timedelta(days=number // 2))
    seen = 0
    for user in people:
        for context in ({}, {"day": date(2026, 3, 11)}, {"week": date(2026, 3, 11)}):
            want = Asked(student=mentor.pk, **context, **narrow)
            expected = list(lines_asked(user, want).values_list("id", flat=True))
            assert read(user, want) == expected
            seen += bool(expected)
    assert seen == (0 if narrow.get("activity_type") == "text_reflection" else 4 * 3)


def test_a_day_moves_with_the_day_that_is_asked_for(mentor):
    for day in range(1, 30):
        DailyNoteFactory(mentor=mentor, written_at=datetime(2026, 3, day, 22, 30, tzinfo=UTC))
    for day in (date(2026, 3, 2), date(2026, 3, 29), date(2026, 3, 30), date(2024, 2, 29), date.min, date.max):
        want = Asked(student=mentor.pk, day=day)
        assert read(mentor.user, want) == list(lines_asked(mentor.user, want).values_list("id", flat=True))


def test_values_are_values_and_never_sql(mentor):
    lines = TimelineEntry.objects.of_mentor(STANDINS["student"]).answered(STANDINS["response_status"]).values("id")
    statement = Statement.of(lines, limited=True)
    said = {"student": mentor.pk, "response_status": "' OR true --", "limit": 5} | reach(mentor.user.access)
    assert statement.rows(said) == []
