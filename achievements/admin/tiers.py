"""The desk of an association's recognition tiers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from accounts.base.desk import VerbsDecide
from accounts.enums import Module
from achievements import services
from achievements.enums import Tier
from achievements.models import RecognitionTiers
from achievements.services.tiers import CHOICES, problems
from achievements.tiers import HIGHEST
from certifications.admin.desk import OncePerOrganization
from mentoring.admin.desk import by_of


class TiersForm(VerbsDecide, forms.ModelForm[RecognitionTiers]):
    """What the verb asks for; everything that is wrong stands beside its field."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if all(data.get(name) is not None for name in CHOICES):
            tiers = RecognitionTiers(**{name: data[name] for name in CHOICES})
            for field, sentence in problems(tiers).items():
                self.add_error(field, sentence)
        return data


@admin.register(RecognitionTiers)
class RecognitionTiersAdmin(OncePerOrganization):
    module = Module.ACHIEVEMENTS
    form = TiersForm
    fields = ("organization", *CHOICES)
    list_display = ("organization", *CHOICES)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """With thresholds within bounds."""
        if db_field.name in Tier.values:
            kwargs |= {"min_value": 1, "max_value": HIGHEST}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> Any:
        organization = self.organization_of(form, change)
        tiers = RecognitionTiers(organization=organization, **{name: form.cleaned_data[name] for name in CHOICES})
        return services.save_tiers(tiers=tiers, by=by_of(request), at=timezone.now())
