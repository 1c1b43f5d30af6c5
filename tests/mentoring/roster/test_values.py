"""What cells mean."""

import contextlib
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentoring.roster.values import (
    BadValue,
    DayOrder,
    check_characters,
    clean,
    day_order,
    parse_clock,
    parse_day,
    parse_email,
    parse_language,
    parse_minutes,
    parse_phone,
    parse_yes,
    shown,
)


def code_of(parse, value):
    with pytest.raises(BadValue) as refused:
        parse(value)
    return refused.value.code


@pytest.mark.parametrize(
    "value",
    ["31.12.2025", "31.12.25", "31/12/2025", "31-12-2025", "2025-12-31", "2025/12/31", "2025.12.31", "20251231"],
)
def test_a_date_is_understood_in_every_style(value):
    assert parse_day(value).day == date(2025, 12, 31)


def test_a_date_with_a_time_behind_it_gives_both():
    for value in ("2025-12-31 18:30", "2025-12-31T18:30:00", "2025-12-31T18:30:00Z", "31.12.2025 18:30"):
        found = parse_day(value)
        assert (found.day, found.clock) == (date(2025, 12, 31), time(18, 30))


def test_slashed_dates_are_told_by_those_that_can_be_read_one_way_only():
    assert day_order(["05/03/2025", "12/31/2025"]) == DayOrder.MONTH_FIRST
    assert day_order(["05/03/2025", "31/12/2025"]) == DayOrder.DAY_FIRST
    assert day_order(["05/03/2025"]) == DayOrder.DAY_FIRST
    assert day_order([]) == DayOrder.DAY_FIRST
    assert parse_day("05/03/2025", DayOrder.MONTH_FIRST).day == date(2025, 5, 3)
    assert parse_day("05.03.2025", DayOrder.MONTH_FIRST).day == date(2025, 3, 5)


@pytest.mark.parametrize("value", ["31.02.2025", "", "i går", "32.01.2025", "0.0.0000", "2025", "1.13.2025", "=1+1"])
def test_what_is_no_date_is_refused(value):
    assert code_of(parse_day, value) == "no_such_date"


@pytest.mark.parametrize(
    ("value", "minutes"),
    [
        ("1,5 t", 90),
        ("1.5 h", 90),
        ("0,75 t", 45),
        ("0,25 t", 15),
        ("1 t", 60),
        ("2t", 120),
        ("1 time", 60),
        ("2 timer", 120),
        ("1 t 30 min", 90),
        ("1 time og 30 minutter", 90),
        ("90 min", 90),
        ("90min.", 90),
        ("90", 90),
        ("0:45", 45),
        ("2:00", 120),
        ("01:30:00", 90),
        ("24:00", 1440),
        ("1", 1),
    ],
)
def test_a_length_is_understood_in_every_style(value, minutes):
    assert parse_minutes(value) == minutes


@pytest.mark.parametrize("value", ["en time", "-30", "0", "", "0:00", "1:75", "25 t", "1441", "1,5", "9" * 5000, "t"])
def test_what_is_no_length_is_refused(value):
    assert code_of(parse_minutes, value) == "bad_duration"


@pytest.mark.parametrize(("value", "clock"), [("18:30", time(18, 30)), ("8.15", time(8, 15)), ("1830", time(18, 30))])
def test_a_time_of_day_is_understood(value, clock):
    assert parse_clock(value) == clock


@pytest.mark.parametrize("value", ["25:00", "12:60", "middag", ""])
def test_what_is_no_time_of_day_is_refused(value):
    assert code_of(parse_clock, value) == "no_such_time"


@pytest.mark.parametrize(
    "value", ["+47 917 80 534", "0047917 80 534", "917 80 534", "91780534", "4791780534", "(+47) 917-80-534"]
)
def test_a_phone_number_is_one_number_however_it_is_written(value):
    assert parse_phone(value) == "+4791780534"


@pytest.mark.parametrize("value", ["se notat", "12", "917 80 534 / 22 33 44 55", "=1"])
def test_what_is_no_phone_number_is_refused(value):
    assert code_of(parse_phone, value) == "bad_phone"


def test_an_address_is_lower_case():
    assert parse_email("HAKON.AS47@EXAMPLE.ORG") == "hakon.as47@example.org"
    assert code_of(parse_email, "hakon") == "bad_email"


def test_yes_no_and_languages_are_understood():
    assert [parse_yes(value) for value in ("Ja", "nei", "x", "0")] == [True, False, True, False]
    assert code_of(parse_yes, "kanskje") == "not_yes_or_no"
    assert [parse_language(value) for value in ("nb", "Bokmål", "NN", "English")] == ["nb", "nb", "nn", "en"]
    assert code_of(parse_language, "klingon") == "unknown_language"


@pytest.mark.parametrize(
    ("value", "code"),
    [("a\x00b", "forbidden_character"), ("a\x1bb", "forbidden_character"), ("a\ufffdb", "unreadable_character")],
)
def test_what_is_no_text_is_refused(value, code):
    assert code_of(check_characters, value) == code


def test_blanks_that_nobody_sees_are_taken_off():
    assert clean("  Ås \u00a0 ") == "Ås"
    assert clean("A\u030as") == "Ås"


@given(st.text(max_size=200))
def test_no_cell_whatever_it_holds_gives_anything_but_a_value_or_a_refusal(value):
    for parse in (parse_day, parse_minutes, parse_clock, parse_phone, parse_email, parse_yes, parse_language):
        with contextlib.suppress(BadValue):
            parse(clean(value))
    assert len(shown(value)) <= 40
