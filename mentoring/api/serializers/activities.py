"""What the API says of activities and hears about them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.base.api import StrictSerializer
from accounts.base.fields import MomentField
from mentoring.enums import ActivityStatus, Duplicate, Source
from mentoring.models import Activity, ActivityType

MAX_ROWS = 500
MIN_MENTORS = 10


class ActivityRow(serializers.Serializer[Activity]):
    """In a list: everything but the notes, which are read one at a time."""

    activity_id = serializers.UUIDField(source="id")
    org_id = serializers.UUIDField(source="organization_id")
    local_association_id = serializers.UUIDField(allow_null=True)
    peer_mentor_id = serializers.UUIDField(source="mentor_id")
    contact_id = serializers.UUIDField(allow_null=True)
    contact_name = serializers.CharField(source="contact.name", default=None, allow_null=True)
    assignment_id = serializers.UUIDField(allow_null=True)
    type_id = serializers.UUIDField()
    type = serializers.CharField(source="type.slug")
    occurred_at = serializers.DateTimeField()
    local_date = serializers.DateField()
    minutes = serializers.IntegerField()
    reached = serializers.BooleanField()
    is_group = serializers.BooleanField()
    participant_count = serializers.IntegerField(allow_null=True)
    event = serializers.BooleanField()
    source = serializers.ChoiceField(Source.choices)
    status = serializers.ChoiceField(ActivityStatus.choices)
    duplicate = serializers.ChoiceField(Duplicate.choices)
    client_id = serializers.UUIDField(allow_null=True)
    recorded_by_id = serializers.UUIDField(allow_null=True)
    recorded_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ActivityDetail(ActivityRow):
    summary = serializers.CharField()


class ActivityDeleted(serializers.Serializer[Activity]):
    activity_id = serializers.UUIDField(source="id")
    deleted = serializers.SerializerMethodField()
    deleted_at = serializers.DateTimeField()

    def get_deleted(self, activity: Activity) -> bool:
        return activity.deleted_at is not None


class ActivityTypeRow(serializers.Serializer[ActivityType]):
    type_id = serializers.UUIDField(source="id")
    slug = serializers.CharField()
    name = serializers.CharField(source="__str__", help_text="In the caller's language.")
    counts_as_contact = serializers.BooleanField()
    requires_contact = serializers.BooleanField()
    is_event = serializers.BooleanField()


class Facts(StrictSerializer):
    """The facts of an activity, as somebody reports them."""

    type_id = serializers.UUIDField()
    occurred_at = MomentField()
    minutes = serializers.IntegerField(min_value=1, max_value=1440, required=False)
    reached = serializers.BooleanField(required=False, help_text="False: it was tried, without success.")
    contact_id = serializers.UUIDField(required=False, allow_null=True)
    assignment_id = serializers.UUIDField(required=False, allow_null=True)
    summary = serializers.CharField(
        max_length=4000, required=False, allow_blank=True, style={"base_template": "textarea.html"}
    )
    is_group = serializers.BooleanField(required=False)
    participant_count = serializers.IntegerField(min_value=1, max_value=10_000, required=False, allow_null=True)
    event = serializers.BooleanField(required=False, allow_null=True, help_text="Null: as the type says.")


class NewActivity(Facts):
    client_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="The phone's own id for it. Sent again, the answer is 200 with the activity that is there.",
    )
    peer_mentor_id = serializers.UUIDField(required=False, help_text="Without it: the caller, who must be a mentor.")
    confirm_duplicate = serializers.BooleanField(
        required=False, help_text="True: it looks like another one of that day, but is not."
    )


class ActivityChange(Facts):
    confirm_duplicate = serializers.BooleanField(required=False)
    status = serializers.ChoiceField(ActivityStatus.choices, required=False, help_text="For coordinators.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type_id"].required = self.fields["occurred_at"].required = False


class ForMentors(Facts):
    """The same activity for several mentors, by a coordinator."""

    peer_mentor_ids = serializers.ListField(
        child=serializers.UUIDField(), min_length=MIN_MENTORS, max_length=MAX_ROWS, allow_empty=False
    )
    confirm_duplicate = serializers.BooleanField(required=False)


class ForRows(StrictSerializer):
    """Several activities, each on its own. What is wrong with one is said in its result."""

    rows = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=MAX_ROWS)


class BulkRow(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    peer_mentor_id = serializers.UUIDField(allow_null=True)
    saved = serializers.BooleanField()
    activity_id = serializers.UUIDField(allow_null=True)
    code = serializers.CharField(help_text="Why it was skipped, for programs; empty when it was saved.")
    detail = serializers.CharField(help_text="Why it was skipped, as a sentence.")
    errors = serializers.DictField(help_text="By field, as in every refusal.")


class BulkResult(serializers.Serializer[Any]):
    data = BulkRow(many=True)
    saved = serializers.IntegerField()
    skipped = serializers.IntegerField()
