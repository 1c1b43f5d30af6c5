"""The desk of certificates: the roster of validity, the form that issues one, and everything about one on its page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.base.desk import VerbsDecide
from accounts.base.history import history_lines
from accounts.models import ChangeEntry
from certifications import services
from certifications.admin.desk import CareAdmin, ChoiceFilter, MentorInput, mentors_in_care, on_fields, types_to_issue
from certifications.admin.issuing import IssuePage
from certifications.admin.verbs import VERBS, day, name_of
from certifications.enums import CancelReason, CertificateStatus, Validity
from certifications.models import ArchivedReminder, Certificate, RenewalReminder
from certifications.public.addresses import check_url
from certifications.services.locking import lock_certificate
from mentoring.admin.desk import AreaFilter, DayInput, by_of

#: How loud a validity is, in the words of the style sheet.
_LOUDNESS = {
    Validity.LAPSED: "is-long",
    Validity.REVOKED: "is-long",
    Validity.DUE_7: "is-overdue",
    Validity.DUE_30: "is-overdue",
}


class ValidityFilter(ChoiceFilter):
    title = _("validity")
    parameter_name = "validity"
    first = _("All that count")
    choices_shown = (
        ("valid", _("Valid")),
        ("90", _("Expires within 90 days")),
        ("30", _("Expires within 30 days")),
        ("7", _("Expires within 7 days")),
        ("lapsed", _("Lapsed")),
        ("paused", _("Mentor paused")),
        ("renewed", _("Renewed")),
        ("revoked", _("Revoked")),
        ("all", _("Everything")),
    )

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        at, value = timezone.now(), self.value()
        if value in ("7", "30", "90"):
            return queryset.expiring_within(int(value), at)
        chosen = {
            "valid": lambda: queryset.valid_at(at),
            "lapsed": lambda: queryset.lapsed_at(at),
            "paused": lambda: queryset.current().of_paused_mentors(),
            "renewed": lambda: queryset.filter(status=CertificateStatus.SUPERSEDED),
            "revoked": lambda: queryset.filter(status=CertificateStatus.REVOKED),
            "all": lambda: queryset,
        }
        return chosen.get(value or "", queryset.current)()


class IssueForm(VerbsDecide, forms.ModelForm[Certificate]):
    """Issues one. Dates and number may be left to Varde."""

    expires_on = forms.DateField(
        label=_("Expires on"), widget=DayInput, required=False, help_text=_("Empty: as the certification type says.")
    )
    number = forms.CharField(
        label=_("Number"), max_length=40, required=False, help_text=_("Empty: Varde makes one that nobody can guess.")
    )

    class Meta:
        model = Certificate
        fields = ("mentor", "type", "issued_on", "number", "evidence")


@admin.register(Certificate)
class CertificateAdmin(IssuePage, CareAdmin):
    allow_add = True
    allow_change = True
    verbs = VERBS
    bulk_verbs = ("extend", "revoke")
    change_form_template = "certifications/certificate_change_form.html"
    change_list_template = "certifications/certificate_change_list.html"
    list_display = ("mentor", "validity", "expires", "type", "association", "mentor_status", "number", "issued_on")
    export_columns = (
        "mentor",
        "association",
        "mentor_status",
        "type",
        "number",
        "issued_on",
        "expiry_date",
        "validity",
    )
    list_filter = (
        ValidityFilter,
        "type",
        ("mentor__affiliations__local_association", AreaFilter),
    )
    search_fields = ("mentor__user__first_name", "mentor__user__last_name", "mentor__member_number", "number")
    search_help_text = _("Names and member numbers of mentors, and numbers of certificates.")
    ordering = ("expires_at", "id")
    _asked = ("mentor", "type", "issued_on", "expires_on", "number", "evidence")
    _facts = ("mentor", "association", "mentor_status", "type", "number", "issued_on", "expires", "validity", "issuer")
    _proof = ("check_page", "document")
    _course = ("renews_link", "renewed_by_link", "lapsed_at", "paused_mentor_at")
    _end = ("revoked_at", "revoker", "revocation_reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        rows = rows.with_people().with_validity(timezone.now())
        return rows.prefetch_related("mentor__affiliations__local_association")

    def name_of(self, row: Certificate) -> str:
        return name_of(row)

    # --- The form

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs.setdefault("form", IssueForm)
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": [*self._asked]})]
        fieldsets: list[Any] = [
            (_("The certificate"), {"fields": [*self._facts]}),
            (_("To show to others"), {"fields": [*self._proof]}),
            (_("What became of it"), {"fields": [*self._course]}),
            (_("Evidence"), {"fields": ["evidence"]}),
        ]
        if obj.status == CertificateStatus.REVOKED:
            fieldsets.insert(1, (_("Revocation"), {"fields": [*self._end]}))
        if self.has_change_permission(request, obj):
            fieldsets[-1][1]["fields"].append("version")
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return () if obj is None else (*self._facts, *self._proof, *self._course, *self._end)

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest) -> Any:
        if db_field.name == "mentor":
            return mentors_in_care(by_of(request))
        return (
            types_to_issue(by_of(request))
            if db_field.name == "type"
            else super().get_field_queryset(db, db_field, request)
        )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "mentor":
            kwargs["widget"] = MentorInput(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"issued_on": timezone.localdate(), **super().get_changeform_initial_data(request)}  # type: ignore[dict-item]

    def lock_for_edit(self, obj: Any) -> None:
        """The verbs lock the mentor, then the certificate."""
        lock_certificate(obj)

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> Any:
        facts, by, at = form.cleaned_data, by_of(request), timezone.now()
        if change:
            return services.record_evidence(certificate=form.instance, evidence=facts["evidence"], by=by, at=at)
        with on_fields():
            return services.issue_certificate(
                mentor=facts["mentor"],
                type=facts["type"],
                issued_on=facts["issued_on"],
                expires_on=facts["expires_on"] or services.BY_TYPE,
                number=facts["number"].strip(),
                evidence=facts["evidence"].strip(),
                by=by,
                at=at,
            )

    # --- Its page

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **self._story(request, row)})

    def _story(self, request: HttpRequest, row: Certificate | None) -> dict[str, Any]:
        """The series of reminders, those in the archive too, and what was done about the certificate."""
        if row is None or not self.has_view_permission(request, row):
            return {}
        reminders = chain(*(model.objects.filter(certificate=row) for model in (ArchivedReminder, RenewalReminder)))
        entries = ChangeEntry.objects.of(row).told_to(request.user)[:200]
        return {
            "reminders": [
                {"row": each, "is_archived": isinstance(each, ArchivedReminder), "reason": reason_of(each)}
                for each in sorted(reminders, key=lambda each: (each.scheduled_at, each.pk))
            ],
            "history": history_lines(Certificate, entries),
        }

    # --- Columns

    @admin.display(description=_("local association"))
    def association(self, row: Certificate) -> str:
        return next((str(each.local_association) for each in row.mentor.affiliations.all() if each.is_primary), "")

    @admin.display(description=_("expires on"), ordering="expires_at")
    def expires(self, row: Certificate) -> str:
        return day(row.expires_on)

    @admin.display(description=_("expires on"))
    def expiry_date(self, row: Certificate) -> Any:
        """As a spreadsheet likes it."""
        return row.expires_on

    @admin.display(description=_("validity"), ordering="validity")
    def validity(self, row: Any) -> str:
        label = Validity(row.validity).label
        return format_html(
            '<span class="{}"><span class="state">{}</span></span>', _LOUDNESS.get(row.validity, ""), label
        )

    @admin.display(description=_("mentor's status"), ordering="mentor__status")
    def mentor_status(self, row: Certificate) -> str:
        return row.mentor.get_status_display()

    @admin.display(description=_("issued by"))
    def issuer(self, row: Certificate) -> str:
        return str(row.issued_by or "–")

    @admin.display(description=_("revoked by"))
    def revoker(self, row: Certificate) -> str:
        return str(row.revoked_by or "–")

    @admin.display(description=_("renews"))
    def renews_link(self, row: Certificate) -> str:
        return self._link(row.renews)

    @admin.display(description=_("renewed by"))
    def renewed_by_link(self, row: Certificate) -> str:
        return self._link(Certificate.objects.filter(renews=row).first())

    @admin.display(description=_("check page"))
    def check_page(self, row: Certificate) -> str:
        """Its address, to copy: whoever has it sees whether the certificate is valid now."""
        return format_html('<a href="{0}">{0}</a>', check_url(row))

    @admin.display(description=_("on paper"))
    def document(self, row: Certificate) -> str:
        return format_html('<a href="{}">{}</a>', reverse("certificate-pdf", args=[row.pk]), _("PDF"))

    def _link(self, other: Certificate | None) -> str:
        if other is None:
            return "–"
        address = reverse("admin:certifications_certificate_change", args=[other.pk])
        return format_html('<a href="{}">{}</a>', address, other.number)


def reason_of(reminder: Any) -> str:
    """Why a reminder failed or was cancelled, in words where we have them."""
    return str(dict(CancelReason.choices).get(reminder.failure_reason, reminder.failure_reason))
