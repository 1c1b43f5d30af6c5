"""Small real files, made of bytes: pictures with a place in them, silence in the formats that phones record.

Each is what its name says, down to what MediaInfo and players read; none needs an encoder.
"""

from __future__ import annotations

import struct
from io import BytesIO

from PIL import Image


def picture(form: str = "PNG", size: tuple[int, int] = (64, 48), **more: object) -> bytes:
    """A picture with a colour gradient, so that it is not the same everywhere."""
    made = Image.linear_gradient("L").resize(size).convert("RGB")
    written = BytesIO()
    made.save(written, form, **more)
    return written.getvalue()


def photograph(form: str = "JPEG", *, orientation: int = 1) -> bytes:
    """A picture as a phone makes it: with camera, place, comment and an orientation."""
    exif = Image.Exif()
    exif[0x010F] = "Telefonmaker"
    exif[0x0112] = orientation
    exif.get_ifd(0x8825).update({1: "N", 2: (59.0, 54.0, 50.0), 3: "E", 4: (10.0, 45.0, 8.0)})
    more = {"comment": b"At home"} if form == "JPEG" else {}
    return picture(form, exif=exif, **more)


# --- MP3 --------------------------------------------------------------------------------------------------------------


def mp3(seconds: float = 3.0) -> bytes:
    """Frames of silence: MPEG-1 layer III, 32 kbit/s, 44.1 kHz, mono; each 1152 samples in 104 bytes."""
    return (b"\xff\xfb\x10\xc0" + bytes(100)) * round(seconds * 44_100 / 1152)


# --- Ogg --------------------------------------------------------------------------------------------------------------

_OPUS_HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
_OPUS_SILENCE = b"\xf8\xff\xfe"  # 20 ms


def ogg(seconds: float = 3.0) -> bytes:
    """Opus in Ogg, a page per second."""
    pages = [_page(0, 2, 0, [_OPUS_HEAD]), _page(1, 0, 0, [b"OpusTags" + struct.pack("<I4sI", 4, b"made", 0)])]
    for second in range(round(seconds)):
        last = 4 if second + 1 == round(seconds) else 0
        pages.append(_page(second + 2, last, 48_000 * (second + 1), [_OPUS_SILENCE] * 50))
    return b"".join(pages)


def _page(number: int, flags: int, granule: int, packets: list[bytes]) -> bytes:
    sizes = bytes(len(packet) for packet in packets)
    body = b"".join(packets)
    head = b"OggS" + struct.pack("<BBqIII", 0, flags, granule, 7, number, 0) + bytes([len(sizes)]) + sizes
    return head[:22] + struct.pack("<I", _crc(head + body)) + head[26:] + body


