"""Places for servers of a test's own: short paths, gone afterwards."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from launch.embedded import ROOT


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Process trees start slowly, or stumble, beside everything else that runs; the summary says when one did."""
    for item in items:
        if "launch" in item.path.parts and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture
def place():
    """A private directory with a short path (pytest's own are too long for a socket)."""
    made = Path(tempfile.mkdtemp(prefix="vt-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def keep():
    """Remember servers; they are stopped and their directories removed, whatever the test made of them."""
    kept = []

    def remember(server):
        kept.append(server)
        return server

    yield remember
    for server in reversed(kept):
        server.stop()
        for directory in server.directories:
            shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def start_python():
    """Start a Python program of a few lines in a process of its own, able to import `launch`."""
    started = []

    def start(program, *arguments, **environ):
        process = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)],
            cwd=ROOT,
            env=os.environ | {name: str(value) for name, value in environ.items()},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
