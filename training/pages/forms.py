"""What learners fill in on their pages."""

from __future__ import annotations

from collections.abc import Mapping
from mimetypes import guess_type
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from training.clock import ClockField
from training.enums import MediaType, QuestionKind, ReflectionKind
from training.media import CONTENT_TYPES
from training.models import Lesson, Quiz, Video
from training.models.reflections import LONGEST_TEXT

_KIND_OF = {
    MediaType.IMAGE: ReflectionKind.SCREENSHOT,
    MediaType.AUDIO: ReflectionKind.VOICE,
    MediaType.VIDEO: ReflectionKind.VIDEO,
}
#: Without HEIC among them an iPhone sends a photograph as JPEG.
_ACCEPTED = ",".join(sorted({f".{ending}" for ending in CONTENT_TYPES if ending != "vtt"} | {".jpeg", ".mov"}))


class SentOnce(forms.Form):
    """A form that does the same once: a finger may tap twice. Sent with other words it is something else."""

    sending = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4, required=False)

    @property
    def client_id(self) -> UUID | None:
        """An id for what this form, as it was given out, says; None when it does not know itself."""
        sending = self.cleaned_data["sending"]
        return uuid5(sending, repr(self.words())) if sending else None

    def words(self) -> Any:
        """What makes two sendings of the form the same."""
        raise NotImplementedError


class ReflectionForm(SentOnce):
    """A thought or a question, at a second of one of the lesson's videos if one likes, with a file if one likes."""

    text = forms.CharField(
        label=_("What do you think, or what do you wonder about?"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    video: forms.ModelChoiceField[Video] = forms.ModelChoiceField(
        label=_("About the video"),
        queryset=Video.objects.none(),
        required=False,
        empty_label=_("The lesson as a whole"),
    )
    second = ClockField(
        label=_("Where in the video"), required=False, help_text=_("Minutes and seconds, like 5:20. May be empty.")
    )
    upload = forms.FileField(
        label=_("A picture, a voice memo or a video"),
        required=False,
        help_text=_("May be empty."),
        widget=forms.FileInput(attrs={"accept": _ACCEPTED}),
    )
    requires_response = forms.BooleanField(label=_("I would like an answer"), required=False, initial=True)

    def __init__(self, *args: Any, lesson: Lesson, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        videos = lesson.videos.order_by("position", "id")
        self.fields["video"].queryset = videos  # type: ignore[attr-defined]
        first = videos.first()
        if first is None:
            del self.fields["video"], self.fields["second"]
        else:
            self.fields["video"].initial = first.pk

    def ask_again(self) -> None:
        """The first field that is not right gets the focus; a file is asked for anew, for no browser keeps it."""
        if "upload" in self.files and "upload" not in self.errors:
            self.add_error("upload", _("Choose the file once more."))
        for name in self.fields:
            if name in self.errors:
                self.fields[name].widget.attrs["autofocus"] = True
                return

    @property
    def facts(self) -> dict[str, Any]:
        """What the verb takes. Which kind it is follows from the file, which the verb then looks into."""
        given = self.cleaned_data
        media, video = given.get("upload"), given.get("video")
        return {
            "kind": _kind_of(media),
            "text": given["text"],
            "media": media,
            "video": video,
            "video_second": given.get("second") if video else None,
            "requires_response": given["requires_response"],
            "client_id": self.client_id,
        }

    def words(self) -> Any:
        given = self.cleaned_data
        media, video = given.get("upload"), given.get("video")
        return given["text"], video and video.pk, given.get("second"), media and (media.name, media.size)


def _kind_of(upload: UploadedFile | None) -> ReflectionKind:
    if upload is None:
        return ReflectionKind.TEXT
    for announced in (upload.content_type, guess_type(upload.name or "")[0]):
        family = (announced or "").partition("/")[0]
        if family in _KIND_OF:
            return _KIND_OF[MediaType(family)]
    return ReflectionKind.SCREENSHOT


class ReplyForm(SentOnce):
    text = forms.CharField(
        label=_("Write back"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3, "id": None})
    )

    def words(self) -> Any:
        return self.cleaned_data["text"]


class QuizForm(SentOnce):
    """A quiz as a form: one field for each question, which may be left empty."""

    def __init__(self, *args: Any, quiz: Quiz, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in quiz.questions.prefetch_related("options"):
            choices = [(str(option.pk), option.text) for option in question.options.all()]
            field: forms.Field
            if question.kind == QuestionKind.ONE:
                field = forms.ChoiceField(choices=choices, widget=forms.RadioSelect, required=False)
            else:
                hint = _("Several answers may be right.")
                field = forms.MultipleChoiceField(
                    choices=choices, widget=forms.CheckboxSelectMultiple, required=False, help_text=hint
                )
            field.label = question.text
            self.fields[str(question.pk)] = field

    def clean(self) -> dict[str, Any]:
        """A slip of the finger is no attempt."""
        if not self.errors and not self.answers:
            raise forms.ValidationError(_("Answer at least one question first."), code="required")
        return self.cleaned_data

    @property
    def answers(self) -> Mapping[UUID, list[UUID]]:
        """The chosen options by question; what was left empty is not in it."""
        given = {name: self.cleaned_data[name] for name in self.fields if name != "sending"}
        chosen = {name: [value] if isinstance(value, str) else value for name, value in given.items()}
        return {UUID(name): [UUID(each) for each in options] for name, options in chosen.items() if any(options)}

    def words(self) -> Any:
        return sorted((str(question), sorted(map(str, options))) for question, options in self.answers.items())
