"""One holder of the servers, many guests."""

import json
import os
import stat

import psycopg
import pytest

from launch import processes, sharing
from launch.sharing import HeldByAnother, Holding, addresses
from tests.launch.waiting import eventually

HOLD = (
    "import sys; from pathlib import Path; from launch.sharing import addresses\n"
    "with addresses('shell', {'REDIS_URL': 'redis://given'}, Path(sys.argv[1])) as found:\n"
    "    print(found['DATABASE_URL'], flush=True)\n"
    "    sys.stdin.readline() if len(sys.argv) > 2 else __import__('time').sleep(120)\n"
)
GIVEN = {"REDIS_URL": "redis://given"}


def test_with_both_addresses_given_nothing_is_started(place):
    with addresses("manage", {"DATABASE_URL": "a", "REDIS_URL": "b"}, place / "home") as found:
        assert found == {}
    assert not (place / "home").exists()


def test_the_holder_publishes_for_its_own_user_only(place):
    holding = Holding(place, "up")
    holding.publish({"DATABASE_URL": "postgres://x"})
    assert json.loads((place / "services.json").read_text()) == {
        "pid": os.getpid(),
        "DATABASE_URL": "postgres://x",
    }
    assert stat.S_IMODE((place / "services.json").stat().st_mode) == 0o600
    holding.release()


def test_a_second_holder_is_refused_and_told_by_whom(place):
    first = Holding(place, "up")
    with pytest.raises(HeldByAnother, match=rf"`run.py up` \(process {os.getpid()}\)"):
        Holding(place, "up")
    first.release()
    Holding(place, "up").release()


def test_a_guest_uses_the_servers_of_the_holder(place, start_python):
    holder = start_python(HOLD, place)
    address = holder.stdout.readline().strip()
    with addresses("manage", GIVEN, place) as found:
        assert found == {"DATABASE_URL": address}
        with psycopg.connect(address) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_leaving_holder_sees_its_guests_out(place, start_python):
    holder = Holding(place, "manage")
    holder.publish({"DATABASE_URL": "postgres://x"})
    guest = start_python(HOLD, place)
    assert guest.stdout.readline() == "postgres://x\n"
    program = "import fcntl, sys\nfcntl.flock(open(sys.argv[1], 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    probe = start_python(program, place / "guests.lock")
    assert probe.wait() != 0
    guest.kill()
    holder.close_to_guests(wait=True)
    assert start_python(program, place / "guests.lock").wait() != 0
    holder.release()
    assert start_python(program, place / "guests.lock").wait() == 0


def test_what_a_killed_holder_left_is_not_believed(place, start_python):
    holder = start_python(HOLD, place)
    holder.stdout.readline()
    holder.kill()
    assert eventually(lambda: not processes.is_alive(holder.pid))
    assert (place / "services.json").exists()
    with addresses("manage", GIVEN, place) as found, psycopg.connect(found["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert json.loads((place / "services.json").read_text())["pid"] == os.getpid()
    assert not (place / "services.json").exists()


def test_a_guest_that_lacks_what_the_holder_was_given_is_told(place):
    holder = Holding(place, "up")
    holder.publish({"REDIS_URL": "redis://embedded"})
    with (
        pytest.raises(HeldByAnother, match="was given DATABASE_URL from outside"),
        addresses("manage", {}, place),
    ):
        pass
    holder.release()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ["DATABASE_URL", "REDIS_URL"]),
        ({"DATABASE_URL": ""}, ["DATABASE_URL", "REDIS_URL"]),
        ({"DATABASE_URL": "x"}, ["REDIS_URL"]),
        ({"REDIS_URL": "x"}, ["DATABASE_URL"]),
        ({"DATABASE_URL": "x", "REDIS_URL": "y"}, []),
    ],
)
def test_each_server_is_brought_for_itself(environ, expected):
    assert sharing.missing(environ) == expected
