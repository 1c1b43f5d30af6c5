"""A badge for chosen mentors, with a note: choose, look at who gets it and who has it already, confirm.

The page stands beside the list of earned badges (`AwardPage`); the list of figures has the same as a verb (`AWARD`),
for the mentors ticked there. Doing it again awards nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AutocompleteMixin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.enums import Module
from accounts.models import MentorProfile, User
from accounts.services import organizations_with
from achievements import services
from achievements.enums import Repeats
from achievements.models import BadgeDefinition, EarnedBadge
from achievements.refusals import PeriodNotRight
from achievements.services.awards import EARLIEST_YEAR, LONGEST_NOTE
from certifications.admin.desk import MentorInput, cared_for
from mentoring.admin.desk import MOST_AT_ONCE, Verb, VerbForm, by_of


class MentorsInput(MentorInput, forms.SelectMultiple):
    """Several mentors to search for, one after another."""


def badges_to_award(user: User) -> QuerySet[Any]:
    """The badges in use in the organisations the person works for, by name."""
    rows = BadgeDefinition.objects.visible_to(user).filter(is_active=True).order_by("name", "pk")
    at_work = organizations_with(module=Module.ACHIEVEMENTS, user=user)
    if not user.access.is_platform_staff:
        at_work &= user.access.administers | user.access.coordinates
    return rows.filter(Q(organization=None) | Q(organization_id__in=at_work)).select_related("organization")


def mentors_to_award(user: User) -> QuerySet[Any]:
    """The mentors whom the person may award badges."""
    mentors = cared_for(MentorProfile.objects.visible_to(user), user, "pk")
    return mentors.filter(organization_id__in=organizations_with(module=Module.ACHIEVEMENTS, user=user))


# --- What is asked


class Questions(forms.Form):
    """Which badge, and why."""

    definition = forms.ModelChoiceField(BadgeDefinition.objects.none(), label=_("Badge"), empty_label=None)
    period = forms.IntegerField(
        label=_("Year"),
        required=False,
        min_value=EARLIEST_YEAR,
        help_text=_("Only for a badge that is earned anew each year. Empty: this year."),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The mentor reads it."),
    )

    def ask(self, by: User) -> None:
        """Fill in what this person may award."""
        fields: dict[str, Any] = self.fields
        fields["definition"].queryset = badges_to_award(by)

    def clean(self) -> Any:
        facts = super().clean() or {}
        definition, year = facts.get("definition"), facts.get("period")
        if definition and year and (definition.repeats != Repeats.YEARLY or year > timezone.localdate().year):
            self.add_error("period", str(PeriodNotRight()))
        return facts


class AwardForm(Questions):
    """The same with the mentors."""

    required_css_class = "required"

    mentors = forms.ModelMultipleChoiceField(
        MentorProfile.objects.none(), label=_("Mentors"), help_text=_("Those in your care.")
    )
    field_order = ("definition", "mentors", "period", "note")

    def __init__(self, *args: Any, by: User, widget: AutocompleteMixin, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask(by)
        fields: dict[str, Any] = self.fields
        fields["mentors"].widget = widget
        widget.is_required = True  # without the cross that clears all: it is no list item, and no key reaches it
        fields["mentors"].queryset = mentors_to_award(by)
        widget.choices = fields["mentors"].choices  # type: ignore[attr-defined]

    def clean_mentors(self) -> Any:
        chosen = self.cleaned_data["mentors"]
        if len(chosen) > MOST_AT_ONCE:
            raise forms.ValidationError(_("Choose at most %(most)d mentors.") % {"most": MOST_AT_ONCE})
        return chosen


class AwardVerbForm(Questions, VerbForm):
    """The same for rows that name their mentors."""

    def prepare(self) -> None:
        self.ask(by_of(self.request))

    def clean(self) -> Any:
        return {**super().clean(), "by": by_of(self.request)}


# --- What becomes of each


class Line(NamedTuple):
    """What becomes of a mentor: what to say, and whether something changes. `refused` asks to be read first."""

    mentor: MentorProfile
    sentence: str
    changes: bool
    refused: bool = False


def award(mentors: Sequence[MentorProfile], facts: dict[str, Any], by: User, *, for_real: bool) -> list[Line]:
    """Award the badge to each, each on its own. Otherwise the real verb says what it would do, and is rolled back."""
    known = {
        each.pk: each.is_valid
        for each in EarnedBadge.objects.filter(mentor__in=mentors, definition=facts["definition"])
    }
    lines = [_award_one(mentor, facts, by, known, for_real) for mentor in sorted(mentors, key=lambda one: one.pk)]
    return sorted(lines, key=lambda line: (not line.refused, line.changes is False, str(line.mentor)))


def _award_one(mentor: MentorProfile, facts: dict[str, Any], by: User, known: dict[Any, bool], for_real: bool) -> Line:
    year = facts["period"]
    try:
        with transaction.atomic():
            earned = services.award_badge(
                mentor=mentor,
                definition=facts["definition"],
                by=by,
                at=timezone.now(),
                note=facts["note"],
                period=str(year) if year else "",
            )
            if not for_real:
                transaction.set_rollback(True)
    except Refusal as refusal:
        return Line(mentor, str(refusal), changes=False, refused=True)
    if earned.pk not in known:
        return Line(mentor, gettext("gets it"), changes=True)
    if known[earned.pk]:
        return Line(mentor, gettext("has it already"), changes=False)
    return Line(mentor, gettext("gets back the one that was revoked"), changes=True)


def done(n: int) -> str:
    """What the desk says afterwards."""
    return ngettext("%d badge is awarded.", "%d badges are awarded.", n) % n


# --- As a verb of the figures


def _preview(rows: Sequence[Any], facts: dict[str, Any]) -> list[tuple[Any, str, bool]]:
    lines = award([row.mentor for row in rows], facts, facts["by"], for_real=False)
    return [(line.mentor, f"{line.mentor}: {line.sentence}", line.changes) for line in lines]


def _award(rows: Sequence[Any], facts: dict[str, Any], by: User, at: datetime) -> int:
    return sum(line.changes for line in award([row.mentor for row in rows], facts, by, for_real=True))


AWARD = Verb(
    "award",
    _("Award a badge"),
    lambda row, facts, by, at: _award([row], facts, by, at),
    done,
    form=AwardVerbForm,
    preview=_preview,
    run_all=_award,
    help_text=_("Whoever has it already keeps it as it is."),
)


# --- As a page


class AwardPage:
    """Gives the admin of earned badges the page on which one is awarded."""

    def get_urls(self) -> list[URLPattern]:
        desk: Any = self
        view = desk.admin_site.admin_view(self.award_view)
        return [path("award/", view, name="achievements_earnedbadge_award"), *super().get_urls()]  # type: ignore[misc]

    def award_view(self, request: HttpRequest) -> HttpResponse:
        desk: Any = self
        if not desk.has_view_permission(request):
            raise PermissionDenied
        by, posted = by_of(request), request.method == "POST"
        widget = MentorsInput(EarnedBadge._meta.get_field("mentor"), desk.admin_site)
        form = AwardForm(request.POST if posted else None, by=by, widget=widget)
        lines: list[Line] = []
        if posted and form.is_valid() and "back" not in request.POST:
            facts = form.cleaned_data
            mentors = facts["mentors"].select_related("user", "organization")
            lines = award(mentors, facts, by, for_real="confirm" in request.POST)
            if "confirm" in request.POST:
                self._tell(request, lines)
                return HttpResponseRedirect(reverse("admin:achievements_earnedbadge_changelist"))
        context = {
            **desk.admin_site.each_context(request),
            "opts": desk.opts,
            "title": gettext("Award a badge"),
            "form": form,
            "lines": lines,
            "changes": sum(line.changes for line in lines),
            "media": desk.media + form.media,
        }
        return TemplateResponse(request, "achievements/award.html", context)

    def _tell(self, request: HttpRequest, lines: Sequence[Line]) -> None:
        desk: Any = self
        for line in lines:
            if not line.changes:
                level = messages.WARNING if line.refused else messages.INFO
                desk.message_user(request, f"{line.mentor}: {line.sentence}", level)
        changed = sum(line.changes for line in lines)
        if changed:
            desk.message_user(request, done(changed), messages.SUCCESS)
