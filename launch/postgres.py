"""Our own PostgreSQL server: a socket in a private directory, plain roles, gone when we are gone."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import urllib.parse
from pathlib import Path

from launch import processes
from launch.binaries import find_postgres
from launch.processes import Account

SUPERUSER = "varde_admin"
OWNER = "varde_owner"
WEB = "varde_web"
DATABASE = "varde"

# A socket's address holds 107 bytes. Letters that the server's list syntax would trip over are avoided too.
LONGEST_SOCKET = 107
PLAIN_PATH = re.compile(r"[\w./+-]+")

# template1 carries the default privileges into every database made later, the tests' included.
BOOTSTRAP = f"""
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') THEN
        CREATE ROLE {OWNER} LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{WEB}') THEN
        CREATE ROLE {WEB} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
END $$;
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {WEB};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT USAGE, SELECT ON SEQUENCES TO {WEB};
\\connect postgres
SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER}'
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""  # noqa: S608 - the names are the constants above

SETTINGS = {
    "listen_addresses": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    "jit": "off",
}
THROW_AWAY_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class StartFailed(Exception):
    """A server did not come up; the text ends with what it wrote."""


def account_for_server() -> Account:
    """PostgreSQL refuses to be root, so root gives it another face: a user namespace, else user nobody."""
    if os.geteuid() != 0:
        return processes.OURSELVES
    if processes.namespaces_work():
        return processes.IN_NAMESPACE
    nobody = pwd.getpwnam("nobody")
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)


