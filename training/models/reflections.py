"""What mentors think while they learn, and the conversation that follows."""

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.base.models import TenantRow
from accounts.constraints import SameOrganization, unique_in_organization
from accounts.models import User
from training.enums import MediaType, ReflectionKind
from training.models.content import MOST_VIDEO_SECONDS, Lesson, Video
from training.models.progress import Learned
from training.models.sending import Sent, once_per_client_id
from training.querysets import ReflectionReplyQuerySet

LONGEST_TEXT = 8000


def media_belongs(kind: str, media: str) -> Q:
    """A reflection of this kind carries media of that type."""
    return Q(kind=kind, media_type=media)


class Reflection(Sent, Learned):
    """A thought or a question of a mentor, at a second of a video or of a lesson: written, spoken, shown or filmed.

    Where it stands (waiting or answered, since when, by whom) is not stored: it follows from `replies`. Media are a
    file of ours, or an address where the mentor has put a video.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=ReflectionKind, default=ReflectionKind.TEXT)
    lesson = models.ForeignKey(
        Lesson,
        on_delete=models.PROTECT,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="reflections",
        verbose_name=_("lesson"),
    )
    video = models.ForeignKey(
        Video,
        on_delete=models.PROTECT,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="reflections",
        verbose_name=_("video"),
    )
    video_second = models.PositiveIntegerField(_("second of the video"), null=True, blank=True)
    text = models.TextField(_("text"), blank=True, validators=[MaxLengthValidator(LONGEST_TEXT)])
    media_file = models.FileField(_("file"), upload_to="training/reflections/%Y/%m", max_length=200, blank=True)
    media_url = models.URLField(_("address"), max_length=500, blank=True)
    media_type = models.CharField(_("media"), max_length=10, choices=MediaType, blank=True)
    media_duration_seconds = models.PositiveIntegerField(_("length (seconds)"), null=True, blank=True)
    written_at = models.DateTimeField(_("written at"))
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    requires_response = models.BooleanField(
        _("waits for an answer"), default=True, help_text=_("Off when staff have decided that none is needed.")
    )

    #: A thought of a volunteer about their own life: logged as changed, without its content.
    SENSITIVE = frozenset({"text"})

    class Meta:
        verbose_name = _("reflection")
        verbose_name_plural = _("reflections")
        constraints = [
            unique_in_organization("reflection_tenant_key"),
            SameOrganization(field="mentor", name="reflection_mentor_in_org"),
            SameOrganization(field="lesson", name="reflection_lesson_in_org"),
            SameOrganization(field="video", name="reflection_video_in_org"),
            once_per_client_id("mentor", name="reflection"),
            models.CheckConstraint(
                condition=Q(video_second=None) | Q(video__isnull=False, video_second__lte=MOST_VIDEO_SECONDS),
                name="reflection_second_of_a_video",
            ),
            models.CheckConstraint(
                condition=media_belongs(ReflectionKind.TEXT, "")
                | media_belongs(ReflectionKind.VOICE, MediaType.AUDIO)
                | media_belongs(ReflectionKind.SCREENSHOT, MediaType.IMAGE)
                | media_belongs(ReflectionKind.VIDEO, MediaType.VIDEO),
                name="reflection_media_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(media_type="", media_file="", media_url="")
                | ~Q(media_type="") & (Q(media_file="") & ~Q(media_url="") | ~Q(media_file="") & Q(media_url="")),
                name="reflection_file_or_address",
            ),
            models.CheckConstraint(
                condition=~Q(kind=ReflectionKind.TEXT) | ~Q(text=""), name="reflection_says_something"
            ),
        ]
        indexes = [models.Index(fields=["mentor", "-written_at", "-id"], name="reflection_of_mentor")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.mentor}"


class ReflectionReply(Sent, TenantRow):
    """One message of the conversation about a reflection: an answer of staff, or the mentor writing again."""

    reflection = models.ForeignKey(
        Reflection,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="replies",
        verbose_name=_("reflection"),
        db_index=False,  # `reply_of_reflection` begins with it
    )
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("author"))
    is_from_staff = models.BooleanField(_("from staff"))
    text = models.TextField(_("text"), validators=[MaxLengthValidator(LONGEST_TEXT)])
    written_at = models.DateTimeField(_("written at"))

    SENSITIVE = frozenset({"text"})

    objects = ReflectionReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        constraints = [
            SameOrganization(field="reflection", name="reply_reflection_in_org"),
            once_per_client_id("reflection", name="reply"),
            models.CheckConstraint(condition=~Q(text=""), name="reply_says_something"),
        ]
        indexes = [models.Index(fields=["reflection", "written_at", "id"], name="reply_of_reflection")]

    def __str__(self) -> str:
        return f"{self.author}: {self.written_at}"
