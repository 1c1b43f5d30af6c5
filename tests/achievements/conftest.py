"""A pair that has something to do, and badges of one's own to earn with it."""

from datetime import UTC, datetime

import pytest

from achievements import services
from achievements.models import BadgeDefinition
from mentoring.enums import Source
from mentoring.models import ActivityType
from mentoring.services import record_activity
from tests.factories import AssignmentFactory

NOW = datetime(2026, 4, 2, 11, 0, tzinfo=UTC)


@pytest.fixture
def no_other_badges(organization):
    """Only those that a test makes."""
    BadgeDefinition.objects.update(is_active=False)


@pytest.fixture
def pair(organization, mentor, local_association):
    return AssignmentFactory(organization=organization, mentor=mentor, local=local_association)


@pytest.fixture
def define(organization):
    def define(slug, criteria, *, active=True, **facts):
        facts = {"name": slug, "icon": "first-stone", "category": "mentoring", "alt_text": "A stone"} | facts
        made = BadgeDefinition(organization=organization, slug=slug, criteria=criteria, **facts)
        services.save_definition(definition=made, by=None, at=NOW)
        if active:
            services.activate_definition(definition=made, by=None, at=NOW)
        made.refresh_from_db()
        return made

    return define


def threshold(metric, value, **more):
    return {"version": 1, "type": "threshold", "metric": metric, "value": value} | more


def record(pair, moment, slug="home_visit", **facts):
    return record_activity(
        mentor_id=pair.mentor_id,
        by=None,
        at=max(moment, NOW),
        source=Source.SELF,
        on_duplicate="distinct",
        type_id=ActivityType.objects.get(slug=slug).pk,
        assignment_id=pair.pk,
        occurred_at=moment,
        **facts,
    ).activity
