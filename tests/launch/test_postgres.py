"""The embedded PostgreSQL: private, plain roles, and gone when it should be."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from launch import processes
from launch.postgres import OWNER, SUPERUSER, WEB, Postgres, StartFailed, account_for_server
from launch.processes import IN_NAMESPACE, OURSELVES, Account

NOBODY = Account(uid=pwd.getpwnam("nobody").pw_uid, gid=pwd.getpwnam("nobody").pw_gid)


def possible_accounts():
    if os.geteuid() != 0:
        return [pytest.param(OURSELVES, id="ourselves")]
    found = [pytest.param(NOBODY, id="nobody")]
    if processes.namespaces_work():
        found.append(pytest.param(IN_NAMESPACE, id="namespace"))
    return found


def modes(path):
    return [oct(parent.stat().st_mode) for parent in [path, *path.parents]]


@pytest.fixture(scope="module")
def cluster():
    """One server for all tests that leave its data as they were."""
    with tempfile.TemporaryDirectory(prefix="vt-") as directory:
        made = Postgres(Path(directory) / "postgres", durable=False)
        made.start()
        yield made
        made.stop()
        for outside in made.directories:
            shutil.rmtree(outside, ignore_errors=True)


@pytest.fixture
def server(cluster):
    """It, running: a test may have stopped it."""
    if not cluster.is_alive():
        cluster.start()
    return cluster


def test_the_roles_varde_uses_are_no_superusers_and_do_not_walk_past_row_security(server):
    with psycopg.connect(server.url(SUPERUSER)) as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
            " WHERE rolname LIKE 'varde%' ORDER BY rolname"
        ).fetchall()
    assert rows == [
        (SUPERUSER, True, True, True, True),
        (OWNER, False, False, False, True),
        (WEB, False, False, False, False),
    ]


def test_the_default_address_is_that_of_the_plain_owner(server):
    with psycopg.connect(server.url()) as connection:
        row = connection.execute(
            "SELECT current_user, pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row == (OWNER, OWNER)


def test_the_web_role_works_with_rows_but_makes_no_tables(server):
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE another")
    with psycopg.connect(server.url(database="another")) as connection:
        connection.execute("CREATE TABLE thing (id bigint GENERATED ALWAYS AS IDENTITY, name text)")
    with psycopg.connect(server.url(WEB, "another"), autocommit=True) as connection:
        connection.execute("INSERT INTO thing (name) VALUES ('a')")
        assert connection.execute("SELECT id, name FROM thing").fetchall() == [(1, "a")]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE other ()")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DROP TABLE thing")


def test_the_owner_may_create_the_extensions_that_searching_needs(server):
    with psycopg.connect(server.url()) as connection:
        for name in ("pg_trgm", "btree_gin", "btree_gist", "unaccent"):
            connection.execute(f"CREATE EXTENSION {name}")
        connection.rollback()


def test_it_listens_on_no_network_and_its_socket_is_private(server):
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert stat.S_IMODE(server.socket_directory.stat().st_mode) == 0o700


@pytest.mark.parametrize("account", possible_accounts())
def test_under_a_private_parent_it_starts_and_changes_no_mode(place, keep, account):
    private = place / "home"
    private.mkdir(mode=0o700)
    before = modes(private)
    server = keep(Postgres(private / "varde" / "postgres", durable=False, account=account))
    server.start()
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert modes(private) == before
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700


@pytest.mark.parametrize("account", possible_accounts())
def test_its_data_are_there_after_a_restart(place, keep, account):
    first = keep(Postgres(place / "postgres", account=account))
    first.start()
    with psycopg.connect(first.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert first.stop() == 0

    second = keep(Postgres(place / "postgres", account=account))
    second.start()
    with psycopg.connect(second.url()) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]


def test_it_is_restarted_at_the_same_address_after_its_process_was_killed(server):
    address = server.url()
    server.process.kill()
    assert server.process.wait() == -signal.SIGKILL
    assert not server.is_alive()
    server.start()
    assert server.url() == address
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_path_too_long_for_a_socket_gets_a_short_private_place(place, keep):
    deep = place / ("long" * 20) / "with spaces, and a comma"
    first = keep(Postgres(deep, durable=False))
    first.start()
    with psycopg.connect(first.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert stat.S_IMODE(first.socket_directory.stat().st_mode) == 0o700
    assert deep not in first.socket_directory.parents
    first.stop()

    again = keep(Postgres(deep, durable=False))
    again.start()
    assert again.socket_directory == first.socket_directory


def test_a_link_put_where_the_short_place_was_is_not_followed(place, keep):
    deep = place / ("long" * 25)
    first = keep(Postgres(deep, durable=False))
    first.start()
    first.stop()
    first.socket_directory.rmdir()
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    first.socket_directory.symlink_to(elsewhere)

    again = keep(Postgres(deep, durable=False))
    again.start()
    assert again.socket_directory != first.socket_directory
    assert list(elsewhere.iterdir()) == []
    first.socket_directory.unlink()


def test_a_zombie_is_not_taken_for_a_running_server(server):
    server.stop()
    zombie = subprocess.Popen([sys.executable, "-S", "-c", ""])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    os.kill(zombie.pid, 0)  # what a careless look takes for life
    assert not processes.is_alive(zombie.pid)

    lines = [str(zombie.pid), str(server.data), "1", "5432", str(server.socket_directory), "", "", "ready"]
    (server.data / "postmaster.pid").write_text("\n".join(lines) + "\n")
    server.start()
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    zombie.wait()


def test_a_server_whose_holder_was_killed_is_waited_for_and_then_replaced(place, keep, start_python):
    program = (
        "import sys, time; from pathlib import Path; from launch.postgres import Postgres\n"
        "server = Postgres(Path(sys.argv[1])); server.start(); print(server.process.pid, flush=True)\n"
        "time.sleep(60)"
    )
    holder = start_python(program, place / "postgres")
    orphan = int(holder.stdout.readline())
    holder.kill()
    server = keep(Postgres(place / "postgres"))
    server.start()
    assert not processes.is_alive(orphan)
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_one_who_will_not_leave_the_data_directory_is_ended(place):
    stubborn = subprocess.Popen(
        [sys.executable, "-c", "import signal, time; signal.signal(2, signal.SIG_IGN); time.sleep(60)"], cwd=place
    )
    assert processes.living_in(place) == [stubborn.pid]
    processes.clear_out(place, patience=0.2)
    assert stubborn.wait() == -signal.SIGKILL


def test_data_of_another_version_are_refused_with_a_sentence(server):
    server.stop()
    (server.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(StartFailed, match="was made by PostgreSQL 14"):
        server.start()
    (server.data / "PG_VERSION").write_text(f"{server.programs.major}\n")


def test_a_failed_start_says_what_the_server_wrote(server):
    server.stop()
    (server.data / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(StartFailed, match="no_such_setting"):
        server.start()
    (server.data / "postgresql.auto.conf").write_text("")


def test_an_interrupted_first_start_is_begun_anew(place, keep):
    half = place / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server = keep(Postgres(place / "postgres", durable=False))
    server.start()
    assert not half.exists()


def test_stopping_a_durable_server_is_clean_even_with_a_client_connected(place, keep):
    server = keep(Postgres(place / "postgres"))
    server.start()
    with psycopg.connect(server.url()):
        assert server.stop() == 0
    said = server.log.read_text()
    assert "received fast shutdown request" in said  # which waits for no client
    assert "received immediate shutdown request" not in said
    assert "database system is shut down" in said


def test_root_gives_the_server_another_face():
    account = account_for_server()
    assert (account == OURSELVES) == (os.geteuid() != 0)
