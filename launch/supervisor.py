"""Runs the whole of Varde on one machine: servers, web, worker, beat. `python3 run.py up`."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from launch import processes
from launch.binaries import NoServer
from launch.embedded import ROOT, Embedded
from launch.postgres import StartFailed
from launch.sharing import HOME, Holding

LONGEST_PAUSE = 30.0
LARGEST_LOG = 10 * 1024 * 1024


@dataclass
class Restarts:
    """When to start again what died: at once, then after ever longer pauses, until it has held for a while."""

    failures: int = 0
    started: float = 0.0
    due: float | None = None

    def note_start(self) -> None:
        """It has been started."""
        self.started = time.monotonic()
        self.due = None

    def note_death(self) -> float:
        """It was found dead; returns the seconds until the next start."""
        lived = time.monotonic() - self.started
        self.failures = 0 if lived > LONGEST_PAUSE else self.failures + 1
        pause: float = 0.0 if self.failures <= 1 else min(LONGEST_PAUSE, 0.5 * 2 ** (self.failures - 1))
        self.due = time.monotonic() + pause
        return pause


@dataclass
class Program:
    """One of our own processes and how it is asked to leave: (signal, seconds) in turn."""

    name: str
    argv: list[str]
    farewell: Sequence[tuple[int, float]]
    environ: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, tied to us; what it prints goes to its log."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.argv,
                cwd=ROOT,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **processes.options(processes.OURSELVES, signal.SIGKILL),
            )

    def is_alive(self) -> bool:
        """Whether it runs; reaps it when it does not."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> int | None:
        """Ask it to leave, ever more firmly; returns its exit code."""
        if self.process is None:
            return None
        return processes.end(self.process, [*self.farewell, (signal.SIGKILL, 5.0)])


