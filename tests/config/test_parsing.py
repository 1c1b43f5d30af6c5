"""Reading JSON: what is understood and what is refused."""

import pytest
from rest_framework.exceptions import ParseError, UnsupportedMediaType

from config.api.parsing import MAX_DEPTH, TooLarge, check_charset, read_json


def test_json_in_utf_8_is_read():
    assert read_json('{"name": "Åse 🦉", "n": [1, -2.5, true, null]}'.encode()) == {
        "name": "Åse 🦉",
        "n": [1, -2.5, True, None],
    }


def test_depth_is_counted_outside_of_texts_only():
    text = '{"a": "' + "[" * 1000 + '\\"' + '"}'
    assert read_json(text.encode())["a"].startswith("[[")
    deep = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert read_json(deep.encode())
    with pytest.raises(ParseError):
        read_json(f"[{deep}]".encode())


def test_many_shallow_objects_are_no_depth():
    assert len(read_json(b"[" + b"{}," * 500 + b"{}]")) == 501


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"NaN", b"[Infinity]", b"1e999", b"9" * 19, b"-" + b"9" * 4000, b'{"a":1,"a":2}', b"\xff", b"[" * 9999],
)
def test_what_is_not_json_as_we_understand_it_is_refused(body):
    with pytest.raises(ParseError):
        read_json(body)


def test_a_body_over_the_limit_is_refused_before_it_is_read(settings):
    with pytest.raises(TooLarge):
        read_json(b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))


def test_of_the_worst_body_within_the_limit_each_letter_is_looked_at_once():
    body = Body(b'["' + b"\\\\" * 131_000 + b'"' + b"[" * 60)
    with pytest.raises(ParseError):
        read_json(body)
    assert body.text.looks == 2 + 262_000 + 1 + MAX_DEPTH  # up to the bracket that is one too many


class Body(bytes):
    """A body whose text counts the letters that are looked at, one by one."""

    def decode(self, *args):
        self.text = CountedText(super().decode(*args))
        return self.text


class CountedText(str):
    __slots__ = ("looks",)

    def __iter__(self):
        self.looks = 0
        for letter in super().__iter__():
            self.looks += 1
            yield letter


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=UTF-8", 'x; charset="utf-8"', None])
def test_utf_8_is_understood_whether_said_or_not(kind):
    check_charset(kind)


@pytest.mark.parametrize(
    "kind", ["application/json; charset=latin-1", "application/json;charset=utf-16", "x; charset=7"]
)
def test_another_charset_is_refused(kind):
    with pytest.raises(UnsupportedMediaType):
        check_charset(kind)
