"""What a log-in may and may not do, beside signing in: own address, own devices, how long they last."""

import subprocess
import sys
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import User
from accounts.services.devices import SEEN
from tests.conftest import api_client, browser
from tests.factories import PASSWORD


@pytest.mark.parametrize("path", ["account/email", "account/phone", "auth/email/verify", "auth/phone/verify"])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_nobody_changes_their_own_address_from_the_app(method, path, as_mentor, mentor):
    answer = getattr(as_mentor, method)(f"/_allauth/app/v1/{path}", {"email": "Other@example.org", "primary": True})
    assert answer.status_code == 404
    assert not EmailAddress.objects.exists()


def test_nobody_changes_their_own_address_in_the_browser(mentor):
    client = browser(mentor.user)
    for path in ("/accounts/email/", "/accounts/confirm-email/", "/accounts/confirm-email/abc/"):
        assert client.post(path, {"email": "Other@example.org", "action_add": ""}).status_code == 404
    assert not EmailAddress.objects.exists()


def test_a_phone_that_is_used_stays_signed_in_and_shows_when_it_was_seen(mentor, settings):
    client = api_client(mentor.user)
    token = client._credentials["HTTP_X_SESSION_TOKEN"]
    device = UserSession.objects.create(user=mentor.user, session_key=token, ip="127.0.0.1", user_agent="phone")
    UserSession.objects.filter(pk=device.pk).update(last_seen_at=timezone.now() - timedelta(days=3))
    session = SessionStore(token)
    session[SEEN] = (timezone.now() - timedelta(days=3)).timestamp()
    session.save()

    assert client.get("/api/v1/me").status_code == 200

    device.refresh_from_db()
    assert timezone.now() - device.last_seen_at < timedelta(minutes=1)
    left = Session.objects.get(pk=token).expire_date - timezone.now()
    assert left > timedelta(days=settings.APP_SESSION_DAYS) - timedelta(minutes=1)


def test_a_phone_in_use_is_not_written_down_at_every_call(as_mentor, django_assert_max_num_queries):
    as_mentor.get("/api/v1/me/devices")
    with django_assert_max_num_queries(30) as seen:
        as_mentor.get("/api/v1/me/devices")
    assert not [query for query in seen.captured_queries if query["sql"].startswith("UPDATE")]


def test_a_log_in_that_has_run_out_is_out(as_mentor):
    token = as_mentor._credentials["HTTP_X_SESSION_TOKEN"]
    Session.objects.filter(pk=token).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert as_mentor.get("/api/v1/me").status_code == 401


def test_a_passkey_can_be_asked_for_at_log_in_and_set_up_afterwards(mentor):
    from tests.accounts.test_signin import call, token_of

    asked = call(None, "/_allauth/app/v1/auth/webauthn/login")
    assert asked.status_code == 200
    assert asked.json()["data"]["request_options"]["publicKey"]["challenge"]

    token, page = token_of(mentor.user), "/_allauth/app/v1/account/authenticators/webauthn"
    assert call(token, page).status_code == 401  # first the password once more
    call(token, "/_allauth/app/v1/auth/reauthenticate", method="post", password=PASSWORD)
    set_up = call(token, page, passwordless=True)
    assert set_up.json()["data"]["creation_options"]["publicKey"]["challenge"]


def test_a_lost_second_factor_is_reset_by_somebody_above_and_signs_out(coordinator, org_admin, neighbour, now):
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(coordinator, generate_totp_secret())
    client = api_client(coordinator)
    token = client._credentials["HTTP_X_SESSION_TOKEN"]
    UserSession.objects.create(user=coordinator, session_key=token, ip="127.0.0.1", user_agent="phone")
    with pytest.raises(services.NotAllowed):
        services.reset_second_factor(user=coordinator, by=neighbour, at=now, reason="Lost phone")

    services.reset_second_factor(user=coordinator, by=org_admin, at=now, reason="Lost phone")
    assert not Authenticator.objects.filter(user=coordinator).exists()
    assert client.get("/api/v1/me").status_code == 401


def _every_page_of_the_desk():
    """The addresses of all admin pages, with an id that no row has."""
    nobody = "01890000-0000-7000-8000-000000000000"
    for model, desk in admin.site._registry.items():
        for pattern in desk.urls:
            if pattern.name is None:
                continue
            names = list(pattern.pattern.converters)
            yield reverse(f"admin:{pattern.name}", args=[nobody if model else ""] * len(names))


def test_where_staff_need_a_second_factor_a_password_opens_none_of_all_the_pages_of_the_desk(org_admin, settings):
    settings.REQUIRE_STAFF_MFA = True
    client = browser(org_admin)
    pages = sorted(set(_every_page_of_the_desk()))
    assert len(pages) > 40
    for page in pages:
        for answer in (client.get(page), client.post(page, {"reason": "x", "note": "x"})):
            assert answer.status_code in (302, 404), page
            assert answer.status_code == 404 or answer["Location"].startswith(("/admin/login/", "/accounts/")), page


def test_where_staff_need_a_second_factor_a_password_opens_nothing_of_the_api(as_org_admin, mentor, settings):
    settings.REQUIRE_STAFF_MFA = True
    for path in ("me", "mentors", f"mentors/{mentor.pk}", "local-associations", "assignments"):
        answer = as_org_admin.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")
    assert api_client(mentor.user).get("/api/v1/me").status_code == 200


def test_answers_of_the_api_are_in_the_callers_language_and_not_in_the_next_ones(as_mentor, mentor, anonymous):
    User.objects.filter(pk=mentor.user_id).update(language="nn")
    assert as_mentor.get("/api/v1/me")["Content-Language"] == "nn"
    assert anonymous.get("/api/v1/me", HTTP_ACCEPT_LANGUAGE="en")["Content-Language"] == "en"


@pytest.mark.slow
def test_the_production_settings_pass_djangos_deployment_check():
    import os

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    # The browser tests set it for the whole run; a deployment does not.
    environ = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    environ |= {"PRODUCTION": "1", "SECRET_KEY": "a-key-of-fifty-characters-or-more-0123456789-abcdefghij"}
    environ |= {"ALLOWED_HOSTS": "varde.example.org", "SITE_URL": "https://varde.example.org"}
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    environ |= {"OPEN_BADGES_KEY": key.replace("\n", "\\n")}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
