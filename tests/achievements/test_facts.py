"""What follows from certificates: for a few at once, for many in a job that is asked for now."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from achievements import services
from achievements.models import BadgeEvaluation, EarnedBadge
from achievements.services import facts
from operations.models import Job
from operations.services import run_waiting_jobs
from tests.achievements.conftest import NOW
from tests.factories import CertificateFactory, CertificationTypeFactory, MentorProfileFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_other_badges")]


@pytest.fixture
def trained(organization, define):
    """Makes so many mentors who have just completed a training, for which there is a badge."""
    define("first", {"version": 1, "type": "training_completion", "count": 1})
    Job.objects.all().delete()  # the one that putting it into use has asked for
    course = CertificationTypeFactory(organization=organization)

    def trained(count):
        mentors = [MentorProfileFactory(organization=organization) for _ in range(count)]
        for mentor in mentors:
            CertificateFactory(organization=organization, mentor=mentor, type=course, issued_on=NOW.date())
        return [mentor.pk for mentor in mentors]

    return trained


def test_a_course_full_of_mentors_has_its_badges_in_the_transaction_of_the_fact(trained, monkeypatch):
    monkeypatch.setattr(facts, "AT_ONCE", 3)
    services.follow_certificates(mentors=trained(3), by=None, at=NOW)
    assert EarnedBadge.objects.count() == 3
    assert not Job.objects.exists()


def test_more_are_left_to_one_job_that_is_asked_for_now_however_old_the_fact_is(trained, monkeypatch, organization):
    monkeypatch.setattr(facts, "AT_ONCE", 3)
    began = timezone.now()
    services.follow_certificates(mentors=trained(4), by=None, at=NOW - timedelta(days=880))
    services.follow_certificates(mentors=trained(4), by=None, at=NOW)
    assert not EarnedBadge.objects.exists()
    job = Job.objects.get()
    assert (job.kind, job.organization) == (services.EVALUATE, organization)
    assert began <= job.created_at <= timezone.now()
    run_waiting_jobs(clock=timezone.now)
    assert EarnedBadge.objects.count() == 8
    assert BadgeEvaluation.objects.get().awarded_count == 8


def test_many_cost_as_many_statements_as_a_few(trained):
    """Why the limit is about time alone."""

    def statements(count):
        mentors = trained(count)
        with CaptureQueriesContext(connection) as queries:
            services.follow_certificates(mentors=mentors, by=None, at=NOW)
        assert EarnedBadge.objects.filter(mentor__in=mentors).count() == count
        return len(queries)

    assert statements(2) == statements(20)
