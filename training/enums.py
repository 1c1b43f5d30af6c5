"""Choices of the training app."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class QuestionKind(TextChoices):
    ONE = "one", _("One answer is right")
    SEVERAL = "several", _("Several answers may be right")


class ReflectionKind(TextChoices):
    TEXT = "text", _("Text")
    VOICE = "voice", _("Voice memo")
    SCREENSHOT = "screenshot", _("Screenshot")
    VIDEO = "video", _("Video")


class MediaType(TextChoices):
    """What a reflection or a proof carries."""

    AUDIO = "audio", _("Audio")
    IMAGE = "image", _("Picture")
    VIDEO = "video", _("Video")


#: What belongs to which kind of reflection; text carries nothing.
MEDIA_OF_KIND = {
    ReflectionKind.VOICE: MediaType.AUDIO,
    ReflectionKind.SCREENSHOT: MediaType.IMAGE,
    ReflectionKind.VIDEO: MediaType.VIDEO,
}
