"""The command line: makes the database ready, runs the paths, prints the table."""

from __future__ import annotations

import argparse
import os
import sys

from benchmarks import database


def main() -> int:
    """Exit code 1 when a ratio is over its bound (unless `--no-bounds`), 2 when there is no such path."""
    parser = argparse.ArgumentParser(prog="run.py bench", description=__import__("benchmarks").__doc__)
    parser.add_argument("name", nargs="?", default="", help="only the paths whose names begin like this")
    parser.add_argument("--json", action="store_true", help="one line of JSON for each path")
    parser.add_argument("--scale", type=int, default=1, help="so many times 2,000 mentors and 500,000 activities")
    parser.add_argument("--rounds", type=int, help="so many rounds instead of each path's own number")
    parser.add_argument("--no-bounds", action="store_true", help="exit with 0 even when a ratio is over its bound")
    wishes = parser.parse_args()

    os.environ["DATABASE_URL"] = database.ensure(os.environ["DATABASE_URL"])
    # Measured as a worker runs it, apart from how long a statement may take: the data has to be made too.
    os.environ["STATEMENT_TIMEOUT_SECONDS"] = "0"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

    import django

    django.setup()

    from benchmarks import data, harness

    paths = harness.find(wishes.name)
    left_out = harness.left_out(wishes.name)
    for path, why in left_out.items():
        print(f"{path} is left out: {why}", file=sys.stderr)
    if not paths:
        if left_out:
            return 0
        print(f"There is no path called {wishes.name!r}. There are: {', '.join(harness.names())}.", file=sys.stderr)
        return 2
    database.migrate()
    data.ensure(wishes.scale, say=lambda text: print(text, file=sys.stderr, flush=True))
    report = harness.printer(wishes.json)
    results = [harness.measure(path, rounds=wishes.rounds, report=report) for path in paths]
    broken = [result.path.name for result in results if not result.holds]
    if broken and not wishes.json:
        print(f"\nOver their bounds: {', '.join(broken)}")
    return 1 if broken and not wishes.no_bounds else 0


if __name__ == "__main__":
    sys.exit(main())
