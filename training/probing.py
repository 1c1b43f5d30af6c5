"""What MediaInfo sees in a file, asked in a process of its own.

A few damaged bytes can keep the library busy for ever, or make it fall; neither may happen to a web process. Run as a
script this reads the file on its standard input and prints the tracks as JSON, so it imports nothing of ours.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

from pymediainfo import MediaInfo

#: A long film takes a fraction of a second; the clock on the wall also waits for its turn.
_MOST_WORK, MOST_SECONDS = 4, 12
_MOST_MEMORY = 1024 * 1024 * 1024
_FACTS = ("track_type", "format", "duration")


class Track(NamedTuple):
    """One track of a file; the one that is called General stands for the file. `duration` is in milliseconds."""

    track_type: str
    format: str | None
    duration: float | None


class Unreadable(Exception):
    """Nobody can say what it is."""


def tracks_of(file: IO[bytes]) -> list[Track]:
    """The tracks of an open file, which is read from its beginning. Raises `Unreadable`."""
    file.seek(0)
    with _on_disk(file) as opened:
        try:
            asked = subprocess.run(
                [sys.executable, "-I", __file__], stdin=opened, capture_output=True, timeout=MOST_SECONDS, check=True
            )
            return [Track(*row) for row in json.loads(asked.stdout)]
        except (subprocess.SubprocessError, ValueError) as error:
            raise Unreadable from error


def _on_disk(file: IO[bytes]) -> IO[bytes]:
    """A copy that a process can be given; what somebody sends is in memory or unnamed."""
    copy = TemporaryFile()  # noqa: SIM115 (whoever asked closes it)
    shutil.copyfileobj(file, copy)
    copy.seek(0)
    return copy


def _answer() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_WORK, _MOST_WORK))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    tracks: list[Any] = MediaInfo.parse(sys.stdin.buffer.raw).tracks  # type: ignore[attr-defined, union-attr]
    print(json.dumps([[getattr(track, name) for name in _FACTS] for track in tracks]))


if __name__ == "__main__":
    _answer()