def our_programs(port: int, environ: Mapping[str, str], logs: Path) -> list[Program]:
    """Web, worker and beat, in the order in which they start."""
    leashed = [sys.executable, "-m", "launch.leash"]
    level = environ.get("LOG_LEVEL", "info")
    web = ["gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    web += ["--worker-class", "gthread", "--graceful-timeout", "10"]
    web += ["--workers", environ.get("WEB_CONCURRENCY", "2"), "--threads", environ.get("WEB_THREADS", "8")]
    if environ.get("DEBUG", "").lower() in ("1", "true", "yes", "on"):
        web += ["--reload"]
    celery = ["celery", "-A", "config"]
    worker = [*celery, "worker", "--concurrency", environ.get("WORKER_CONCURRENCY", "2"), "--loglevel", level]
    beat = [*celery, "beat", "--scheduler", "django_celery_beat.schedulers:DatabaseScheduler"]
    beat += ["--pidfile=", "--loglevel", level]
    polite = [(signal.SIGTERM, 12.0)]
    # A worker finishes what it has in hand; SIGQUIT makes it drop that, and the rows say what is still due.
    patient = [(signal.SIGTERM, 15.0), (signal.SIGQUIT, 5.0)]
    return [
        Program("web", [*leashed, *web], polite, environ, logs / "web.log"),
        Program("worker", [*leashed, *worker, "--without-gossip"], patient, environ, logs / "worker.log"),
        Program("beat", [*leashed, *beat], polite, environ, logs / "beat.log"),
    ]


@dataclass
class Supervisor:
    """Starts everything, keeps it running, stops it in order.

    Children are tied to this process by the kernel and must be started from its main thread.
    """

    port: int
    environ: dict[str, str]
    home: Path = HOME
    empty: bool = False
    programs: list[Program] = field(default_factory=list)
    stopping: int = 0

    def __post_init__(self) -> None:
        self.holding = Holding(self.home, "up")
        self.embedded = Embedded(self.home, self.environ)
        self.environ |= {"PYTHONUNBUFFERED": "1"}
        self.logs = self.home / "log"
        self.logs.mkdir(mode=0o700, exist_ok=True)
        self.restarts: dict[str, Restarts] = {}
        self._listen_for_signals()

    def _listen_for_signals(self) -> None:
        self._woken, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(self._woken, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to be woken

    def _note_stop(self, *_: Any) -> None:
        self.stopping += 1
        if self.stopping > 1:  # asked twice: no more patience
            for program in self.programs:
                if program.process and program.process.poll() is None:
                    program.process.kill()

    def _sleep(self, seconds: float) -> None:
        """Until a signal comes (a child's death is one), at most `seconds`."""
        select.select([self._woken], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, 4096)

    # -- the whole life -----------------------------------------------------------------------------------

    def run(self) -> int:
        """From the first server to the last; returns the exit code."""
        code = 0
        try:
            self._start_all()
            while not self.stopping:
                self._mend()
                self._sleep(1.0)
        except (StartFailed, NoServer, PreparationFailed) as failure:
            say(str(failure))
            code = 1
        finally:
            self._stop_all()
        return code

    def _start_all(self) -> None:
        began = time.monotonic()
        for server in self.embedded.servers:
            server.start()
            self.restarts[server.name] = Restarts(started=time.monotonic())
        self.environ |= self.embedded.addresses()
        self.holding.publish(self._facts())
        welcome = self._prepare()
        # Web first and alone: the first page is what somebody waits for.
        web, *others = our_programs(self.port, self.environ, self.logs)
        self._add(web)
        if self._wait_for_first_page():
            seconds = time.monotonic() - began
            for program in others:
                self._add(program)
            self._greet(welcome, seconds)

    def _add(self, program: Program) -> None:
        _keep_small(program.log)
        self.programs.append(program)
        self._start(program)
        self.holding.publish(self._facts())

    def _prepare(self) -> str:
        """Migrations and the demo, in a process of their own; returns what it says to the user."""
        if self.stopping:
            return ""
        say("Bringing the database up to date ...")
        argv = [sys.executable, "-m", "launch.prepare", *(["--empty"] if self.empty else [])]
        child = subprocess.Popen(
            argv,
            cwd=ROOT,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            **processes.options(processes.OURSELVES, signal.SIGKILL),
        )
        said = _read_while(child.stdout, lambda: not self.stopping)
        if self.stopping:
            processes.end(child, [(signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)])
            return ""
        if child.wait() != 0:
            raise PreparationFailed("The database could not be prepared; the reason is above.")
        return said

    def _wait_for_first_page(self) -> bool:
        while not self.stopping:
            if _answers(f"http://127.0.0.1:{self.port}/healthz/live"):
                return True
            self._mend()
            self._sleep(0.1)
        return False

    def _greet(self, welcome: str, seconds: float) -> None:
        if welcome.strip():
            say(f"\n{welcome.strip()}\n")
        say(f"Varde answers at http://localhost:{self.port}/ (after {seconds:.1f} s). Logs: {self.logs}")
        say("Ctrl-C stops it.")

    # -- keeping it running -------------------------------------------------------------------------------

    def _mend(self) -> None:
        """Start again what died, servers before programs; each when its pause is over."""
        for thing in [*self.embedded.servers, *self.programs]:
            if thing.is_alive() or self.stopping:
                continue
            state = self.restarts[thing.name]
            if state.due is None:
                code = thing.process.returncode if thing.process else None
                pause = state.note_death()
                say(f"{thing.name} ended ({code}); it is started again in {pause:.0f} s. Log: {thing.log}")
            if state.due is not None and time.monotonic() >= state.due:
                self._start(thing)
                self.holding.publish(self._facts())

    def _start(self, thing: Any) -> None:
        state = self.restarts.setdefault(thing.name, Restarts())
        try:
            thing.start()
        except StartFailed as failure:
            say(str(failure))
        state.note_start()

    def _facts(self) -> dict[str, Any]:
        things = [*self.embedded.servers, *self.programs]
        return {
            **{name: self.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if self.environ.get(name)},
            **self.embedded.addresses(),
            "address": f"http://127.0.0.1:{self.port}",
            "processes": {thing.name: thing.process.pid for thing in things if thing.process},
        }

    def _stop_all(self) -> None:
        """Beat, worker, web; then broker and database, which they all need until the end."""
        self.stopping = max(self.stopping, 1)
        self.holding.close_to_guests(wait=False)
        for thing in [*reversed(self.programs), *reversed(self.embedded.servers)]:
            if thing.is_alive():
                say(f"{thing.name} stopped ({thing.stop()}).")
        self.holding.release()


class PreparationFailed(Exception):
    """Migrations or the demo failed."""


def say(text: str) -> None:
    """One thing the user should know; a closed terminal is no reason to stop."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


def _read_while(stream: IO[str] | None, wanted: Callable[[], bool]) -> str:
    """What a child prints until it closes its output, or until it is no longer wanted."""
    assert stream is not None
    parts = []
    while wanted():
        readable, _, _ = select.select([stream], [], [], 0.2)
        if readable:
            part = os.read(stream.fileno(), 65536)
            if not part:
                break
            parts.append(part)
    return b"".join(parts).decode(errors="replace")


def _answers(url: str) -> bool:
    """Whether the web process gives any answer, be it an error: then it is up."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own address
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _keep_small(log: Path) -> None:
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.rename(log.with_suffix(".log.1"))
