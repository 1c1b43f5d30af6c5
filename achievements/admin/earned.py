"""The desk of what was earned: badges of the mentors in one's care, to award, revoke, and hand out as files."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.enums import Module
from accounts.models import User
from achievements import services
from achievements.admin.awarding import AwardPage
from achievements.models import EarnedBadge
from achievements.openbadges.addresses import badge_url
from achievements.openbadges.answers import open_badge_file
from certifications.admin.desk import CareAdmin
from mentoring.admin.desk import AreaFilter, Verb, VerbForm


class RevokeForm(VerbForm):
    reason = forms.CharField(label=_("Reason"), max_length=500)


class AgainForm(VerbForm):
    note = forms.CharField(label=_("Note"), max_length=500, help_text=_("The mentor reads it."))


def _award_again(row: EarnedBadge, facts: dict[str, Any], by: User, at: datetime) -> object:
    return services.award_badge(
        mentor=row.mentor, definition=row.definition, by=by, at=at, note=facts["note"], period=row.period
    )


REVOKE = Verb(
    "revoke",
    _("Revoke"),
    lambda row, facts, by, at: services.revoke_badge(earned=row, by=by, at=at, reason=facts["reason"]),
    lambda n: ngettext("%d badge is revoked.", "%d badges are revoked.", n) % n,
    form=RevokeForm,
    offered=lambda row: row.is_valid,
)
AGAIN = Verb(
    "again",
    _("Award again"),
    _award_again,
    lambda n: ngettext("%d badge is awarded again.", "%d badges are awarded again.", n) % n,
    form=AgainForm,
    offered=lambda row: not row.is_valid,
)


@admin.register(EarnedBadge)
class EarnedBadgeAdmin(AwardPage, CareAdmin):
    module = Module.ACHIEVEMENTS
    verbs = (REVOKE, AGAIN)
    bulk_verbs = ("revoke",)
    change_list_template = "achievements/earnedbadge_change_list.html"
    list_display = ("mentor", "definition", "period", "earned_at", "awarded_by", "revoked_at")
    list_filter = ("definition", "awarded_by", ("mentor__affiliations__local_association", AreaFilter))
    search_fields = ("mentor__user__first_name", "mentor__user__last_name", "mentor__member_number", "definition__name")
    ordering = ("-earned_at", "-id")
    fields = (
        "mentor", "definition", "period", "earned_at", "awarded_by", "awarded_by_user", "why", "evidence", "note",
        "criteria_version", "page", "files", "revoked_at", "revoked_by", "revocation_reason",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).with_people()  # type: ignore[attr-defined,no-any-return]

    def name_of(self, row: EarnedBadge) -> str:
        return f"{row.mentor}: {row}"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    # --- As a file

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<uuid:key>/open-badge.{ending}",
                self.admin_site.admin_view(partial(self.file_view, as_jwt=ending == "jwt")),
                name=f"achievements_earnedbadge_{ending}",
            )
            for ending in ("json", "jwt")
        ]
        return [*own, *super().get_urls()]

    def file_view(self, request: HttpRequest, key: object, as_jwt: bool) -> HttpResponse:
        """The Open Badge, to keep or to send on; for those who look after the mentor."""
        row = self.get_object(request, str(key))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        try:
            return open_badge_file(row, as_jwt=as_jwt)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(self._address(row.pk))

    # --- Columns

    @admin.display(description=_("why"))
    def why(self, row: EarnedBadge) -> str:
        return services.explain(earned=row)

    @admin.display(description=_("public page"))
    def page(self, row: EarnedBadge) -> str:
        return format_html('<a href="{0}">{0}</a>', badge_url(row))

    @admin.display(description=_("Open Badge"))
    def files(self, row: EarnedBadge) -> str:
        if not row.is_valid:
            return "–"
        address = partial(reverse, args=[row.pk])
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            address("admin:achievements_earnedbadge_jwt"),
            gettext("Signed (JWT)"),
            address("admin:achievements_earnedbadge_json"),
            gettext("Without a signature (JSON)"),
        )