def _crc(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte << 24
        for __ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    return value


# --- WebM -------------------------------------------------------------------------------------------------------------


def webm(seconds: float = 3.0, *, film: bool = False, streamed: bool = False) -> bytes:
    """Opus, with `film` VP8 as well. `streamed`: as browsers record, with no length anywhere."""
    info = _ebml(0x2AD7B1, _number(1_000_000)) + _ebml(0x4D80, b"made") + _ebml(0x5741, b"made")
    if not streamed:
        info += _ebml(0x4489, struct.pack(">d", seconds * 1000))
    audio = _ebml(0xE1, _ebml(0xB5, struct.pack(">d", 48_000.0)) + _ebml(0x9F, _number(1)))
    tracks = _track(1, 2, b"A_OPUS", _ebml(0x63A2, _OPUS_HEAD) + audio)
    if film:
        tracks += _track(2, 1, b"V_VP8", _ebml(0xE0, _ebml(0xB0, _number(64)) + _ebml(0xBA, _number(48))))
    clusters = b""
    for second in range(max(1, round(seconds))):
        blocks = b"".join(
            _ebml(0xA3, b"\x81" + struct.pack(">hB", offset, 0x80) + _OPUS_SILENCE) for offset in range(0, 1000, 20)
        )
        if film:
            key_frame = b"\x10\x02\x00\x9d\x01\x2a" + struct.pack("<HH", 64, 48) + bytes(8)
            blocks = _ebml(0xA3, b"\x82" + struct.pack(">hB", 0, 0x80) + key_frame) + blocks
        clusters += _ebml(0x1F43B675, _ebml(0xE7, _number(second * 1000)) + blocks, open_end=streamed)
    head = b"".join(
        _ebml(key, value)
        for key, value in (
            (0x4286, b"\x01"), (0x42F7, b"\x01"), (0x42F2, b"\x04"), (0x42F3, b"\x08"), (0x4282, b"webm"),
            (0x4287, b"\x04"), (0x4285, b"\x02"),
        )
    )  # fmt: skip
    body = _ebml(0x1549A966, info) + _ebml(0x1654AE6B, tracks) + clusters
    return _ebml(0x1A45DFA3, head) + _ebml(0x18538067, body, open_end=streamed)


def _track(number: int, kind: int, codec: bytes, more: bytes) -> bytes:
    said = _ebml(0xD7, _number(number)) + _ebml(0x73C5, _number(number)) + _ebml(0x83, _number(kind))
    return _ebml(0xAE, said + _ebml(0x86, codec) + more)


def _number(value: int) -> bytes:
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")


def _ebml(key: int, value: bytes, *, open_end: bool = False) -> bytes:
    size = b"\x01" + b"\xff" * 7 if open_end else struct.pack(">Q", len(value) | 1 << 56)
    return _number(key) + size + value


# --- MPEG-4 -----------------------------------------------------------------------------------------------------------

#: Where a phone says that it was: in front of Oslo's town hall.
PLACE = b"+59.9120+010.7338/"


def m4a(seconds: float = 3.0) -> bytes:
    return _mpeg4(b"M4A ", seconds, [_aac()])


def mp4(seconds: float = 3.0, *, place: bool = False, codec: bytes = b"avc1") -> bytes:
    """A film; `place`: with the place where it was made, as phones write it."""
    said = _box(b"udta", _box(b"\xa9xyz", struct.pack(">HH", len(PLACE), 0x15C7) + PLACE)) if place else b""
    return _mpeg4(b"isom", seconds, [_seen(codec)], said)


def mov(seconds: float = 3.0, *, codec: bytes = b"avc1") -> bytes:
    """A film with sound as an iPhone makes it: QuickTime, and beside the film where and with what it was made."""
    keys = [b"com.apple.quicktime.location.ISO6709", b"com.apple.quicktime.make"]
    values = [PLACE, b"Telefonmaker"]
    told = [_box(b"data", struct.pack(">II", 1, 0) + value) for value in values]
    said = _box(
        b"meta",
        _full(b"hdlr", struct.pack(">I4s12x", 0, b"mdta") + b"\0")
        + _full(b"keys", struct.pack(">I", len(keys)) + b"".join(_box(b"mdta", key) for key in keys))
        + _box(b"ilst", b"".join(_box(struct.pack(">I", n), each) for n, each in enumerate(told, start=1))),
    )
    return _mpeg4(b"qt  ", seconds, [_seen(codec), _aac()], said)


def heic() -> bytes:
    """The beginning of a picture as iPhones keep it."""
    handler = _full(b"hdlr", struct.pack(">I4s12x", 0, b"pict") + b"\0")
    kind = _box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
    return kind + _full(b"meta", handler[12:]) + _box(b"mdat", bytes(64))


def _mpeg4(brand: bytes, seconds: float, descriptions: list[bytes], said: bytes = b"") -> bytes:
    """A track for each description, all with the same empty samples; `said`: what stands beside the tracks."""
    samples = max(1, round(seconds))
    kind = _box(b"ftyp", brand + struct.pack(">I", 512) + brand + b"mp42")
    data = _box(b"mdat", bytes(8) * samples)
    length = samples * 1000
    movie = _full(
        b"mvhd", struct.pack(">IIIIIH10x", 0, 0, 1000, length, 0x10000, 0x100) + _MATRIX + bytes(24) + b"\0\0\0\2"
    )
    tracks = [_trak(number, each, samples, len(kind) + 8) for number, each in enumerate(descriptions, start=1)]
    return kind + data + _box(b"moov", movie + b"".join(tracks) + said)


_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def _trak(number: int, description: bytes, samples: int, offset: int) -> bytes:
    film, length = description[4:8] != b"mp4a", samples * 1000
    track = _full(
        b"tkhd",
        struct.pack(">IIII I 8x HHHH", 0, 0, number, 0, length, 0, 0, 0 if film else 0x100, 0) + _MATRIX
        + struct.pack(">II", 64 << 16, 48 << 16),
        flags=3,
    )  # fmt: skip
    table = _box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1) + description)
        + _full(b"stts", struct.pack(">III", 1, samples, 1000))
        + _full(b"stsc", struct.pack(">IIII", 1, 1, samples, 1))
        + _full(b"stsz", struct.pack(">II", 8, samples))
        + _full(b"stco", struct.pack(">II", 1, offset)),
    )
    handler = _full(b"hdlr", struct.pack(">I4s12x", 0, b"vide" if film else b"soun") + b"made\0")
    head = _full(b"vmhd", bytes(8), flags=1) if film else _full(b"smhd", bytes(4))
    where = _box(b"dinf", _full(b"dref", struct.pack(">I", 1) + _full(b"url ", b"", flags=1)))
    media = _box(
        b"mdia",
        _full(b"mdhd", struct.pack(">IIIIHH", 0, 0, 1000, length, 0x55C4, 0))
        + handler
        + _box(b"minf", head + where + table),
    )
    return _box(b"trak", track + media)


def _aac() -> bytes:
    config = b"\x03\x19\x00\x00\x00\x04\x11\x40\x15" + bytes(11) + b"\x05\x02\x12\x08\x06\x01\x02"
    return _box(b"mp4a", struct.pack(">6xH8xHHHHI", 1, 1, 16, 0, 0, 44_100 << 16) + _full(b"esds", config))


def _seen(codec: bytes) -> bytes:
    """What is seen: `avc1` (H.264) with its head; of the others (`hvc1`, `apch` …) only the name."""
    head = struct.pack(">6xH16xHHIIIH32xHh", 1, 64, 48, 0x480000, 0x480000, 0, 1, 24, -1)
    sps = b"\x67\x42\xc0\x0a\xda\x04\x36\xc0"
    config = b"\x01\x42\xc0\x0a\xff\xe1" + struct.pack(">H", len(sps)) + sps + b"\x01\x00\x04\x68\xce\x3c\x80"
    return _box(codec, head + (_box(b"avcC", config) if codec == b"avc1" else b""))


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, name) + body


def _full(name: bytes, body: bytes, *, flags: int = 0) -> bytes:
    return _box(name, struct.pack(">I", flags) + body)
