"""The commands behind `run.py`; this already runs in the environment."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from launch import sharing
from launch.binaries import NoServer
from launch.embedded import ROOT, development_secret
from launch.postgres import StartFailed
from launch.processes import OURSELVES, options

USAGE = """\
usage: python3 run.py COMMAND

  up [--empty] [--port N]      run everything; fills an empty database with a demo unless --empty
  test [--all] [pytest args]   run the tests; --all includes slow ones and those with a browser
  manage COMMAND ...           one of Django's or our own management commands
  shell                        a Python shell with the models
  bench [NAME] [--json] ...    measure the hot paths beside their SQL twins

With DATABASE_URL and REDIS_URL set (or written in .env) these servers are used, else Varde brings its own.
"""
FAST = "not slow and not e2e"
#: The whole suite runs on all processors; the next test goes to the first that is free, for some take minutes.
PARALLEL = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadgroup"]


def main(arguments: list[str]) -> int:
    """Do the command; returns the exit code."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    os.chdir(ROOT)
    try:
        match command:
            case "up":
                return up(rest)
            case "test":
                return test(rest)
            case "manage":
                return with_servers(f"manage {' '.join(rest[:1])}".strip(), ["manage.py", *rest])
            case "shell":
                return with_servers("shell", ["manage.py", "shell", *rest])
            case "bench":
                return with_servers("bench", ["-m", "benchmarks", *rest])
    except (sharing.HeldByAnother, StartFailed, NoServer) as failure:
        print(failure, file=sys.stderr)
        return 1
    asked = command in ("", "help", "-h", "--help")
    print(USAGE if asked else f"There is no command {command!r}.\n\n{USAGE}", file=sys.stderr)
    return 0 if asked else 2


def up(arguments: list[str]) -> int:
    """Run everything until told to stop."""
    parser = argparse.ArgumentParser(prog="run.py up")
    parser.add_argument("--empty", action="store_true", help="leave an empty database empty")
    parser.add_argument("--port", type=int, help="the web server's port (default: 8000, or the next free one)")
    wishes = parser.parse_args(arguments)
    port = wishes.port or next((port for port in range(8000, 8020) if _is_free(port)), 8000)
    if not _is_free(port):
        print(f"Port {port} is taken. Choose another: python3 run.py up --port {port + 1}", file=sys.stderr)
        return 1
    environ = surroundings()
    environ.setdefault("SITE_URL", f"http://localhost:{port}")

    from launch.supervisor import Supervisor

    empty = wishes.empty or is_production(environ)
    return Supervisor(port=port, environ=environ, empty=empty).run()


def test(arguments: list[str]) -> int:
    """Become pytest; its plugin in `launch` brings the servers."""
    everything = "--all" in arguments
    arguments = [argument for argument in arguments if argument != "--all"]
    if everything and "-n" not in arguments:
        arguments = [*PARALLEL, *arguments]
    elif not everything and "-m" not in arguments:
        arguments = ["-m", FAST, *arguments]
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments])


def with_servers(command: str, arguments: list[str]) -> int:
    """Run a Python command with the servers that run, or with servers for its own duration."""
    environ = surroundings()
    if not sharing.missing(environ):
        os.execve(sys.executable, [sys.executable, *arguments], environ)
    with sharing.addresses(command, environ) as found:
        # It stays in the terminal's foreground group, so Ctrl-C is for it alone and we wait for what it makes
        # of that.
        tied = options(OURSELVES, signal.SIGKILL) | {"start_new_session": False}
        child = subprocess.Popen([sys.executable, *arguments], env=environ | found, **tied)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda received, _: child.send_signal(received))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        code = child.wait()
        return code if code >= 0 else 128 - code


def surroundings() -> dict[str, str]:
    """The environment for Django: what is set, then `.env`, then what development needs."""
    environ = read_env_file(ROOT / ".env") | dict(os.environ)
    if not environ.get("SECRET_KEY") and not is_production(environ):
        sharing.HOME.mkdir(mode=0o700, exist_ok=True)
        environ["SECRET_KEY"] = development_secret(sharing.HOME)
    return environ


def is_production(environ: dict[str, str]) -> bool:
    """Whether this is said to be a real server, where nothing is made up for convenience."""
    return environ.get("PRODUCTION", "").lower() in ("1", "true", "yes", "on", "y", "ok")


def read_env_file(path: Path) -> dict[str, str]:
    """The NAME=value lines of a file, with or without `export` and quotes; empty when there is no file."""
    found = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            value = value.strip()
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            found[name.strip()] = value[1:-1] if quoted else value
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
