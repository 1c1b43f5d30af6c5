"""The servers that Varde brings along, for every address that the environment does not give."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from launch.postgres import Postgres
from launch.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent


class Embedded:
    """PostgreSQL when DATABASE_URL is unset, Valkey when REDIS_URL is; each for itself, maybe neither."""

    def __init__(self, home: Path, environ: Mapping[str, str], *, durable: bool = True) -> None:
        self.postgres = None if environ.get("DATABASE_URL") else Postgres(home / "postgres", durable=durable)
        self.valkey = None if environ.get("REDIS_URL") else Valkey(home / "valkey", durable=durable)

    @property
    def servers(self) -> list[Postgres | Valkey]:
        """In the order in which they start."""
        return [server for server in (self.postgres, self.valkey) if server is not None]

    def start(self) -> None:
        """Start what is missing; when one fails, those already started are stopped again."""
        try:
            for server in self.servers:
                server.start()
        except BaseException:
            self.stop()
            raise

    def addresses(self) -> dict[str, str]:
        """The environment variables that lead to the servers started here."""
        found = {}
        if self.postgres:
            found["DATABASE_URL"] = self.postgres.url()
        if self.valkey:
            found["REDIS_URL"] = self.valkey.url()
        return found

    def stop(self) -> None:
        """Stop in the reverse order."""
        for server in reversed(self.servers):
            server.stop()


class ThrowAway:
    """Servers for one test run, in a temporary directory that goes with them, even after kill -9."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="varde-test-"))
        self.embedded = Embedded(self.home, environ, durable=False)
        self.janitor: subprocess.Popen[bytes] | None = None

    def start(self) -> dict[str, str]:
        """Start them and return the variables that lead to them."""
        try:
            self.embedded.start()
            self._hire_janitor()
        except BaseException:
            self.stop()
            raise
        return self.embedded.addresses()

    def _hire_janitor(self) -> None:
        pids = [str(server.process.pid) for server in self.embedded.servers if server.process]
        directories = [str(path) for path in self._directories()]
        # Its own session, and a pipe that ends with us: it outlives us by the moment it needs.
        self.janitor = subprocess.Popen(
            [sys.executable, "-S", "-E", str(ROOT / "launch" / "janitor.py"), *pids, "--", *directories],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )

    def _directories(self) -> list[Path]:
        found = [path for server in self.embedded.servers for path in server.directories]
        return list(dict.fromkeys([self.home, *found]))

    def stop(self) -> None:
        """Stop the servers and remove every trace of them."""
        self.embedded.stop()
        for directory in self._directories():
            shutil.rmtree(directory, ignore_errors=True)
        if self.janitor:
            with contextlib.suppress(OSError):
                self.janitor.communicate(timeout=10)


def development_secret(home: Path) -> str:
    """A random SECRET_KEY that stays the same for this checkout."""
    path = home / "secret_key"
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
