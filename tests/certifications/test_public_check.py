"""The check page: what anybody who holds a certificate in their hands can find out, and nothing else."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from accounts.models import ModuleSetting
from certifications import services
from certifications.models import Certificate, CertificationSettings
from certifications.numbers import in_groups, new_check_code
from tests.factories import CertificateFactory


@pytest.fixture
def certificate(issue) -> Certificate:
    return issue(100, at=timezone.now(), number="Secret-1", evidence="Seen")


@pytest.fixture
def visitor() -> Client:
    """A browser that has never been here and reads English."""
    return Client(headers={"accept-language": "en"})


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def heading(answer) -> str:
    (found,) = re.findall(r"<h1.*?</h1>", answer.content.decode(), re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>|[✓✕]", " ", found)).strip()


def english(day) -> str:
    with override("en"):
        return date_format(day, "DATE_FORMAT")


def look(client, certificate, **query):
    return client.get(f"/c/{in_groups(certificate.check_code)}", query)


# --- How it stands ----------------------------------------------------------------------------------------------------


def test_a_valid_one_says_until_when_for_what_and_of_whom(visitor, certificate):
    answer = look(visitor, certificate)
    assert answer.status_code == 200
    assert heading(answer) == f"Valid until {english(certificate.expires_on)}"
    text = text_of(answer)
    for said in ("Basic course", "North", english(certificate.issued_on), in_groups(certificate.check_code)):
        assert said in text


def test_it_names_nobody_unless_the_association_allows_it(visitor, certificate, organization, mentor):
    for hidden in (mentor.user.last_name, mentor.user.email, "Secret-1", "Seen"):
        assert hidden not in text_of(look(visitor, certificate))
    CertificationSettings.objects.create(organization=organization, check_page_names_mentor=True)
    assert str(mentor.user) in text_of(look(visitor, certificate))
    assert "Secret-1" not in text_of(look(visitor, certificate))


def test_one_for_life_says_so(visitor, organization):
    assert heading(look(visitor, CertificateFactory(organization=organization))) == "Valid for life"


def test_one_that_expired_a_moment_ago_says_so_before_the_clockwork_has_looked(visitor, certificate):
    Certificate.objects.filter(pk=certificate.pk).update(expires_at=timezone.now())
    stored = Certificate.objects.with_people().get(pk=certificate.pk)
    assert stored.status == "active"
    assert heading(look(visitor, certificate)) == f"Expired on {english(stored.expires_on)}"


def test_one_that_was_renewed_says_how_the_newer_one_stands(visitor, certificate, org_admin):
    at = timezone.now()
    newer = services.renew_certificate(
        certificate=certificate, issued_on=certificate.issued_on + timedelta(days=700), by=org_admin, at=at
    )
    answer = look(visitor, certificate)
    assert heading(answer) == f"Renewed: the newer certificate is valid until {english(newer.expires_on)}"
    assert english(newer.issued_on) in text_of(answer)
    assert newer.check_code not in answer.content.decode()
    Certificate.objects.filter(pk=newer.pk).update(expires_at=at)
    newer = Certificate.objects.with_people().get(pk=newer.pk)
    assert heading(look(visitor, certificate)) == (
        f"Renewed, but the newer certificate expired on {english(newer.expires_on)}"
    )
    services.revoke_certificate(certificate=newer, reason="Conduct", by=org_admin, at=at)
    assert heading(look(visitor, certificate)) == "Replaced by a newer certificate"


def test_one_that_was_revoked_says_so_without_the_reason(visitor, certificate, org_admin):
    services.revoke_certificate(certificate=certificate, reason="Conduct", by=org_admin, at=timezone.now())
    answer = look(visitor, certificate)
    assert heading(answer) == f"Revoked on {english(timezone.localdate())}"
    assert "Conduct" not in answer.content.decode()


# --- Codes ------------------------------------------------------------------------------------------------------------


def test_a_code_is_read_in_any_case_with_or_without_hyphens(visitor, certificate):
    code = certificate.check_code
    for typed in (code, code.lower(), in_groups(code), in_groups(code).lower(), f"{code}/", f" {code} "):
        assert visitor.get(f"/c/{typed}").status_code == 200, typed
        assert visitor.get("/c/", {"code": typed}).status_code == 200, typed
    assert visitor.get("/c/", {"code": f"http://testserver/c/{in_groups(code)}"}).status_code == 200


@pytest.mark.parametrize("typed", ["2GYVPCKKMZAA6T64", "nonsense", "%25", "a" * 3000, "🦉", "' OR 1=1 --", "<b>x</b>"])
def test_an_unknown_code_and_no_code_at_all_get_the_same_page(visitor, certificate, typed):
    with CaptureQueriesContext(connection) as asked:
        answer = visitor.get("/c/", {"code": typed})
    assert sum("SELECT" in each["sql"] for each in asked) == 1
    assert answer.status_code == 404
    assert heading(answer) == "No certificate has this code"
    assert "<b>x</b>" not in answer.content.decode()
    assert _without_the_typed(answer) == _without_the_typed(visitor.get("/c/", {"code": "other"}))


def _without_the_typed(answer) -> str:
    return re.sub(r'value="[^"]*"|href="[^"]*language=[^"]*"', "", answer.content.decode())


def test_an_association_without_the_module_shows_nothing(visitor, certificate):
    ModuleSetting.objects.filter(module="certification-training").update(is_enabled=False)
    assert heading(look(visitor, certificate)) == "No certificate has this code"
    assert look(visitor, certificate).status_code == 404
    assert visitor.get(f"/c/{certificate.check_code}/qr.svg").status_code == 404


def test_the_form_asks_for_a_code(visitor, db):
    answer = visitor.get("/c/")
    assert (answer.status_code, heading(answer)) == (200, "Check a certificate")
    assert visitor.get("/c/", {"code": "  "}).status_code == 200


def test_the_qr_code_is_an_image_of_the_address(visitor, certificate):
    answer = visitor.get(f"/c/{in_groups(certificate.check_code)}/qr.svg")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert answer.content.startswith(b"<svg")
    assert visitor.get(f"/c/{new_check_code()}/qr.svg").status_code == 404


# --- What holds for every page ----------------------------------------------------------------------------------------


def test_pages_are_stored_nowhere_and_set_no_cookie(visitor, certificate):
    for path in ("/c/", f"/c/{certificate.check_code}", "/c/nonsense", f"/c/{certificate.check_code}/qr.svg"):
        answer = visitor.get(path)
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert "no-store" in answer["Cache-Control"]
        assert answer.cookies == {}
        assert "default-src 'self'" in answer["Content-Security-Policy"]


def test_pages_are_in_the_language_that_is_asked_for(certificate):
    for asked, said in (("nb", "nb"), ("nn-NO,nb;q=0.5", "nn"), ("en-GB", "en"), ("fi", "nb")):
        answer = look(Client(headers={"accept-language": asked}), certificate)
        assert (answer["Content-Language"], f'<html lang="{said}">' in answer.content.decode()) == (said, True)
        switched = look(Client(headers={"accept-language": asked}), certificate, language="nn")
        assert switched["Content-Language"] == "nn"
        assert look(Client(headers={"accept-language": asked}), certificate, language="xx").status_code == 200


def test_an_address_that_asks_too_often_waits(visitor, certificate, settings):
    settings.API_RATES = {"user": "2/min", "anon": "2/min"}
    answers = [look(visitor, certificate) for __ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) >= 1
    assert heading(answers[2]) == "Please wait a moment"
    assert look(Client(REMOTE_ADDR="192.0.2.7"), certificate).status_code == 200


def test_while_redis_is_away_certificates_are_checked_all_the_same(visitor, certificate, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",  # nobody listens there
        }
    }
    assert look(visitor, certificate).status_code == 200


def test_a_page_only_answers_and_takes_nothing(visitor, certificate):
    assert visitor.post(f"/c/{certificate.check_code}").status_code == 405
    assert visitor.head(f"/c/{certificate.check_code}").status_code == 200


@pytest.mark.parametrize(
    "text", ["%00", "%ED%A0%80", "%FF", "..%2F..", "%F0%9F%A6%89", "a" * 3000, "%25%32", '"%3E%3Cx%3E']
)
def test_a_hostile_address_is_no_error_of_ours(visitor, certificate, text):
    for path in (f"/c/{text}", f"/c/{text}/qr.svg", f"/c/?code={text}", f"/c/{certificate.check_code}?language={text}"):
        answer = visitor.get(path)
        assert answer.status_code in (200, 400, 404), path
        assert "<x>" not in answer.content.decode()
