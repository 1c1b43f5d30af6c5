"""What a page of the timeline is made of: lines with their sentences, media and conversations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format

from accounts.models import User
from timeline.api.shapes import media_address
from timeline.models import TimelineEntry
from timeline.pages.doors import Whose
from timeline.words import WITH_OWN_WORDS, clock, sentence_of
from training.models import Reflection, ReflectionReply

REFLECTIONS = Reflection._meta.db_table


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a conversation."""

    author: str
    is_own: bool
    is_from_staff: bool
    text: str
    when: str


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line as a page shows it. `media_kind` is empty without media; `is_link` for those that are elsewhere."""

    entry: TimelineEntry
    moment: str
    time: str
    day: str
    sentence: str
    text: str
    learner: str
    learner_address: str
    place: str
    media_kind: str
    media_address: str
    is_link: bool
    is_reflection: bool
    video_address: str
    lesson_address: str
    replies: list[Said] = field(default_factory=list)

    @property
    def is_waiting(self) -> bool:
        return bool(self.entry.response_status == "pending")


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    lines: list[ShownLine]


def shown(lines: Iterable[TimelineEntry], reader: User, about: Whose | None) -> list[ShownLine]:
    """The lines with what was said about them; one more query, for the conversations.

    Without `about` they are of several learners, and each says whose it is.
    """
    entries = list(lines)
    said = _conversations(entries, reader)
    return [_shown(entry, said.get(entry.source_id, []), about) for entry in entries]


def by_day(lines: Iterable[ShownLine]) -> list[Day]:
    """Lines in the order they have, under the day it was for the learner."""
    return [Day(day, list(found)) for day, found in groupby(lines, key=lambda line: line.entry.activity_date)]


def lesson_address(lesson: Any) -> str:
    """The lesson's page for learners, if there is one."""
    try:
        return reverse("training-lesson", args=[lesson]) if lesson else ""
    except NoReverseMatch:
        return ""


def _shown(entry: TimelineEntry, replies: list[Said], about: Whose | None) -> ShownLine:
    address = media_address({"id": entry.pk, "media_url": entry.media_url}) if entry.media_url else ""
    second = entry.video_timestamp_seconds
    at = entry.occurred_at.astimezone(ZoneInfo(entry.time_zone))
    return ShownLine(
        entry=entry,
        moment=at.isoformat(),
        time=date_format(at, "TIME_FORMAT"),
        day=date_format(at, "DATE_FORMAT"),
        sentence=sentence_of(entry),
        text=entry.content if entry.activity_type in WITH_OWN_WORDS else "",
        learner="" if about else str(entry.mentor.user),
        learner_address="" if about else reverse("mentor-video", args=[entry.mentor_id, entry.video_id]),
        place="" if second is None else clock(second),
        media_kind=entry.media_type if entry.media_url else "",
        media_address=address,
        is_link=address == entry.media_url,
        is_reflection=entry.source_table == REFLECTIONS,
        video_address=about.address("video", entry.video_id) if about and entry.video_id else "",
        lesson_address=lesson_address(entry.lesson_id),
        replies=replies,
    )


def _conversations(entries: list[TimelineEntry], reader: User) -> dict[Any, list[Said]]:
    asked = [entry.source_id for entry in entries if entry.source_table == REFLECTIONS]
    found: dict[Any, list[Said]] = {}
    if not asked:
        return found
    zone = ZoneInfo(entries[0].time_zone)
    for reply in ReflectionReply.objects.filter(reflection__in=asked).in_turn():
        said = Said(
            author=str(reply.author),
            is_own=reply.author_id == reader.pk,
            is_from_staff=reply.is_from_staff,
            text=reply.text,
            when=date_format(reply.written_at.astimezone(zone), "DATETIME_FORMAT"),
        )
        found.setdefault(reply.reflection_id, []).append(said)
    return found
