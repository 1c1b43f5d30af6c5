"""What an import did, row by row where a row was refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from mentoring.roster.kinds import Row

#: So many refused rows are listed; the others are counted.
MOST_LISTED = 20_000


class Outcome(StrEnum):
    """What became of a row that was not refused."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SUSPECTED = "suspected_duplicates"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class RefusedRow:
    """A refused row: which file, the line on which it begins, the column as the file calls it, why."""

    file: str
    line: int
    column: str
    code: str
    message: str


@dataclass
class Tally:
    """The counts of one kind of file."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    suspected_duplicates: int = 0
    skipped: int = 0
    refused_count: int = 0
    refused: list[RefusedRow] = field(default_factory=list)

    def count(self, outcome: Outcome, rows: int = 1) -> None:
        """Another row went well."""
        setattr(self, outcome, getattr(self, outcome) + rows)

    def refuse(self, row: Row, column: str, code: str, message: str) -> None:
        """Another row was refused. `column` is our key of it."""
        self.refused_count += 1
        if len(self.refused) < MOST_LISTED:
            self.refused.append(RefusedRow(row.file, row.line, row.headers.get(column, ""), code, message))


@dataclass
class Report:
    """The tallies by kind. Without an error it says what was done, or what would be."""

    dry_run: bool
    tallies: dict[str, Tally] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def tally(self, key: str) -> Tally:
        """The tally of a kind."""
        return self.tallies.setdefault(key, Tally())

    @property
    def refused(self) -> list[RefusedRow]:
        """All refused rows, kind by kind, in the order of their lines."""
        return [row for tally in self.tallies.values() for row in _in_order(tally.refused)]

    @property
    def refused_count(self) -> int:
        return sum(tally.refused_count for tally in self.tallies.values())

    @property
    def is_unchanged(self) -> bool:
        """Nothing is, or would be, written."""
        return not any(tally.created or tally.updated for tally in self.tallies.values())

    def as_data(self) -> dict[str, Any]:
        """The report as JSON values. Local associations, which have no figures of interest, only if one was refused."""
        data = {}
        for key, tally in self.tallies.items():
            if key == "local_associations" and not tally.refused_count:
                continue
            data[key] = _as_data(key, tally)
        return data


def _as_data(key: str, tally: Tally) -> dict[str, Any]:
    data: dict[str, Any] = {"created": tally.created, "updated": tally.updated, "unchanged": tally.unchanged}
    data["refused"] = [asdict(row) for row in _in_order(tally.refused)]
    if key == "activities":
        data["suspected_duplicates"] = tally.suspected_duplicates
    if tally.skipped:
        data["skipped"] = tally.skipped
    if tally.refused_count > len(tally.refused):
        data["refused_not_listed"] = tally.refused_count - len(tally.refused)
    return data


def _in_order(rows: Iterable[RefusedRow]) -> list[RefusedRow]:
    return sorted(rows, key=lambda row: (row.file, row.line))


def refused_as_csv(rows: Iterable[RefusedRow]) -> str:
    """The refused rows as a spreadsheet opens them; what it would run as a formula is disarmed."""
    target = io.StringIO()
    target.write("\ufeff")
    writer = csv.writer(target, delimiter=";")
    writer.writerow([_("File"), _("Line"), _("Column"), _("Code"), _("What is wrong")])
    for row in rows:
        writer.writerow([disarmed(str(cell)) for cell in (row.file, row.line, row.column, row.code, row.message)])
    return target.getvalue()


def disarmed(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else cell
