"""What mentors have done of what is taught. Every row holds the moments at which it happened, so whatever reads it can
tell the story without having been there."""

from django.contrib.postgres.fields import ArrayField, IntegerRangeField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.base.models import TenantRow
from accounts.constraints import SameOrganization
from accounts.models import MentorProfile
from training.models.content import Checkpoint, Course, Lesson, Quiz, Video
from training.models.sending import Sent, once_per_client_id
from training.querysets import LearnersQuerySet
from training.rules import BANDS


class Learned(TenantRow):
    """A row of one mentor's training."""

    mentor = models.ForeignKey(
        MentorProfile,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="+",
        verbose_name=_("mentor"),
        db_index=False,  # a unique key or an index of each table begins with it
    )

    objects = LearnersQuerySet.as_manager()

    class Meta:
        abstract = True


class Enrollment(Learned):
    """A mentor takes a course, once; completed when every lesson is."""

    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, db_constraint=False, related_name="enrollments", verbose_name=_("course")
    )
    enrolled_at = models.DateTimeField(_("enrolled at"))
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            SameOrganization(field="mentor", name="enrollment_mentor_in_org"),
            SameOrganization(field="course", name="enrollment_course_in_org"),
            models.UniqueConstraint(fields=["mentor", "course"], name="enrolled_once"),
            models.CheckConstraint(
                condition=Q(completed_at=None) | Q(completed_at__gte=F("enrolled_at")),
                name="enrollment_begins_before_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mentor} – {self.course}"


class LessonProgress(Learned):
    """A mentor has done a lesson."""

    lesson = models.ForeignKey(
        Lesson, on_delete=models.PROTECT, db_constraint=False, related_name="progress", verbose_name=_("lesson")
    )
    completed_at = models.DateTimeField(_("completed at"))

    class Meta:
        verbose_name = _("completed lesson")
        verbose_name_plural = _("completed lessons")
        constraints = [
            SameOrganization(field="mentor", name="lesson_progress_mentor_in_org"),
            SameOrganization(field="lesson", name="lesson_progress_lesson_in_org"),
            models.UniqueConstraint(fields=["mentor", "lesson"], name="lesson_completed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.mentor} – {self.lesson}"


def _has_moment(band: int) -> models.CheckConstraint:
    """The moment is there as soon as so much has been watched, and stays."""
    return models.CheckConstraint(
        condition=Q(percent__lt=band) | Q(**{f"reached_{band}_at__isnull": False}),
        name=f"video_progress_{band}_has_moment",
    )


class VideoProgress(Learned):
    """How much of a video a mentor has watched: seconds that were played, not how far the slider was moved.

    `watched` holds the stretches that were played, without overlap and in order, in seconds; `percent` their share of
    the video's length. Each band has the moment at which it was first reached, and keeps it.
    """

    video = models.ForeignKey(
        Video, on_delete=models.PROTECT, db_constraint=False, related_name="progress", verbose_name=_("video")
    )
    watched = ArrayField(IntegerRangeField(), verbose_name=_("watched"), default=list, blank=True)
    percent = models.PositiveSmallIntegerField(_("watched (percent)"), default=0)
    position_seconds = models.PositiveIntegerField(_("last position (seconds)"), default=0)
    last_watched_at = models.DateTimeField(_("last watched at"))
    reached_25_at = models.DateTimeField(_("reached 25 % at"), null=True, blank=True)
    reached_50_at = models.DateTimeField(_("reached 50 % at"), null=True, blank=True)
    reached_75_at = models.DateTimeField(_("reached 75 % at"), null=True, blank=True)
    reached_95_at = models.DateTimeField(_("completed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("video progress")
        verbose_name_plural = _("video progress")
        constraints = [
            SameOrganization(field="mentor", name="video_progress_mentor_in_org"),
            SameOrganization(field="video", name="video_progress_video_in_org"),
            models.UniqueConstraint(fields=["mentor", "video"], name="video_progress_once"),
            models.CheckConstraint(condition=Q(percent__range=(0, 100)), name="video_progress_percent_range"),
            *(_has_moment(band) for band in BANDS),
        ]

    def __str__(self) -> str:
        return f"{self.mentor} – {self.video}"


class CheckpointVisit(Learned):
    """A mentor has reached a checkpoint of a video, for the first time."""

    checkpoint = models.ForeignKey(
        Checkpoint, on_delete=models.CASCADE, db_constraint=False, related_name="visits", verbose_name=_("checkpoint")
    )
    reached_at = models.DateTimeField(_("reached at"))

    class Meta:
        verbose_name = _("reached checkpoint")
        verbose_name_plural = _("reached checkpoints")
        constraints = [
            SameOrganization(field="mentor", name="checkpoint_visit_mentor_in_org"),
            SameOrganization(field="checkpoint", name="checkpoint_visit_in_org"),
            models.UniqueConstraint(fields=["mentor", "checkpoint"], name="checkpoint_reached_once"),
        ]

    def __str__(self) -> str:
        return f"{self.mentor} – {self.checkpoint}"


class QuizAttempt(Sent, Learned):
    """A mentor's answers to a quiz, handed in once. `answers` holds the chosen options' ids by question id.

    The first attempt that passes completes the quiz.
    """

    quiz = models.ForeignKey(
        Quiz, on_delete=models.PROTECT, db_constraint=False, related_name="attempts", verbose_name=_("quiz")
    )
    submitted_at = models.DateTimeField(_("handed in at"))
    answers = models.JSONField(_("answers"), default=dict)
    score = models.PositiveSmallIntegerField(_("right answers"))
    max_score = models.PositiveSmallIntegerField(_("questions"))
    passed = models.BooleanField(_("passed"))
    completes_quiz = models.BooleanField(_("first one that passed"), default=False)

    class Meta:
        verbose_name = _("quiz attempt")
        verbose_name_plural = _("quiz attempts")
        constraints = [
            SameOrganization(field="mentor", name="quiz_attempt_mentor_in_org"),
            SameOrganization(field="quiz", name="quiz_attempt_quiz_in_org"),
            once_per_client_id("mentor", name="quiz_attempt"),
            models.CheckConstraint(condition=Q(score__lte=F("max_score")), name="quiz_attempt_score_range"),
            models.CheckConstraint(
                condition=Q(completes_quiz=False) | Q(passed=True), name="quiz_attempt_completes_if_passed"
            ),
            models.UniqueConstraint(
                fields=["mentor", "quiz"], condition=Q(completes_quiz=True), name="quiz_completed_once"
            ),
        ]
        indexes = [models.Index(fields=["mentor", "quiz", "submitted_at"], name="quiz_attempt_of_mentor")]

    def __str__(self) -> str:
        return f"{self.mentor} – {self.quiz}"
