"""The dry run on the desk: what would happen on a day, to the mentors in one's care."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import Module
from accounts.models import MentorProfile, Organization, User
from certifications import services
from certifications.admin.desk import mentors_in_care
from mentoring.admin.desk import by_of
from notifications import kinds

#: So far one may look ahead: two years is how long certificates last.
FURTHEST = timedelta(days=3 * 366)


class DayForm(forms.Form):
    """Which day, and of which association."""

    required_css_class = "required"

    organization = forms.ModelChoiceField(Organization.objects.none(), label=_("Organisation"), empty_label=None)
    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["organization"]
        field.queryset = _organizations(by)
        if len(field.queryset) == 1:
            field.initial, field.widget, field.required = field.queryset[0], forms.HiddenInput(), False
        today = timezone.localdate()
        self.fields["on"].widget.attrs |= {"min": today.isoformat(), "max": (today + FURTHEST).isoformat()}

    def clean_organization(self) -> Any:
        return self.cleaned_data["organization"] or self.fields["organization"].initial

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if not timezone.localdate() <= on <= timezone.localdate() + FURTHEST:
            raise forms.ValidationError(_("Choose a day from today on, within three years."))
        return on


def _organizations(by: User) -> Any:
    """The associations that use certificates and that the person works for."""
    access = by.access
    rows = Organization.objects.visible_to(by).with_module(Module.CERTIFICATION).order_by("name")
    return rows if access.is_platform_staff else rows.filter(pk__in=access.administers | access.coordinates)


@dataclass(frozen=True)
class Told:
    """One message that would go out."""

    recipient: Any
    what: str
    about: str


@dataclass(frozen=True)
class Outlook:
    """A dry run, as far as it is about mentors in the person's care."""

    told: list[Told]
    paused: list[MentorProfile]
    returned: list[MentorProfile]


def outlook(organization: Organization, on: date, by: User) -> Outlook:
    """What would happen on a day. Nothing is changed."""
    found = services.simulate(organization=organization, on=on)
    mentors = mentors_in_care(by).filter(organization=organization)
    in_care: dict[UUID, MentorProfile] = {mentor.pk: mentor for mentor in mentors}
    told = [_told(message, in_care) for message in found.messages]
    return Outlook(
        [each for each in told if each is not None],
        _among(found.paused, in_care),
        _among(found.returned, in_care),
    )


def _among(mentors: Iterable[MentorProfile], in_care: dict[UUID, MentorProfile]) -> list[MentorProfile]:
    return [mentor for mentor in mentors if mentor.pk in in_care]


def _told(message: Any, in_care: dict[UUID, MentorProfile]) -> Told | None:
    """A message about a mentor in care; that somebody is back is about the mentor itself."""
    kind = kinds.find(message.kind)
    what = str(kind.label) if kind else message.kind
    if message.reminder is None:
        mentor = in_care.get(message.subject_id)
        return Told(message.recipient, what, str(mentor)) if mentor else None
    certificate = message.reminder.certificate
    if certificate.mentor_id not in in_care:
        return None
    words = {"mentor": certificate.mentor, "type": certificate.type, "when": message.reminder}
    return Told(message.recipient, what, gettext("%(mentor)s: %(type)s, %(when)s") % words)


class DryRunPage:
    """Gives the admin of reminders the page that looks ahead."""

    def get_urls(self) -> list[URLPattern]:
        desk: Any = self
        view = desk.admin_site.admin_view(self.dry_run_view)
        own = [path("dry-run/", view, name="certifications_renewalreminder_dry_run")]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def dry_run_view(self, request: HttpRequest) -> HttpResponse:
        desk: Any = self
        if not desk.has_view_permission(request):
            raise PermissionDenied
        by = by_of(request)
        form = DayForm(request.GET if "on" in request.GET else None, by=by, initial={"on": timezone.localdate()})
        found = None
        if form.is_bound and form.is_valid():
            found = outlook(form.cleaned_data["organization"], form.cleaned_data["on"], by)
        context = {
            **desk.admin_site.each_context(request),
            "opts": desk.opts,
            "title": gettext("What would happen on a day"),
            "form": form,
            "found": found,
        }
        return TemplateResponse(request, "certifications/dry_run.html", context)
