"""`run.py up`, the whole of it, with its real processes."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest

from launch import processes
from launch.embedded import ROOT
from launch.supervisor import LONGEST_PAUSE, Restarts
from tests.launch.waiting import PATIENCE, commands, descendants, eventually


class Up:
    """`run.py up --empty` in a place of its own."""

    def __init__(self, place):
        shutil.rmtree(place / "home" / "log", ignore_errors=True)  # of the one before, who said the same
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.home = place / "home"
        self.said = place / "said"
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "launch", "up", "--empty", "--port", str(self.port)],
                cwd=ROOT,
                env=kept | {"VARDE_HOME": str(self.home)},
                stdout=said,
                stderr=said,
            )

    def facts(self):
        with contextlib.suppress(OSError, ValueError):
            return json.loads((self.home / "services.json").read_text())
        return {"processes": {}}

    def pid(self, name):
        return self.facts()["processes"].get(name)

    def answers(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz/live", timeout=10) as page:
                return page.status == 200
        except OSError:
            return False

    def is_up(self):
        return self.answers() and "Ctrl-C stops it" in self.said.read_text()

    def has_logged(self, name, words):
        log = self.home / "log" / f"{name}.log"
        return log.exists() and words in log.read_text()

    def is_all_up(self):
        return self.has_logged("worker", " ready.") and self.has_logged("beat", "beat: Starting")

    def everyone(self):
        return [self.process.pid, *descendants(self.process.pid)]

    def count(self, *words):
        """How many of the processes have all these words in their command."""
        return sum(all(word in command for word in words) for command in commands(self.everyone()))


@contextlib.contextmanager
def brought_up(place):
    running = Up(place)
    try:
        assert eventually(running.is_up), running.said.read_text()
        assert eventually(running.is_all_up), running.said.read_text()
        yield running
    finally:
        running.process.kill()
        running.process.wait()
        for server in ("postgres", "valkey"):
            processes.clear_out(running.home / server / "data")


@pytest.fixture(scope="module")
def ground():
    """Where they run, one after the other; only the first of them has a database to make."""
    with tempfile.TemporaryDirectory(prefix="vt-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


@pytest.fixture
def up(ground):
    with brought_up(ground) as running:
        yield running


@pytest.fixture(scope="class")
def lasting(ground):
    """One that runs for all tests that leave it running."""
    with brought_up(ground) as running:
        yield running


@pytest.mark.slow
class TestTheEnd:
    def test_killing_the_supervisor_leaves_nothing_behind(self, up):
        assert eventually(lambda: up.count("gunicorn") == 3), "the web's master and its two processes"
        assert eventually(lambda: up.count("celery", "worker") == 3), "worker and its pool"
        everyone = up.everyone()

        up.process.kill()

        assert eventually(lambda: not any(map(processes.is_alive, everyone))), commands(
            filter(processes.is_alive, everyone)
        )

    def test_it_stops_in_order_when_asked_once(self, up):
        everyone = up.everyone()
        up.process.send_signal(signal.SIGINT)
        assert up.process.wait(timeout=PATIENCE) == 0
        lines = [line for line in up.said.read_text().splitlines() if " stopped (" in line]
        assert lines == [
            "beat stopped (0).",
            "worker stopped (0).",
            "web stopped (0).",
            "broker stopped (0).",
            "database stopped (0).",
        ]
        assert eventually(lambda: not any(map(processes.is_alive, everyone)))
        assert not (up.home / "services.json").exists()
        assert "database system is shut down" in (up.home / "postgres" / "postgres.log").read_text()


def is_new(pid, before):
    return pid not in (before, None) and processes.is_alive(pid)


@pytest.mark.slow
class TestWhileItRuns:
    def test_what_dies_is_started_again(self, lasting, subtests):
        for name in ("web", "worker", "beat", "broker", "database"):  # of one that is dear to start
            with subtests.test(name):
                before = lasting.pid(name)
                os.kill(before, signal.SIGKILL)
                assert eventually(lambda name=name, before=before: is_new(lasting.pid(name), before))
                assert eventually(lasting.answers)
                with psycopg.connect(lasting.facts()["DATABASE_URL"]) as connection:
                    assert connection.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)

    def test_a_second_up_is_refused_and_a_management_command_is_a_guest(self, lasting):
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        environ = kept | {"VARDE_HOME": str(lasting.home)}
        command = [sys.executable, "-m", "launch"]
        second = subprocess.run([*command, "up"], cwd=ROOT, env=environ, capture_output=True, text=True)
        assert second.returncode == 1
        assert f"in use by `run.py up` (process {lasting.process.pid})" in second.stderr

        guest = subprocess.run(
            [*command, "manage", "shell", "-c", "import os; print(os.environ['DATABASE_URL'])"],
            cwd=ROOT,
            env=environ,
            capture_output=True,
            text=True,
        )
        assert guest.stdout.splitlines()[-1] == lasting.facts()["DATABASE_URL"]


def test_the_first_restart_is_at_once_and_the_pauses_grow_up_to_a_bound():
    state = Restarts()
    pauses = []
    for _ in range(9):
        state.note_start()
        pauses.append(state.note_death())
    assert pauses == [0, 1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


def test_what_held_for_a_while_is_restarted_at_once_again():
    state = Restarts(failures=5)
    state.note_start()
    state.started -= LONGEST_PAUSE + 1
    assert state.note_death() == 0
