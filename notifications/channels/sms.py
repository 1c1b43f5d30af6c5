"""SMS by one plain HTTP POST: {"to", "from", "text", "reference"} as JSON, with a bearer token."""

from __future__ import annotations

import httpx
from django.conf import settings

from notifications.channels.base import Refused, Unreachable
from notifications.channels.http import HttpChannel, answer, invitation
from notifications.delivery import Delivery
from notifications.enums import Channel as Name

#: Answers that are about the number or the text.
ABOUT_THE_MESSAGE = {httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY}


class SmsChannel(HttpChannel):
    name = Name.SMS
    fallback = Name.EMAIL

    def send(self, delivery: Delivery) -> str:
        if not delivery.phone:
            raise Unreachable("no_phone_number")
        response = self.post(
            settings.SMS_URL,
            json={
                "to": delivery.phone,
                "from": settings.SMS_SENDER,
                "text": f"{invitation(delivery)} {settings.SITE_URL}",
                "reference": str(delivery.id),
            },
            headers={"Authorization": f"Bearer {settings.SMS_TOKEN}", "Idempotency-Key": str(delivery.id)},
        )
        if response.is_success:
            return str(answer(response).get("id") or "")
        if response.status_code in ABOUT_THE_MESSAGE:
            raise Refused(f"sms_{response.status_code}")
        raise self.about_us(response)
