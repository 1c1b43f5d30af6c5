"""The house of the fault tests: the test's own database, a broker that can be killed, a mail server that listens, and
real worker and beat processes."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from django.utils import timezone

from launch import processes
from launch.valkey import Valkey, _free_port
from notifications.models import Notification
from operations import duties
from tests.factories import MembershipFactory, OrganizationFactory
from tests.faults.rig import CLAIM_LOG, FAULT_KIND, TOGETHER

ROOT = Path(__file__).resolve().parents[2]
#: Longer than anything takes on a busy machine: who waits in vain waits this long.
PATIENCE = 240.0
KEY = re.compile(rb"^Message-ID:\s*<([0-9a-f-]{36})", re.M | re.I)


@pytest.hookimpl(tryfirst=True)  # pytest-django orders the tests by its mark
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/faults/" in str(item.path):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.django_db(transaction=True))


class Inbox:
    """What a mail server on loopback has taken; `delay` seconds pass between the message and its answer."""

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.keys: list[UUID] = []
        self.controller = Controller(self, hostname="127.0.0.1", port=_free_port())

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's name
        found = KEY.search(envelope.content)
        assert found is not None
        self.keys.append(UUID(found[1].decode()))
        if self.delay:
            import asyncio

            await asyncio.sleep(self.delay)
        return "250 taken"

    @property
    def counts(self) -> Counter[UUID]:
        return Counter(self.keys)


class House:
    """Everything around the rows."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.broker = Valkey(home / "broker", durable=False)
        self.inbox = Inbox(delay=0.01)
        self.claims = home / "claims"
        self.started: list[subprocess.Popen[bytes]] = []

    def open(self) -> None:
        self.broker.start()
        self.inbox.controller.start()

    def close(self) -> None:
        for process in self.started:
            self.end(process)
        self.inbox.controller.stop()
        self.broker.stop()

    # --- Processes

    def worker(
        self, *, processes_count: int = 2, begins_together: bool = False, **environ: str
    ) -> subprocess.Popen[bytes]:
        """A real worker, ready for tasks. `begins_together`: no process begins before each has a task."""
        if begins_together:
            environ |= {TOGETHER: f"{self.home / 'gathered'}:{processes_count}"}
        arguments = ["worker", "--concurrency", str(processes_count), "--without-gossip", "--without-mingle"]
        return self._start("worker", arguments, ready="ready.", **environ)

    def beat(self, **environ: str) -> subprocess.Popen[bytes]:
        """A real beat with the real scheduler."""
        return self._start("beat", ["beat", "--pidfile="], ready="beat: Starting", **environ)

    def _start(self, name: str, arguments: list[str], *, ready: str, **environ: str) -> subprocess.Popen[bytes]:
        log = self.home / f"{name}-{len(self.started)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "launch.leash", "celery", "-A", "tests.faults.rig", *arguments, "-l", "INFO"],
                cwd=ROOT,
                env=self.environ | environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **processes.options(processes.OURSELVES, signal.SIGKILL),
            )
        self.started.append(process)
        wait_until(lambda: ready in log.read_text(errors="replace"), f"{name} is ready", log=log)
        return process

    @property
    def environ(self) -> dict[str, str]:
        address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        return dict(os.environ) | {
            "DATABASE_URL": urlunsplit(address),
            "REDIS_URL": self.broker.url(),
            "EMAIL_URL": f"smtp://127.0.0.1:{self.inbox.controller.port}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            # Long, so that what is only slow is not taken over; who kills workers wants a short one.
            "NOTIFICATION_LEASE_SECONDS": "600",
            CLAIM_LOG: str(self.claims),
        }

    def children(self, process: subprocess.Popen[bytes]) -> list[int]:
        """The processes of a worker's pool."""
        listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        with contextlib.suppress(OSError):
            return [int(pid) for pid in listed.read_text().split()]
        return []

    def kill_children(self, process: subprocess.Popen[bytes]) -> int:
        """kill -9 of every process of the pool; the worker makes new ones. Returns how many were hit."""
        hit = 0
        for pid in self.children(process):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                hit += 1
        return hit

    def end(self, process: subprocess.Popen[bytes]) -> None:
        processes.end(process, [(signal.SIGCONT, 0.0), (signal.SIGKILL, 5.0)])

    def kill_broker(self) -> None:
        """kill -9; it keeps no file, so it comes back empty."""
        assert self.broker.process is not None
        self.broker.process.kill()
        self.broker.process.wait()

    # --- Messages

    def send(self, task: str, *arguments: object) -> None:
        """What beat does: one message."""
        from celery import Celery

        with Celery(broker=self.broker.url(), set_as_current=False) as app:
            app.conf.task_ignore_result = True
            app.send_task(task, args=arguments, retry=False)

    def sweep(self) -> None:
        self.send("notifications.tasks.dispatch_notifications")

    def queued(self) -> list[bytes]:
        import redis

        with redis.Redis.from_url(self.broker.url()) as broker:
            return broker.lrange("celery", 0, -1)  # type: ignore[return-value]

    def claimed(self) -> list[tuple[int, UUID]]:
        """Who claimed what, one entry per claim."""
        lines = self.claims.read_text().splitlines() if self.claims.exists() else []
        return [(int(process), UUID(key)) for process, key in map(str.split, lines)]


