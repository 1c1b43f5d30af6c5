"""From bytes to rows."""

import pytest

from mentoring.roster.reading import UnreadableFile, decode, first_filled, fold, rows_after, split_header, split_lines


def rows_of(text, width=2, separator=";"):
    lines = split_lines(text)
    return [(row.line, row.cells) for row in rows_after(lines, first_filled(lines), separator, width)]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Sølvi Ås".encode("cp1252"), "Sølvi Ås"),
        ("Sølvi Ås".encode(), "Sølvi Ås"),
        ("Sølvi Ås".encode("utf-8-sig"), "Sølvi Ås"),
        ("Sølvi Ås".encode("utf-16"), "Sølvi Ås"),
        (b"plain", "plain"),
    ],
)
def test_the_encoding_is_found(content, text):
    assert decode(content) == text


def test_one_broken_byte_does_not_garble_the_rest_of_a_utf8_file():
    assert decode("Sølvi;Åse;Bjørn;".encode() + b"\xf8") == "Sølvi;Åse;Bjørn;\ufffd"


@pytest.mark.parametrize("content", [b"PK\x03\x04rest", b"%PDF-1.7", b"\xd0\xcf\x11\xe0"])
def test_a_workbook_or_a_pdf_is_refused_in_plain_words(content):
    with pytest.raises(UnreadableFile) as refused:
        decode(content)
    assert refused.value.code == "not_text"


def test_a_row_has_the_line_on_which_it_begins_and_quoted_line_breaks_count():
    assert rows_of('A;B\n1;"two\nlines"\n2;x\r\n3;y') == [
        (2, ["1", "two\nlines"]),
        (4, ["2", "x"]),
        (5, ["3", "y"]),
    ]


def test_blank_lines_and_rows_of_separators_are_left_out():
    assert rows_of("A;B\n\n;\n1;x\n   \n") == [(4, ["1", "x"])]


def test_a_quotation_mark_that_nobody_closes_costs_one_row_only():
    assert rows_of('A;B\n1;"open\n2;x\n3;y\n') == [(2, None), (3, ["2", "x"]), (4, ["3", "y"])]


def test_an_open_quotation_mark_does_not_swallow_the_rows_up_to_the_next_one():
    assert rows_of('A;B\n1;"open\n2;x\n3;"z"\n4;y\n') == [(2, None), (3, ["2", "x"]), (4, ["3", "z"]), (5, ["4", "y"])]


def test_a_text_of_more_lines_than_anybody_writes_is_an_open_quotation_mark():
    middle = "".join(f"{n};x\n" for n in range(100))
    found = rows_of(f'A;B\n1;"open\n{middle}2;closed"\n')
    assert found[0] == (2, None)
    assert len([cells for _line, cells in found if cells and cells[1] == "x"]) == 100


def test_the_hint_that_spreadsheets_write_above_the_header_is_left_out():
    assert rows_of("sep=;\nA;B\n1;x\n") == [(3, ["1", "x"])]


@pytest.mark.parametrize("text", ["", "\n\n", "sep=;\n", "  \n"])
def test_an_empty_file_is_refused(text):
    with pytest.raises(UnreadableFile) as refused:
        first_filled(split_lines(text))
    assert refused.value.code == "empty_file"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000_000,
        "A;B\n" + '"' * 1_000_001,
        "A;B\n" + '1;"open\n' * 200_000,
        "A;B\n" + '"";"' * 100_000 + "\n" * 100_000,
        "A;B\n" + '"a""b\n' * 200_000,
    ],
    ids=["one line", "quotes", "open quotes", "cells", "doubled quotes"],
)
def test_of_a_hostile_file_no_line_is_read_more_than_a_few_times(text):
    lines = CountedLines(split_lines(text))
    for _row in rows_after(lines, first_filled(lines), ";", 2):
        pass
    split_header(lines[0], ";")
    assert lines.readings <= 3 * len(lines)


class CountedLines(list):
    """Lines that count how often one of them is read."""

    readings = 0

    def __getitem__(self, index):
        self.readings += 1
        return super().__getitem__(index)


def test_names_are_compared_without_case_accents_and_signs():
    assert {fold(name) for name in ("E-post", "epost", " E post ", "Epost:")} == {"epost"}
    assert fold("Språk") == "sprak"
    assert fold("Utløper") == "utloper"
