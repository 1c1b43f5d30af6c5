"""The desk of videos: a file that is measured or an address with its length, and the places worth reaching."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.base.desk import VerbsDecide
from accounts.enums import Module
from mentoring.admin.desk import by_of
from training.admin.desk import Part, WithParts, key_of
from training.clock import ClockField, clock
from training.models import Checkpoint, Video
from training.services import content
from training.services.content import CheckpointDraft


class CheckpointForm(VerbsDecide, forms.ModelForm[Checkpoint]):
    at_second = ClockField(label=_("At"), help_text=_("Minutes and seconds, like 5:20."))


class Checkpoints(Part):
    model = Checkpoint
    module = Module.CERTIFICATION
    form = CheckpointForm
    template = "admin/edit_inline/stacked.html"  # whose fields have labels
    extra = 1
    fields = (("at_second", "title"),)


class VideoForm(VerbsDecide, forms.ModelForm[Video]):
    """What the verb asks for; what is uploaded is kept apart until the verb has looked at it."""

    duration_seconds = ClockField(
        label=_("Length"),
        required=False,
        help_text=_("Minutes and seconds, like 12:30, of a video at an address. The length of a file is measured."),
    )
    file = forms.FileField(label=_("File"), required=False, widget=forms.FileInput(attrs={"accept": ".mp4,.mov,.webm"}))
    captions = forms.FileField(
        label=_("Captions (WebVTT)"), required=False, widget=forms.FileInput(attrs={"accept": ".vtt"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("file", "captions"):
            if name in self.fields and getattr(self.instance, name):
                self.fields[name].help_text = _("There is one. Another one takes its place.")
        self.names = {name: getattr(self.instance, name).name for name in ("file", "captions")}

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        for name, stored in self.names.items():
            setattr(self.instance, name, stored)

    def upload(self, name: str) -> UploadedFile | None:
        given = self.cleaned_data.get(name)
        return given if isinstance(given, UploadedFile) else None


@admin.register(Video)
class VideoAdmin(WithParts):
    form = VideoForm
    inlines = (Checkpoints,)
    fields = ("lesson", "position", "title", "file", "url", "duration_seconds", "captions", "transcript")
    list_display = ("title", "lesson", "length", "has_captions", "has_transcript")
    list_filter = ("lesson__course",)
    list_select_related = ("lesson",)
    search_fields = ("title", "lesson__title")
    search_help_text = _("Titles of videos and lessons.")
    ordering = ("title", "id")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("lesson",)

    def part_of(self, form: Any) -> CheckpointDraft:
        return CheckpointDraft(form.cleaned_data["at_second"], form.cleaned_data["title"], key_of(form))

    def save_parts(self, request: HttpRequest, form: Any, parts: list[Any]) -> Any:
        return content.save_video(
            video=form.instance,
            file=form.upload("file"),
            captions=form.upload("captions"),
            checkpoints=parts,
            by=by_of(request),
            at=timezone.now(),
        )

    def delete_row(self, request: HttpRequest, obj: Any) -> None:
        content.delete_video(video=obj, by=by_of(request), at=timezone.now())

    @admin.display(description=_("length"), ordering="duration_seconds")
    def length(self, row: Video) -> str:
        return clock(row.duration_seconds)

    @admin.display(description=_("captions"), boolean=True)
    def has_captions(self, row: Video) -> bool:
        return bool(row.captions)

    @admin.display(description=_("transcript"), boolean=True)
    def has_transcript(self, row: Video) -> bool:
        return bool(row.transcript)
