"""Who has to show a second factor, and whether they have."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings

from accounts.models import User


def is_missing(user: User, session: Any) -> bool:
    """Does this log-in still lack the second factor that its person needs? Only staff need one."""
    return settings.REQUIRE_STAFF_MFA and user.access.is_staff and not _was_shown(session)


def has_one(user: User) -> bool:
    """Has the person set up a second factor (an authenticator app or a passkey)?"""
    return is_mfa_enabled(user)


def _was_shown(session: Any) -> bool:
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    return any(record.get("method") == "mfa" for record in records)
