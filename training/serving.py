"""A file of ours as an answer: whole, or the part that a player asks for."""

from __future__ import annotations

import re
from typing import IO

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.request import Request

from training.media import content_type_of

#: One stretch: from a byte to another or the end, or the last so many. Python reads no number with more digits.
_SPAN = re.compile(r"bytes=(?!-$)(\d{0,4000})-(\d{0,4000})", re.ASCII | re.IGNORECASE)


def file_answer(file: FieldFile | None, request: HttpRequest | Request) -> HttpResponseBase:
    """The file, or the one stretch of it that the request's Range wants; 416 when it has no such bytes (RFC 9110, 14).
    404 when there is no file.

    Whoever calls has asked whether the caller may see the row. What it is was decided when it was kept, its name says
    nothing about anybody, and no browser guesses or runs anything.
    """
    if not file:
        raise Http404
    try:
        opened: IO[bytes] = file.open("rb")
        size = file.size
    except FileNotFoundError as error:
        raise Http404 from error
    wanted = _SPAN.fullmatch(_asked(request))
    if wanted is None:  # what we do not understand asks for all, and so do several stretches at once
        return _dressed(_part(opened, 0, size), str(file.name))
    first, last = _span(wanted[1], wanted[2], size)
    if first > last:
        file.close()
        return _dressed(HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"}), str(file.name))
    answer = _part(opened, first, last - first + 1, status=206)
    answer["Content-Range"] = f"bytes {first}-{last}/{size}"
    return _dressed(answer, str(file.name))


def _asked(request: HttpRequest | Request) -> str:
    """The Range of the request, where it means something: only with GET, and never on the condition that the file is
    still what the caller has a part of (If-Range), because we name no version of it."""
    if request.method != "GET" or "If-Range" in request.headers:
        return ""
    return str(request.headers.get("Range", "")).strip()


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    """The first and the last byte; the last before the first when the file has none of those."""
    if not first:  # the last so many bytes
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last) if last else size - 1, size - 1)


def _part(opened: IO[bytes], first: int, count: int, status: int = 200) -> FileResponse:
    opened.seek(first)
    answer = FileResponse(_Part(opened, count), status=status)
    answer["Content-Length"] = str(count)
    return answer


def _dressed(answer: HttpResponseBase, name: str) -> HttpResponseBase:
    ending = name.rpartition(".")[2]
    answer["Content-Type"] = content_type_of(name)
    answer["Content-Disposition"] = f'inline; filename="file.{ending}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Accept-Ranges"] = "bytes"
    answer["Cache-Control"] = "private, no-store"
    return answer


class _Part:
    """The next `count` bytes of a file, and no more."""

    def __init__(self, file: IO[bytes], count: int) -> None:
        self._file = file
        self._left = count

    def read(self, count: int = -1) -> bytes:
        data = self._file.read(self._left if count < 0 else min(count, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()
