"""How often one may call."""

import pytest


@pytest.fixture
def two_calls(settings) -> None:
    settings.API_RATES = {"user": "2/min", "anon": "2/min"}


def test_a_person_who_calls_too_often_is_told_to_wait(as_mentor, as_coordinator, two_calls):
    answers = [as_mentor.get("/api/v1/contacts") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "throttled"
    assert int(answers[2]["Retry-After"]) >= 1
    assert as_coordinator.get("/api/v1/contacts").status_code == 200  # another person's calls are their own


def test_while_redis_is_away_nobody_is_turned_away(as_mentor, two_calls, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",  # nobody listens there
        }
    }
    assert [as_mentor.get("/api/v1/contacts").status_code for _ in range(3)] == [200, 200, 200]
