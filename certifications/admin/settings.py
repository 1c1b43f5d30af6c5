"""The desk of an association's choices about its certificates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from accounts.base.desk import VerbsDecide
from accounts.enums import Module
from certifications import services
from certifications.admin.desk import OncePerOrganization, on_fields
from certifications.models import CertificationSettings
from mentoring.admin.desk import by_of

_CHOICES = ("reminder_hour", "check_page_names_mentor", "publishes_mentors")


class SettingsForm(VerbsDecide, forms.ModelForm[CertificationSettings]):
    """What the verb asks for."""


@admin.register(CertificationSettings)
class CertificationSettingsAdmin(OncePerOrganization):
    module = Module.CERTIFICATION
    form = SettingsForm
    fields = ("organization", *_CHOICES)
    list_display = ("organization", *_CHOICES)

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> Any:
        choices = {name: form.cleaned_data[name] for name in _CHOICES}
        with on_fields():
            return services.change_settings(
                organization=self.organization_of(form, change), by=by_of(request), at=timezone.now(), **choices
            )
