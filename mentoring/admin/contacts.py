"""The desk of contacts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.base.desk import VerbsDecide
from accounts.models import User
from mentoring import services
from mentoring.admin.desk import AreaFilter, DeskAdmin, Verb, by_of, on_fields
from mentoring.models import Contact
from mentoring.services.contacts import FIELDS


def _delete(row: Contact, facts: dict[str, Any], by: User, at: datetime) -> object:
    return services.delete_contact(contact=row, by=by, at=at)


class ContactForm(VerbsDecide, forms.ModelForm[Contact]):
    """What the verb asks for."""


@admin.register(Contact)
class ContactAdmin(DeskAdmin):
    form = ContactForm
    allow_add = True
    allow_change = True
    fields = ("first_name", "last_name", "number", "local_association", "phone", "email")
    list_display = ("name", "number", "local_association", "phone", "email")
    list_filter = (("local_association", AreaFilter),)
    search_fields = ("first_name", "last_name", "number")
    search_help_text = _("Names and numbers.")
    ordering = ("first_name", "last_name", "id")
    verbs = (
        Verb(
            "delete",
            _("Delete the contact"),
            _delete,
            lambda n: ngettext("%d contact is deleted.", "%d contacts are deleted.", n) % n,
            help_text=_("Somebody who still has a mentor cannot be deleted. The history stays."),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return rows.present().select_related("local_association")

    @admin.display(description=_("name"), ordering="first_name")
    def name(self, row: Contact) -> str:
        return row.name

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> Any:
        by, at = by_of(request), timezone.now()
        association = form.cleaned_data["local_association"]
        facts = {name: form.cleaned_data[name] for name in FIELDS if name in form.cleaned_data}
        facts["local_association_id"] = association.pk
        with on_fields():
            if change:
                return services.update_contact(contact=form.instance, by=by, at=at, **facts)
            return services.create_contact(organization=association.organization, by=by, at=at, **facts)
