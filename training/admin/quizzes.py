"""The desk of quizzes: the questions with their answers, all on one page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.base.desk import VerbsDecide
from accounts.enums import Module
from mentoring.admin.desk import by_of
from training.admin.desk import Part, WithParts, key_of
from training.clock import ClockField
from training.enums import QuestionKind
from training.models import Question, Quiz
from training.models.content import AnswerOption
from training.services import content
from training.services.content import MOST_OPTIONS, OptionDraft, QuestionDraft

_PLACES = range(MOST_OPTIONS)
_LONGEST = AnswerOption._meta.get_field("text").max_length


def _answer_fields() -> Iterator[tuple[str, forms.Field]]:
    for place in _PLACES:
        number = place + 1
        answer = format_lazy(_("Answer {number}"), number=number)
        yield f"answer_{place}", forms.CharField(label=answer, max_length=_LONGEST, required=False)
        right = format_lazy(_("Answer {number} is right"), number=number)
        yield f"right_{place}", forms.BooleanField(label=right, required=False)


_Answers: Any = type("_Answers", (forms.Form,), dict(_answer_fields()))


class QuestionForm(VerbsDecide, forms.ModelForm[Question], _Answers):
    """A question with room for eight answers; those left empty are not there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.there = [] if self.instance._state.adding else list(self.instance.options.all())
        for place, option in enumerate(self.there[:MOST_OPTIONS]):
            self.initial |= {f"answer_{place}": option.text, f"right_{place}": option.is_correct}

    def draft(self, key: Any) -> QuestionDraft:
        """What is to be written down. An answer keeps its id as long as it keeps its place."""
        facts = self.cleaned_data
        options = [
            OptionDraft(text, bool(facts.get(f"right_{place}")), self._id_at(place))
            for place in _PLACES
            if (text := (facts.get(f"answer_{place}") or "").strip())
        ]
        return QuestionDraft(facts["text"], QuestionKind(facts["kind"]), options, facts.get("explanation") or "", key)

    def _id_at(self, place: int) -> Any:
        return self.there[place].pk if place < len(self.there) else None


class Questions(Part):
    model = Question
    module = Module.CERTIFICATION
    form = QuestionForm
    template = "admin/edit_inline/stacked.html"  # whose fields have labels
    extra = 0
    min_num = 1
    fieldsets = (
        (None, {"fields": ("text", "kind", *((f"answer_{n}", f"right_{n}") for n in _PLACES), "explanation")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("options")


class QuizForm(VerbsDecide, forms.ModelForm[Quiz]):
    at_second = ClockField(
        label=_("At"), required=False, help_text=_("Minutes and seconds of the video, like 5:20. May be empty.")
    )


@admin.register(Quiz)
class QuizAdmin(WithParts):
    form = QuizForm
    inlines = (Questions,)
    fields = ("lesson", "title", "video", "at_second", "pass_percent")
    list_display = ("title", "lesson", "pass_percent")
    list_filter = ("lesson__course",)
    list_select_related = ("lesson",)
    search_fields = ("title", "lesson__title")
    search_help_text = _("Titles of quizzes and lessons.")
    ordering = ("title", "id")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("lesson",)

    def save_parts(self, request: HttpRequest, form: Any, parts: list[Any]) -> Any:
        return content.save_quiz(quiz=form.instance, questions=parts, by=by_of(request), at=timezone.now())

    def part_of(self, form: Any) -> QuestionDraft:
        draft: QuestionDraft = form.draft(key_of(form))
        return draft

    def delete_row(self, request: HttpRequest, obj: Any) -> None:
        content.delete_quiz(quiz=obj, by=by_of(request), at=timezone.now())
