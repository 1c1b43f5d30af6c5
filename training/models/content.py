"""What an association teaches: courses of lessons, with videos and quizzes. Staff write it in the desk."""

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.base.models import TenantRow
from accounts.constraints import SameOrganization, unique_in_organization
from training.enums import QuestionKind
from training.querysets import (
    AnswerKeyQuerySet,
    CheckpointQuerySet,
    CourseQuerySet,
    InLessonQuerySet,
    LessonQuerySet,
)

MOST_VIDEO_SECONDS = 6 * 60 * 60


def _stays(field: str) -> pgtrigger.Trigger:
    """A row stays where it is: what mentors have done there says so, too."""
    return pgtrigger.ReadOnly(name=f"stays_in_its_{field}", fields=[field])


class Course(TenantRow):
    """A course that mentors of the association take: lessons in an order.

    Whoever has done every lesson has completed it. A certification type may name the course that gives it
    (`certifications.CertificationType.course`); training itself knows nothing of certificates.
    """

    slug = models.SlugField(_("short name"), max_length=60)
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_published = models.BooleanField(
        _("published"), default=False, help_text=_("Mentors see it. What somebody has begun cannot be deleted.")
    )

    objects = CourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        ordering = ["position", "title", "id"]
        constraints = [
            unique_in_organization("course_tenant_key"),
            models.UniqueConstraint(fields=["organization", "slug"], name="course_slug_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Lesson(TenantRow):
    """One step of a course: a text, and the videos and quizzes that belong to it. It stays in its course."""

    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, db_constraint=False, related_name="lessons", verbose_name=_("course")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"), max_length=20_000, blank=True)

    objects = LessonQuerySet.as_manager()

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        triggers = [_stays("course")]
        ordering = ["position", "id"]
        constraints = [
            unique_in_organization("lesson_tenant_key"),
            SameOrganization(field="course", name="lesson_course_in_org"),
            models.UniqueConstraint(
                fields=["course", "position"],
                name="lesson_position_once",
                deferrable=models.Deferrable.DEFERRED,  # two lessons change places in one transaction
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Video(TenantRow):
    """A video of a lesson: a file of ours or an address elsewhere, with captions and a transcript for those who need
    them. Its length is measured from the file, or given with the address. It stays in its lesson."""

    lesson = models.ForeignKey(
        Lesson, on_delete=models.PROTECT, db_constraint=False, related_name="videos", verbose_name=_("lesson")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    title = models.CharField(_("title"), max_length=200)
    file = models.FileField(_("file"), upload_to="training/videos/%Y/%m", max_length=200, blank=True)
    url = models.URLField(_("address"), max_length=500, blank=True)
    duration_seconds = models.PositiveIntegerField(
        _("length (seconds)"), validators=[MinValueValidator(1), MaxValueValidator(MOST_VIDEO_SECONDS)]
    )
    captions = models.FileField(_("captions (WebVTT)"), upload_to="training/captions/%Y/%m", max_length=200, blank=True)
    transcript = models.TextField(_("transcript"), max_length=60_000, blank=True)

    objects = InLessonQuerySet.as_manager()

    class Meta:
        verbose_name = _("video")
        verbose_name_plural = _("videos")
        triggers = [_stays("lesson")]
        ordering = ["position", "id"]
        constraints = [
            unique_in_organization("video_tenant_key"),
            SameOrganization(field="lesson", name="video_lesson_in_org"),
            models.CheckConstraint(
                condition=Q(file="") & ~Q(url="") | ~Q(file="") & Q(url=""),
                name="video_is_file_or_address",
                violation_error_message=_("Give a file or an address."),
            ),
            models.CheckConstraint(
                condition=Q(duration_seconds__range=(1, MOST_VIDEO_SECONDS)), name="video_duration_range"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Checkpoint(TenantRow):
    """A place in a video that is worth reaching, with a thought to stop at."""

    video = models.ForeignKey(
        Video, on_delete=models.CASCADE, db_constraint=False, related_name="checkpoints", verbose_name=_("video")
    )
    at_second = models.PositiveIntegerField(_("at (seconds)"))
    title = models.CharField(_("title"), max_length=200)

    objects = CheckpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        triggers = [_stays("video")]
        ordering = ["at_second", "id"]
        constraints = [
            unique_in_organization("checkpoint_tenant_key"),
            SameOrganization(field="video", name="checkpoint_video_in_org"),
            models.UniqueConstraint(fields=["video", "at_second"], name="checkpoint_second_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Quiz(TenantRow):
    """Questions of a lesson, or at a second of one of its videos. It stays in its lesson."""

    lesson = models.ForeignKey(
        Lesson, on_delete=models.PROTECT, db_constraint=False, related_name="quizzes", verbose_name=_("lesson")
    )
    video = models.ForeignKey(
        Video,
        on_delete=models.PROTECT,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="quizzes",
        verbose_name=_("video"),
    )
    at_second = models.PositiveIntegerField(_("at (seconds)"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=200)
    pass_percent = models.PositiveSmallIntegerField(
        _("passed with (percent)"), default=80, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )

    objects = InLessonQuerySet.as_manager()

    class Meta:
        verbose_name = _("quiz")
        verbose_name_plural = _("quizzes")
        triggers = [_stays("lesson")]
        ordering = ["title", "id"]
        constraints = [
            unique_in_organization("quiz_tenant_key"),
            SameOrganization(field="lesson", name="quiz_lesson_in_org"),
            SameOrganization(field="video", name="quiz_video_in_org"),
            models.CheckConstraint(condition=Q(at_second=None) | ~Q(video=None), name="quiz_second_of_a_video"),
            models.CheckConstraint(condition=Q(pass_percent__range=(1, 100)), name="quiz_pass_percent_range"),
        ]

    def __str__(self) -> str:
        return self.title


class Question(TenantRow):
    """One question of a quiz."""

    quiz = models.ForeignKey(
        Quiz, on_delete=models.CASCADE, db_constraint=False, related_name="questions", verbose_name=_("quiz")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    text = models.CharField(_("question"), max_length=1000)
    kind = models.CharField(_("kind"), max_length=10, choices=QuestionKind, default=QuestionKind.ONE)
    explanation = models.CharField(
        _("explanation"), max_length=1000, blank=True, help_text=_("Shown when the quiz has been answered.")
    )

    objects = AnswerKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position", "id"]
        constraints = [
            unique_in_organization("question_tenant_key"),
            SameOrganization(field="quiz", name="question_quiz_in_org"),
        ]

    def __str__(self) -> str:
        return self.text


class AnswerOption(TenantRow):
    """One of the answers to choose from."""

    question = models.ForeignKey(
        Question, on_delete=models.CASCADE, db_constraint=False, related_name="options", verbose_name=_("question")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    text = models.CharField(_("answer"), max_length=500)
    is_correct = models.BooleanField(_("right"), default=False)

    objects = AnswerKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["position", "id"]
        constraints = [SameOrganization(field="question", name="option_question_in_org")]

    def __str__(self) -> str:
        return self.text
