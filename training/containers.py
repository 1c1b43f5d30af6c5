"""The inside of recordings, as far as we must know it: what they are by their first bytes, how long a recording of a
browser is, and where phones write the place in which a film was made.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple

#: A parser of a hundred formats shall only see those we want: the others can point at further files.
_EBML = b"\x1a\x45\xdf\xa3"
_IN_MEMORY = 2 * 1024 * 1024


def looks_like_recording(head: bytes) -> bool:
    """Do the first twelve bytes begin MPEG-4, WebM, Ogg or MP3?"""
    mp3 = head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2)
    return head[4:8] == b"ftyp" or head[:4] in (_EBML, b"OggS") or mp3


# --- WebM -------------------------------------------------------------------------------------------------------------

_SEGMENT, _INFO, _CLUSTER = 0x18538067, 0x1549A966, 0x1F43B675
_SCALE, _TIMECODE, _SIMPLE_BLOCK, _GROUP, _BLOCK = 0x2AD7B1, 0xE7, 0xA3, 0xA0, 0xA1
#: Entered instead of skipped, so that an element without a size (browsers do not know it yet) is no riddle.
_ENTERED = {_SEGMENT, _INFO, _CLUSTER, _GROUP}
_MOST_ELEMENTS = 2_000_000


def webm_milliseconds(file: IO[bytes]) -> int:
    """How long a WebM is by its last block; browsers that record write no length. 0 when there is no block."""
    scale, cluster, last = 1_000_000, 0, 0
    for key, size in _elements(file):
        if key == _SCALE:
            scale = _integer(file, size)
        elif key == _TIMECODE:
            cluster = _integer(file, size)
        elif key in (_SIMPLE_BLOCK, _BLOCK):
            last = max(last, cluster + _offset(file, size))
    return last * scale // 1_000_000


def _elements(file: IO[bytes]) -> Iterator[tuple[int, int]]:
    """The elements in their order, from within those that are entered; each is read or skipped to its end."""
    file.seek(0, 2)
    length = file.tell()
    file.seek(0)
    for __ in range(_MOST_ELEMENTS):
        key, size = _variable(file, keep_marker=True), _variable(file)
        if key is None:
            return
        if key in _ENTERED:
            continue
        if size is None:
            return
        end = min(file.tell() + size, length)  # a file on disk goes no further than its file system can
        yield key, size
        file.seek(end)


def _variable(file: IO[bytes], *, keep_marker: bool = False) -> int | None:
    """An EBML number, or None at the end of the file and where a size is unknown."""
    first = file.read(1)
    if not first or first[0] == 0:
        return None
    length = 9 - first[0].bit_length()
    rest = file.read(length - 1)
    if len(rest) < length - 1:
        return None
    value = int.from_bytes(first + rest, "big")
    marker = 1 << 7 * length
    if keep_marker:
        return value
    return None if value == 2 * marker - 1 else value - marker


def _integer(file: IO[bytes], size: int) -> int:
    return int.from_bytes(file.read(min(size, 8)), "big")


def _offset(file: IO[bytes], size: int) -> int:
    """The moment of a block within its cluster: behind the number of its track."""
    if size < 4 or _variable(file) is None:
        return 0
    moment: int = struct.unpack(">h", file.read(2).rjust(2, b"\0"))[0]
    return moment


# --- MPEG-4 -----------------------------------------------------------------------------------------------------------


class _Box(NamedTuple):
    start: int
    name: bytes
    end: int


#: Titles, places, makers. A voice memo's title is often the street in which it was spoken.
_TELLING = {b"udta", b"meta", b"uuid"}
#: Of the whole file: somebody may send one that is nothing but boxes in boxes.
_MOST_BOXES = 100_000


def without_traces(file: IO[bytes]) -> IO[bytes]:
    """An MPEG-4 file in which what tells of people and places is emptied; the same file when there is nothing.

    A box is emptied where it stands (it becomes a `free` one), so that nothing else in the file moves.
    """
    file.seek(0, 2)
    telling = list(_telling(file, 0, file.tell(), iter(range(_MOST_BOXES))))
    file.seek(0)
    if not telling:
        return file
    copy: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (storage closes it)
    shutil.copyfileobj(file, copy)
    for box in telling:
        copy.seek(box.start + 4)
        copy.write(b"free")
        _blank(copy, box.end - copy.tell())
    copy.seek(0)
    return copy


def _telling(file: IO[bytes], start: int, end: int, budget: Iterator[int], below: bytes = b"") -> Iterator[_Box]:
    """Of the file, of its `moov`, and of each `trak` in that."""
    for box in list(_boxes(file, start, end, budget)):
        if box.name in _TELLING:
            yield box
        elif (below, box.name) in ((b"", b"moov"), (b"moov", b"trak")):
            yield from _telling(file, box.start + 8, box.end, budget, box.name)


def _boxes(file: IO[bytes], start: int, end: int, budget: Iterator[int]) -> Iterator[_Box]:
    for __ in budget:
        file.seek(start)
        head = file.read(8)
        if start + 8 > end or len(head) < 8:
            return
        size, name = struct.unpack(">I4s", head)
        if size == 1:
            size = int.from_bytes(file.read(8), "big")
        box = _Box(start, name, end if size == 0 else min(start + size, end))
        if box.end < start + 8:
            return
        yield box
        start = box.end


def _blank(file: IO[bytes], count: int) -> None:
    while count > 0:
        count -= file.write(bytes(min(count, _IN_MEMORY)))
