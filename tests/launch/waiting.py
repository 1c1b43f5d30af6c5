"""Waiting for what other processes do."""

import contextlib
import time
from pathlib import Path

#: Longer than anything takes on a busy machine: who waits in vain waits this long.
PATIENCE = 300.0


def eventually(condition, seconds=PATIENCE):
    """Whether a condition comes true in time; the last value it gave."""
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return value


def descendants(pid):
    """The ids of a process's children, their children and so on; one that has just ended has none."""
    children = []
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children] + [deeper for child in children for deeper in descendants(child)]


def commands(pids):
    """The command lines of those that still run."""
    found = []
    for pid in pids:
        with contextlib.suppress(OSError):
            found.append(Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "))
    return found
