"""A line's file is behind the door of its line."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.enums import Module
from accounts.models import ModuleSetting
from tests.conftest import api_client
from tests.factories import DailyNoteFactory, MentorProfileFactory, ReflectionFactory
from tests.recordings import picture
from timeline.models import TimelineEntry
from training.enums import ReflectionKind
from training.models import Reflection
from training.services import write_reflection

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)


@pytest.fixture
def line(mentor):
    shot = SimpleUploadedFile("shot.png", picture(), "image/png")
    write_reflection(
        mentor=mentor, kind=ReflectionKind.SCREENSHOT, text="", media=shot, by=mentor.user, at=AT
    )  # fmt: skip
    return TimelineEntry.objects.get()


def address(line) -> str:
    return f"/api/v1/timeline/{line.pk}/media"


def test_the_file_is_there_for_the_learner_and_those_who_look_after_them(line, as_mentor, as_coordinator, as_org_admin):
    for client in (as_mentor, as_coordinator, as_org_admin):
        assert client.get("/api/v1/timeline", {"student": str(line.mentor_id)}).json()["data"][0]["media_url"] == (
            address(line)
        )
        answer = client.get(address(line))
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
        assert b"".join(answer.streaming_content).startswith(b"\x89PNG")


def test_and_for_nobody_else(line, as_stranger, as_neighbour, local_association, organization):
    other = MentorProfileFactory(organization=organization, local_association=local_association)
    for client in (as_stranger, as_neighbour, api_client(other.user)):
        assert client.get(address(line)).status_code == 404


def test_a_stretch_of_it_may_be_asked_for(line, as_mentor):
    answer = as_mentor.get(address(line), headers={"Range": "bytes=1-3"})
    assert (answer.status_code, b"".join(answer.streaming_content)) == (206, b"PNG")


def test_a_line_without_a_file_or_with_one_elsewhere_has_none(mentor, as_mentor):
    DailyNoteFactory(mentor=mentor)
    ReflectionFactory(mentor=mentor, kind="video", media_type="video", media_url="https://video.example.org/1")
    for line in TimelineEntry.objects.all():
        assert as_mentor.get(address(line)).status_code == 404


def test_nor_has_one_that_was_taken_back(line, as_mentor):
    Reflection.objects.all().delete()
    assert as_mentor.get(address(line)).status_code == 404


def test_nor_without_the_module(line, as_mentor, organization):
    ModuleSetting.objects.filter(organization=organization, module=Module.CERTIFICATION).update(is_enabled=False)
    assert as_mentor.get(address(line)).status_code == 403
