"""Runs a Python module so that what it forks dies with it: `python -m launch.leash MODULE ARGUMENTS...`

The kernel's "die with your parent" is not inherited by fork. gunicorn's workers and Celery's pool are forked by a
parent that may be killed, so every fork asks for it anew.
"""

import os
import runpy
import sys

from launch.processes import die_with_parent


def main() -> None:
    """Tie the forks, then become the module."""
    forker = os.getpid()

    def note_parent() -> None:
        nonlocal forker
        forker = os.getpid()

    os.register_at_fork(before=note_parent, after_in_child=lambda: die_with_parent(forker))
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
