"""Sixteen coordinators at one reflection, and sixteen workers on one morning: one answers, and people are told once."""

import threading
import time
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.base.refusals import Refusal
from accounts.enums import Role
from accounts.models import Organization, User
from notifications.models import Notification
from notifications.services import notify
from tests.factories import (
    CareAreaFactory,
    LocalAssociationFactory,
    MembershipFactory,
    MentorProfileFactory,
    OrganizationFactory,
    ReflectionFactory,
    UserFactory,
)
from timeline.calendars import PublicHolidays
from timeline.enums import ResponseStatus
from timeline.kinds import ANSWERS_LATE
from timeline.models import AnswerClaim, AnswerMorning, TimelineEntry
from timeline.rules import next_morning
from timeline.services import answer, claim, tell_due_organizations
from training.models import Reflection, ReflectionReply

THREADS = 16


@pytest.fixture
def now() -> datetime:
    """When the test began, not when its file was read: in a long run a message of then would be late by now."""
    return timezone.now()


@pytest.fixture
def morning(now) -> datetime:
    return next_morning(now, "Europe/Oslo", PublicHolidays("NO"))


@pytest.fixture
def entry(now, transactional_db) -> TimelineEntry:
    """A reflection with sixteen coordinators."""
    organization = OrganizationFactory()
    place = LocalAssociationFactory(organization=organization)
    for __ in range(THREADS):
        membership = MembershipFactory(organization=organization, user=UserFactory(), role=Role.COORDINATOR)
        CareAreaFactory(membership=membership, local_association=place)
    mentor = MentorProfileFactory(organization=organization, local_association=place)
    reflection = ReflectionFactory(mentor=mentor, written_at=now - timedelta(days=30))
    return TimelineEntry.objects.get(source_id=reflection.pk)


@pytest.fixture
def people(entry) -> list[User]:
    return list(User.objects.coordinators_of(entry.organization_id).order_by("pk"))


def test_of_sixteen_who_claim_it_one_has_it(entry, people, now):
    outcomes = in_threads(lambda thread: outcome_of(claim, entry=entry, by=people[thread], at=now))
    assert Counter(outcomes) == {"done": 1, "already_claimed": THREADS - 1}
    assert AnswerClaim.objects.get().by == people[outcomes.index("done")]


def test_of_sixteen_who_answer_it_one_does(entry, people, now):
    outcomes = in_threads(lambda thread: outcome_of(answer, entry=entry, text="Ja", by=people[thread], at=now))
    assert Counter(outcomes) == {"done": 1, "answered_meanwhile": THREADS - 1}
    assert (ReflectionReply.objects.count(), Notification.objects.count()) == (1, 1)


def test_sixteen_workers_on_one_morning_tell_everybody_once(entry, people, morning):
    told = in_threads(lambda thread: tell_due_organizations(at=morning))
    assert sum(told) == 1
    assert Notification.objects.filter(kind=ANSWERS_LATE).count() == len(people)
    assert AnswerMorning.objects.get().told_on == morning.date()


@pytest.mark.control
def test_control_looking_and_then_claiming_gives_it_to_several(entry, people, now):
    def look_then_claim(thread):
        meet()
        if AnswerClaim.objects.live(now).filter(reflection_id=entry.source_id).exists():
            return "refused"
        time.sleep(0.3)  # so that the others get as far
        AnswerClaim.objects.update_or_create(
            reflection_id=entry.source_id,
            defaults={
                "organization_id": entry.organization_id,
                "by": people[thread],
                "claimed_at": now,
                "until": now + timedelta(hours=1),
            },
        )
        return "done"

    meet = threading.Barrier(THREADS).wait
    assert in_threads(look_then_claim).count("done") > 1


@pytest.mark.control
def test_control_looking_and_then_answering_answers_it_several_times(entry, people, now):
    def look_then_answer(thread):
        meet()
        with transaction.atomic():
            if TimelineEntry.objects.get(pk=entry.pk).response_status != ResponseStatus.PENDING:
                return
            time.sleep(0.3)  # so that the others get as far
            ReflectionReply.objects.create(
                organization_id=entry.organization_id,
                reflection=Reflection.objects.get(pk=entry.source_id),
                author=people[thread],
                is_from_staff=True,
                text="Ja",
                written_at=now,
            )

    meet = threading.Barrier(THREADS).wait
    in_threads(look_then_answer)
    assert ReflectionReply.objects.count() > 1


@pytest.mark.control
def test_control_without_the_morning_and_its_occasion_people_are_told_several_times(entry, people, morning):
    organization = Organization.objects.get()

    def look_then_tell(thread):
        meet()
        if Notification.objects.filter(kind=ANSWERS_LATE).exists():
            return
        time.sleep(0.3)  # so that the others get as far
        notify(
            organization_id=organization.pk,
            recipient_id=people[0].pk,
            kind=ANSWERS_LATE,
            subject_id=organization.pk,
            occasion=f"worker {thread}",
            at=morning,
        )

    meet = threading.Barrier(THREADS).wait
    in_threads(look_then_tell)
    assert Notification.objects.count() > 1


def outcome_of(verb, **facts) -> str:
    try:
        verb(**facts)
    except Refusal as refusal:
        return refusal.code
    return "done"


def in_threads(work):
    """Run `work(thread number)` in all threads at once; an error in one fails the test."""
    results, errors = {}, []

    def run(thread):
        try:
            results[thread] = work(thread)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return [results[number] for number in range(THREADS)]
