"""Local associations: the tree that mentors and contacts belong to."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts import services as accounts
from accounts.enums import Level
from accounts.models import LocalAssociation
from mentoring.roster.kinds import ASSOCIATION, PLACES, Column, Kind, Row, Table, register
from mentoring.roster.reading import fold
from mentoring.roster.report import Outcome
from mentoring.roster.run import BadRow, Run, understood
from mentoring.roster.values import check_length, clean, one_line


class Places:
    """Makes the tree. What is there by name stays where it is: moving is done by people.

    An organisation has one national association. When the file calls it by another name than Varde does, it is still
    the same one, so that nobody ends up outside the coordinators' care.
    """

    def __init__(self, run: Run, tables: Sequence[Table]) -> None:
        self.run = run
        self.tally = run.report.tally("local_associations")
        self.above: dict[tuple[str, str], LocalAssociation | None] = {}
        rows = LocalAssociation.objects.filter(organization=run.organization).exclude(level=Level.LOCAL)
        for row in rows:
            self.above[row.level, fold(row.name)] = row
        nationals = [row for row in rows if row.level == Level.NATIONAL]
        names = {fold(name) for table in tables for name in table.column("national") if fold(name)}
        if len(nationals) == 1 and len(names) == 1:
            self.above[Level.NATIONAL, names.pop()] = nationals[0]
        local = LocalAssociation.objects.filter(organization=run.organization, level=Level.LOCAL)
        self.locals: set[str] = {fold(name) for name in local.values_list("name", flat=True)}

    def take(self, row: Row) -> Outcome:
        """One local association, with the region and the national association it names."""
        name = self._name(row, "name")
        if not fold(name):
            raise BadRow("name", "no_name", _("The local association has no name."))
        if fold(name) in self.locals:
            return Outcome.UNCHANGED
        before = dict(self.above)
        try:
            national = self._upper(Level.NATIONAL, self._name(row, "national"), None)
            region = self._upper(Level.REGION, self._name(row, "region"), national)
            made = self._make(Level.LOCAL, name, region or national)
        except Exception:
            self.above = before  # what was made for a refused row is rolled back with it
            raise
        self.locals.add(fold(name))
        self.run.known.associations[fold(name)] = made
        return Outcome.CREATED

    def _name(self, row: Row, column: str) -> str:
        return str(understood(column, lambda: check_length(one_line(clean(row[column])), 200)))

    def _upper(self, level: Level, name: str, parent: LocalAssociation | None) -> LocalAssociation | None:
        if not fold(name):
            return parent
        if (level, fold(name)) not in self.above:
            self.above[level, fold(name)] = self._make(level, name, parent)
        return self.above[level, fold(name)]

    def _make(self, level: Level, name: str, parent: LocalAssociation | None) -> LocalAssociation | None:
        if self.run.dry_run:
            return None
        # Varde itself adds it: whoever may import (permission.py) may bring the tree along, below what they care for.
        return accounts.add_local_association(
            organization=self.run.organization, name=name, level=level, parent=parent, by=None, at=self.run.at
        )


def import_places(run: Run, tables: Sequence[Table]) -> None:
    """Import the local associations."""
    places = Places(run, tables)
    run.each([row for table in tables for row in table.rows], places.tally, places.take)
    run.forget_access()


register(
    Kind(
        "local_associations",
        PLACES,
        ("lokallag", "local_associations", "chapters"),
        (
            Column("name", ASSOCIATION),
            Column("region", ("Region", "Fylkeslag"), required=False),
            Column("national", ("Landsforening", "Forbund", "National association"), required=False),
        ),
        rank=10,
        importer=import_places,
    )
)
