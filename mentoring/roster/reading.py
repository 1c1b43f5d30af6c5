"""From the bytes of an export to its rows: encoding, separator, quotes, line numbers. Plain values, no database."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

SEPARATORS = (";", ",", "\t", "|")
#: A file may hold this many rows; what is longer comes in several files.
MOST_ROWS = 200_000
#: A quoted text with more lines than this is an opening quotation mark that nobody closed.
MOST_LINES_IN_A_ROW = 60

_NO_TEXT = {
    b"PK\x03\x04": "xlsx",
    b"\xd0\xcf\x11\xe0": "xls",
    b"%PDF": "pdf",
}
_REPLACEMENT = "\ufffd"


class UnreadableFile(Exception):
    """A file that cannot be taken at all; `code` for programs, the text for a person."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


@dataclass(frozen=True)
class RawRow:
    """The cells of a row, and the line of the file (from 1) on which it begins. No cells: its quotes do not match."""

    line: int
    cells: list[str] | None


def fold(text: str) -> str:
    """What is left of a name when case, accents, blanks and signs do not count: "E-post " and "epost" are one."""
    plain = text.casefold().replace("ø", "o").replace("æ", "ae").replace("å", "a")
    plain = unicodedata.normalize("NFKD", plain)
    return re.sub(r"[^a-z0-9]", "", plain)


def decode(content: bytes) -> str:
    """The text of a file in UTF-8 (with or without mark), UTF-16 with its mark, or Windows-1252.

    What is mostly valid UTF-8 stays UTF-8, with U+FFFD where a byte is broken, so that one bad byte does not garble
    every other name. Raises `UnreadableFile` for what is no text.
    """
    for start, name in _NO_TEXT.items():
        if content.startswith(start):
            raise UnreadableFile(
                "not_text",
                _("This is a file of the kind %(kind)s, not CSV. Open it and save it as CSV.") % {"kind": name},
            )
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        tolerant = content.decode("utf-8-sig", errors="replace")
    broken = tolerant.count(_REPLACEMENT)
    intact = len(re.findall(r"[^\x00-\x7f\ufffd]", tolerant))
    return tolerant if intact > broken else content.decode("cp1252", errors="replace")


def split_lines(text: str) -> list[str]:
    """The physical lines, with their ends; only CR, LF and CRLF end a line."""
    return list(io.StringIO(text, newline=""))


def first_filled(lines: Sequence[str]) -> int:
    """The index of the header: the first line with text, after a spreadsheet's `sep=` line if there is one."""
    for index, line in enumerate(lines):
        text = line.strip().strip('"')
        if text and not text.casefold().startswith("sep="):
            return index
    raise UnreadableFile("empty_file", _("The file is empty."))


def split_header(line: str, separator: str) -> list[str]:
    """The column names of a header line, for one separator."""
    try:
        cells = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []
    return [cell.strip() for cell in cells]


def rows_after(lines: Sequence[str], header: int, separator: str, width: int) -> Iterator[RawRow]:
    """The rows below the header at index `header`, `width` cells wide; blank ones are left out.

    A row whose quotes do not match costs that line alone: reading goes on with the line after it.
    """
    begin = header + 1
    while begin < len(lines):
        broken_at = None
        for row, last in _until_broken(lines, begin, separator):
            spans = last - row.line + 1
            swallows = spans > 1 and row.cells is not None and len(_trimmed(row.cells)) > width
            if row.cells is None or swallows or spans > MOST_LINES_IN_A_ROW:
                broken_at = row.line
                yield RawRow(row.line, None)
                break
            if any(cell.strip() for cell in row.cells):
                yield row
        if broken_at is None:
            return
        begin = broken_at  # the index of the next line, as lines count from one


def _until_broken(lines: Sequence[str], begin: int, separator: str) -> Iterator[tuple[RawRow, int]]:
    """Rows from the index `begin`, each with the number of its last line; the first broken one is the last given."""
    reader = csv.reader(map(lines.__getitem__, range(begin, len(lines))), delimiter=separator, strict=True)
    line = begin + 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield RawRow(line, None), line
            return
        yield RawRow(line, cells), begin + reader.line_num
        line = begin + reader.line_num + 1


def _trimmed(cells: list[str]) -> list[str]:
    """Without empty cells at the end: spreadsheets add them."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]
