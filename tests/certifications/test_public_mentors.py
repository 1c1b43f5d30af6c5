"""The public list of mentors: who is on it, who is off it at once, and what it costs."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import LocalAssociation, MentorAffiliation, MentorProfile, ModuleSetting, User
from accounts.services import pause_mentor, resume_mentor
from certifications import services
from certifications.models import CertificationSettings
from tests.certifications.conftest import tick
from tests.factories import LocalAssociationFactory, MentorProfileFactory

URL = "/api/v1/public/mentors"


@pytest.fixture
def listed(organization, local_association):
    """Two mentors: Åse Øberg and Bjørn Zahl, both at home."""
    return [
        MentorProfileFactory(
            organization=organization,
            local_association=local_association,
            user__first_name=first,
            user__last_name=last,
        )
        for first, last in (("Åse", "Øberg"), ("Bjørn", "Zahl"))
    ]


def names(client, **query) -> list[str]:
    answer = client.get(URL, {"organization": "north", **query})
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["data"]]


def test_everybody_reads_names_and_local_associations_and_nothing_else(anonymous, listed, foreign):
    answer = anonymous.get(URL, {"organization": "north"})
    assert answer.json() == {
        "data": [
            {"name": "Bjørn Zahl", "local_association": "Home"},
            {"name": "Åse Øberg", "local_association": "Home"},
        ],
        "pagination": {"page": 1, "limit": 20, "total": 2},
    }
    assert answer.cookies == {}
    assert set(answer["Cache-Control"].split(", ")) == {"no-cache", "public"}


def test_the_list_has_pages(anonymous, listed):
    assert names(anonymous, limit=1) == ["Bjørn Zahl"]
    assert names(anonymous, limit=1, page=2) == ["Åse Øberg"]
    assert names(anonymous, page=3) == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400), ({"organization": ""}, 400), ({"organization": "nowhere"}, 404),
        ({"organization": "north", "limit": "101"}, 400), ({"organization": "north", "q": "Åse"}, 400),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused(anonymous, listed, query, status):
    answer = anonymous.get(URL, query)
    assert (answer.status_code, answer.json().keys()) == (status, {"code", "detail", "errors"})


def test_an_association_that_does_not_publish_is_like_one_that_does_not_exist(anonymous, listed, organization):
    unknown = anonymous.get(URL, {"organization": "nowhere"})
    CertificationSettings.objects.create(organization=organization, publishes_mentors=False)
    assert names_refused(anonymous) == unknown.json()
    CertificationSettings.objects.update(publishes_mentors=True)
    assert len(names(anonymous)) == 2
    ModuleSetting.objects.filter(module="certification-training").update(is_enabled=False)
    assert names_refused(anonymous) == unknown.json()


def names_refused(client) -> dict:
    answer = client.get(URL, {"organization": "north"})
    assert answer.status_code == 404
    return answer.json()


# --- At once ----------------------------------------------------------------------------------------------------------


def test_whoever_is_paused_by_an_expiry_is_off_the_list_with_the_next_request(anonymous, issue, mentor, now):
    certificate = issue(20)
    assert names(anonymous) == [str(mentor.user)]
    assert names(anonymous) == [str(mentor.user)]  # from the cache
    later = tick(certificate.expires_on)
    assert names(anonymous) == []
    services.renew_certificate(certificate=certificate, issued_on=certificate.expires_on, by=None, at=later)
    assert names(anonymous) == [str(mentor.user)]


def test_one_who_goes_while_another_comes_changes_the_list(anonymous, listed):
    first, second = listed
    pause_mentor(mentor=second, reason="leave", by=None, at=timezone.now())
    assert names(anonymous) == ["Åse Øberg"]
    pause_mentor(mentor=first, reason="leave", by=None, at=timezone.now())
    resume_mentor(mentor=second, by=None, at=timezone.now())
    assert names(anonymous) == ["Bjørn Zahl"]


def test_whoever_does_not_agree_is_not_on_the_list(anonymous, listed):
    assert len(names(anonymous)) == 2
    MentorProfile.objects.filter(pk=listed[1].pk).update(is_listed=False)
    assert names(anonymous) == ["Åse Øberg"]


def test_another_name_or_place_is_there_at_once_whatever_wrote_it(anonymous, listed, organization):
    names(anonymous)
    User.objects.filter(last_name="Zahl").update(last_name="Aas")
    assert names(anonymous) == ["Bjørn Aas", "Åse Øberg"]
    LocalAssociation.objects.filter(name="Home").update(name="Hjemme")
    away = LocalAssociationFactory(organization=organization, name="Away")
    MentorAffiliation.objects.filter(mentor=listed[0]).update(local_association=away)
    rows = anonymous.get(URL, {"organization": "north"}).json()["data"]
    assert [row["local_association"] for row in rows] == ["Hjemme", "Away"]
    User.objects.filter(last_name="Aas").update(is_active=False)
    assert names(anonymous) == ["Åse Øberg"]


def test_nothing_is_sent_again_while_nothing_has_changed(anonymous, listed):
    tag = anonymous.get(URL, {"organization": "north"})["ETag"]
    again = anonymous.get(URL, {"organization": "north"}, HTTP_IF_NONE_MATCH=tag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert "no-cache" in again["Cache-Control"]
    pause_mentor(mentor=listed[0], reason="leave", by=None, at=timezone.now())
    changed = anonymous.get(URL, {"organization": "north"}, HTTP_IF_NONE_MATCH=tag)
    assert (changed.status_code, changed.json()["pagination"]["total"]) == (200, 1)


# --- What it costs ----------------------------------------------------------------------------------------------------


def questions(asked) -> int:
    """Without the savepoint that a request has in a test."""
    return sum("SELECT" in each["sql"] for each in asked)


def test_a_page_that_is_kept_costs_two_questions_and_a_new_one_two_more(anonymous, listed):
    counts = []
    for __ in range(2):
        with CaptureQueriesContext(connection) as asked:
            names(anonymous)
        counts.append(questions(asked))
    assert counts == [4, 2]


def test_a_page_costs_the_same_for_three_mentors_as_for_one(anonymous, organization, mentor):
    counts = []
    for more in (0, 2):
        for __ in range(more):
            MentorProfileFactory(organization=organization)
        with CaptureQueriesContext(connection) as asked:
            assert len(names(anonymous)) == 1 + more
        counts.append(questions(asked))
    assert counts == [4, 4]


def test_an_address_that_asks_too_often_waits(anonymous, listed, settings):
    settings.API_RATES = {"user": "2/min", "anon": "2/min"}
    answers = [anonymous.get(URL, {"organization": "north"}) for __ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) >= 1


def test_without_the_cache_the_list_is_there_all_the_same(anonymous, listed, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",  # nobody listens there
        }
    }
    assert names(anonymous) == ["Bjørn Zahl", "Åse Øberg"]


def test_the_cache_holds_no_more_than_the_page_says(anonymous, listed):
    names(anonymous)
    kept = [cache.get(key.partition(":1:")[2]) for key in _keys()]
    assert [entry.keys() for entry in kept if isinstance(entry, dict)] == [{"data", "pagination"}]


def _keys() -> list[str]:
    client = cache._cache.get_client()
    return [key.decode() for key in client.keys("*public-mentors*")]
