"""Brings a database up to date and, unless told otherwise, fills an empty one with the demo.

`python -m launch.prepare [--empty]`, one process for all of it because starting Django takes a second. The
demo's log-ins go to standard output.
"""

import io
import os
import sys

import django
from django.core.management import call_command


def main() -> None:
    """Migrate, fill, show."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    if "--empty" not in sys.argv:
        call_command("demo", stdout=io.StringIO())  # what it has to say, --show says as well
        call_command("demo", "--show")


if __name__ == "__main__":
    main()
