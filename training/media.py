"""What somebody sends: looked at by its content, never by its name or by what the browser calls it.

Pictures are drawn anew, so that nothing but what one sees is kept: no place, no camera, no comment. Recordings are kept
as they are, but for the places in which phones write where and by whom they were made.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from math import ceil
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _
from PIL import ExifTags, Image

from training.clock import clock
from training.containers import looks_like_recording, webm_milliseconds, without_traces
from training.enums import MediaType
from training.probing import Track, Unreadable, tracks_of
from training.refusals import (
    FilmNotPlayed,
    FilmNotPlayedEverywhere,
    HeicNotAllowed,
    MediaOfAnotherKind,
    MediaTooLarge,
    MediaTooLong,
    MediaTypeNotAllowed,
    MediaUnreadable,
    PictureTooLarge,
)

#: What pictures are opened as; anything else is not even tried.
PICTURES = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
#: The ending for each container as MediaInfo calls it, with what is in it. What an iPhone films (QuickTime) is MPEG-4
#: to MediaInfo and to browsers alike, as long as it is called so: Chromium plays no `video/quicktime`.
CONTAINERS = {
    ("MPEG-4", MediaType.AUDIO): "m4a",
    ("WebM", MediaType.AUDIO): "weba",
    ("Ogg", MediaType.AUDIO): "ogg",
    ("MPEG Audio", MediaType.AUDIO): "mp3",
    ("MPEG-4", MediaType.VIDEO): "mp4",
    ("WebM", MediaType.VIDEO): "webm",
}
#: What every browser can show, and what most can: iPhones film in HEVC unless they are told to be compatible.
PLAYED_EVERYWHERE = frozenset({"AVC", "VP8", "VP9"})
PLAYED = PLAYED_EVERYWHERE | {"AV1", "HEVC"}
#: What the endings of ours are called in an answer. Nothing that a browser would run.
CONTENT_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "m4a": "audio/mp4",
    "weba": "audio/webm",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "vtt": "text/vtt; charset=utf-8",
}
MEGABYTE = 1024 * 1024
MOST_PIXELS = 40_000_000
#: Larger pictures are made smaller: a screenshot is to be read, not printed.
LONGEST_SIDE = 4096


@dataclass(frozen=True)
class CheckedMedia:
    """A file that may be kept: `content` from its beginning, its ending, and its length if it has one."""

    content: File[bytes]
    media_type: MediaType
    extension: str
    duration_seconds: int | None = None


def checked(
    upload: File[bytes],
    kind: MediaType | None = None,
    *,
    most_bytes: int | None = None,
    most_seconds: int | None = None,
    plays_everywhere: bool = False,
) -> CheckedMedia:
    """What `upload` is, if it may be kept as `kind` (None: any of the three).

    Limits are those of the settings unless given; with `plays_everywhere` a film must be one that every browser plays.
    Raises the refusals about media.
    """
    if upload.size is None or upload.size <= 0:
        raise MediaUnreadable
    _check_size(upload, most_bytes or max(most_bytes_of(each) for each in ([kind] if kind else MediaType)))
    found = _picture(upload) if _is_picture(upload) else _recording(upload, plays_everywhere)
    if kind is not None and found.media_type != kind:
        raise MediaOfAnotherKind
    _check_size(upload, most_bytes or most_bytes_of(found.media_type))
    longest = most_seconds or settings.MAX_UPLOAD_SECONDS
    if found.duration_seconds is not None and found.duration_seconds > longest:
        said = _("This recording is too long. It may last %(most)s minutes at most.") % {"most": clock(longest)}
        raise MediaTooLong(said, most_seconds=longest)
    return found


def most_bytes_of(kind: MediaType) -> int:
    """How large a file of this kind may be."""
    megabytes: int = settings.MAX_UPLOAD_MEGABYTES[kind]
    return megabytes * MEGABYTE


def content_type_of(name: str) -> str:
    """What a file of ours is, by the ending that we gave it."""
    return CONTENT_TYPES.get(name.rpartition(".")[2], "application/octet-stream")


def _check_size(upload: File[bytes], most_bytes: int) -> None:
    if upload.size > most_bytes:
        said = _("This file is too large. It may have at most %(most)s MB.") % {"most": most_bytes // MEGABYTE}
        raise MediaTooLarge(said, most_bytes=most_bytes)


# --- Pictures ---------------------------------------------------------------------------------------------------------

_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


def _is_picture(upload: File[bytes]) -> bool:
    head = _read(upload, 12)
    return head.startswith(_SIGNATURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def _picture(upload: File[bytes]) -> CheckedMedia:
    """Drawn anew from its pixels, turned upright. Its measures are read before a pixel is."""
    upload.seek(0)
    try:
        with Image.open(upload, formats=list(PICTURES)) as image:
            _check_pixels(image)
            written = BytesIO()
            _plain(image).save(written, image.format, **_QUALITY.get(image.format or "", {}))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, Image.DecompressionBombError):
            raise PictureTooLarge from error
        raise MediaUnreadable from error
    return CheckedMedia(ContentFile(written.getvalue()), MediaType.IMAGE, PICTURES[str(image.format)])


_QUALITY: dict[str, dict[str, Any]] = {"JPEG": {"quality": 88, "optimize": True}, "WEBP": {"quality": 85}}


def _check_pixels(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise PictureTooLarge


def _plain(image: Image.Image) -> Image.Image:
    """The pixels alone: what Pillow keeps beside them would be written again."""
    if image.format == "JPEG":
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    turn = _TURNS.get(_orientation(image))
    upright = image if turn is None else image.transpose(turn)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    plain = upright.convert("RGBA" if upright.has_transparency_data and image.format != "JPEG" else "RGB")
    plain.info = {}
    return plain


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _orientation(image: Image.Image) -> Any:
    """How the camera was held, by the Exif. One that makes no sense says nothing; Pillow falls over it in many ways."""
    with suppress(Exception):
        return image.getexif().get(ExifTags.Base.Orientation)
    return None


# --- Recordings -------------------------------------------------------------------------------------------------------


#: The brands of pictures in the boxes of MPEG-4: what an iPhone keeps, unless it is asked for something else.
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"}


def _recording(upload: File[bytes], plays_everywhere: bool) -> CheckedMedia:
    """Sound or film as it came, if MediaInfo recognises it and it has a length."""
    tracks = _tracks(upload)
    kinds = {track.track_type for track in tracks}
    container = next((str(track.format) for track in tracks if track.track_type == "General"), "")
    media_type = MediaType.VIDEO if "Video" in kinds else MediaType.AUDIO
    ending = CONTAINERS.get((container, media_type))
    if ending is None:
        raise MediaTypeNotAllowed
    milliseconds = _milliseconds(tracks, upload, ending) if kinds & {"Audio", "Video"} else 0
    if not milliseconds:
        raise MediaUnreadable
    for track in tracks:
        if track.track_type == "Video":
            _check_codec(str(track.format), plays_everywhere)
    upload.seek(0)
    content = File(without_traces(upload)) if container == "MPEG-4" else upload
    return CheckedMedia(content, media_type, ending, max(1, ceil(milliseconds / 1000)))


def _tracks(upload: File[bytes]) -> list[Track]:
    head = _read(upload, 12)
    if head[4:8] == b"ftyp" and head[8:] in _HEIC:
        raise HeicNotAllowed
    if not looks_like_recording(head):
        raise MediaTypeNotAllowed
    try:
        return tracks_of(upload)
    except Unreadable as error:
        raise MediaUnreadable from error


def _check_codec(codec: str, plays_everywhere: bool) -> None:
    if codec not in PLAYED:
        raise FilmNotPlayed
    if plays_everywhere and codec not in PLAYED_EVERYWHERE:
        raise FilmNotPlayedEverywhere


def _milliseconds(tracks: list[Track], upload: File[bytes], ending: str) -> float:
    lengths = [float(track.duration) for track in tracks if track.duration]
    if not lengths and ending in ("weba", "webm"):
        return webm_milliseconds(upload)
    return max(lengths, default=0)


def _read(upload: File[bytes], count: int) -> bytes:
    upload.seek(0)
    return upload.read(count)
