"""What is sent is looked at by its content; what is kept tells nothing that one does not see or hear."""

import struct
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from django.core.files.base import ContentFile, File
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from accounts.base.refusals import Refusal
from tests import recordings
from tests.training.conftest import upload
from training import media, probing
from training.enums import MediaType
from training.media import CheckedMedia, checked, content_type_of
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

KEPT = {
    "png": (recordings.picture("PNG"), MediaType.IMAGE, None),
    "jpg": (recordings.picture("JPEG"), MediaType.IMAGE, None),
    "webp": (recordings.picture("WEBP"), MediaType.IMAGE, None),
    "mp3": (recordings.mp3(3), MediaType.AUDIO, 3),
    "ogg": (recordings.ogg(4), MediaType.AUDIO, 4),
    "m4a": (recordings.m4a(5), MediaType.AUDIO, 5),
    "weba": (recordings.webm(6), MediaType.AUDIO, 6),
    "webm": (recordings.webm(7, film=True), MediaType.VIDEO, 7),
    "mp4": (recordings.mp4(8), MediaType.VIDEO, 8),
}
FILMS = {
    "mov": recordings.mov(),
    "mov HEVC": recordings.mov(codec=b"hvc1"),
    "mp4 HEVC": recordings.mp4(codec=b"hev1"),
    "mp4 AV1": recordings.mp4(codec=b"av01"),
    "mov ProRes": recordings.mov(codec=b"apch"),
    "mov JPEG": recordings.mov(codec=b"jpeg"),
    "mp4 H.263": recordings.mp4(codec=b"s263"),
}


@pytest.mark.parametrize("ending", KEPT)
def test_a_file_is_known_by_its_content_and_its_length_is_measured(ending):
    content, kind, seconds = KEPT[ending]
    found = checked(upload(content), kind)
    assert (found.extension, found.media_type, found.duration_seconds) == (ending, kind, seconds)
    assert checked(upload(content)).media_type == kind
    assert content_type_of(f"training/x.{ending}").split("/")[0] == kind


@pytest.mark.parametrize("name", ["mov", "mov HEVC", "mp4 HEVC", "mp4 AV1"])
def test_what_a_telephone_films_is_kept_as_what_browsers_play(name):
    found = checked(upload(FILMS[name], "IMG_0001.MOV", "video/quicktime"), MediaType.VIDEO)
    assert (found.extension, found.duration_seconds) == ("mp4", 3)
    assert content_type_of(f"x.{found.extension}") == "video/mp4"


@pytest.mark.parametrize("name", ["mov ProRes", "mov JPEG", "mp4 H.263"])
def test_a_film_that_no_browser_plays_is_refused(name):
    with pytest.raises(FilmNotPlayed):
        checked(upload(FILMS[name]))


def test_what_is_to_be_played_everywhere_is_something_that_every_browser_plays():
    for name in ("mov HEVC", "mp4 HEVC", "mp4 AV1"):
        with pytest.raises(FilmNotPlayedEverywhere):
            checked(upload(FILMS[name]), plays_everywhere=True)
    for content in (FILMS["mov"], recordings.webm(3, film=True)):
        assert checked(upload(content), plays_everywhere=True).duration_seconds == 3


def test_a_photograph_as_an_iphone_keeps_it_is_asked_for_in_another_form(monkeypatch):
    monkeypatch.setattr(media, "tracks_of", lambda _: pytest.fail("it was parsed"))
    with pytest.raises(HeicNotAllowed) as refusal:
        checked(upload(recordings.heic(), "IMG_0001.HEIC", "image/heic"))
    assert (refusal.value.code, "JPEG" in str(refusal.value)) == ("media_type_not_allowed", True)


@pytest.mark.parametrize("film", [False, True])
def test_what_a_browser_records_has_no_length_and_is_measured_by_its_last_block(film):
    found = checked(upload(recordings.webm(5, film=film, streamed=True)))
    assert (found.extension, found.duration_seconds) == ("webm" if film else "weba", 5)


@pytest.mark.parametrize("ending", [key for key, (_, kind, _) in KEPT.items() if kind != MediaType.IMAGE])
def test_a_recording_is_kept_as_it_came(ending):
    content, *_ = KEPT[ending]
    assert checked(upload(content)).content.read() == content


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.7\n" + bytes(100),
        b"PK\x03\x04" + bytes(100),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        recordings.picture("GIF"),
        recordings.picture("TIFF"),
        b"RIFF\x24\0\0\0WAVEfmt " + bytes(60),
        b"ID3" + bytes(60),
    ],
)
def test_what_is_none_of_ours_is_refused_whatever_it_is_called(content):
    with pytest.raises(MediaTypeNotAllowed):
        checked(upload(content, "holiday.png", "image/png"))


