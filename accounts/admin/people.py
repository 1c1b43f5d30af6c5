"""The desk of people and their roles."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.admin.choices import ConfirmForm, ReasonForm, associations_field, offer
from accounts.base.admin import RowPage, TenantAdmin, TenantInline
from accounts.base.refusals import Refusal
from accounts.enums import ROLE_RANK, Language, Role
from accounts.models import LocalAssociation, Membership, Organization, User
from accounts.services.people import PERSONAL, require_above


class RoleFields(forms.Form):
    """An organisation, a role in it below one's own, and what a coordinator cares for."""

    organization = forms.ModelChoiceField(Organization.objects.none(), label=_("Organisation"))
    role = forms.ChoiceField(label=_("Role"), choices=[])
    care_areas = associations_field(
        label=_("In their care"), help_text=_("For coordinators: these local associations and all below them.")
    )

    def fill_choices(self, request: HttpRequest) -> None:
        offer(self, request, "organization", "care_areas")
        access = request.user.access  # type: ignore[union-attr]
        highest = 4 if access.is_platform_staff else 3 if access.administers else 2
        choices = [(role.value, role.label) for role in Role if ROLE_RANK[role] < highest and role != Role.PEER_MENTOR]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]
        only = list(self.fields["organization"].queryset[:2])  # type: ignore[attr-defined]
        if len(only) == 1:
            self.fields["organization"].initial = only[0].pk


class GrantForm(RoleFields):
    about_row = True

    def __init__(self, *, row: User, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fill_choices(request)


class PersonForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ("email", "first_name", "last_name", "phone", "language", "time_zone")


class InviteForm(RoleFields, forms.ModelForm[User]):  # type: ignore[misc]
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices, initial=Language.BOKMAL)

    class Meta:
        model = User
        fields = ("first_name", "last_name", "phone", "language")

    def validate_unique(self) -> None:
        """Somebody who is known is not made again: the verb gives them the role."""


class MembershipInline(TenantInline):
    model = Membership
    fk_name = "user"
    fields = ("organization", "role", "is_active", "in_care", "granted_at", "granted_by", "revoked_at", "revoked_by")
    readonly_fields = fields
    show_change_link = True
    verbose_name_plural = _("Roles")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("organization", "granted_by", "revoked_by")
        return rows.prefetch_related("areas__local_association")

    @admin.display(description=_("in their care"))
    def in_care(self, row: Membership) -> str:
        return ", ".join(sorted(str(area.local_association) for area in row.areas.all()))


def _is_above(request: HttpRequest, user: User) -> bool:
    try:
        require_above(request.user, user)  # type: ignore[arg-type]
    except Refusal:
        return False
    return True