class Postgres:
    """A server whose data lives under `home` (made if missing, mode 0700).

    When it must run as another user, its data lives in a directory of its own instead, which `home` names:
    modes of directories that are not ours are never touched. `durable=False` is for data nobody will miss.
    """

    name = "database"

    def __init__(self, home: Path, *, durable: bool = True, account: Account | None = None) -> None:
        self.home = home
        self.durable = durable
        self.account = account or account_for_server()
        self.log = home / "postgres.log"
        self.place = self.socket_directory = home  # until it starts
        self.process: subprocess.Popen[bytes] | None = None

    # -- where things are ---------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Decide on the programs and directories; makes those that are missing."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.programs = find_postgres()
        if self.account.uid is not None:
            self.place = self._place_outside()
        self.data = self.place / "data"
        self.socket_directory = self._private_socket_directory()

    def _place_outside(self) -> Path:
        """A directory that another user can enter, with a copy of the programs if he cannot reach ours."""
        place = _remembered(self.home / "place") or _remember(
            self.home / "place", tempfile.mkdtemp(prefix="varde-", dir=_roomy_directory())
        )
        place.chmod(0o711)
        if not _reachable_by_others(self.programs.directory / "postgres"):
            copy = place / f"programs-{self.programs.version}"
            if not copy.exists():
                shutil.rmtree(place / "programs.new", ignore_errors=True)  # of an interrupted attempt
                self.programs.copy_to(place / "programs.new")
                _open_to_others(place / "programs.new")
                (place / "programs.new").rename(copy)
            self.programs = self.programs.copied(copy)
        return place

    def _private_socket_directory(self) -> Path:
        wanted = self.place / "run"
        longest = len(os.fsencode(wanted / ".s.PGSQL.5432.lock"))
        if longest > LONGEST_SOCKET or not PLAIN_PATH.fullmatch(str(wanted)):
            note = self.home / "socket_place"
            wanted = _remembered(note) or _remember(note, _short_directory())
        wanted.mkdir(mode=0o700, exist_ok=True)
        if self.account.uid is not None:
            os.chown(wanted, self.account.uid, self.account.gid or -1)
        return wanted

    @property
    def directories(self) -> list[Path]:
        """Everything it keeps on disk."""
        return list(dict.fromkeys([self.home, self.place, self.socket_directory]))

    def url(self, role: str = OWNER, database: str = DATABASE) -> str:
        """The address in the form that Django, psql and pg_dump all take."""
        return f"postgres://{role}@/{database}?host={urllib.parse.quote(str(self.socket_directory))}"

    # -- coming up ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the cluster if there is none, start the server, wait until it answers. Raises StartFailed."""
        self._settle()
        processes.clear_out(self.data)
        self._make_cluster()
        self._check_version()
        self._forget_the_dead()
        self._launch()
        self._wait_until_ready()
        self._bootstrap()

    def _run(self, argv: list[str], script: str | None = None) -> None:
        done = subprocess.run(
            argv,
            env=_clean_environment(),
            cwd="/",
            capture_output=True,
            text=True,
            input=script,
            **processes.options(self.account, signal.SIGKILL),
        )
        if done.returncode != 0:
            raise StartFailed(f"{Path(argv[0]).name} failed: {done.stderr or done.stdout}")

    def _make_cluster(self) -> None:
        if self.data.exists():
            return
        # Made under another name, so that an interrupted attempt is never taken for a cluster.
        fresh = self.place / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self.account.uid is not None:
            os.chown(fresh, self.account.uid, self.account.gid or -1)
        if self.programs.major >= 17:
            encoding = [
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
            ]
        else:
            encoding = ["--encoding=UTF8", "--no-locale"]
        sync = [] if self.durable else ["--no-sync"]
        self._run([self.programs["initdb"], "-D", str(fresh), "-U", SUPERUSER, "-A", "trust", *encoding, *sync])
        fresh.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(self.programs.major):
            raise StartFailed(
                f"The data in {self.data} was made by PostgreSQL {made_by}, but the server found here is"
                f" {self.programs.major}. Move the directory away to begin with an empty database."
            )

    def _forget_the_dead(self) -> None:
        """Remove the pid file of a server that is gone.

        PostgreSQL itself takes a zombie, or a stranger who got the number after a restart of the machine, for
        its own server and refuses to start. Nobody lives in the data directory any more: clear_out saw to it.
        """
        if processes.LINUX:
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _launch(self) -> None:
        settings = SETTINGS | ({} if self.durable else THROW_AWAY_SETTINGS)
        settings |= {"unix_socket_directories": str(self.socket_directory)}
        argv = [self.programs["postgres"], "-D", str(self.data)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                argv,
                env=_clean_environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **processes.options(self.account, signal.SIGINT),
            )

    def _wait_until_ready(self, patience: float = 60.0) -> None:
        assert self.process is not None
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            if _says_ready(self.data / "postmaster.pid", self.process.pid):
                return
            time.sleep(0.01)
        self.stop()
        raise StartFailed(f"PostgreSQL did not start:\n{processes.tail(self.log)}")

    def _bootstrap(self) -> None:
        done = self.home / "bootstrapped"
        if done.exists():
            return
        target = ["-h", str(self.socket_directory), "-U", SUPERUSER, "-d", "template1"]
        self._run([self.programs["psql"], "-Xq", "-v", "ON_ERROR_STOP=1", *target], BOOTSTRAP)
        done.touch()

    # -- going down ---------------------------------------------------------------------------------------

    def is_alive(self) -> bool:
        """Whether our server runs; reaps it when it does not."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> int | None:
        """End the server: cleanly when its data matters, at once when it does not. Returns its exit code."""
        if self.process is None:
            return None
        orderly = [(signal.SIGINT, 15.0)] if self.durable else []
        return processes.end(self.process, [*orderly, (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)])


def _says_ready(pid_file: Path, pid: int) -> bool:
    """The eighth line of the pid file is the server's own word on whether it takes connections."""
    try:
        lines = pid_file.read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _clean_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def _roomy_directory() -> str:
    """Where data of another user may live: a directory that survives a restart, if the machine has one."""
    lasting = "/var/tmp"  # noqa: S108 - only the parent of a directory that mkdtemp makes
    return lasting if os.access(lasting, os.W_OK) else tempfile.gettempdir()


def _short_directory() -> str:
    # Not where $TMPDIR points: that may be the long path itself.
    return tempfile.mkdtemp(prefix="varde-", dir="/tmp")


def _reachable_by_others(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in [path, *path.parents])


def _open_to_others(tree: Path) -> None:
    """Everything in a tree of ours may be read by everyone; what we may run, they may."""
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & stat.S_IXUSR else 0o044))


def _remember(note: Path, place: str) -> Path:
    note.write_text(place)
    return Path(place)


def _remembered(note: Path) -> Path | None:
    """The directory that a note names, if it is still one, and ours."""
    try:
        place = Path(note.read_text())
        found = place.lstat()
    except (OSError, ValueError):
        return None
    return place if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() else None
