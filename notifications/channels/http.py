"""What push and SMS have in common: a provider that is one HTTP POST away.

The text carries nothing about anybody: it says that there is something in the app, and gives the notification's id.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from notifications.channels.base import Channel, ChannelDown, UnknownOutcome
from notifications.delivery import Delivery


class HttpChannel(Channel):
    """Keeps one client per batch and turns what goes wrong on the line into our words."""

    _client: httpx.Client

    def __enter__(self) -> Self:
        self._client = httpx.Client(timeout=settings.NOTIFICATION_HTTP_TIMEOUT, follow_redirects=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def post(self, url: str, *, json: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
        """POST, and answer what the provider said about this message.

        Raises `ChannelDown` when it does not answer. A time-out counts as that, although the provider may have taken
        the message; the id that goes along lets it recognise the next attempt. An answer that is cut off is an
        `UnknownOutcome`.
        """
        try:
            return self._client.post(url, json=json, headers=headers)
        except httpx.TimeoutException as error:
            raise ChannelDown(f"{self.name}_timeout") from error
        except (httpx.ReadError, httpx.RemoteProtocolError) as error:
            raise UnknownOutcome(f"{self.name}_disconnected") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ChannelDown(f"{self.name}_unreachable") from error

    def about_us(self, response: httpx.Response) -> ChannelDown:
        """What to raise when the answer is about the provider or our account and says nothing about the message."""
        return ChannelDown(f"{self.name}_{response.status_code}")


def invitation(delivery: Delivery) -> str:
    """What a lock screen may show: that there is something to read, not what."""
    with translation.override(delivery.language):
        return _("You have a new message. Open the app to read it.")


def answer(response: httpx.Response) -> dict[str, Any]:
    """The JSON object in the answer; empty if there is none."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
