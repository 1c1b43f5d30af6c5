"""Phones and browsers that push messages can reach."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.models import User
from notifications.enums import Platform
from notifications.models import Device


def register_device(*, user: User, platform: Platform, token: str, session_key: str, at: datetime) -> Device:
    """Make a device reachable. A token that is known already is the same device: it moves to this user and log-in.

    `session_key` is the log-in it was registered from; when that is revoked, the device falls silent.
    """
    values = {
        "user": user,
        "platform": platform,
        "session_key": session_key,
        "last_seen_at": at,
        "retired_at": None,
    }
    device, _new = Device.objects.update_or_create(token=token, defaults=values)
    return device


def retire_device(*, device: Device, at: datetime) -> None:
    """Send nothing to this device any more. Doing it again keeps the first moment."""
    Device.objects.filter(pk=device.pk, retired_at=None).update(retired_at=at, updated_at=at)


def retire_unregistered(*, device_id: UUID, token: str, at: datetime) -> None:
    """The provider says that this token is gone: the app was removed. A token that is new meanwhile stays."""
    Device.objects.filter(pk=device_id, token=token, retired_at=None).update(retired_at=at, updated_at=at)