def test_what_is_none_of_ours_is_not_even_parsed(monkeypatch):
    """MediaInfo knows a hundred formats, some of which point at other files."""
    monkeypatch.setattr(media, "tracks_of", lambda _: pytest.fail("it was parsed"))
    for content in (b"RIFF\x24\0\0\0WAVEfmt " + bytes(60), b"PK\x03\x04" + bytes(100), b"<MPD></MPD>" + bytes(60)):
        with pytest.raises(MediaTypeNotAllowed):
            checked(upload(content))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        recordings.picture("PNG")[:60],
        recordings.picture("JPEG")[:200],
        recordings.webm(0, streamed=True).split(b"\x1f\x43\xb6\x75")[0],  # without a block
    ],
)
def test_half_a_file_is_refused(content):
    with pytest.raises(MediaUnreadable):
        checked(upload(content))


def test_a_picture_is_no_voice_memo_and_a_film_is_not_either():
    for content in (recordings.picture(), recordings.mp4()):
        with pytest.raises(MediaOfAnotherKind):
            checked(upload(content), MediaType.AUDIO)


# --- Limits -----------------------------------------------------------------------------------------------------------


def test_each_kind_has_its_own_limit(settings):
    megabytes = {"image": 0, "audio": 1, "video": 0}
    settings.MAX_UPLOAD_MEGABYTES = megabytes
    assert checked(upload(recordings.mp3()))
    with pytest.raises(MediaTooLarge) as refusal:
        checked(upload(recordings.mp4()))  # smaller than the largest of the limits, larger than its own
    assert (refusal.value.status, refusal.value.extra) == (413, {"most_bytes": 0})
    with pytest.raises(MediaTooLarge):
        checked(upload(recordings.picture()), MediaType.IMAGE)


def test_a_file_that_is_too_large_is_not_even_opened(settings, monkeypatch):
    settings.MAX_UPLOAD_MEGABYTES = dict.fromkeys(MediaType.values, 1)
    monkeypatch.setattr(media, "_is_picture", lambda upload: pytest.fail("it was opened"))
    with pytest.raises(MediaTooLarge):
        checked(upload(bytes(1024 * 1024 + 1)))


def test_a_recording_that_is_too_long_is_refused(settings):
    settings.MAX_UPLOAD_SECONDS = 3
    assert checked(upload(recordings.ogg(3)))
    for content in (recordings.ogg(4), recordings.webm(4, streamed=True)):
        with pytest.raises(MediaTooLong) as refusal:
            checked(upload(content))
    assert refusal.value.extra == {"most_seconds": 3}
    assert checked(upload(recordings.ogg(4)), most_seconds=4)


def png_of(width: int, height: int) -> bytes:
    """A few hundred bytes that say they are a picture of that size."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7_000, 12_000, 60_000])
def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_drawn(side, monkeypatch):
    monkeypatch.setattr(media, "_plain", lambda image: pytest.fail("it was drawn"))
    with pytest.raises(PictureTooLarge):
        checked(upload(png_of(side, side)))


def test_a_large_picture_is_made_smaller():
    found = checked(upload(recordings.picture("PNG", (6000, 10))))
    with Image.open(found.content) as image:
        assert image.size == (media.LONGEST_SIDE, 7)


# --- Nothing that one does not see ------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_loses_place_camera_and_comment(form):
    sent = recordings.photograph(form)
    assert b"Telefonmaker" in sent
    kept = checked(upload(sent)).content.read()
    assert b"Telefonmaker" not in kept
    assert b"At home" not in kept
    with Image.open(BytesIO(kept)) as image:
        assert (dict(image.getexif()), image.getexif().get_ifd(0x8825)) == ({}, {})


def test_a_picture_stands_upright_although_nothing_says_so_any_more():
    with Image.open(checked(upload(recordings.photograph(orientation=6))).content) as image:
        assert image.size == (48, 64)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("kind", range(14))
def test_what_a_camera_says_wrongly_of_itself_does_not_spoil_its_picture(form, kind):
    """The maker's name as a number, a rational, a place elsewhere in the file …"""
    sent = bytearray(recordings.photograph(form, orientation=6))
    tag = next(at for at in (sent.find(b"\x01\x0f\x00\x02"), sent.find(b"\x0f\x01\x02\x00")) if at > 0)
    number = tag + (3 if sent[tag] == 1 else 2)
    sent[number] = kind
    if form == "PNG":  # whose parts have check sums
        start = sent.index(b"eXIf")
        length = struct.unpack(">I", sent[start - 4 : start])[0]
        sent[start + 4 + length : start + 8 + length] = struct.pack(">I", zlib.crc32(sent[start : start + 4 + length]))
    with Image.open(checked(upload(bytes(sent))).content) as image:
        assert image.size == (48, 64)