@admin.register(User)
class UserAdmin(TenantAdmin):
    allow_add = True
    allow_change = True
    list_display = ("full_name", "email", "roles", "language", "is_active")
    list_filter = ("is_active", "language")
    search_fields = ("first_name", "last_name", "email")
    search_help_text = _("Names and e-mail addresses.")
    ordering = ("last_name", "first_name", "id")
    inlines = (MembershipInline,)
    row_pages = (
        RowPage("role", _("Give a role"), GrantForm, "give_role"),
        RowPage("disable", _("Disable"), ReasonForm, "disable", offered=lambda user: user.is_active),
        RowPage("enable", _("Let in again"), ReasonForm, "enable", offered=lambda user: not user.is_active),
        RowPage("invite", _("Invite again"), ConfirmForm, "invite_again", offered=lambda user: user.is_active),
        RowPage(
            "second-factor",
            _("Reset the second factor"),
            ReasonForm,
            "reset_second_factor",
            help_text=_("Make sure by another way that it is really this person who asks for it."),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("memberships__organization")

    def has_add_permission(self, request: HttpRequest) -> bool:
        access = request.user.access  # type: ignore[union-attr]
        return self.may_enter(request) and bool(access.is_platform_staff or access.administers)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_enter(request, obj) and (obj is None or obj == request.user or _is_above(request, obj))

    def may_use(self, request: HttpRequest, page: RowPage, row: Any) -> bool:
        if page.name == "role":
            return self.has_add_permission(request)
        return row != request.user and _is_above(request, row)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None:
            return ["email", "first_name", "last_name", "phone", "language", "time_zone", "is_active"]
        person = ["email", "first_name", "last_name", "phone", "language"]
        return [*person, "organization", "role", "care_areas"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("email", "is_active") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, change=change, **{"form": PersonForm, **kwargs})
        form = super().get_form(request, obj, change=change, **{"form": InviteForm, **kwargs})

        class ForThisPerson(form):  # type: ignore[misc,valid-type]
            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **options)
                self.fill_choices(request)

        return ForThisPerson

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> User:
        by: Any = request.user
        given = form.cleaned_data
        personal = {name: given[name] for name in PERSONAL if name in given}
        if change:
            return services.change_user(user=form.instance, by=by, at=timezone.now(), **personal)
        role = {name: given[name] for name in ("email", "organization", "role", "care_areas")}
        return services.invite_person(by=by, at=timezone.now(), **role, **personal).user

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, row: User) -> str:
        return row.get_full_name()

    @admin.display(description=_("roles"))
    def roles(self, row: User) -> str:
        return ", ".join(sorted({each.get_role_display() for each in row.memberships.all() if each.is_active}))

    # --- Pages

    def give_role(self, request: HttpRequest, row: User, given: dict[str, Any]) -> str:
        services.grant_role(user=row, by=request.user, at=timezone.now(), **given)  # type: ignore[arg-type]
        return gettext("The role is given.")

    def disable(self, request: HttpRequest, row: User, given: dict[str, Any]) -> str:
        services.disable_user(user=row, by=request.user, at=timezone.now(), reason=given["reason"])  # type: ignore[arg-type]
        return gettext("The user is disabled and signed out everywhere.")

    def enable(self, request: HttpRequest, row: User, given: dict[str, Any]) -> str:
        services.enable_user(user=row, by=request.user, at=timezone.now(), reason=given["reason"])  # type: ignore[arg-type]
        return gettext("The user may log in again.")

    def invite_again(self, request: HttpRequest, row: User, given: dict[str, Any]) -> str:
        services.send_invitation(user=row, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return gettext("The invitation is on its way.")

    def reset_second_factor(self, request: HttpRequest, row: User, given: dict[str, Any]) -> str:
        services.reset_second_factor(user=row, by=request.user, at=timezone.now(), **given)  # type: ignore[arg-type]
        return gettext("The second factor is reset, and the user signed out everywhere.")


class CareForm(forms.Form):
    about_row = True
    care_areas = associations_field(label=_("In their care"))

    def __init__(self, *, row: Membership, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        offer(self, request, "care_areas")
        field: Any = self.fields["care_areas"]
        field.queryset = field.queryset.filter(organization_id=row.organization_id)
        field.initial = LocalAssociation.objects.filter(care_areas_of__membership=row)


@admin.register(Membership)
class MembershipAdmin(TenantAdmin):
    """Roles, to look at; they are given on the person's page and end here."""

    for_role = Role.ORG_ADMIN
    fields = (
        "user",
        "organization",
        "role",
        "is_active",
        "in_care",
        "granted_at",
        "granted_by",
        "revoked_at",
        "revoked_by",
    )
    readonly_fields = fields
    list_display = ("user", "organization", "role", "is_active", "in_care", "granted_at")
    list_filter = ("role", "is_active", "organization")
    list_select_related = ("user", "organization")
    search_fields = ("user__first_name", "user__last_name", "user__email")
    ordering = ("user__last_name", "user__first_name", "id")
    row_pages = (
        RowPage(
            "care",
            _("Change what is in their care"),
            CareForm,
            "set_care",
            offered=lambda row: row.is_active and row.role == Role.COORDINATOR,
        ),
        RowPage("revoke", _("End the role"), ReasonForm, "revoke", offered=lambda row: row.is_active),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("areas__local_association")

    @admin.display(description=_("in their care"))
    def in_care(self, row: Membership) -> str:
        return ", ".join(sorted(str(area.local_association) for area in row.areas.all()))

    def set_care(self, request: HttpRequest, row: Membership, given: dict[str, Any]) -> str:
        services.set_care_areas(membership=row, by=request.user, at=timezone.now(), **given)  # type: ignore[arg-type]
        return gettext("What is in their care is changed.")

    def revoke(self, request: HttpRequest, row: Membership, given: dict[str, Any]) -> str:
        services.revoke_role(membership=row, by=request.user, at=timezone.now(), **given)  # type: ignore[arg-type]
        return gettext("The role has ended.")
