"""`manage.py backfill_timeline`: the lines of everything that is there already."""

from __future__ import annotations

import shutil
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Organization
from timeline.backfill import ADDED, CHANGED, REDACTED, Change, Counts, backfill, preview
from timeline.capture.sources import SOURCES, Source
from timeline.enums import ActivityType

BAR = 30


class Command(BaseCommand):
    help = (
        "Makes the timeline what the rows of training say. It can be done again at any time: what is right already is"
        " left alone, and one that was interrupted goes on where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = [source.table.removeprefix("training_") for source in SOURCES]
        parser.add_argument("--source", action="append", choices=names, metavar="NAME", help=", ".join(names))
        parser.add_argument("--organization", metavar="SLUG", help="only this organisation, by its slug")
        parser.add_argument("--restart", action="store_true", help="from the beginning, even if one was interrupted")
        parser.add_argument("--dry-run", action="store_true", help="count what would be done, and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["source"]
        sources = [source for source in SOURCES if not wanted or source.table.removeprefix("training_") in wanted]
        organization = self._organization(options["organization"])
        if options["dry_run"]:
            counts = preview(sources=sources, organization=organization, progress=self._progress)
        else:
            restart = options["restart"]
            counts = backfill(sources=sources, organization=organization, restart=restart, progress=self._progress)
        self._clear()
        self._report(counts, dry_run=options["dry_run"])

    def _organization(self, slug: str | None) -> Organization | None:
        if slug is None:
            return None
        found = Organization.objects.filter(slug=slug).first()
        if found is None:
            raise CommandError(f"There is no organisation with the slug {slug!r}.")
        return found

    # --- What somebody at a terminal sees

    def _progress(self, source: Source, done: int, total: int) -> None:
        """A bar that is drawn over itself; nothing where nobody looks."""
        if not self.stderr.isatty():
            return
        filled = BAR * min(done, total) // total if total else BAR
        bar = f"[{'#' * filled}{'.' * (BAR - filled)}] {source.table.removeprefix('training_')} {done:,} of {total:,}"
        self.stderr.write(f"\r{bar:<79}"[: shutil.get_terminal_size().columns], ending="")
        self.stderr.flush()

    def _clear(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r" + " " * 79 + "\r", ending="")

    def _report(self, counts: Counts, *, dry_run: bool) -> None:
        heads = ("to add", "to change", "to redact") if dry_run else (ADDED, CHANGED, REDACTED)
        self.stdout.write(f"{'':<24}" + "".join(f"{head:>12}" for head in heads))
        for activity_type in ActivityType.values:
            self._line(activity_type, [counts[Change(activity_type, what)] for what in (ADDED, CHANGED, REDACTED)])
        sums = [sum(n for change, n in counts.items() if change.what == what) for what in (ADDED, CHANGED, REDACTED)]
        self._line("together", sums, always=True)

    def _line(self, name: str, numbers: list[int], *, always: bool = False) -> None:
        if always or any(numbers):
            self.stdout.write(f"{name:<24}" + "".join(f"{number:>12,}" for number in numbers))
