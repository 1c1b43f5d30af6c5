"""Child processes that never outlive their parent, and the truth about which processes are alive."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LINUX = sys.platform.startswith("linux")
PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
# Any number but 0 will do: it is only what the server believes, its files stay root's.
BELIEVED_ID = 1000

# Loaded here, because a forked child should not be looking for libraries.
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Account:
    """Who a child runs as: ourselves, ourselves believing to be somebody else, or another user."""

    user_namespace: bool = False
    uid: int | None = None
    gid: int | None = None


OURSELVES = Account()
IN_NAMESPACE = Account(user_namespace=True)


@dataclass(frozen=True)
class _Tether:
    """Runs in the child between fork and exec."""

    parent: int
    death_signal: int
    user_namespace: bool

    def __call__(self) -> None:
        if self.user_namespace:
            _enter_user_namespace()
        die_with_parent(self.parent, self.death_signal)


def die_with_parent(parent: int, death_signal: int = signal.SIGKILL) -> None:
    """Ask the kernel to send us `death_signal` when `parent`, our parent, dies however it dies.

    Only Linux can do this; elsewhere it does nothing.
    """
    if not LINUX:
        return
    _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:  # it died before we could ask
        os._exit(1)


def _enter_user_namespace() -> None:
    uid, gid = os.geteuid(), os.getegid()
    if _libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{BELIEVED_ID} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{BELIEVED_ID} {gid} 1")


def options(account: Account, death_signal: int) -> dict[str, Any]:
    """The arguments of subprocess.Popen that tie a child to us, in a session of its own.

    Own session: Ctrl-C in the terminal then reaches the parent alone, which stops its children in order.
    """
    found: dict[str, Any] = {
        "preexec_fn": _Tether(os.getpid(), death_signal, account.user_namespace),
        "start_new_session": True,
    }
    if account.uid is not None:
        found |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return found


def namespaces_work() -> bool:
    """Whether root may start a child in a user namespace here (a chroot and most containers forbid it)."""
    if not LINUX:
        return False
    try:
        done = subprocess.run(
            [sys.executable, "-S", "-E", "-c", "import os; print(os.getuid())"],
            capture_output=True,
            text=True,
            **options(IN_NAMESPACE, signal.SIGKILL),
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return bool(done.stdout.strip() == str(BELIEVED_ID))


def is_alive(pid: int) -> bool:
    """Whether the process runs. A zombie does not: it only waits for somebody to read its exit code."""
    if LINUX:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            return False
        return state not in "ZX"
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return listed.stdout.strip()[:1] not in ("", "Z")


def living_in(directory: Path) -> list[int]:
    """The processes whose working directory is `directory` (both of our servers move into their data)."""
    wanted = str(directory.resolve())
    found = []
    for entry in Path("/proc").glob("[0-9]*") if LINUX else ():
        with contextlib.suppress(OSError):
            if os.readlink(entry / "cwd") == wanted:
                found.append(int(entry.name))
    return found


def clear_out(directory: Path, *, patience: float = 10.0) -> None:
    """Wait until nobody lives in `directory`, then end whoever still does.

    For the holder of the directory's lock only: what it finds there has lost its parent and is about to go.
    """
    deadline = time.monotonic() + patience
    while left := living_in(directory):
        if time.monotonic() > deadline:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            deadline += patience
        time.sleep(0.05)


def end(process: subprocess.Popen[Any], steps: Sequence[tuple[int, float]]) -> int | None:
    """Send each signal and give it its seconds; returns the exit code, None when it withstood all of them."""
    for number, seconds in steps:
        if process.poll() is not None:
            break
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    return process.poll()


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, for a message about a failure."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
