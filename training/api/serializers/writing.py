"""What mentors write: reflections and their conversation, goals, notes, proofs, messages."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from accounts.base.api import StrictSerializer
from accounts.base.fields import MomentField
from training.enums import MediaType, ReflectionKind
from training.models import Goal, GoalMilestone, Reflection, SuccessProof
from training.models.content import MOST_VIDEO_SECONDS
from training.models.reflections import LONGEST_TEXT
from training.services.goals import LONGEST_DESCRIPTION, LONGEST_TITLE, MOST_MILESTONES

LINES = {"base_template": "textarea.html"}
CLIENT_ID = "The phone's own id for it. Sent again, the answer is 200 with the row that is there."
OWN = "Whose it is. Needed only by mentors of several organisations."


def text_field(**more: Any) -> serializers.CharField:
    """A text of several lines."""
    return serializers.CharField(max_length=LONGEST_TEXT, style=LINES, **more)


def client_id_field() -> serializers.UUIDField:
    return serializers.UUIDField(required=False, allow_null=True, help_text=CLIENT_ID)


class OfMentor(serializers.Serializer[Any]):
    org_id = serializers.UUIDField(source="organization_id")
    peer_mentor_id = serializers.UUIDField(source="mentor_id")
    peer_mentor_name = serializers.CharField(source="mentor.user.get_full_name")


class Said(serializers.Serializer[Any]):
    """One message of a conversation."""

    author_name = serializers.CharField(source="author.get_full_name")
    is_from_staff = serializers.BooleanField()
    text = serializers.CharField()
    written_at = serializers.DateTimeField()
    client_id = serializers.UUIDField(allow_null=True)


class NewMessage(StrictSerializer):
    text = text_field()
    client_id = client_id_field()


# --- Reflections ------------------------------------------------------------------------------------------------------


class ReplyRow(Said):
    reply_id = serializers.UUIDField(source="id")
    reflection_id = serializers.UUIDField()


class ReflectionRow(OfMentor):
    reflection_id = serializers.UUIDField(source="id")
    kind = serializers.ChoiceField(ReflectionKind.choices)
    text = serializers.CharField()
    lesson_id = serializers.UUIDField(allow_null=True)
    video_id = serializers.UUIDField(allow_null=True)
    video_second = serializers.IntegerField(allow_null=True)
    media_url = serializers.SerializerMethodField(help_text="A file of ours, an address elsewhere, or empty.")
    media_type = serializers.ChoiceField([("", ""), *MediaType.choices])
    media_duration_seconds = serializers.IntegerField(allow_null=True)
    written_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    requires_response = serializers.BooleanField()
    is_answered = serializers.BooleanField(help_text="The latest word is that of staff.")
    client_id = serializers.UUIDField(allow_null=True)

    def get_media_url(self, row: Reflection) -> str:
        return reverse("training-reflection-media", [row.pk]) if row.media_file else row.media_url


class ReflectionDetail(ReflectionRow):
    replies = serializers.SerializerMethodField(help_text="The conversation, as it was written.")

    @extend_schema_field(ReplyRow(many=True))
    def get_replies(self, row: Reflection) -> Any:
        return ReplyRow(row.replies.in_turn(), many=True).data


class NewReflection(StrictSerializer):
    """A thought. A voice memo, a screenshot or a video comes as a form, with the file in `media`."""

    kind = serializers.ChoiceField(ReflectionKind.choices, default=ReflectionKind.TEXT)
    text = text_field(required=False, allow_blank=True)
    lesson_id = serializers.UUIDField(required=False, allow_null=True)
    video_id = serializers.UUIDField(required=False, allow_null=True)
    video_second = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=MOST_VIDEO_SECONDS)
    media_url = serializers.URLField(
        required=False, allow_blank=True, max_length=500, help_text="Where a video stands, if not with us."
    )
    written_at = MomentField(required=False, help_text="When it was written, if the phone had to wait.")
    client_id = client_id_field()
    peer_mentor_id = serializers.UUIDField(required=False, help_text=OWN)


class NewReflectionWithFile(NewReflection):
    media = serializers.FileField(
        required=False,
        allow_empty_file=True,
        help_text="PNG, JPEG, WebP; M4A, MP3, Ogg, WebM; MP4, MOV, WebM. What it is is seen from its content.",
    )


class NewText(StrictSerializer):
    text = text_field(allow_blank=True)


class WantsAnswer(StrictSerializer):
    requires_response = serializers.BooleanField()


# --- Goals ------------------------------------------------------------------------------------------------------------


class MilestoneRow(serializers.Serializer[GoalMilestone]):
    milestone_id = serializers.UUIDField(source="id")
    goal_id = serializers.UUIDField()
    title = serializers.CharField()
    reached_at = serializers.DateTimeField(allow_null=True)
    client_id = serializers.UUIDField(allow_null=True)


class GoalRow(OfMentor):
    goal_id = serializers.UUIDField(source="id")
    title = serializers.CharField()
    description = serializers.CharField()
    set_at = serializers.DateTimeField()
    target_on = serializers.DateField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    abandoned_at = serializers.DateTimeField(allow_null=True)
    is_current = serializers.SerializerMethodField(help_text="The mentor works on it now.")
    milestones = MilestoneRow(source="goalmilestones", many=True)
    client_id = serializers.UUIDField(allow_null=True)

    def get_is_current(self, row: Goal) -> bool:
        return vars(row)["current_goal_id"] == row.pk


class GoalFacts(StrictSerializer):
    title = serializers.CharField(max_length=LONGEST_TITLE)
    description = serializers.CharField(max_length=LONGEST_DESCRIPTION, required=False, allow_blank=True, style=LINES)
    target_on = serializers.DateField(required=False, allow_null=True)


class NewGoal(GoalFacts):
    milestones = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TITLE), required=False, max_length=MOST_MILESTONES
    )
    client_id = client_id_field()
    peer_mentor_id = serializers.UUIDField(required=False, help_text=OWN)


class GoalChange(GoalFacts):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False


class GoalChoice(StrictSerializer):
    goal_id = serializers.UUIDField(allow_null=True, help_text="Null: none from now on.")
    peer_mentor_id = serializers.UUIDField(required=False, help_text=OWN)


class ChosenGoal(serializers.Serializer[Any]):
    goal_id = serializers.UUIDField(allow_null=True)
    at = serializers.DateTimeField(allow_null=True, help_text="Since when. Null: the mentor has never had a goal.")


class MilestoneTitle(StrictSerializer):
    title = serializers.CharField(max_length=LONGEST_TITLE)


class NewMilestone(MilestoneTitle):
    client_id = client_id_field()


class MessageRow(Said):
    message_id = serializers.UUIDField(source="id")
    goal_id = serializers.UUIDField()


# --- Days -------------------------------------------------------------------------------------------------------------


class DailyNoteRow(OfMentor):
    note_id = serializers.UUIDField(source="id")
    text = serializers.CharField()
    written_at = serializers.DateTimeField()
    client_id = serializers.UUIDField(allow_null=True)


class NewDailyNote(StrictSerializer):
    text = text_field()
    written_at = MomentField(required=False, help_text="When it was written, if the phone had to wait.")
    client_id = client_id_field()
    peer_mentor_id = serializers.UUIDField(required=False, help_text=OWN)


class ProofRow(OfMentor):
    proof_id = serializers.UUIDField(source="id")
    goal_id = serializers.UUIDField()
    text = serializers.CharField()
    media_url = serializers.SerializerMethodField(help_text="A file of ours, or empty.")
    media_type = serializers.ChoiceField([("", ""), *MediaType.choices])
    media_duration_seconds = serializers.IntegerField(allow_null=True)
    submitted_at = serializers.DateTimeField()
    client_id = serializers.UUIDField(allow_null=True)

    def get_media_url(self, row: SuccessProof) -> str:
        return reverse("training-proof-media", [row.pk]) if row.media_file else ""


class NewProof(StrictSerializer):
    """Words. A picture or a recording comes as a form, with the file in `media`."""

    goal_id = serializers.UUIDField()
    text = text_field(required=False, allow_blank=True)
    submitted_at = MomentField(required=False, help_text="When it was, if the phone had to wait.")
    client_id = client_id_field()


class NewProofWithFile(NewProof):
    media = serializers.FileField(required=False, allow_empty_file=True)
