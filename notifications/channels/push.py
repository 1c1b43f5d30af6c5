"""Push by Firebase Cloud Messaging's HTTP v1: one POST per device."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from functools import cache, partial
from typing import Any
from uuid import UUID

import httpx
from django.conf import settings
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials

from notifications.channels.base import ChannelDown, Refused, Unreachable
from notifications.channels.http import HttpChannel, answer, invitation
from notifications.delivery import Delivery
from notifications.enums import Channel as Name
from notifications.models import Device
from notifications.services.devices import retire_unregistered

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"

#: So many of a person's devices are tried, those seen last.
MOST_DEVICES = 10

#: FCM's words for a token that will never work again, and for one that is not of our project.
GONE = "UNREGISTERED"
NOT_OURS = "SENDER_ID_MISMATCH"


class PushChannel(HttpChannel):
    name = Name.PUSH
    fallback = Name.EMAIL

    def prepare(self, batch: Sequence[Delivery]) -> None:
        """Read the devices of everybody in the batch whose log-in is still alive."""
        self._devices: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
        people = {delivery.recipient_id for delivery in batch}
        live = Device.objects.live().filter(user_id__in=people).order_by("-last_seen_at", "-id")
        for user_id, device_id, token in live.values_list("user_id", "id", "token"):
            self._devices[user_id].append((device_id, token))

    def send(self, delivery: Delivery) -> str:
        """Send to each of the person's devices; one that takes it is enough."""
        taken, refusal = "", None
        for device_id, token in self._devices.get(delivery.recipient_id, [])[:MOST_DEVICES]:
            try:
                taken = self._send_to(device_id, token, delivery) or taken
            except ChannelDown:
                if not taken:
                    raise
                break
            except Refused as error:
                refusal = error
        if taken:
            return taken
        raise refusal or Unreachable("no_device")

    def _send_to(self, device_id: UUID, token: str, delivery: Delivery) -> str:
        """The provider's id; "" when the device is gone and has been retired."""
        response = self.post(
            f"{settings.FCM_URL}/v1/projects/{_credentials().project_id}/messages:send",
            json={"message": _message(token, delivery)},
            headers={"Authorization": f"Bearer {access_token()}"},
        )
        if response.status_code == httpx.codes.OK:
            return str(answer(response).get("name") or "accepted")
        codes = _error_codes(response)
        if GONE in codes or (response.status_code == httpx.codes.NOT_FOUND and "NOT_FOUND" in codes):
            retire_unregistered(device_id=device_id, token=token, at=delivery.claimed_at)
            return ""
        if response.status_code == httpx.codes.BAD_REQUEST or NOT_OURS in codes:
            raise Refused(f"push_{response.status_code}")
        raise self.about_us(response)


def _message(token: str, delivery: Delivery) -> dict[str, Any]:
    key = str(delivery.id)
    return {
        "token": token,
        "notification": {"title": "Varde", "body": invitation(delivery)},
        "data": {"notification_id": key},
        # The same message sent twice shows once.
        "android": {"notification": {"tag": key}},
        "apns": {"headers": {"apns-collapse-id": key}},
        "webpush": {"notification": {"tag": key}},
    }


def _error_codes(response: httpx.Response) -> set[str]:
    error = answer(response).get("error")
    if not isinstance(error, dict):
        return set()
    details = error.get("details")
    found = [error.get("status")]
    found += [each.get("errorCode") for each in details if isinstance(each, dict)] if isinstance(details, list) else []
    return {code for code in found if isinstance(code, str)}


@cache
def _credentials_from(path: str) -> Credentials:
    return Credentials.from_service_account_file(path, scopes=[SCOPE])


def _credentials() -> Credentials:
    try:
        return _credentials_from(settings.FCM_CREDENTIALS_FILE)
    except (OSError, ValueError, GoogleAuthError) as error:
        raise ChannelDown("push_credentials") from error


_refreshing = threading.Lock()


def access_token() -> str:
    """An OAuth token for FCM; fetched when there is none or the last one is about to end, about once an hour."""
    credentials = _credentials()
    with _refreshing:
        if not credentials.valid:
            try:
                credentials.refresh(partial(Request(), timeout=settings.NOTIFICATION_HTTP_TIMEOUT))
            except GoogleAuthError as error:
                raise ChannelDown("push_auth") from error
    return str(credentials.token)