def wait_until(true: Callable[[], object], what: str, *, seconds: float = PATIENCE, log: Path | None = None) -> None:
    """Wait until something is so; the failure says what was waited for and what the process last wrote."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return
        time.sleep(0.02)
    pytest.fail(f"Waited {seconds} s in vain until {what}. {processes.tail(log) if log else ''}")


@pytest.fixture
def house(tmp_path, transactional_db) -> Iterator[House]:
    found = House(tmp_path)
    found.open()
    try:
        yield found
    finally:
        found.close()


@pytest.fixture
def write_due(transactional_db) -> Callable[..., list[UUID]]:
    """Writes so many due notifications to one person, of the kind that only the rig knows."""
    organization = OrganizationFactory(modules=[], quiet_from=None, quiet_to=None)
    recipient = MembershipFactory(organization=organization).user

    def write(count: int, channel: str = "email") -> list[UUID]:
        rows = Notification.objects.bulk_create(
            Notification(
                organization=organization,
                recipient=recipient,
                kind=FAULT_KIND,
                dedupe_key=f"{FAULT_KIND}:{channel}:{number}",
                channel=channel,
                not_before=timezone.now() - timedelta(minutes=1),
            )
            for number in range(count)
        )
        return [row.pk for row in rows]

    return write


@pytest.fixture(autouse=True)
def _database_is_waited_for(transactional_db, monkeypatch) -> Iterator[None]:
    """Sixteen threads share a pool of eight and the locks of one mentor: on a busy machine longer than a page may."""
    options = connection.settings_dict["OPTIONS"]
    patient = [f"-c {name}={PATIENCE:.0f}s" for name in ("statement_timeout", "lock_timeout")]
    monkeypatch.setitem(options, "options", " ".join([options.get("options", ""), *patient]))  # the last one counts
    if options.get("pool"):
        monkeypatch.setitem(options, "pool", options["pool"] | {"timeout": PATIENCE})
    _connect_anew()
    yield
    _connect_anew()


def _connect_anew() -> None:
    connection.close()
    connection.close_pool()


@pytest.fixture(autouse=True)
def _invariants_hold_afterwards(request, transactional_db) -> Iterator[None]:
    """After every fault what must be true is true; a control says itself that it breaks things.

    What was to be done in time is looked at as of the beginning: nobody sweeps here, however long the test takes.
    """
    began = timezone.now()
    yield
    if request.node.get_closest_marker("control") is None:
        broken = {name: count for name, count in _broken(timezone.now()).items() if not name.endswith("_in_time")}
        late = {name: count for name, count in _broken(began).items() if name.endswith("_in_time")}
        assert broken | late == {}


def _broken(at: datetime) -> dict[str, int]:
    return {one.invariant.name: one.count for one in duties.check(at=at) if not one.holds}
