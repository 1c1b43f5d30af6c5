"""Read and unread."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from notifications.models import Notification


def mark_read(*, notification: Notification, at: datetime) -> Notification:
    """The recipient has read it. Reading it again keeps the first moment."""
    Notification.objects.filter(pk=notification.pk, read_at=None).update(read_at=at, updated_at=at)
    notification.refresh_from_db()
    return notification


def mark_unread(*, notification: Notification, at: datetime) -> Notification:
    """The recipient wants to see it as new again."""
    Notification.objects.filter(pk=notification.pk, read_at__isnull=False).update(read_at=None, updated_at=at)
    notification.refresh_from_db()
    return notification


def mark_all_read(*, user: User, at: datetime) -> int:
    """The user has read all they have been told so far; answers how many were new."""
    return Notification.objects.inbox_of(user).unread().order_by().update(read_at=at, updated_at=at)
