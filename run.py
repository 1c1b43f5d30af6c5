#!/usr/bin/env python3
"""The whole set-up: `python3 run.py up` and `python3 run.py test`.

Standard library only. It makes `.venv` from `requirements.lock` when needed and hands over to `launch` in there.
Kept in old-fashioned Python, so that an interpreter that is too old can still read the message about it.
"""

import os
import sys

OLDEST = (3, 11)


def main():
    if sys.version_info < OLDEST:
        sys.exit(
            "Varde needs Python %d.%d or later, but this is %d.%d (%s).\n"
            "Install a newer one, for example python3.12, and start it by that name: python3.12 run.py up"
            % (OLDEST + tuple(sys.version_info[:2]) + (sys.executable,))
        )
    root = os.path.dirname(os.path.abspath(__file__))
    os.chdir(root)

    from launch.environment import EnvironmentFailed, ready_python

    try:
        python = ready_python()
    except EnvironmentFailed as failure:
        sys.exit(str(failure))
    os.execv(python, [python, "-m", "launch"] + sys.argv[1:])


if __name__ == "__main__":
    main()
