"""How the API knows who calls: a token per device from the app's log-in, or a browser's session."""

from __future__ import annotations

from typing import Any

from allauth.headless.contrib.rest_framework.authentication import XSessionTokenAuthentication
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from accounts import second_factor
from accounts.models import User
from accounts.services.devices import note_use


class SecondFactorRequired(PermissionDenied):
    """Coordinators and administrators have to sign in with a second factor."""

    default_code = "second_factor_required"
    default_detail = _("Sign in with a second factor to use this.")


class DeviceTokenAuthentication(XSessionTokenAuthentication):
    """The header `X-Session-Token`, as the app's log-in answered it.

    The token is looked up for every request, so a device that is revoked and a person who is disabled are out at once.
    """

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        if self.get_session_token(request) is None:
            return None
        found = super().authenticate(request)
        if found is None:
            raise AuthenticationFailed(_("This log-in is no longer valid."))
        admitted = _admit(*found)
        if not note_use(session=found[1], at=timezone.now()):
            raise AuthenticationFailed(_("This log-in is no longer valid."))
        return admitted

    def authenticate_header(self, request: Request) -> str:
        return "X-Session-Token"


class BrowserAuthentication(authentication.SessionAuthentication):
    """The session of a browser that is signed in, with Django's protection against forged requests."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        found = super().authenticate(request)
        return found and _admit(found[0], request._request.session)


def _admit(user: User, session: Any) -> tuple[User, Any]:
    """Let a known person in, unless a second factor is missing; answers are in their language from here on."""
    if second_factor.is_missing(user, session):
        raise SecondFactorRequired
    translation.activate(user.language)
    return user, session


class DeviceTokenScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document names the token."""

    target_class = DeviceTokenAuthentication
    name = "deviceToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "X-Session-Token"}


class BrowserScheme(OpenApiAuthenticationExtension):
    target_class = BrowserAuthentication
    name = "browserSession"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
