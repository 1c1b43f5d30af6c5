"""Form fields that offer only what the person at the desk sees."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import LocalAssociation


def association_field(**options: Any) -> forms.ModelChoiceField[LocalAssociation]:
    """One local association; `offer` fills in whose. A plain list: labelled, and no script that the browser stops."""
    return forms.ModelChoiceField(LocalAssociation.objects.none(), **options)


def associations_field(**options: Any) -> forms.ModelMultipleChoiceField[LocalAssociation]:
    """Several local associations."""
    return forms.ModelMultipleChoiceField(LocalAssociation.objects.none(), required=False, **options)


def offer(form: forms.BaseForm, request: HttpRequest, *names: str, also: Any = None) -> None:
    """Let the fields `names` choose among what the person sees, and `also` (ids that stand there already)."""
    for name in names:
        if name not in form.fields:
            continue
        field: Any = form.fields[name]
        rows = field.queryset.model.objects.visible_to(request.user)
        if also:
            rows = rows | field.queryset.model.objects.filter(pk__in=also)
        field.queryset = rows


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500)


class NoteForm(forms.Form):
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class ConfirmForm(forms.Form):
    """Nothing to fill in; the button is the answer."""
