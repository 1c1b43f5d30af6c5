"""Courses, lessons, videos and quizzes, with what the caller has done of them.

The shapes of rows read `progress` (a `Progress`) and `enrollments` from the context. Which answer of a quiz is right is
in none of them.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from accounts.base.api import StrictSerializer
from training.api.serializers.writing import client_id_field
from training.enums import QuestionKind
from training.models import (
    AnswerOption,
    Checkpoint,
    Course,
    Enrollment,
    Lesson,
    Question,
    Quiz,
    QuizAttempt,
    Video,
    VideoProgress,
)
from training.models.content import MOST_VIDEO_SECONDS
from training.services.watching import MOST_STRETCHES


def moment(value: Any) -> Any:
    """A moment as every other one is said, or None."""
    return serializers.DateTimeField().to_representation(value)


class CourseProgress(serializers.Serializer[Enrollment]):
    """That the caller takes the course."""

    enrollment_id = serializers.UUIDField(source="id")
    enrolled_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)


class WatchedField(serializers.Field[Any, Any, Any, Any]):
    """The stretches that were played, as pairs of seconds."""

    def to_representation(self, value: Any) -> list[list[int]]:
        return [[stretch.lower, stretch.upper] for stretch in value]


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        "description": "Stretches in seconds, from the first up to, but not with, the second.",
    }
)
class Stretches(WatchedField):
    pass


class VideoProgressShape(serializers.Serializer[VideoProgress]):
    """How much of a video has been watched: seconds that were played."""

    percent = serializers.IntegerField()
    position_seconds = serializers.IntegerField(help_text="Where to go on.")
    watched = Stretches()
    last_watched_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(source="reached_95_at", allow_null=True)


class CheckpointShape(serializers.Serializer[Checkpoint]):
    checkpoint_id = serializers.UUIDField(source="id")
    at_second = serializers.IntegerField()
    title = serializers.CharField()
    reached_at = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_reached_at(self, row: Checkpoint) -> Any:
        return moment(self.context["progress"].checkpoints.get(row.pk))


class VideoRow(serializers.Serializer[Video]):
    video_id = serializers.UUIDField(source="id")
    lesson_id = serializers.UUIDField()
    position = serializers.IntegerField()
    title = serializers.CharField()
    url = serializers.SerializerMethodField(help_text="Where it plays: a file of ours, or an address elsewhere.")
    captions_url = serializers.SerializerMethodField(help_text="Captions (WebVTT), or empty.")
    duration_seconds = serializers.IntegerField()
    checkpoints = CheckpointShape(many=True)
    progress = serializers.SerializerMethodField(help_text="The caller's own; null before they have begun.")

    def get_url(self, row: Video) -> str:
        return reverse("training-video-file", [row.pk]) if row.file else row.url

    def get_captions_url(self, row: Video) -> str:
        return reverse("training-video-captions", [row.pk]) if row.captions else ""

    @extend_schema_field(VideoProgressShape(allow_null=True))
    def get_progress(self, row: Video) -> Any:
        progress = self.context["progress"].videos.get(row.pk)
        return VideoProgressShape(progress).data if progress else None


class VideoDetail(VideoRow):
    transcript = serializers.CharField()


class OptionShape(serializers.Serializer[AnswerOption]):
    option_id = serializers.UUIDField(source="id")
    text = serializers.CharField()


class QuestionShape(serializers.Serializer[Question]):
    question_id = serializers.UUIDField(source="id")
    text = serializers.CharField()
    kind = serializers.ChoiceField(QuestionKind.choices)
    options = OptionShape(many=True)


class QuizProgress(serializers.Serializer[Any]):
    attempts = serializers.IntegerField()
    best_score = serializers.IntegerField()
    passed_at = serializers.DateTimeField(allow_null=True)


class QuizRow(serializers.Serializer[Quiz]):
    quiz_id = serializers.UUIDField(source="id")
    lesson_id = serializers.UUIDField()
    video_id = serializers.UUIDField(allow_null=True)
    at_second = serializers.IntegerField(allow_null=True)
    title = serializers.CharField()
    pass_percent = serializers.IntegerField()
    questions = QuestionShape(many=True)
    progress = serializers.SerializerMethodField(help_text="The caller's own; null before the first attempt.")

    @extend_schema_field(QuizProgress(allow_null=True))
    def get_progress(self, row: Quiz) -> Any:
        found = self.context["progress"].quizzes.get(row.pk)
        return QuizProgress(found).data if found else None


class LessonRow(serializers.Serializer[Lesson]):
    """In a list: without its text, videos and quizzes."""

    lesson_id = serializers.UUIDField(source="id")
    course_id = serializers.UUIDField()
    position = serializers.IntegerField()
    title = serializers.CharField()
    completed_at = serializers.SerializerMethodField(help_text="When the caller has done it.")

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_completed_at(self, row: Lesson) -> Any:
        return moment(self.context["progress"].lessons.get(row.pk))


class LessonDetail(LessonRow):
    body = serializers.CharField()
    videos = VideoDetail(many=True)
    quizzes = QuizRow(many=True)


class CourseRow(serializers.Serializer[Course]):
    course_id = serializers.UUIDField(source="id")
    org_id = serializers.UUIDField(source="organization_id")
    slug = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    is_published = serializers.BooleanField()
    lesson_count = serializers.IntegerField()
    progress = serializers.SerializerMethodField(help_text="The caller's own; null before they take it.")

    @extend_schema_field(CourseProgress(allow_null=True))
    def get_progress(self, row: Course) -> Any:
        enrollment = self.context["enrollments"].get(row.pk)
        return CourseProgress(enrollment).data if enrollment else None


class CourseDetail(CourseRow):
    lessons = LessonDetail(many=True)


class EnrollmentRow(serializers.Serializer[Enrollment]):
    enrollment_id = serializers.UUIDField(source="id")
    org_id = serializers.UUIDField(source="organization_id")
    peer_mentor_id = serializers.UUIDField(source="mentor_id")
    peer_mentor_name = serializers.CharField(source="mentor.user.get_full_name")
    course_id = serializers.UUIDField()
    course_title = serializers.CharField(source="course.title")
    enrolled_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)


class EnrollmentDetail(EnrollmentRow):
    course = serializers.SerializerMethodField(help_text="The course, with what this mentor has done of it.")

    @extend_schema_field(CourseDetail)
    def get_course(self, row: Enrollment) -> Any:
        return CourseDetail(self.context["course"], context=self.context).data


class LessonDone(serializers.Serializer[Any]):
    lesson_id = serializers.UUIDField()
    completed_at = serializers.DateTimeField()
    course_id = serializers.UUIDField(source="lesson.course_id")
    course_completed_at = serializers.DateTimeField(allow_null=True)


class AttemptRow(serializers.Serializer[QuizAttempt]):
    attempt_id = serializers.UUIDField(source="id")
    quiz_id = serializers.UUIDField()
    peer_mentor_id = serializers.UUIDField(source="mentor_id")
    submitted_at = serializers.DateTimeField()
    answers = serializers.DictField(
        child=serializers.ListField(child=serializers.UUIDField()), help_text="Chosen options by question."
    )
    score = serializers.IntegerField()
    max_score = serializers.IntegerField()
    passed = serializers.BooleanField()
    completes_quiz = serializers.BooleanField(help_text="The first attempt that passed.")
    client_id = serializers.UUIDField(allow_null=True)


class QuestionResult(serializers.Serializer[Any]):
    question_id = serializers.UUIDField()
    right = serializers.BooleanField()
    explanation = serializers.CharField()


class AttemptResult(AttemptRow):
    questions = serializers.SerializerMethodField()

    @extend_schema_field(QuestionResult(many=True))
    def get_questions(self, row: QuizAttempt) -> Any:
        return QuestionResult(self.context["results"], many=True).data


# --- What is heard ----------------------------------------------------------------------------------------------------


class NewEnrollment(StrictSerializer):
    course_id = serializers.UUIDField()


class Watching(StrictSerializer):
    """Stretches that were played. They may overlap and be sent again."""

    stretches = serializers.ListField(
        child=serializers.ListField(
            child=serializers.IntegerField(min_value=0, max_value=MOST_VIDEO_SECONDS), min_length=2, max_length=2
        ),
        max_length=MOST_STRETCHES,
        help_text="In seconds, from the first up to, but not with, the second.",
    )
    position_seconds = serializers.IntegerField(
        min_value=0,
        max_value=MOST_VIDEO_SECONDS,
        required=False,
        help_text="Where the player stands. Without it: at the end of the last stretch.",
    )


class Answers(StrictSerializer):
    answers = serializers.DictField(
        child=serializers.ListField(child=serializers.UUIDField(), max_length=50),
        help_text="The chosen options' ids by question id. What is left out counts as wrong.",
    )
    client_id = client_id_field()

    def validate_answers(self, value: dict[str, list[UUID]]) -> dict[Any, list[UUID]]:
        """The keys as ids, however they are written: an iPhone writes them in capitals."""
        return {_id_or_text(key): options for key, options in value.items()}


def _id_or_text(key: str) -> UUID | str:
    try:
        return UUID(key)
    except ValueError:
        return key  # which no question has
