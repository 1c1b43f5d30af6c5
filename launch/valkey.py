"""Our own broker: Valkey on loopback, a free port and a random password."""

from __future__ import annotations

import contextlib
import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path

from launch import processes
from launch.binaries import find_valkey
from launch.postgres import StartFailed


class Valkey:
    """A broker whose data lives under `home` (made if missing, mode 0700).

    `durable` keeps an append-only file, so that queued work outlives a restart. Port and password are decided
    once for an object: after a crash `start()` brings the broker back at the same address.
    """

    name = "broker"

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.home = home
        self.durable = durable
        self.data = home / "data"
        self.log = home / "valkey.log"
        self.password = secrets.token_urlsafe(24)
        self.port: int | None = None
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def directories(self) -> list[Path]:
        """Everything it keeps on disk."""
        return [self.home]

    def url(self) -> str:
        """The one address that kombu, redis-py and Django's cache all take."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start the broker and wait until it answers. Raises StartFailed."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.data.mkdir(mode=0o700, exist_ok=True)
        processes.clear_out(self.data)
        program = find_valkey()
        # Somebody may take the free port between our look and the server's bind: then look again.
        attempts = 5 if self.port is None else 1
        for _ in range(attempts):
            port = self.port or _free_port()
            if self._launch(program, port):
                self.port = port
                return
        raise StartFailed(f"Valkey did not start:\n{processes.tail(self.log)}")

    def _launch(self, program: Path, port: int) -> bool:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(program), "-"],
                cwd=self.home,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                **processes.options(processes.OURSELVES, signal.SIGTERM),
            )
        assert self.process.stdin is not None
        # The settings go through a pipe: a password on the command line could be read by everyone.
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(self._settings(port).encode())
            self.process.stdin.close()
        return self._wait_until_ready(port)

    def _settings(self, port: int) -> str:
        return "\n".join(
            [
                "bind 127.0.0.1",
                f"port {port}",
                f"requirepass {self.password}",
                f'dir "{self.data}"',
                'save ""',
                f"appendonly {'yes' if self.durable else 'no'}",
                "maxmemory-policy noeviction",
                "daemonize no",
                "",
            ]
        )

    def _wait_until_ready(self, port: int, patience: float = 30.0) -> bool:
        assert self.process is not None
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and self.process.poll() is None:
            if _answers(port, self.password):
                return True
            time.sleep(0.01)
        self.stop()
        return False

    def is_alive(self) -> bool:
        """Whether our broker runs; reaps it when it does not."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> int | None:
        """End the broker; it writes its file to the end first. Returns its exit code."""
        if self.process is None:
            return None
        return processes.end(self.process, [(signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int, password: str) -> bool:
    """Whether the server at `port` is ours (knows the password) and has read its data."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                received = connection.recv(256)
                if not received:
                    return False
                answer += received
            return answer == b"+OK\r\n+PONG\r\n"
    except OSError:
        return False
