"""Forks of a leashed module die with their parent."""

import subprocess
import sys

import pytest

from launch import processes
from launch.embedded import ROOT
from tests.launch.waiting import eventually

FORKING = "import os, time\nchild = os.fork()\nif child: print(child, flush=True)\ntime.sleep(60)\n"


@pytest.fixture
def forking_module(place):
    (place / "forking.py").write_text(FORKING)
    return place


def start(*command, path):
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={"PYTHONPATH": f"{path}:{ROOT}"},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_fork_of_a_leashed_module_dies_when_its_parent_is_killed(forking_module):
    parent = start("launch.leash", "forking", path=forking_module)
    child = int(parent.stdout.readline())
    assert processes.is_alive(child)
    parent.kill()
    parent.wait()
    assert eventually(lambda: not processes.is_alive(child))


def test_without_the_leash_it_lives_on(forking_module):
    parent = start("forking", path=forking_module)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    assert not eventually(lambda: not processes.is_alive(child), seconds=1)
    subprocess.run(["kill", "-9", str(child)], check=True)
