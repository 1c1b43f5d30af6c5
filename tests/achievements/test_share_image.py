"""The share image: a PNG of the size that others expect, with numbers and nobody's name."""

import json
import struct
import zlib
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.translation import override

from achievements import services
from achievements.models import AnnualSummary
from achievements.wrapped import images
from tests.conftest import browser
from tests.factories import ActivityFactory, AnnualSummaryFactory, AssignmentFactory

MADE = datetime(2026, 1, 2, 6, 0, tzinfo=UTC)


@pytest.fixture
def own(mentor, now, time_machine) -> AnnualSummary:
    time_machine.move_to(now, tick=False)
    mentor.user.first_name, mentor.user.last_name = "Fornavn", "Etternavn"
    mentor.user.save()
    AnnualSummaryFactory(mentor=mentor, year=2025, generated_at=MADE, total_contacts_reached=3)
    return AnnualSummary.objects.with_people().get()


def decoded(png: bytes) -> tuple[int, int]:
    """Width and height; every chunk is checked against its sum, and the pixels are unpacked."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    position, pixels, size = 8, b"", (0, 0)
    while position < len(png):
        length, kind = struct.unpack(">I4s", png[position : position + 8])
        body = png[position + 8 : position + 8 + length]
        assert struct.unpack(">I", png[position + 8 + length : position + 12 + length])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        pixels += body if kind == b"IDAT" else b""
        position += 12 + length
    assert len(zlib.decompress(pixels)) >= size[0] * size[1]
    return size


def test_is_a_png_of_1200_by_630(own):
    assert decoded(images.share_image(own)) == (1200, 630)


def test_sets_nobodys_name(own, mentor):
    assignment = AssignmentFactory(
        organization=mentor.organization, mentor=mentor, contact__first_name="Hemmelig", contact__last_name="Person"
    )
    ActivityFactory(assignment=assignment)
    own.highlight_moments = [{"type": "first_event", "date": "2025-02-03"}]
    data = images.image_data(own)
    said = json.dumps(data, ensure_ascii=False)
    for name in ("Fornavn", "Etternavn", "Hemmelig", "Person", mentor.user.email, "2025-02-03"):
        assert name not in said
    assert set(data) == {"language", "title", "heading", "year", "note", "numbers", "cairn", "light"}


def test_has_the_numbers_in_words_of_the_language(own):
    with override("en"):
        assert images.image_data(own)["numbers"] == [["12", "activities"], ["12.5", "hours"], ["3", "people reached"]]


def test_says_so_far_while_the_year_is_running(own):
    own.as_of = date(2025, 11, 20)
    with override("en"):
        assert images.image_data(own)["note"] == "So far, up to Nov. 20, 2025"


NAMES = {"marks": "#panic() *x* [y] $z$ @label <b>", "long": "Å" * 100, "scripts": "جمعية 協会 🗻", "many": "ord " * 40}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_is_made_whatever_the_organisation_is_called(own, name):
    own.organization.name = name
    assert decoded(images.share_image(own)) == (1200, 630)


def test_is_asked_for_anew_each_time_and_sent_when_it_has_changed(own, mentor):
    client = browser(mentor.user)
    first = client.get("/wrapped/2025/image.png")
    assert (first.status_code, first["Content-Type"]) == (200, "image/png")
    assert first["Cache-Control"] == "private, no-cache"
    again = client.get("/wrapped/2025/image.png", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    AnnualSummary.objects.update(total_contacts_reached=4)
    assert client.get("/wrapped/2025/image.png", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_is_there_for_whoever_has_the_link_as_long_as_it_lasts(own, mentor, client, now, time_machine):
    share = services.share_summary(summary=own, by=mentor.user, at=now, days=7)
    response = client.get(f"/w/{share.token}/image.png")
    assert decoded(response.content) == (1200, 630)
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    time_machine.move_to(now + timedelta(days=7), tick=False)
    gone = client.get(f"/w/{share.token}/image.png", headers={"If-None-Match": response["ETag"]})
    assert gone.status_code == 404
