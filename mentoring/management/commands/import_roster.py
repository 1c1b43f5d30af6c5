"""`import_roster DIR --organization SLUG`: bring in an organisation's mentors, contacts and history."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organization
from accounts.services import create_organization
from mentoring.roster import Report, Table, UnreadableFile, read_table, run_import
from mentoring.roster.kinds import kinds
from mentoring.roster.uploads import MOST_BYTES

#: So many refused rows are printed; `--json` has them all.
SHOWN = 20


class Command(BaseCommand):
    help = (
        "Import a directory of CSV files (local associations, mentors, contacts, activities) into an organisation, "
        "which is made if it is missing. May be run again: what is there already is left as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--name", default="", help="the organisation's name, if it has to be made")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would be done")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--coordinator",
            default="",
            metavar="EMAIL",
            help="who looks after contacts whose local association has no coordinator; made if missing",
        )
        parser.add_argument("--invite", action="store_true", help="mail new mentors a link to set a password")

    def handle(self, *, directory: Path, organization: str, dry_run: bool, **options: Any) -> None:
        began = time.monotonic()
        tables = self._read(directory)
        at = timezone.now()
        if dry_run:
            with transaction.atomic():  # an organisation made for the occasion goes again
                report = self._import(tables, self._organization(organization, at, options), at, True, options)
                transaction.set_rollback(True)
        else:
            report = self._import(tables, self._organization(organization, at, options), at, False, options)
        for note in report.notes:
            self.stderr.write(note)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_data(), ensure_ascii=False, indent=1))
        else:
            self._tell(report, time.monotonic() - began)

    def _read(self, directory: Path) -> list[Table]:
        """The files of the roster. One that looks like a part of it and cannot be used stops everything."""
        if not directory.is_dir():
            raise CommandError(f"{directory}: no such directory")
        tables, problems = [], []
        for path in sorted(directory.iterdir()):
            if path.suffix.casefold() not in (".csv", ".tsv", ".txt"):
                continue
            try:
                if path.stat().st_size > MOST_BYTES:
                    raise UnreadableFile("too_big", _("The file is larger than 10 MB."))
                tables.append(read_table(path.name, path.read_bytes()))
            except UnreadableFile as problem:
                if problem.code == "unknown_file":
                    self.stderr.write(f"{path.name}: {problem.message}")
                else:
                    problems.append(f"{path.name}: {problem.message}")
        if problems:
            raise CommandError("\n".join(problems))
        if not tables:
            raise CommandError(f"{directory}: no files of a roster")
        return tables

    def _organization(self, slug: str, at: datetime, options: dict[str, Any]) -> Organization:
        found: Organization | None = Organization.objects.filter(slug=slug).first()
        if found:
            return found
        name = options["name"] or slug.replace("-", " ").capitalize()
        return create_organization(name=name, slug=slug, by=None, at=at)

    def _import(
        self, tables: list[Table], organization: Organization, at: datetime, dry_run: bool, options: dict[str, Any]
    ) -> Report:
        return run_import(
            tables,
            organization=organization,
            by=None,
            at=at,
            dry_run=dry_run,
            coordinator_email=options["coordinator"],
            invite=options["invite"],
        )

    def _tell(self, report: Report, seconds: float) -> None:
        for kind in kinds():
            tally = report.tally(kind.key)
            self.stdout.write(
                f"{kind.title!s:<20} {tally.created:>6} created {tally.updated:>6} updated"
                f" {tally.unchanged:>6} unchanged {tally.suspected_duplicates:>4} suspected duplicates"
                f" {tally.refused_count:>4} refused {tally.skipped:>5} skipped"
            )
        refused = report.refused
        for row in refused[:SHOWN]:
            column = f", {row.column}" if row.column else ""
            self.stdout.write(f"  {row.file}, line {row.line}{column}: {row.message} [{row.code}]")
        if report.refused_count > SHOWN:
            self.stdout.write(f"  and {report.refused_count - SHOWN} more; --json lists them")
        what = "Nothing was written" if report.dry_run else "Done"
        self.stdout.write(f"{what}, {seconds:.1f} s.")
