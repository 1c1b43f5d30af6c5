"""The pages on which people sign in and look after their log-in open, in the language of whoever looks."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

#: Words of the pages' own English that must not be left over.
ENGLISH = ("Password", "Sign", "Security Key", "Recovery", "Authenticator", "Sessions", "Browser", "Email", "Cancel")

OUTSIDE = ["account_login", "account_reset_password", "account_reset_password_done"]
INSIDE = [
    "account_reauthenticate",
    "account_change_password",
    "account_logout",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_generate_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "usersessions_list",
]


def text_of(response):
    """The page's visible words, roughly: without its tags and scripts."""
    body = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", body)


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("language", ["nb", "nn"])
def test_pages_before_signing_in_are_norwegian(name, language):
    response = Client(headers={"accept-language": language}).get(reverse(name))
    assert response.status_code == 200
    assert f'lang="{language}"' in response.content.decode()
    assert [word for word in ENGLISH if word in text_of(response)] == []


@pytest.mark.parametrize("name", INSIDE)
@pytest.mark.parametrize("language", ["nb", "nn"])
def test_pages_of_ones_account_are_norwegian(name, language):
    user = UserFactory(language=language)
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})  # some pages ask again
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert f'lang="{language}"' in response.content.decode()
    assert [word for word in ENGLISH if word in text_of(response)] == []
