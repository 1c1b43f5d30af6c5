"""E-mail by SMTP, through Django's backend: one connection per batch, one message per person.

The Message-ID is the notification's id, the same in every attempt. SMTP has no other key: if the server goes away
after it took a message and before it said so, the message is sent again with the same Message-ID, at most three times
in all; a mail program that looks at it shows one.
"""

from __future__ import annotations

import contextlib
import smtplib
from types import TracebackType
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import translation

from notifications.channels.base import Channel, ChannelDown, NotDelivered, Refused, TryLater, UnknownOutcome
from notifications.channels.smtp import AttentiveBackend
from notifications.delivery import Delivery
from notifications.enums import Channel as Name

DJANGO_SMTP = "django.core.mail.backends.smtp.EmailBackend"
OUR_SMTP = "notifications.channels.smtp.AttentiveBackend"

#: 552: this message is too large. Other refusals of the sender are about us, not about the message.
MESSAGE_TOO_LARGE = 552
SERVICE_CLOSING = 421


class EmailChannel(Channel):
    name = Name.EMAIL
    _connection: BaseEmailBackend | None = None

    def send(self, delivery: Delivery) -> str:
        if not delivery.email:
            raise Refused("no_email_address")
        message = compose_mail(delivery)
        try:
            message.connection = self._open()
            message.send()
        except ValueError as error:  # an address or header that no mail may have
            raise Refused("bad_email_address") from error
        except (smtplib.SMTPException, OSError) as error:
            trouble = self._verdict(error)
            if isinstance(trouble, ChannelDown):
                self._close(politely=False)
            raise trouble from error
        return str(message.extra_headers["Message-ID"])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _open(self) -> BaseEmailBackend:
        if self._connection is None:
            backend = OUR_SMTP if settings.EMAIL_BACKEND == DJANGO_SMTP else settings.EMAIL_BACKEND
            connection = get_connection(backend)
            connection.open()
            self._connection = connection
        return self._connection

    def _close(self, *, politely: bool = True) -> None:
        connection, self._connection = self._connection, None
        with contextlib.suppress(smtplib.SMTPException, OSError):
            if isinstance(connection, AttentiveBackend) and not politely:
                connection.abandon()
            elif connection is not None:
                connection.close()

    def _verdict(self, error: Exception) -> NotDelivered:
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            return _of_reply(next(iter(error.recipients.values()))[0], "recipient")
        if isinstance(error, smtplib.SMTPDataError):
            return _of_reply(error.smtp_code, "message")
        if isinstance(error, smtplib.SMTPSenderRefused):
            if error.smtp_code == MESSAGE_TOO_LARGE:
                return Refused("smtp_message_552")
            return ChannelDown(f"smtp_sender_{error.smtp_code}")
        if isinstance(error, smtplib.SMTPResponseException):  # greeting, EHLO, log-in
            return ChannelDown(f"smtp_{error.smtp_code}")
        code = _lost_connection(error)
        return UnknownOutcome(f"{code}_after_data") if self._may_have_sent() else ChannelDown(code)

    def _may_have_sent(self) -> bool:
        return isinstance(self._connection, AttentiveBackend) and self._connection.may_have_sent


def _of_reply(code: int, about: str) -> NotDelivered:
    """The server's answer about one recipient or one message: 4xx for now, 5xx for good, 421 about itself."""
    if code == SERVICE_CLOSING:
        return ChannelDown("smtp_421")
    reason = f"smtp_{about}_{code}"
    return Refused(reason) if code >= 500 else TryLater(reason)


def _lost_connection(error: Exception) -> str:
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "smtp_timeout"
    if isinstance(error, ConnectionRefusedError):
        return "smtp_refused"
    return "smtp_disconnected" if isinstance(error, smtplib.SMTPServerDisconnected) else "smtp_unreachable"


def compose_mail(delivery: Delivery) -> EmailMultiAlternatives:
    """The mail, as text and as HTML, in the recipient's language."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    context = {
        "delivery": delivery,
        "link": f"{settings.SITE_URL}{delivery.path}" if delivery.path else "",
        "paragraphs": delivery.body.split("\n\n"),
    }
    with translation.override(delivery.language):
        text = render_to_string("notifications/email.txt", context)
        html = render_to_string("notifications/email.html", context)
    message = EmailMultiAlternatives(
        subject=delivery.title,
        body=text,
        to=[delivery.email],
        headers={
            "Message-ID": f"<{delivery.id}@{host}>",
            "Auto-Submitted": "auto-generated",  # no out-of-office answers, please
            "Content-Language": delivery.language,
        },
    )
    message.attach_alternative(html, "text/html")
    return message
