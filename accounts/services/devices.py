"""Where a person is signed in: one session per device, in the app and in the browser."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.models import User

#: Where a session keeps when its device was last noted.
SEEN = "varde_seen_at"
_SEEN_AGAIN = timedelta(hours=1)


@transaction.atomic
def revoke_device(*, user: User, device_id: int) -> bool:
    """Sign the user out on one device, from its next request on. False when there is no such device of theirs."""
    device = UserSession.objects.filter(user=user, pk=device_id).first()
    if device is None:
        return False
    _end([device])
    return True


@transaction.atomic
def sign_out_everywhere(*, user: User) -> int:
    """Sign the user out on all devices; answers on how many."""
    return _end(UserSession.objects.filter(user=user))


def note_use(*, session: SessionBase, at: datetime) -> bool:
    """Note that an app's log-in is in use: it lasts on from here, and its device shows when it was seen.

    Written at most once an hour, so that reading stays reading. False when the log-in has been ended meanwhile.
    """
    seen = session.get(SEEN, 0)
    if at.timestamp() - seen < _SEEN_AGAIN.total_seconds():
        return True
    session[SEEN] = at.timestamp()
    session.set_expiry(settings.APP_SESSION_DAYS * 24 * 60 * 60)
    try:
        with transaction.atomic():
            session.save()
    except UpdateError:
        return False
    UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=at)
    return True


def _end(devices: Iterable[UserSession]) -> int:
    found = list(devices)
    Session.objects.filter(pk__in=[device.session_key for device in found]).delete()
    UserSession.objects.filter(pk__in=[device.pk for device in found]).delete()
    return len(found)
