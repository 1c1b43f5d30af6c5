"""The public addresses of badges. They stand in signed credentials, so they never change their meaning."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from accounts.models import Organization
from achievements.models import BadgeDefinition, EarnedBadge


def badge_url(earned: EarnedBadge) -> str:
    """The page that says how a badge stands now. It is the credential's id, too."""
    return _whole("badge-check", earned.code)


def status_url(earned: EarnedBadge) -> str:
    """The list of revoked credentials, which has this one on it or nothing."""
    return _whole("badge-status", earned.code)


def issuer_url(organization: Organization) -> str:
    return _whole("badge-issuer", organization.pk)


def achievement_url(definition: BadgeDefinition, organization: Organization) -> str:
    """What the badge is, as the organisation awards it: a badge of the platform has one address for each of them."""
    return _whole("badge-achievement", organization.pk, definition.pk)


def image_url(icon: str) -> str:
    return _whole("badge-image", icon)


def key_url(thumbprint: str) -> str:
    """Where a public key is kept, and what credentials call it by."""
    return _whole("badge-key", thumbprint)


def keys_url() -> str:
    return _whole("badge-keys")


def _whole(name: str, *args: UUID | str) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"
