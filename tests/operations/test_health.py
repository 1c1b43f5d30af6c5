"""What whoever watches the server is told."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from operations.models import Heartbeat

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _clockwork_runs():
    Heartbeat.objects.update(started_at=timezone.now())


def test_all_is_well_when_database_broker_and_clockwork_are(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"database": True, "broker": True, "beat": True})


def test_a_clockwork_that_has_stood_for_long_is_told(client):
    long_ago = timezone.now() - timedelta(hours=4)
    Heartbeat.objects.update(started_at=long_ago, expected_since=long_ago)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"database": True, "broker": True, "beat": False})


def test_a_clockwork_that_staff_paused_is_no_trouble(client):
    Heartbeat.objects.update(expected_since=timezone.now() - timedelta(hours=4), started_at=None)
    PeriodicTask.objects.update(enabled=False)
    assert client.get("/healthz").status_code == 200


def test_a_broker_that_does_not_answer_is_told_without_details(client, settings):
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"database": True, "broker": False, "beat": True})


def test_the_process_is_alive_whatever_its_servers_do(client, settings, django_assert_num_queries):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with django_assert_num_queries(0):
        assert client.get("/healthz/live").json() == {"live": True}


def test_the_answer_is_never_kept(client):
    assert "no-store" in client.get("/healthz")["Cache-Control"]
