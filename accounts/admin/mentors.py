"""The desk of mentors: who they are, where they belong, whether they are active."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminDateWidget
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.admin.choices import NoteForm, association_field, associations_field, offer
from accounts.base.admin import RowPage, TenantAdmin, TenantInline
from accounts.enums import Language, MentorStatus, PauseReason
from accounts.models import LocalAssociation, MentorProfile, MentorStatusChange

_FACTS = frozenset(
    {"email", "first_name", "last_name", "phone", "language", "member_number", "started_on", "is_listed"}
)
_SHOWN = (
    "user",
    "email",
    "phone",
    "status",
    "paused_by",
    "pause_reason",
    "pause_note",
    "paused_at",
    "leave_until",
)

#: Pages of other apps about a mentor, shown behind the verbs: each gives a title and an address, or None.
PAGES_ELSEWHERE: list[Callable[[HttpRequest, MentorProfile], dict[str, str] | None]] = []


def _is(*statuses: MentorStatus) -> Callable[[Any], bool]:
    return lambda mentor: mentor.status in statuses


class PauseForm(forms.Form):
    note = forms.CharField(label=_("Reason"), max_length=500)


class LeaveForm(forms.Form):
    leave_until = forms.DateField(
        label=_("Back on"),
        required=False,
        widget=AdminDateWidget,
        help_text=_("On this day the mentor is active again by itself. Empty: until somebody says so."),
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class AssociationFields(forms.ModelForm[MentorProfile]):
    primary = association_field(label=_("Primary local association"))
    others = associations_field(label=_("Other local associations"), help_text=_("At most four."))

    @property
    def chosen(self) -> list[LocalAssociation]:
        primary = self.cleaned_data["primary"]
        return [primary, *(each for each in self.cleaned_data["others"] if each != primary)]


class NewMentorForm(AssociationFields):
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    first_name = forms.CharField(label=_("First name"), max_length=100)
    last_name = forms.CharField(label=_("Last name"), max_length=100)
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices, initial=Language.BOKMAL)

    class Meta:
        model = MentorProfile
        fields = ("member_number", "started_on")


class MentorForm(AssociationFields):
    class Meta:
        model = MentorProfile
        fields = ("member_number", "started_on", "is_listed")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        associations = self.instance.affiliations.order_by("-is_primary", "id")
        self.belongs = list(associations.values_list("local_association_id", flat=True))
        self.fields["primary"].initial = self.belongs[0] if self.belongs else None
        self.fields["others"].initial = self.belongs[1:]


class StatusLog(TenantInline):
    model = MentorStatusChange
    fields = ("at", "status_before", "status_after", "changed_by", "user", "reason", "note")
    readonly_fields = fields
    verbose_name_plural = _("Status log")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user")


@admin.register(MentorProfile)
class MentorAdmin(TenantAdmin):
    allow_add = True
    allow_change = True
    list_display = ("name", "primary_association", "status", "pause_reason", "leave_until", "started_on")
    list_filter = ("status", "pause_reason", "affiliations__local_association")
    search_fields = ("user__first_name", "user__last_name", "user__email", "member_number")
    search_help_text = _("Names, e-mail addresses and member numbers.")
    ordering = ("user__last_name", "user__first_name", "id")
    inlines = (StatusLog,)
    row_pages = (
        RowPage("pause", _("Pause"), PauseForm, "pause", offered=_is(MentorStatus.ACTIVE)),
        RowPage("leave", _("Leave"), LeaveForm, "leave", offered=_is(MentorStatus.ACTIVE)),
        RowPage(
            "resume", _("End the pause"), NoteForm, "resume", offered=lambda row: row.status == MentorStatus.PAUSED
        ),
        RowPage("resign", _("Resign"), NoteForm, "resign", offered=_is(MentorStatus.ACTIVE, MentorStatus.PAUSED)),
        RowPage("reinstate", _("Take back"), NoteForm, "reinstate", offered=_is(MentorStatus.RESIGNED)),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user").prefetch_related("affiliations__local_association")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            person = ["email", "first_name", "last_name", "phone", "language"]
            return [*person, "primary", "others", "member_number", "started_on"]
        own = [
            "user",
            "email",
            "phone",
            "status",
            "paused_by",
            "pause_reason",
            "pause_note",
            "paused_at",
            "leave_until",
        ]
        if not self.has_change_permission(request, obj):
            return [*own, "member_number", "started_on", "is_listed"]
        return [*own, "primary", "others", "member_number", "started_on", "is_listed"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        return (
            "user",
            "email",
            "phone",
            "status",
            "paused_by",
            "pause_reason",
            "pause_note",
            "paused_at",
            "leave_until",
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs.setdefault("form", MentorForm if obj else NewMentorForm)
        form = super().get_form(request, obj, change=change, **kwargs)

        class ForThisPerson(form):  # type: ignore[misc,valid-type]
            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **options)
                offer(self, request, "primary", "others", also=getattr(self, "belongs", None))

        return ForThisPerson

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> MentorProfile:
        by: Any = request.user
        at = timezone.now()
        given = {name: value for name, value in form.cleaned_data.items() if name in _FACTS}
        if not change:
            organization = form.cleaned_data["primary"].organization
            return services.add_mentor(organization=organization, local_associations=form.chosen, by=by, at=at, **given)
        services.change_affiliations(mentor=form.instance, local_associations=form.chosen, by=by, at=at)
        return services.change_mentor(mentor=form.instance, by=by, at=at, **given)

    def _links_to_pages(self, request: HttpRequest, object_id: str | None) -> list[dict[str, str]]:
        row = self.get_object(request, unquote(object_id)) if object_id else None
        elsewhere = [page(request, row) for page in PAGES_ELSEWHERE] if row else []
        return [*super()._links_to_pages(request, object_id), *filter(None, elsewhere)]

    # --- Columns

    @admin.display(description=_("name"), ordering="user__last_name")
    def name(self, row: MentorProfile) -> str:
        return str(row.user)

    @admin.display(description=_("e-mail"))
    def email(self, row: MentorProfile) -> str:
        return row.user.email

    @admin.display(description=_("phone"))
    def phone(self, row: MentorProfile) -> str:
        return row.user.phone

    @admin.display(description=_("local association"))
    def primary_association(self, row: MentorProfile) -> str:
        return next((str(each.local_association) for each in row.affiliations.all() if each.is_primary), "")

    # --- Pages

    def pause(self, request: HttpRequest, row: MentorProfile, given: dict[str, Any]) -> str:
        self._pause(request, row, PauseReason.OTHER, given)
        return gettext("The mentor is paused.")

    def leave(self, request: HttpRequest, row: MentorProfile, given: dict[str, Any]) -> str:
        self._pause(request, row, PauseReason.LEAVE, given)
        return gettext("The mentor is on leave.")

    def _pause(self, request: HttpRequest, row: MentorProfile, reason: str, given: dict[str, Any]) -> None:
        by: Any = request.user
        services.pause_mentor(mentor=row, reason=reason, by=by, at=timezone.now(), **given)

    def resume(self, request: HttpRequest, row: MentorProfile, given: dict[str, Any]) -> str:
        services.resume_mentor(mentor=row, by=request.user, at=timezone.now(), **given)  # type: ignore[arg-type]
        return gettext("The mentor is active again.")

    def resign(self, request: HttpRequest, row: MentorProfile, given: dict[str, Any]) -> str:
        services.resign_mentor(mentor=row, by=request.user, at=timezone.now(), **given)  # type: ignore[arg-type]
        return gettext("The mentor has resigned.")

    def reinstate(self, request: HttpRequest, row: MentorProfile, given: dict[str, Any]) -> str:
        services.reinstate_mentor(mentor=row, by=request.user, at=timezone.now(), **given)  # type: ignore[arg-type]
        return gettext("The mentor is active again.")
