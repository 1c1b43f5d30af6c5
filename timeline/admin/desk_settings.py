"""The desk of what an association promises its learners."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from accounts.base.desk import VerbsDecide
from accounts.enums import Module
from certifications.admin.desk import OncePerOrganization
from mentoring.admin.desk import by_of
from timeline import services
from timeline.models import AnswerSettings

_CHOICES = ("answer_within_days", "escalate_after_days", "holiday_country")


class AnswerSettingsForm(VerbsDecide, forms.ModelForm[AnswerSettings]):
    """What the verb asks for."""


@admin.register(AnswerSettings)
class AnswerSettingsAdmin(OncePerOrganization):
    module = Module.CERTIFICATION
    form = AnswerSettingsForm
    fields = ("organization", *_CHOICES)
    list_display = ("organization", *_CHOICES)

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> Any:
        choices = {name: form.cleaned_data[name] for name in _CHOICES}
        return services.change_answer_settings(
            organization=self.organization_of(form, change), by=by_of(request), at=timezone.now(), **choices
        )
