"""Signing in: the app's token per device, the desk's second factor, limits, and what ends a log-in."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, User
from tests.conftest import browser
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

APP = "/_allauth/app/v1"


def log_in(user, password=PASSWORD, **headers):
    return Client().post(
        f"{APP}/auth/login",
        {"email": user.email, "password": password},
        content_type="application/json",
        headers=headers,
    )


def token_of(user):
    return log_in(user).json()["meta"]["session_token"]


def call(token, path=f"{APP}/auth/session", method="get", **data):
    return getattr(Client(), method)(
        path, data or None, content_type="application/json", headers={"X-Session-Token": token}
    )


def code_for(user):
    secret = user.authenticator_set.get(type="totp").wrap().instance.data["secret"]
    counter = int(time.time()) // 30
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def with_totp(user):
    totp.TOTP.activate(user, totp.generate_totp_secret())
    RecoveryCodes.activate(user)
    return user


def test_the_app_logs_in_by_email_and_gets_a_token(mentor):
    response = log_in(mentor.user)
    assert response.status_code == 200
    assert call(response.json()["meta"]["session_token"]).json()["data"]["user"]["email"] == mentor.user.email


def test_a_phone_stays_signed_in_for_thirty_days(mentor):
    session = Session.objects.get(pk=token_of(mentor.user))
    assert session.expire_date > timezone.now() + timedelta(days=29)


def test_a_wrong_password_and_an_unknown_address_answer_alike(mentor):
    wrong, unknown = log_in(mentor.user, "wrong"), log_in(UserFactory.build(email="nobody@example.org"))
    assert (wrong.status_code, unknown.status_code) == (400, 400)
    assert wrong.json()["errors"][0]["code"] == unknown.json()["errors"][0]["code"]


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait(mentor):
    for _ in range(5):
        assert log_in(mentor.user, "wrong").status_code == 400
    assert log_in(mentor.user).status_code in {400, 429}


def test_without_the_cache_nobody_is_let_in_and_nothing_breaks(mentor, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_connect_timeout": 0.2},
        }
    }
    response = log_in(mentor.user)
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")


def test_nobody_signs_up(client):
    response = client.post(
        f"{APP}/auth/signup",
        {"email": "new@example.org", "password": PASSWORD},
        content_type="application/json",
    )
    assert response.status_code == 403
    assert not User.objects.filter(email="new@example.org").exists()


def test_a_disabled_person_is_out_on_the_next_request(mentor):
    token = token_of(mentor.user)
    assert call(token).status_code == 200
    User.objects.filter(pk=mentor.user_id).update(is_active=False)
    assert call(token).status_code in {401, 410}
    assert log_in(mentor.user).status_code in {400, 401}


def test_devices_are_listed_and_one_is_revoked_on_its_next_request(mentor):
    phone, tablet = token_of(mentor.user), token_of(mentor.user)
    listed = call(phone, f"{APP}/auth/sessions").json()["data"]
    assert len(listed) == 2
    other = next(device for device in listed if not device["is_current"])
    assert call(phone, f"{APP}/auth/sessions", "delete", sessions=[other["id"]]).status_code == 200
    assert (call(tablet).status_code, call(phone).status_code) == (410, 200)


def test_a_changed_password_ends_the_other_log_ins(mentor):
    phone, tablet = token_of(mentor.user), token_of(mentor.user)
    changed = call(
        phone, f"{APP}/account/password/change", "post", current_password=PASSWORD, new_password="another good one 7"
    )
    assert changed.status_code == 200
    assert call(tablet).status_code in {401, 410}


def test_a_lost_password_is_reset_by_mail_in_the_persons_language(mentor):
    User.objects.filter(pk=mentor.user_id).update(language="nb")
    response = Client().post(
        f"{APP}/auth/password/request", {"email": mentor.user.email}, content_type="application/json"
    )
    assert response.status_code == 200
    [message] = mail.outbox
    key = message.body.split("/password/reset/key/")[1].split("/")[0]
    reset = Client().post(
        f"{APP}/auth/password/reset", {"key": key, "password": "brand new words 9"}, content_type="application/json"
    )
    assert reset.status_code in {200, 401}
    assert log_in(mentor.user, "brand new words 9").status_code == 200


def test_an_address_that_nobody_has_gets_no_answer_that_says_so(db):
    response = Client().post(
        f"{APP}/auth/password/request", {"email": "nobody@example.org"}, content_type="application/json"
    )
    assert response.status_code == 200


def test_with_a_second_factor_the_password_is_half_the_way(mentor):
    with_totp(mentor.user)
    first = log_in(mentor.user)
    assert first.status_code == 401
    token = first.json()["meta"]["session_token"]
    second = call(token, f"{APP}/auth/2fa/authenticate", "post", code=code_for(mentor.user))
    assert second.status_code == 200


# --- The desk ---------------------------------------------------------------------------------------------------------


def test_the_desk_sends_strangers_to_the_sign_in_page_and_back(client):
    response = client.get("/admin/mentoring/assignment/")
    assert response.status_code == 302
    response = client.get(response.url)
    assert response.url.startswith(reverse("account_login"))


def test_a_coordinator_signs_in_by_password_where_no_second_factor_is_needed(client, coordinator, settings):
    settings.REQUIRE_STAFF_MFA = False
    response = client.post(reverse("account_login"), {"login": coordinator.email, "password": PASSWORD}, follow=True)
    assert response.redirect_chain[-1][0] == "/admin/"
    assert response.status_code == 200


def test_a_mentor_has_no_business_at_the_desk(mentor):
    client = browser(mentor.user)
    assert client.get("/admin/", follow=True).status_code == 403


def test_where_staff_need_a_second_factor_a_password_opens_no_page_of_the_desk(coordinator, settings):
    from django.contrib import admin

    settings.REQUIRE_STAFF_MFA = True
    client = browser(coordinator)
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry
    ]
    for path in ["/admin/", "/admin/jsi18n/", "/admin/autocomplete/", *lists]:
        assert client.get(path).status_code == 302, path


@pytest.mark.django_db(transaction=True)
def test_a_coordinator_sets_up_a_second_factor_and_is_in(client, coordinator, settings):
    settings.REQUIRE_STAFF_MFA = True
    client.post(reverse("account_login"), {"login": coordinator.email, "password": PASSWORD})
    there = client.get("/admin/", follow=True)
    assert there.redirect_chain[-1][0] == reverse("mfa_index")
    asked = client.get(reverse("mfa_activate_totp"), follow=True)
    page = client.post(asked.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    secret = page.context["form"].secret
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    client.post(reverse("mfa_activate_totp"), {"code": code})
    assert client.get("/admin/").status_code == 200
    assert browser(coordinator).get("/admin/").status_code == 302  # another browser still has to show it


def test_a_role_that_is_taken_away_closes_the_desk_on_the_next_request(admin_as_coordinator, coordinator, now):
    assert admin_as_coordinator.get("/admin/").status_code == 200
    Membership.objects.filter(user=coordinator).update(is_active=False, revoked_at=now)
    assert admin_as_coordinator.get("/admin/", follow=True).status_code == 403


def test_the_pages_forbid_framing_storing_and_foreign_scripts(client):
    response = client.get(reverse("account_login"))
    assert response["X-Frame-Options"] == "DENY"
    assert "no-store" in response["Cache-Control"]
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert response["Referrer-Policy"] == "same-origin"
