"""One holder of the checkout's servers, many guests.

The first command that needs the servers starts and holds them; a later one is its guest. `flock` says who holds:
the kernel lets go of it whatever becomes of the holder, so nothing stale can lie about.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from launch.embedded import ROOT, Embedded
from launch.processes import is_alive

# VARDE_HOME: for a second set of data beside the first, or a checkout that must not be written to.
HOME = Path(os.environ.get("VARDE_HOME") or ROOT / ".varde")
ADDRESSES = ("DATABASE_URL", "REDIS_URL")


class HeldByAnother(Exception):
    """Another command holds the servers, in a way that we cannot share; the text says which and what to do."""


def missing(environ: Mapping[str, str]) -> list[str]:
    """The addresses that the environment does not give."""
    return [name for name in ("DATABASE_URL", "REDIS_URL") if not environ.get(name)]


class Holding:
    """The right to run servers in `home`, taken without waiting. Raises HeldByAnother."""

    def __init__(self, home: Path, command: str) -> None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.published = home / "services.json"
        self._guests = (home / "guests.lock").open("w")
        self._lock = (home / "holder.lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.seek(0)
            holder = self._lock.read().strip() or "another command"
            self._lock.close()
            self._guests.close()
            raise HeldByAnother(
                f"The database in {home} is in use by {holder}. Stop that first, or work in a second checkout."
            ) from None
        self.published.unlink(missing_ok=True)  # of a holder that was killed
        self._lock.truncate(0)
        self._lock.write(f"`run.py {command}` (process {os.getpid()})")
        self._lock.flush()

    def publish(self, facts: Mapping[str, Any]) -> None:
        """Let guests in: tell them the addresses (the file is for our own user only)."""
        fresh = self.published.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"pid": os.getpid(), **facts}, file, indent=1)
        fresh.rename(self.published)

    def close_to_guests(self, *, wait: bool) -> None:
        """Let no new guest in; with `wait`, see the present ones out first."""
        self.published.unlink(missing_ok=True)
        if not wait:
            return
        try:
            fcntl.flock(self._guests, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another command that uses this database ...", file=sys.stderr, flush=True)
            fcntl.flock(self._guests, fcntl.LOCK_EX)

    def release(self) -> None:
        """Let go, after the servers have stopped."""
        self._lock.truncate(0)
        self._lock.close()
        self._guests.close()


@contextlib.contextmanager
def addresses(command: str, environ: Mapping[str, str], home: Path = HOME) -> Iterator[dict[str, str]]:
    """The addresses of what the environment does not give, for as long as the block lasts.

    From the holder if there is one alive, else from servers of our own. Raises HeldByAnother, StartFailed.
    """
    if not missing(environ):
        yield {}
        return
    found = _join_or_hold(command, home)
    if isinstance(found, Holding):
        with _own_servers(found, environ, home) as own:
            yield own
    else:
        with found.lock:
            yield _as_guest(found.published, environ)


@dataclass(frozen=True)
class Visit:
    """Being a guest: a shared lock, which the holder waits for, and what the holder published."""

    lock: IO[str]
    published: dict[str, Any]


def _join_or_hold(command: str, home: Path, patience: float = 60.0) -> Holding | Visit:
    """The right to hold, or a visit to the present holder as soon as its servers answer."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return Holding(home, command)
        except HeldByAnother:
            if visit := _visit(home):
                return visit
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _visit(home: Path) -> Visit | None:
    """None while nobody receives guests. The lock comes first: a holder who leaves unpublishes, then waits."""
    lock = (home / "guests.lock").open("a")
    fcntl.flock(lock, fcntl.LOCK_SH)
    with contextlib.suppress(OSError, ValueError):
        published = json.loads((home / "services.json").read_text())
        if is_alive(published["pid"]):
            return Visit(lock, published)
    lock.close()
    return None


def _as_guest(published: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    for name in missing(environ):
        if name not in published:
            raise HeldByAnother(
                f"The command that is running (process {published.get('pid')}) was given {name} from outside;"
                " give this one the same."
            )
    return {name: published[name] for name in ADDRESSES if name in published and not environ.get(name)}


@contextlib.contextmanager
def _own_servers(holding: Holding, environ: Mapping[str, str], home: Path) -> Iterator[dict[str, str]]:
    embedded = Embedded(home, environ)
    try:
        embedded.start()
        holding.publish(embedded.addresses())
        yield embedded.addresses()
        holding.close_to_guests(wait=True)
    finally:
        holding.close_to_guests(wait=False)
        embedded.stop()
        holding.release()
