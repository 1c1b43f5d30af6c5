"""The kinds of file a roster has, and how a file is recognised: by its columns, whatever it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mentoring.roster.reading import (
    MOST_ROWS,
    SEPARATORS,
    RawRow,
    UnreadableFile,
    decode,
    first_filled,
    fold,
    rows_after,
    split_header,
    split_lines,
)

if TYPE_CHECKING:
    from mentoring.roster.run import Run


@dataclass(frozen=True)
class Column:
    """A column: our key, the names it goes by in exports, and whether a file without it can be used."""

    key: str
    names: tuple[str, ...]
    required: bool = True

    @property
    def folded(self) -> frozenset[str]:
        return frozenset(fold(name) for name in (self.key, *self.names))


@dataclass(frozen=True)
class Row:
    """A row of a file: values by our column keys, and how to tell a person where it stands."""

    file: str
    line: int
    values: Mapping[str, str]
    headers: Mapping[str, str]
    broken: str = ""  # why it could not be split into cells, if it could not

    def __getitem__(self, key: str) -> str:
        return self.values.get(key, "")


@dataclass(frozen=True)
class Table:
    """A recognised file."""

    name: str
    kind: Kind
    rows: list[Row]

    def column(self, key: str) -> list[str]:
        """All values of one column."""
        return [row[key] for row in self.rows]


Importer = Callable[["Run", Sequence[Table]], None]


@dataclass(frozen=True)
class Kind:
    """A kind of file. `key` stands in the report; `rank` says in which order kinds are imported.

    An app above mentoring registers the importer of its own kind in its `ready()`; until then its rows are counted as
    skipped.
    """

    key: str
    title: str | Promise
    stems: tuple[str, ...]
    columns: tuple[Column, ...]
    rank: int
    importer: Importer | None = field(default=None, compare=False)

    def match(self, header: Iterable[str]) -> dict[int, Column]:
        """Which cell of the header is which column; the first of two equal names counts."""
        found: dict[int, Column] = {}
        for index, name in enumerate(header):
            folded = fold(name)
            for column in self.columns:
                if folded in column.folded and column not in found.values():
                    found[index] = column
                    break
        return found

    def missing(self, header: Iterable[str]) -> list[str]:
        """The names of required columns that the header lacks."""
        present = set(self.match(header).values())
        return [column.names[0] for column in self.columns if column.required and column not in present]


_registered: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind of file known. A kind with the same key takes the place of the one before."""
    _registered[kind.key] = kind


def kinds() -> list[Kind]:
    """All kinds, in the order of import."""
    return sorted(_registered.values(), key=lambda kind: kind.rank)


def read_table(name: str, content: bytes) -> Table:
    """Recognise a file and read its rows. Raises `UnreadableFile` when it is no file of a roster."""
    lines = split_lines(decode(content))
    at = first_filled(lines)
    separator, header = _separator(lines[at])
    kind = _recognise(name, header)
    columns = kind.match(header)
    headers = {column.key: header[index] for index, column in columns.items()}
    rows: list[Row] = []
    for raw in rows_after(lines, at, separator, len(header)):
        if len(rows) >= MOST_ROWS:
            message = _("The file has more than %(most)d rows. Split it.") % {"most": MOST_ROWS}
            raise UnreadableFile("too_many_rows", message)
        rows.append(_row(name, raw, columns, headers, len(header)))
    return Table(name, kind, rows)


def _separator(line: str) -> tuple[str, list[str]]:
    """The separator under which most column names are recognised, and the names."""
    best: tuple[int, int, str, list[str]] | None = None
    for separator in SEPARATORS:
        header = split_header(line, separator)
        known = max((len(kind.match(header)) for kind in kinds()), default=0)
        if best is None or (known, len(header)) > best[:2]:
            best = known, len(header), separator, header
    assert best is not None
    return best[2], best[3]


def _recognise(name: str, header: Sequence[str]) -> Kind:
    """The kind whose required columns are all there; of several the one with most columns, or with the file's name."""
    stem = fold(name.rpartition("/")[2].rpartition(".")[0] or name)

    def fit(kind: Kind) -> tuple[bool, int]:
        return any(fold(word) in stem for word in kind.stems), len(kind.match(header))

    complete = [kind for kind in kinds() if not kind.missing(header)]
    if complete:
        return max(complete, key=lambda kind: (fit(kind)[1], fit(kind)[0]))
    nearest = max(kinds(), key=fit, default=None)
    if nearest is None or not any(fit(nearest)):
        expected = ", ".join(str(kind.title) for kind in kinds())
        message = _("This is none of the files of a roster (%(kinds)s): its first line names no columns we know.")
        raise UnreadableFile("unknown_file", message % {"kinds": expected})
    message = _("As a file of %(kind)s it lacks the columns: %(columns)s.")
    columns = ", ".join(nearest.missing(header))
    raise UnreadableFile("missing_columns", message % {"kind": nearest.title, "columns": columns})


def _row(name: str, raw: RawRow, columns: Mapping[int, Column], headers: Mapping[str, str], width: int) -> Row:
    if raw.cells is None:
        return Row(name, raw.line, {}, headers, broken="bad_quotes")
    if any(cell.strip() for cell in raw.cells[width:]):
        return Row(name, raw.line, {}, headers, broken="too_many_cells")
    values = {column.key: raw.cells[index] for index, column in columns.items() if index < len(raw.cells)}
    return Row(name, raw.line, values, headers)


PLACES = gettext_lazy("local associations")
MENTORS = gettext_lazy("mentors")
CONTACTS = gettext_lazy("contacts")
ACTIVITIES = gettext_lazy("activities")

NUMBER = ("Medlemsnr", "Medlemsnummer", "Member number", "Nr")
MENTOR = ("Likeperson", "Likepersonnr", "Mentor", "Peer mentor", "Medlemsnr")
CONTACT_NUMBER = ("Kontaktnr", "Kontaktnummer", "Brukernr", "Contact number")
CONTACT = ("Kontakt", "Kontaktnr", "Kontaktnummer", "Bruker", "Contact", "Contact number")
ASSOCIATION = ("Lokallag", "Lag", "Local association", "Chapter")
