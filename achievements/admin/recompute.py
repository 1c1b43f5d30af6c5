"""The page on which a whole association is compared with what should be there, and put right in the background.

An admin gets it by `Everybody` in front of its other bases, with the four class attributes and the two methods below.
The page first asks which association (a form that asks for more is a subclass of `OrganizationForm`), then says what
would change, and a button queues the job. Its address is `admin:<app>_<model>_everybody`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Module
from accounts.models import Organization, User
from mentoring.admin.desk import by_of
from operations.models import Job

#: So many lines the page shows; more are counted.
SHOWN = 50


class OrganizationForm(forms.Form):
    """Which association: those that the person administers and that use the module."""

    required_css_class = "required"

    organization = forms.ModelChoiceField(Organization.objects.none(), label=_("Organisation"), empty_label=None)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        access = by.access
        rows = Organization.objects.visible_to(by).with_module(Module.ACHIEVEMENTS).order_by("name")
        field: Any = self.fields["organization"]
        field.queryset = rows if access.is_platform_staff else rows.filter(pk__in=access.administers)


@dataclass(frozen=True)
class Outlook:
    """What would change: a sentence about it, how much, and the first lines (who or what, and how)."""

    sentence: str
    changed: int
    lines: Sequence[tuple[Any, str]]

    @property
    def hidden(self) -> int:
        """How much more there is than lines."""
        return max(0, self.changed - len(self.lines))


class Everybody:
    """The page about a whole association, for an admin (`DeskAdmin`)."""

    #: What the page and the link to it are called, what it says first, and what its button says.
    everybody_title: Any
    everybody_intro: Any
    everybody_button: Any = _("Recompute")
    everybody_form: type[OrganizationForm] = OrganizationForm
    change_list_template = "achievements/everybody_change_list.html"

    def outlook(self, facts: dict[str, Any], at: datetime) -> Outlook:
        """What would change; writes nothing. `facts` is what the form has asked for."""
        raise NotImplementedError

    def queue_everybody(self, facts: dict[str, Any], by: User, at: datetime) -> Job:
        """Ask for it, in the background."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        desk: Any = self
        view = desk.admin_site.admin_view(self.everybody_view)
        return [path("everybody/", view, name=self._everybody_name()), *super().get_urls()]  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        offered = {}
        if self._may_see_everybody(request):
            offered = {
                "everybody_address": reverse(f"admin:{self._everybody_name()}"),
                "everybody_title": self.everybody_title,
            }
        return super().changelist_view(request, {**offered, **(extra_context or {})})  # type: ignore[misc,no-any-return]

    def everybody_view(self, request: HttpRequest) -> HttpResponse:
        desk: Any = self
        if not self._may_see_everybody(request):
            raise PermissionDenied
        by, at = by_of(request), timezone.now()
        given = request.POST if request.method == "POST" else request.GET
        form = self.everybody_form(given if "organization" in given else None, by=by)
        facts = form.cleaned_data if form.is_bound and form.is_valid() else None
        if request.method == "POST" and facts:
            desk.tell_of_job(request, self.queue_everybody(facts, by, at))
            return HttpResponseRedirect(reverse(f"admin:{desk.opts.app_label}_{desk.opts.model_name}_changelist"))
        context = {
            **desk.admin_site.each_context(request),
            "opts": desk.opts,
            "title": self.everybody_title,
            "intro": self.everybody_intro,
            "button": self.everybody_button,
            "form": form,
            "facts": facts,
            "outlook": self.outlook(facts, at) if facts else None,
        }
        return TemplateResponse(request, "achievements/everybody.html", context)

    def _everybody_name(self) -> str:
        opts = self.opts  # type: ignore[attr-defined]
        return f"{opts.app_label}_{opts.model_name}_everybody"

    def _may_see_everybody(self, request: HttpRequest) -> bool:
        access = by_of(request).access
        allowed = access.is_platform_staff or bool(access.administers)
        return allowed and bool(self.has_view_permission(request))  # type: ignore[attr-defined]
