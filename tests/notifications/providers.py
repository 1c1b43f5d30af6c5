"""Providers on loopback that misbehave on demand: an SMTP server and an HTTP server."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class MailServer:
    """An SMTP server that keeps what it takes in `mails`, in order.

    `recipients` maps an address to the answer its RCPT gets; `drops_after_data` makes it hang up once it has the
    message, which it keeps.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.connections = 0
        self.recipients: dict[str, str] = {}
        self.answer_to_all: str | None = None
        self.answer_to_data: str | None = None
        self.drops_after_data = False
        self.port = free_port()

    async def handle_EHLO(  # noqa: N802 (aiosmtpd's names)
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answer_to_all or self.recipients.get(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer_to_data:
            return self.answer_to_data
        content = envelope.original_content or b""
        self.mails.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        if self.drops_after_data:
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]
        return "250 OK"

    @property
    def addressees(self) -> list[str]:
        return [str(mail["To"]) for mail in self.mails]


@contextmanager
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


@contextmanager
def line(greeting: bytes | None) -> Iterator[int]:
    """A port where somebody lifts the receiver, says `greeting` (or nothing at all) and waits. Answers the port."""
    ended = threading.Event()
    calls: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)

        def serve() -> None:
            while not ended.is_set():
                try:
                    call, _address = listener.accept()
                except TimeoutError:
                    continue
                calls.append(call)
                if greeting is not None:
                    call.sendall(greeting)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            ended.set()
            thread.join()
            for call in calls:
                call.close()


#: Given the path, the headers and the JSON of a POST, answers (status, JSON), or None to hang up.
Answer = Callable[[str, dict[str, str], dict[str, Any]], "tuple[int, Any] | None"]


class WebServer:
    """An HTTP provider that keeps every POST in `posts` as (path, headers, body) and answers as `answer` says."""

    def __init__(self, answer: Answer) -> None:
        self.posts: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.answer = answer
        self.url = ""


@contextmanager
def web_server(answer: Answer) -> Iterator[WebServer]:
    server = WebServer(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"]))
            is_json = self.headers["Content-Type"] == "application/json"
            body = json.loads(text) if is_json else {"form": text.decode()}
            headers = dict(self.headers)
            server.posts.append((self.path, headers, body))
            answered = server.answer(self.path, headers, body)
            if answered is None:
                self.close_connection = True
                return
            status, found = answered
            content = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Quietly."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    server.url = f"http://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()
