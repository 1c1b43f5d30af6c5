"""The answer desk: what waits, what has been answered, and a page for each on which it is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.base.refusals import Refusal
from accounts.enums import Module
from accounts.models import User
from accounts.services import organizations_with
from certifications.admin.desk import CareAdmin, ChoiceFilter
from mentoring.admin.desk import by_of
from timeline import services
from timeline.api.shapes import media_address
from timeline.desk import Standing, answered, of_level, on_desk, standings, waiting, with_places
from timeline.desk_words import claimed_in_words, due_in_words
from timeline.enums import ResponseStatus
from timeline.models import AnswerClaim, TimelineEntry, WaitingReflection
from timeline.rules import Level
from timeline.words import sentence_of
from training.models import ReflectionReply
from training.models.reflections import LONGEST_TEXT
from training.refusals import TextRequired

WORDS_IN_LIST = 18
#: What the filter calls those that do not wait any more.
ANSWERED = "answered"
#: How loud a level is, in the words of the style sheet.
_LOUDNESS = {Level.OVERDUE: "is-overdue", Level.ESCALATED: "is-long"}


class StandingFilter(ChoiceFilter):
    """What the list is of, and in which order."""

    title = gettext_lazy("standing")
    parameter_name = "standing"
    first = gettext_lazy("All that wait")
    choices_shown = (
        (Level.WAITING.value, gettext_lazy("In time")),
        (Level.OVERDUE.value, gettext_lazy("Past their day")),
        (Level.ESCALATED.value, gettext_lazy("Long past their day")),
        ("mine", gettext_lazy("I am answering")),
        (ANSWERED, gettext_lazy("Answered")),
    )

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == ANSWERED:
            return answered(queryset)
        rows, at, value = waiting(queryset), timezone.now(), self.value()
        if value == "mine":
            own = AnswerClaim.objects.live(at).filter(by=by_of(request))
            return rows.filter(source_id__in=own.values("reflection_id"))
        if value in list(Level):
            in_use = organizations_with(module=Module.CERTIFICATION, user=by_of(request))
            return of_level(rows, Level(value), in_use, at)
        return rows


class DeskList(ChangeList):
    """A page of the list, each row with its standing: three queries for all of them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        for row, standing in zip(rows, standings(rows, timezone.now()), strict=True):
            row.standing = standing  # type: ignore[attr-defined]
        self.result_list = rows  # type: ignore[assignment]


