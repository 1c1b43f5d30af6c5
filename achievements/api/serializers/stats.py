"""What the API says of mentors' figures."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.local_time import local_date
from accounts.models import MentorProfile
from achievements.models import MentorStats

COUNTS = {"type": "object", "additionalProperties": {"type": "integer"}, "example": {"home_visit": 12}}


def figures_of(mentor: MentorProfile) -> MentorStats:
    """The mentor's figures; zeros, not saved, for somebody who has done nothing yet."""
    return getattr(mentor, "stats", None) or MentorStats(mentor=mentor, computed_at=None)


class Run(serializers.Serializer[Any]):
    current = serializers.IntegerField(help_text="Up to today; it does not end before the day, week or month is over.")
    longest = serializers.IntegerField()


class MentorRow(serializers.Serializer[MentorProfile]):
    peer_mentor_id = serializers.UUIDField(source="id")
    org_id = serializers.UUIDField(source="organization_id")

    def to_representation(self, mentor: MentorProfile) -> Any:
        zone = mentor.organization.time_zone
        self.stats, self.today = figures_of(mentor), local_date(self.context["at"], zone)
        return super().to_representation(mentor)

    def run(self, unit: Any) -> dict[str, int]:
        current, longest = self.stats.streaks(self.today)[unit]
        return {"current": current, "longest": longest}


class StatsRow(MentorRow):
    """Everything that is counted; zeros, never null, for somebody who has done nothing yet."""

    peer_mentor_name = serializers.CharField(source="user.get_full_name")
    activity_count = serializers.SerializerMethodField()
    minutes = serializers.SerializerMethodField()
    contact_count = serializers.SerializerMethodField(help_text="Different contacts that were reached.")
    assignment_count = serializers.SerializerMethodField()
    event_count = serializers.SerializerMethodField()
    training_count = serializers.SerializerMethodField(
        help_text="Kinds of certificate issued and not revoked, and completed courses for which none is given."
    )
    current_day_streak = serializers.SerializerMethodField(help_text="Up to today, or to yesterday.")
    longest_day_streak = serializers.SerializerMethodField()
    current_week_streak = serializers.SerializerMethodField(help_text="In ISO weeks.")
    longest_week_streak = serializers.SerializerMethodField()
    counts_by_type = serializers.SerializerMethodField()
    last_activity_on = serializers.SerializerMethodField()
    computed_at = serializers.SerializerMethodField(help_text="When a figure last changed.")

    def get_activity_count(self, mentor: MentorProfile) -> int:
        return self.stats.activity_count

    def get_minutes(self, mentor: MentorProfile) -> int:
        return self.stats.minutes

    def get_contact_count(self, mentor: MentorProfile) -> int:
        return self.stats.contact_count

    def get_assignment_count(self, mentor: MentorProfile) -> int:
        return self.stats.assignment_count

    def get_event_count(self, mentor: MentorProfile) -> int:
        return self.stats.event_count

    def get_training_count(self, mentor: MentorProfile) -> int:
        return self.stats.training_count

    def get_current_day_streak(self, mentor: MentorProfile) -> int:
        return self.run("day")["current"]

    def get_longest_day_streak(self, mentor: MentorProfile) -> int:
        return self.stats.longest_day_streak

    def get_current_week_streak(self, mentor: MentorProfile) -> int:
        return self.run("week")["current"]

    def get_longest_week_streak(self, mentor: MentorProfile) -> int:
        return self.stats.longest_week_streak

    @extend_schema_field(COUNTS)
    def get_counts_by_type(self, mentor: MentorProfile) -> Any:
        return self.stats.counts_by_type

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_last_activity_on(self, mentor: MentorProfile) -> Any:
        return self.stats.last_activity_on

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_computed_at(self, mentor: MentorProfile) -> Any:
        return serializers.DateTimeField().to_representation(self.stats.computed_at) if self.stats.computed_at else None


class StreakAnswer(MentorRow):
    """Streaks in days, ISO weeks and months."""

    on = serializers.SerializerMethodField(help_text="Today, where the organisation is.")
    last_activity_on = serializers.SerializerMethodField()
    days = serializers.SerializerMethodField()
    weeks = serializers.SerializerMethodField()
    months = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DateField())
    def get_on(self, mentor: MentorProfile) -> Any:
        return self.today

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_last_activity_on(self, mentor: MentorProfile) -> Any:
        return self.stats.last_activity_on

    @extend_schema_field(Run)
    def get_days(self, mentor: MentorProfile) -> Any:
        return self.run("day")

    @extend_schema_field(Run)
    def get_weeks(self, mentor: MentorProfile) -> Any:
        return self.run("week")

    @extend_schema_field(Run)
    def get_months(self, mentor: MentorProfile) -> Any:
        return self.run("month")


class CountAnswer(serializers.Serializer[Any]):
    """How much a mentor did in a stretch of days."""

    peer_mentor_id = serializers.UUIDField()
    activity_count = serializers.IntegerField()
    minutes = serializers.IntegerField()


class TrainingRow(serializers.Serializer[Any]):
    """A kind of certificate that a mentor was issued and that was not revoked, whether it still holds or not; or a
    completed course for which no certificate is given: then the first two are null."""

    certification_type_id = serializers.UUIDField(allow_null=True)
    certification_type = serializers.CharField(allow_null=True, help_text="Its code.")
    course_id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField(help_text="In the caller's language.")
    completed_on = serializers.DateField(help_text="When the first such certificate was issued, or the course done.")


class TrainingAnswer(serializers.Serializer[Any]):
    """The trainings a mentor has completed, the latest first."""

    peer_mentor_id = serializers.UUIDField()
    training_count = serializers.IntegerField()
    trainings = TrainingRow(many=True)
