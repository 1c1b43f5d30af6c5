"""One import, first file to last: chunks, refusals, progress. What a row means, its kind's importer knows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.base.refusals import Refusal
from accounts.models import Organization, User
from mentoring.roster.kinds import Row, Table, kinds
from mentoring.roster.known import Known
from mentoring.roster.report import Outcome, Report, Tally
from mentoring.roster.values import BadValue, check_characters

log = logging.getLogger(__name__)

#: So many rows are written in one transaction: what a crash takes away, the next run brings back.
CHUNK = 100

Progress = Callable[[int, int], None]


class BadRow(Exception):
    """A row that is refused. `column` is our key of the column that is to blame."""

    def __init__(self, column: str, code: str, message: str) -> None:
        self.column = column
        self.code = code
        self.message = message
        super().__init__(message)


@dataclass
class Run:
    """What every importer works with. In a dry run nothing may be written: importers ask `dry_run` before each verb."""

    organization: Organization
    by: User | None
    at: datetime
    dry_run: bool
    known: Known
    report: Report
    coordinator_email: str = ""
    invite: bool = False
    progress: Progress | None = None
    done: int = 0
    total: int = 0

    def forget_access(self) -> None:
        """Read the importing person's reach anew: new local associations have come into their care."""
        if self.by:
            self.by = User.objects.get(pk=self.by.pk)

    def each(
        self,
        rows: Iterable[Row],
        tally: Tally,
        act: Callable[[Row], Outcome],
        *,
        together: Callable[[Row], Any] | None = None,
    ) -> None:
        """Do `act` for every row, in transactions of many rows each; a refused row costs nothing but itself."""

        def act_on_all(chunk: list[Row]) -> None:
            for row in chunk:
                if outcome := self.attempt(row, tally, partial(act, row)):
                    tally.count(outcome)

        self.in_chunks(rows, act_on_all, together=together)

    def in_chunks(
        self, rows: Iterable[Row], act: Callable[[list[Row]], None], *, together: Callable[[Row], Any] | None = None
    ) -> None:
        """Do `act` for chunks of rows, each in one transaction.

        Rows with different `together` are never in one chunk, so that few locks are held at a time.
        """
        for chunk in _chunks(rows, together):
            with nullcontext() if self.dry_run else transaction.atomic():
                act(chunk)
            self.done += len(chunk)
            if self.progress:
                self.progress(self.done, self.total)

    def attempt(self, row: Row, tally: Tally, act: Callable[[], Any], *, writes: bool = True) -> Any:
        """What `act` makes of a row; None when the row was refused, which the tally then knows.

        With `writes` it is done in a savepoint, so that a row that is refused half-way leaves nothing.
        """
        try:
            check_row(row)
            with transaction.atomic() if writes and not self.dry_run else nullcontext():
                return act()
        except BadRow as bad:
            tally.refuse(row, bad.column, bad.code, bad.message)
        except Refusal as refusal:
            tally.refuse(row, refusal.field or "", refusal.code, str(refusal.sentence))
        except (DataError, IntegrityError):
            log.exception("The database would not take line %d of a roster file", row.line)
            tally.refuse(row, "", "not_accepted", _("The database does not accept this row."))
        return None


def run_import(
    tables: Sequence[Table],
    *,
    organization: Organization,
    by: User | None,
    at: datetime,
    dry_run: bool = False,
    coordinator_email: str = "",
    invite: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Import recognised files, or with `dry_run` only tell what that would do.

    Repeatable: what is there already is `unchanged`. Each chunk of rows is a transaction; a run that died is simply
    started again. `coordinator_email` names who looks after contacts whose association has nobody; with `invite`, new
    mentors get a mail with which they set a password.
    """
    known = Known(organization).load()
    run = Run(organization, by, at, dry_run, known, Report(dry_run), coordinator_email, invite, progress)
    run.total = sum(len(table.rows) for table in tables)
    for kind in kinds():
        run.report.tally(kind.key)
        of_kind = [table for table in tables if table.kind.key == kind.key]
        if kind.importer and of_kind:
            kind.importer(run, of_kind)
        elif of_kind:
            rows = sum(len(table.rows) for table in of_kind)
            run.report.tally(kind.key).count(Outcome.SKIPPED, rows)
            run.done += rows
    return run.report


def check_row(row: Row) -> None:
    """Refuse a row that could not be split, or that holds what is no text."""
    if row.broken == "bad_quotes":
        raise BadRow("", "bad_quotes", _("The quotation marks in this row do not match."))
    if row.broken:
        message = _("This row has more cells than the header. Is there a separator inside a text without quotes?")
        raise BadRow("", "too_many_cells", message)
    for column, value in row.values.items():
        understood(column, partial(check_characters, value))


def understood(column: str, parse: Callable[[], Any]) -> Any:
    """What `parse` makes of a cell; what it cannot understand is refused under the name of the column."""
    try:
        return parse()
    except BadValue as bad:
        raise BadRow(column, bad.code, bad.message) from None


def _chunks(rows: Iterable[Row], together: Callable[[Row], Any] | None) -> Iterator[list[Row]]:
    groups: Iterable[Iterator[Row]] = (group for _key, group in groupby(rows, together)) if together else [iter(rows)]
    for group in groups:
        while chunk := list(islice(group, CHUNK)):
            yield chunk