class AnswerForm(forms.Form):
    """An answer. `client_id` makes a second click the same answer."""

    text = forms.CharField(
        label=gettext_lazy("Answer"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": TextRequired.sentence},
    )
    further = forms.BooleanField(widget=forms.HiddenInput, required=False)
    client_id = forms.UUIDField(widget=forms.HiddenInput)


@dataclass(frozen=True)
class Act:
    """A button of a reflection's page: what it does, and the sentence that says that it was done."""

    verb: Callable[..., object]
    done: Any
    stays: bool


ACTS = {
    "claim": Act(services.claim, gettext_lazy("You are answering this now. Others see that."), stays=True),
    "release": Act(services.release, gettext_lazy("It is free for others to answer."), stays=True),
    "no-answer-needed": Act(services.no_answer_needed, gettext_lazy("It has left the desk without an answer."), False),
    "answer-needed": Act(services.answer_needed, gettext_lazy("It waits for an answer again."), stays=True),
}


@admin.register(WaitingReflection)
class AnswerDeskAdmin(CareAdmin):
    """Reflections that the person may answer. The list has those that wait, or those that have been answered."""

    module = Module.CERTIFICATION
    change_list_template = "timeline/desk/list.html"
    list_display = ("learner", "asked", "due", "at_it")
    export_columns = ("learner", "sentence", "waiting_since", "responded_at", "responded_by")
    list_display_links = ("learner",)
    list_filter = (StandingFilter,)
    search_fields = ("mentor__user__first_name", "mentor__user__last_name")
    search_help_text = gettext_lazy("Names of mentors.")
    sortable_by = ()
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_places(on_desk(super().get_queryset(request), by_of(request)))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskList

    # --- Columns

    @admin.display(description=gettext_lazy("mentor"))
    def learner(self, row: TimelineEntry) -> str:
        return str(row.mentor)

    @admin.display(description=gettext_lazy("what"))
    def sentence(self, row: TimelineEntry) -> str:
        return sentence_of(row)

    @admin.display(description=gettext_lazy("what"))
    def asked(self, row: TimelineEntry) -> SafeString:
        words = Truncator(row.content).words(WORDS_IN_LIST, truncate="…")
        if not words:
            return format_html("{}", sentence_of(row))
        return format_html('{}<br><span class="said">{}</span>', sentence_of(row), words)

    @admin.display(description=gettext_lazy("answer"))
    def due(self, row: Any) -> SafeString:
        return due_with_state(row.standing)

    @admin.display(description=gettext_lazy("who is at it"))
    def at_it(self, row: Any) -> SafeString:
        who = claimed_in_words(row.standing.claim, row.organization.time_zone)
        return format_html('<span class="{}">{}</span>', "somebody" if who else "nobody", who or "–")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Answer desk"), **(extra_context or {})})

    # --- The page of one

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        entry = self.get_object(request, unquote(object_id))
        if entry is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not self.may_enter(request, entry):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, entry, None)
        return self._answer(request, entry) if request.POST.get("do") == "answer" else self._act(request, entry)

    def _answer(self, request: HttpRequest, entry: TimelineEntry) -> HttpResponse:
        form = AnswerForm(request.POST)
        if not form.is_valid():
            if "client_id" in form.errors:
                raise BadRequest("The answer has no id.")
            return self._page(request, entry, form)
        try:
            self._do(partial(services.answer, **form.cleaned_data), request, entry)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            return self._page(request, entry, form)
        self.message_user(
            request, _("%(name)s is told that there is an answer.") % {"name": entry.mentor}, messages.SUCCESS
        )
        return HttpResponseRedirect(self._desk())

    def _act(self, request: HttpRequest, entry: TimelineEntry) -> HttpResponse:
        act = ACTS.get(request.POST.get("do", ""))
        if act is None:
            raise BadRequest("There is no such thing to do.")
        here = reverse("admin:timeline_waitingreflection_change", args=[entry.pk])
        try:
            self._do(act.verb, request, entry)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
            return HttpResponseRedirect(here)
        if act.stays:
            self.message_user(request, str(act.done), messages.SUCCESS)
            return HttpResponseRedirect(here)
        sentence = format_html('{} <a href="{}">{}</a>', act.done, here, _("See it again"))
        self.message_user(request, sentence, messages.SUCCESS)
        return HttpResponseRedirect(self._desk())

    def _do(self, verb: Callable[..., object], request: HttpRequest, entry: TimelineEntry) -> None:
        with transaction.atomic():
            verb(entry=entry, by=by_of(request), at=timezone.now())

    def _page(self, request: HttpRequest, entry: TimelineEntry, form: AnswerForm | None) -> HttpResponse:
        user, at = by_of(request), timezone.now()
        # As it is now, also when somebody has answered while this person was writing.
        fresh = with_places(TimelineEntry.objects.all()).get(pk=entry.pk)
        standing = standings([fresh], at)[0]
        is_answered = fresh.response_status == ResponseStatus.RESPONDED
        address = media_address({"id": fresh.pk, "media_url": fresh.media_url}) if fresh.media_url else ""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": entry,
            "title": str(fresh.mentor),
            "entry": fresh,
            "sentence": sentence_of(fresh),
            "media_address": address,
            "is_elsewhere": address == fresh.media_url,
            "state": due_with_state(standing),
            "claim": standing.claim,
            "claimed": claimed_in_words(standing.claim, fresh.organization.time_zone),
            "is_mine": standing.claim is not None and standing.claim.by_id == user.pk,
            "may_release": _may_release(user, standing),
            "is_waiting": fresh.response_status == ResponseStatus.PENDING,
            "is_answered": is_answered,
            "replies": ReflectionReply.objects.filter(reflection=fresh.source_id).in_turn(),
            "form": _ready(form, is_answered),
            "back": self._desk(),
        }
        return TemplateResponse(request, "timeline/desk/reflection.html", context)

    def _desk(self) -> str:
        return reverse("admin:timeline_waitingreflection_changelist")


def due_with_state(standing: Standing) -> SafeString:
    """By when it is due, as a coloured word and a sentence."""
    label, sentence = due_in_words(standing)
    loudness = _LOUDNESS.get(standing.level, "") if standing.level else ""
    return format_html('<span class="{}"><span class="state">{}</span> {}</span>', loudness, label, sentence)


def _may_release(user: User, standing: Standing) -> bool:
    """One's own claim; administrators anybody's."""
    if standing.claim is None:
        return False
    access = user.access
    is_administrator = access.is_platform_staff or standing.entry.organization_id in access.administers
    return is_administrator or standing.claim.by_id == user.pk


def _ready(form: AnswerForm | None, is_answered: bool) -> AnswerForm:
    """The form to show: what was typed stays, and what is answered already is added to."""
    if form is None:
        return AnswerForm(initial={"client_id": uuid4(), "further": is_answered})
    form.fields["text"].widget.attrs["autofocus"] = True
    data = form.data.copy()
    data["further"] = "on" if is_answered else ""
    form.data = data
    return form