def test_what_is_transparent_stays_so():
    written = BytesIO()
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(written, "PNG")
    with Image.open(checked(upload(written.getvalue())).content) as image:
        assert image.convert("RGBA").getpixel((0, 0))[3] == 0


def test_what_an_iphone_films_loses_where_and_with_what_it_was_made():
    sent = recordings.mov()
    kept = checked(upload(sent)).content.read()
    for told in (recordings.PLACE, b"Telefonmaker"):
        assert told in sent
        assert told not in kept
    assert len(kept) == len(sent)
    assert checked(ContentFile(kept)).duration_seconds == 3


def test_a_film_loses_the_place_where_it_was_made_and_nothing_else():
    sent = recordings.mp4(3, place=True)
    assert recordings.PLACE in sent
    kept = checked(upload(sent)).content.read()
    assert recordings.PLACE not in kept
    assert len(kept) == len(sent)
    assert checked(ContentFile(kept)).duration_seconds == 3
    assert sent[: sent.index(b"udta")] == kept[: sent.index(b"udta")]


def test_a_file_on_disk_is_left_as_it_is(tmp_path):
    """Only the copy is changed, not what it was made from."""
    path = tmp_path / "film.mp4"
    path.write_bytes(recordings.mp4(3, place=True))
    with path.open("rb") as opened:
        assert recordings.PLACE not in checked(File(opened)).content.read()
    assert recordings.PLACE in path.read_bytes()


def test_a_file_that_nobody_finishes_reading_is_refused(monkeypatch):
    """One byte makes it a recording of two thousand million samples, over which MediaInfo never comes to an end."""
    monkeypatch.setattr(probing, "MOST_SECONDS", 1)
    endless = bytearray(recordings.m4a())
    endless[endless.index(b"stts") + 8] = 0x76
    with pytest.raises(MediaUnreadable):
        checked(upload(bytes(endless)))


def test_a_process_that_falls_is_a_file_that_cannot_be_read(monkeypatch):
    monkeypatch.setattr(probing, "__file__", "/nowhere.py")
    with pytest.raises(MediaUnreadable):
        checked(upload(recordings.m4a()))


def test_boxes_in_boxes_without_end_are_no_error_of_ours():
    deep = recordings.mp4(3) + b"".join(struct.pack(">I4s", (9_000 - n) * 8, b"moov") for n in range(9_000))
    assert checked(upload(deep)).duration_seconds


@pytest.mark.parametrize("streamed", [False, True])
def test_a_number_that_ends_with_the_file_is_no_error_of_ours(streamed):
    content = recordings.webm(2, streamed=streamed)
    for length in range(40, len(content), 131):
        with suppress(Refusal):
            checked(upload(content[:length]))


def test_an_element_that_says_it_is_larger_than_any_disk_is_no_error_of_ours(tmp_path):
    """In memory one may go anywhere, on a disk one may not."""
    content = recordings.webm(2, streamed=True)
    path = tmp_path / "memo.webm"
    path.write_bytes(content + b"\xec\x01" + b"\xff" * 6 + b"\xfe" + bytes(8))
    with path.open("rb") as opened:
        assert checked(File(opened)).duration_seconds == 2


# --- Anything at all --------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(
        [content for content, *_ in KEPT.values()] + list(FILMS.values()) + [recordings.webm(2, streamed=True)]
    ),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), max_size=6),
    st.floats(0, 1),
)
def test_damaged_files_are_kept_or_refused_and_nothing_else_happens(content, damages, share):
    damaged = bytearray(content)
    for place, bytes_ in damages:
        start = int(place * len(damaged))
        damaged[start : start + len(bytes_)] = bytes_
    damaged = damaged[: max(12, int(len(damaged) * share))] if share < 0.5 else damaged
    with suppress(Refusal):
        assert isinstance(checked(upload(bytes(damaged))), CheckedMedia)
