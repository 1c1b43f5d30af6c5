"""The embedded broker: loopback, a password, and work that outlives a restart."""

import signal
import stat
from pathlib import Path

import pytest
import redis

from launch.valkey import Valkey
from tests.launch.waiting import eventually


@pytest.fixture
def broker(place, keep):
    made = keep(Valkey(place / "valkey"))
    made.start()
    return made


def test_it_answers_only_with_the_password_and_only_on_loopback(broker):
    assert redis.Redis.from_url(broker.url()).ping() is True
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=broker.port).ping()
    assert redis.Redis.from_url(broker.url()).config_get("bind") == {"bind": "127.0.0.1"}


def test_the_password_is_not_on_the_command_line(broker):
    assert broker.password not in Path(f"/proc/{broker.process.pid}/cmdline").read_text()


def test_its_directory_is_private(broker):
    assert stat.S_IMODE(broker.home.stat().st_mode) == 0o700


def test_queued_work_is_there_after_it_was_killed_and_started_again_at_the_same_address(broker):
    address = broker.url()
    redis.Redis.from_url(address).lpush("queue", "look now")
    assert eventually(lambda: redis.Redis.from_url(address).info("persistence")["aof_pending_bio_fsync"] == 0)
    broker.process.kill()
    assert broker.process.wait() == -signal.SIGKILL
    broker.start()
    assert broker.url() == address
    assert redis.Redis.from_url(address).lrange("queue", 0, -1) == [b"look now"]


def test_a_throw_away_broker_writes_nothing(place, keep):
    broker = keep(Valkey(place / "valkey", durable=False))
    broker.start()
    redis.Redis.from_url(broker.url()).set("a", "b")
    broker.stop()
    assert list(broker.data.iterdir()) == []
