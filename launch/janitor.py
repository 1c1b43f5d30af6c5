"""Cleans up after a test run that was killed: `janitor.py PID... -- DIRECTORY...`, a script of its own.

It waits for the end of its standard input, which comes when the test run is gone in whatever way. The servers
got their signal from the kernel in the same moment; the janitor sees them out and removes their directories.
"""

import os
import shutil
import signal
import sys
import time


def _is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def main() -> None:
    """Wait, see the servers out, sweep."""
    split = sys.argv.index("--")
    pids = [int(pid) for pid in sys.argv[1:split]]
    sys.stdin.buffer.read()
    give_up = time.monotonic() + 5
    while any(map(_is_alive, pids)) and time.monotonic() < give_up:
        time.sleep(0.05)
    for pid in filter(_is_alive, pids):
        os.kill(pid, signal.SIGKILL)
    for directory in sys.argv[split + 1 :]:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
