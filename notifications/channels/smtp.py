"""Django's SMTP connection, which also knows whether the server has begun to take a message.

When a server goes away, that is the difference between "nothing was sent" and "it may have been sent".
"""

from __future__ import annotations

import smtplib
from typing import Any

from django.core.mail.backends.smtp import EmailBackend


class _Attentive:
    """Mixed into smtplib's classes: `has_message` is true from DATA until the server's answer to it."""

    has_message = False

    def data(self, msg: Any) -> Any:
        self.has_message = True
        answer = super().data(msg)  # type: ignore[misc]
        self.has_message = False
        return answer


class _Plain(_Attentive, smtplib.SMTP):
    pass


class _Tls(_Attentive, smtplib.SMTP_SSL):
    pass


class AttentiveBackend(EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _Tls if self.use_ssl else _Plain

    @property
    def may_have_sent(self) -> bool:
        """Did the server have the message when it went away?"""
        return bool(getattr(self.connection, "has_message", False))

    def abandon(self) -> None:
        """Hang up without a good-bye: the server does not answer."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()
