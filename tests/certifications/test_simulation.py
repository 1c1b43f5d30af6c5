"""The dry run says what will happen, and nothing has happened."""

from datetime import timedelta

import pytest
from django.apps import apps

from accounts import services as people
from accounts.models import MentorProfile
from certifications import services
from notifications.models import Notification
from tests.certifications.conftest import tick
from tests.factories import CertificationTypeFactory, MentorProfileFactory


def everything() -> dict[str, list]:
    """Every row of the apps that a verb of certificates may touch."""
    models = [
        model
        for app in ("accounts", "notifications", "certifications")
        for model in apps.get_app_config(app).get_models()
    ]
    return {model._meta.label: sorted(model.objects.values_list(), key=str) for model in models}


def said(messages) -> list[tuple]:
    return sorted((note.kind, note.recipient_id, note.subject_id) for note in messages)


@pytest.fixture
def mixed(issue, organization, local_association, coordinator, course, now):
    """Four mentors: one lapses in 20 days, one is protected, one is on leave, one has long."""
    mentors = [MentorProfileFactory(organization=organization, local_association=local_association) for _ in range(4)]
    for mentor, left in zip(mentors, (20, 20, 20, 50), strict=True):
        issue(left, to=mentor)
    issue(500, to=mentors[1], type=CertificationTypeFactory(organization=organization))
    people.pause_mentor(mentor=mentors[2], by=mentors[2].user, at=now, reason="leave")
    return mentors


@pytest.mark.parametrize("days", [6, 13, 19, 20, 21, 36, 50])
def test_what_it_says_of_a_day_is_what_that_day_brings_and_nothing_is_kept(mixed, organization, now, days):
    on = now.date() + timedelta(days=days)
    before = everything()
    dry = services.simulate(organization=organization, on=on)
    assert everything() == before

    for earlier in range(1, days):
        tick(now.date() + timedelta(days=earlier))
    known = set(Notification.objects.values_list("pk", flat=True))
    active = set(MentorProfile.objects.active().values_list("pk", flat=True))
    tick(on)
    assert said(dry.messages) == said(Notification.objects.exclude(pk__in=known))
    assert {mentor.pk for mentor in dry.paused} == active - set(
        MentorProfile.objects.active().values_list("pk", flat=True)
    )
    assert all(message.reminder.certificate.mentor for message in dry.messages)


def test_it_can_be_asked_again_and_again(mixed, organization, now):
    on = now.date() + timedelta(days=20)
    first, second = (services.simulate(organization=organization, on=on) for _ in range(2))
    assert said(first.messages) == said(second.messages) != []
    assert [mentor.pk for mentor in first.paused] == [mixed[0].pk]


def test_it_says_whom_the_sweep_of_that_day_brings_back(issue, mentor, course, organization, org_admin):
    at = tick(issue(5).expires_on)
    services.change_type(type=course, by=org_admin, at=at, required_for_active=False)
    tomorrow = at.date() + timedelta(days=1)
    assert [each.pk for each in services.simulate(organization=organization, on=tomorrow).returned] == [mentor.pk]
    assert services.simulate(organization=organization, on=tomorrow + timedelta(days=1)).returned == []
    assert MentorProfile.objects.get(pk=mentor.pk).status == "paused"


def test_it_says_whom_the_sweep_of_that_day_pauses(issue, mentor, organization, now):
    tick(now.date())
    issue(-3)
    tomorrow = services.simulate(organization=organization, on=now.date() + timedelta(days=1))
    assert [each.pk for each in tomorrow.paused] == [mentor.pk]
    assert services.simulate(organization=organization, on=now.date() + timedelta(days=2)).paused == []


def test_it_knows_nothing_of_other_organisations(mixed, foreign, now):
    dry = services.simulate(organization=foreign.organization, on=now.date() + timedelta(days=20))
    assert (dry.messages, dry.paused, dry.returned) == ([], [], [])
