"""A course with a video and a quiz, and a place for files that is gone after the test."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import CourseFactory, GoalFactory, LessonFactory, QuizFactory, VideoFactory


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def files(media_root):
    """Asks which files there are."""

    def ask() -> list[str]:
        return sorted(str(path.relative_to(media_root)) for path in media_root.rglob("*") if path.is_file())

    return ask


@pytest.fixture
def course(organization):
    return CourseFactory(organization=organization, title="Grunnkurs")


@pytest.fixture
def lesson(course):
    return LessonFactory(course=course, position=1)


@pytest.fixture
def video(lesson):
    """Ten minutes."""
    return VideoFactory(lesson=lesson)


@pytest.fixture
def quiz(lesson):
    """Two questions; one right answer is enough."""
    return QuizFactory(lesson=lesson)


@pytest.fixture
def goal(mentor):
    return GoalFactory(mentor=mentor)


def upload(content: bytes, name: str = "../../etc/passwd.html", kind: str = "text/html") -> SimpleUploadedFile:
    """A file as it arrives: what it is called, and what the browser says it is, is of no importance."""
    return SimpleUploadedFile(name, content, content_type=kind)


def right_answers(quiz, count: int | None = None) -> dict:
    """The right options of the first `count` questions, by question id."""
    return {
        question.pk: [option.pk for option in question.options.all() if option.is_correct]
        for question in list(quiz.questions.all())[:count]
    }
