"""What the answer desk's API says, and hears."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.base.api import StrictSerializer
from timeline.api.shapes import Turn, media_address
from timeline.calendars import countries
from timeline.desk import Standing
from timeline.enums import ActivityType, ResponseStatus
from timeline.models import AnswerSettings
from timeline.rules import MOST_DAYS, Level
from training.enums import MediaType
from training.models.reflections import LONGEST_TEXT


class Claim(serializers.Serializer[Any]):
    by = serializers.UUIDField(source="by_id")
    by_name = serializers.CharField(source="by")
    claimed_at = serializers.DateTimeField()
    until = serializers.DateTimeField(help_text="It lapses by itself then.")


class DeskRow(serializers.Serializer[Standing]):
    """A reflection, where it was written, and where its answer stands."""

    id = serializers.UUIDField(source="entry.id", help_text="Of the line in the timeline.")
    reflection_id = serializers.UUIDField(source="entry.source_id")
    org_id = serializers.UUIDField(source="entry.organization_id")
    student_id = serializers.UUIDField(source="entry.mentor_id")
    student_name = serializers.CharField(source="entry.mentor")
    activity_type = serializers.ChoiceField(ActivityType.choices, source="entry.activity_type")
    occurred_at = serializers.DateTimeField(source="entry.occurred_at")
    content = serializers.CharField(source="entry.content", allow_blank=True)
    media_url = serializers.SerializerMethodField(help_text="An address elsewhere, or below `/api/v1/`.")
    media_type = serializers.ChoiceField(MediaType.choices, source="entry.media_type", allow_blank=True)
    media_duration_seconds = serializers.IntegerField(source="entry.media_duration_seconds", allow_null=True)
    video_id = serializers.UUIDField(source="entry.video_id", allow_null=True)
    video_title = serializers.CharField(source="entry.video.title", default=None, allow_null=True)
    video_timestamp_seconds = serializers.IntegerField(source="entry.video_timestamp_seconds", allow_null=True)
    lesson_id = serializers.UUIDField(source="entry.lesson_id", allow_null=True)
    lesson_title = serializers.CharField(source="entry.lesson.title", default=None, allow_null=True)
    course_id = serializers.UUIDField(source="entry.course_id", allow_null=True)
    course_title = serializers.CharField(source="entry.course.title", default=None, allow_null=True)
    requires_response = serializers.BooleanField(source="entry.requires_response")
    response_status = serializers.ChoiceField(ResponseStatus.choices, source="entry.response_status", allow_null=True)
    waiting_since = serializers.DateTimeField(source="entry.waiting_since", allow_null=True)
    responded_at = serializers.DateTimeField(
        source="entry.responded_at", allow_null=True, help_text="Of the latest answer, also when it waits again."
    )
    responded_by = serializers.UUIDField(source="entry.responded_by_id", allow_null=True)
    responded_by_name = serializers.CharField(source="entry.responded_by", allow_null=True)
    level = serializers.ChoiceField([each.value for each in Level], allow_null=True, help_text="Null: does not wait.")
    due_on = serializers.DateField(allow_null=True, help_text="The last day on which an answer is in time.")
    due_at = serializers.DateTimeField(allow_null=True, help_text="From then on it is overdue.")
    escalates_at = serializers.DateTimeField(allow_null=True, help_text="From then on administrators are told.")
    claim = Claim(allow_null=True, help_text="Who is answering it now.")

    @extend_schema_field(serializers.CharField())
    def get_media_url(self, standing: Standing) -> str:
        entry = standing.entry
        return media_address({"id": entry.pk, "media_url": entry.media_url}) if entry.media_url else ""


class DeskRowWithReplies(DeskRow):
    replies = serializers.SerializerMethodField(help_text="The conversation, as it was written.")

    @extend_schema_field(Turn(many=True))
    def get_replies(self, standing: Standing) -> Any:
        return TurnSaid(self.context["replies"], many=True).data


class TurnSaid(Turn):
    author_name = serializers.CharField(source="author")


class NewAnswer(StrictSerializer):
    text = serializers.CharField(max_length=LONGEST_TEXT, style={"base_template": "textarea.html"})
    further = serializers.BooleanField(default=False, help_text="Adds to an answer; without it that is a 409.")
    client_id = serializers.UUIDField(
        required=False, help_text="Yours: sent again, the same answer is given back and nothing is written."
    )


class AnswerSettingsRow(serializers.Serializer[AnswerSettings]):
    org_id = serializers.UUIDField(source="organization_id")
    answer_within_days = serializers.IntegerField(help_text="Working days from the day after the question.")
    escalate_after_days = serializers.IntegerField(help_text="Working days more, then administrators are told too.")
    holiday_country = serializers.CharField(help_text="Whose public holidays are no working days: two letters.")


class AnswerSettingsChange(StrictSerializer):
    answer_within_days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS)
    escalate_after_days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS)
    holiday_country = serializers.ChoiceField(sorted(countries()))
