"""The timeline: one table for everything that mentors do in training."""

from typing import Any

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast, Coalesce, Now
from django.utils.translation import gettext_lazy as _

from accounts.constraints import SameOrganization
from accounts.keys import uuid7
from accounts.models import MentorProfile, User
from timeline.enums import ActivityType, ResponseStatus
from timeline.querysets import TimelineEntryQuerySet
from training.enums import MediaType
from training.models import Course, Goal, Lesson, Quiz, Video

#: Where lines stand that belong to no second of their video: after all that do.
NOWHERE = 2**31 - 1

SHOWN = Q(source_deleted_at=None)


def _context(to: type[models.Model], name: Any) -> "models.ForeignKey[object, object]":
    """What a line is about; its indexes are those of the three views.

    It is there as long as the line points at it, because the line's row does so too, with a foreign key of its own, and
    a line whose row is gone points nowhere. A second key here would only cost: one more look for each line that is
    written, and a walk through all lines for each video that is deleted.
    """
    return models.ForeignKey(
        to,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=name,
    )


class TimelineEntry(models.Model):
    """One line in a mentor's development timeline (b2's student_activity_timeline).

    Written by database triggers on the tables of `training` (`timeline.capture`) and by nothing else: a line is what
    its source row makes of it. `occurred_at` is when it happened, `recorded_at` when it was written down here,
    `activity_date` the day it was for the mentor. When the source is edited the line follows; when the source is
    deleted the line stays without its content, marked and hidden; a mentor's lines go with the mentor.
    """

    id = models.UUIDField(_("id"), primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "accounts.Organization",
        on_delete=models.PROTECT,
        db_constraint=False,  # the mentor's key holds the organisation as well
        related_name="+",
        verbose_name=_("organisation"),
        db_index=False,  # the answer desk alone asks by organisation, and has indexes of its own
    )
    mentor = models.ForeignKey(
        MentorProfile,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="+",
        verbose_name=_("mentor"),
        db_index=False,  # `entry_of_mentor` begins with it
    )
    activity_type = models.CharField(_("what"), max_length=24, choices=ActivityType)
    detail = models.CharField(
        _("detail"), max_length=8, blank=True, db_default="", help_text=_("Which of several of one source: 25, 50, 75.")
    )
    occurred_at = models.DateTimeField(_("happened at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    time_zone = models.CharField(_("time zone"), max_length=64)
    activity_date = models.GeneratedField(
        expression=Cast(Func(F("time_zone"), F("occurred_at"), function="timezone"), models.DateField()),
        output_field=models.DateField(),
        db_persist=True,
        verbose_name=_("day"),
    )
    video = _context(Video, _("video"))
    video_timestamp_seconds = models.IntegerField(_("second of the video"), null=True)
    video_order = models.GeneratedField(
        expression=Coalesce(F("video_timestamp_seconds"), Value(NOWHERE)),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    course = _context(Course, _("course"))
    lesson = _context(Lesson, _("lesson"))
    # Not the row's own: the one of that moment. What lines point at stays.
    goal = models.ForeignKey(
        Goal,
        on_delete=models.RESTRICT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("goal"),
    )
    quiz = _context(Quiz, _("quiz"))
    content = models.TextField(_("text"), blank=True, db_default="")
    metadata = models.JSONField(_("more"), default=dict, db_default={})
    media_url = models.CharField(
        _("media"), max_length=500, blank=True, db_default="", help_text=_("A file of ours, or an address.")
    )
    media_type = models.CharField(_("kind of media"), max_length=10, choices=MediaType, blank=True, db_default="")
    media_duration_seconds = models.IntegerField(_("length (seconds)"), null=True)
    requires_response = models.BooleanField(_("wants an answer"), db_default=False)
    response_status = models.CharField(_("answer"), max_length=10, choices=ResponseStatus, null=True)
    waiting_since = models.DateTimeField(_("waiting since"), null=True)
    instructor_response = models.TextField(_("latest answer"), blank=True, db_default="")
    responded_at = models.DateTimeField(_("answered at"), null=True)
    responded_by = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,  # the reply holds its author
        db_constraint=False,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("answered by"),
    )
    edited_at = models.DateTimeField(_("edited at"), null=True)
    source_table = models.CharField(_("source"), max_length=40)
    source_id = models.UUIDField(_("row of the source"))
    source_deleted_at = models.DateTimeField(_("source deleted at"), null=True)

    objects = TimelineEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline entries")
        constraints = [
            SameOrganization(field="mentor", name="entry_mentor_in_org"),
            # What makes live capture and a backfill, or two backfills, one line.
            models.UniqueConstraint(
                fields=["source_table", "source_id", "activity_type", "detail"], name="entry_once_per_source"
            ),
            models.CheckConstraint(condition=Q(activity_type__in=ActivityType.values), name="entry_type_known"),
            models.CheckConstraint(
                condition=Q(requires_response=False, response_status__isnull=True, waiting_since=None)
                | Q(
                    requires_response=True,
                    response_status__isnull=False,
                    response_status=ResponseStatus.PENDING,
                    waiting_since__isnull=False,
                )
                | Q(
                    requires_response=True,
                    response_status__isnull=False,
                    response_status=ResponseStatus.RESPONDED,
                    waiting_since=None,
                    responded_at__isnull=False,
                ),
                name="entry_response_status_known",
            ),
            models.CheckConstraint(
                condition=Q(source_deleted_at=None)
                | Q(content="", media_url="", instructor_response="", metadata={}, requires_response=False),
                name="entry_deleted_is_redacted",
            ),
            models.CheckConstraint(
                condition=Q(video_timestamp_seconds=None) | Q(video__isnull=False), name="entry_second_of_a_video"
            ),
        ]
        indexes = [
            # A mentor's page newest first; a day and a week.
            models.Index(fields=["mentor", "-occurred_at", "-id"], condition=SHOWN, name="entry_of_mentor"),
            # A mentor on a video, by position.
            models.Index(
                fields=["mentor", "video", "video_order", "id"],
                condition=SHOWN & Q(video__isnull=False),
                name="entry_of_mentor_on_video",
            ),
            # Everybody on a video, by position.
            models.Index(
                fields=["video", "video_order", "id"], condition=SHOWN & Q(video__isnull=False), name="entry_on_video"
            ),
            # A goal's page, and the goals with start, end and count.
            models.Index(
                fields=["mentor", "goal", "-occurred_at", "-id"],
                condition=SHOWN & Q(goal__isnull=False),
                name="entry_towards_goal",
            ),
            # A mentor's lines by how they were answered.
            models.Index(
                fields=["mentor", "response_status", "-occurred_at", "-id"],
                condition=Q(requires_response=True),
                name="entry_with_answer",
            ),
            # The answer desk: what waits, oldest first; what has been answered, the newest answer first.
            models.Index(
                fields=["organization", "waiting_since", "id"],
                condition=Q(response_status=ResponseStatus.PENDING),
                name="entry_awaiting_answer",
            ),
            models.Index(
                fields=["organization", "-responded_at", "-id"],
                condition=Q(response_status=ResponseStatus.RESPONDED),
                name="entry_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_activity_type_display()} – {self.mentor}"
