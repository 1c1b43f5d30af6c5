"""Sixteen threads cross the same thresholds: every badge is awarded once, and told once."""

import os
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from achievements import services
from achievements.enums import EvaluationKind
from achievements.models import BadgeDefinition, EarnedBadge
from mentoring.enums import Source
from mentoring.services import record_activity
from notifications.models import Notification
from tests.conftest import api_client
from tests.factories import ActivityTypeFactory, AssignmentFactory, OrganizationFactory
from tests.faults.conftest import PATIENCE
from tests.faults.test_races import THREADS, in_threads

#: So many mentors, each of whom every thread makes cross the threshold. The large proof is MENTORS=625 in the
#: environment: 10,000 crossings.
MENTORS = int(os.environ.get("MENTORS", 12))


@pytest.fixture
def now():
    return timezone.now()  # the real one: what waits for the clock is held against it afterwards


@pytest.fixture
def organization(transactional_db):
    return OrganizationFactory(modules=["achievements-gamification"])


@pytest.fixture
def pairs(organization):
    return [AssignmentFactory(organization=organization) for _ in range(MENTORS)]


@pytest.fixture
def badge(organization, now):
    """Earned with the second activity; there is no other."""
    BadgeDefinition.objects.update(is_active=False)
    made = BadgeDefinition(
        organization=organization,
        slug="two",
        name="Two",
        icon="first-stone",
        category="mentoring",
        alt_text="A stone",
        criteria={"version": 1, "type": "threshold", "metric": "activities", "value": 2},
    )
    services.save_definition(definition=made, by=None, at=now)
    services.activate_definition(definition=made, by=None, at=now)
    return made


@pytest.fixture
def visit():
    return ActivityTypeFactory()


def assert_each_was_awarded_and_told_once(badge, pairs):
    earned = list(EarnedBadge.objects.filter(definition=badge))
    assert sorted(one.mentor_id for one in earned) == sorted(pair.mentor_id for pair in pairs)
    told = Notification.objects.filter(kind__startswith="badge_earned").values_list("subject_id", flat=True)
    assert sorted(told) == sorted(one.pk for one in earned)


def test_whoever_crosses_a_threshold_with_sixteen_hands_has_one_badge_and_is_told_once(
    organization, pairs, badge, visit, now
):
    def record_everybody(thread):
        for place, pair in enumerate(pairs):
            record_activity(
                mentor_id=pair.mentor_id,
                by=None,
                at=now,
                source=Source.SELF,
                on_duplicate="distinct",
                type_id=visit.pk,
                assignment_id=pair.pk,
                occurred_at=now - timedelta(days=thread),
            )
            if place % 4 == thread % 4:
                services.evaluate_organization(organization_id=organization.pk, at=now, kind=EvaluationKind.REQUEST)
            connection.close()  # as a request does: the pool has fewer than there are threads

    in_threads(record_everybody)
    assert_each_was_awarded_and_told_once(badge, pairs)


def test_phones_that_send_at_once_are_all_answered_and_the_badge_is_earned_once(pairs, badge, visit, now):
    clients = {pair.pk: [api_client(pair.mentor.user) for _ in range(THREADS)] for pair in pairs}

    def send_for_everybody(thread):
        answers = Counter()
        for pair in pairs:
            day = now - timedelta(days=thread, minutes=5)
            body = {"type_id": str(visit.pk), "contact_id": str(pair.contact_id), "occurred_at": day.isoformat()}
            answers[clients[pair.pk][thread].post("/api/v1/activities", body).status_code] += 1
            connection.close()
        return answers

    assert sum(in_threads(send_for_everybody), Counter()) == {201: THREADS * MENTORS}
    assert_each_was_awarded_and_told_once(badge, pairs)


@pytest.mark.control
def test_control_without_the_unique_key_looking_first_awards_most_badges_more_than_once(
    organization, pairs, badge, now
):
    all_have_looked = threading.Barrier(THREADS)

    def look_then_award(thread):
        for pair in pairs:
            found = EarnedBadge.objects.filter(mentor_id=pair.mentor_id, definition=badge).exists()
            connection.close()  # the pool has fewer than there are threads
            all_have_looked.wait(timeout=PATIENCE)
            if not found:
                EarnedBadge.objects.create(
                    organization=organization, mentor_id=pair.mentor_id, definition=badge, earned_at=now
                )

    key = next(each for each in EarnedBadge._meta.constraints if each.name == "badge_earned_once")
    with connection.schema_editor() as editor:
        editor.remove_constraint(EarnedBadge, key)
    try:
        in_threads(look_then_award)
        awards = Counter(EarnedBadge.objects.values_list("mentor_id", flat=True))
        assert sum(count > 1 for count in awards.values()) > MENTORS / 2
    finally:
        EarnedBadge.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(EarnedBadge, key)
