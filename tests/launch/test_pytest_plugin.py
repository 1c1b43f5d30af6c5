"""What the test run itself stands on."""

import json
import os
import signal
from pathlib import Path

import psycopg
import pytest

from launch import processes
from tests.launch.waiting import descendants, eventually

REPORT = (
    "import json, os; import launch.pytest_plugin\n"
    "print(json.dumps([os.environ['DATABASE_URL'], os.environ['REDIS_URL']]), flush=True)\n"
)


def directory_of(address):
    return Path(address.partition("?host=")[2]).parent.parent


def test_given_servers_are_used_as_they_are(start_python):
    given = {"DATABASE_URL": os.environ["DATABASE_URL"], "REDIS_URL": os.environ["REDIS_URL"]}
    run = start_python(REPORT + "input()", **given)
    assert json.loads(run.stdout.readline()) == list(given.values())


def test_this_run_has_a_server_that_need_not_last():
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_test_run_leaves_no_process_and_no_directory(start_python, number):
    run = start_python(REPORT + "import time; time.sleep(60)", DATABASE_URL="", REDIS_URL="")
    directory = directory_of(json.loads(run.stdout.readline())[0])
    children = descendants(run.pid)
    assert len(children) >= 4, "PostgreSQL with its own children, Valkey, the janitor"
    assert directory.is_dir()

    run.send_signal(number)

    assert eventually(lambda: not any(map(processes.is_alive, children)))
    assert eventually(lambda: not directory.exists())


@pytest.mark.slow
def test_the_servers_of_a_test_run_leave_with_it(start_python):
    run = start_python(REPORT, DATABASE_URL="", REDIS_URL="")
    directory = directory_of(json.loads(run.stdout.readline())[0])
    assert run.wait() == 0
    assert not directory.exists()
