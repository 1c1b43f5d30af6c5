"""The coordinators' desk of notifications: what went out and how, and what needs attention."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.base.admin import TenantAdmin
from notifications import kinds, services
from notifications.models import ChannelHealth, Device, NeedsAttention, Notification, Preference

NOT_YOURS = _("Only the recipient reads this.")


class KindFilter(admin.SimpleListFilter):
    """By the registered kinds, so that the choices need no query and show nothing of other organisations."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.slug, str(kind.label)) for kind in kinds.registered()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class LedgerAdmin(TenantAdmin):
    """Rows of the ledger, to look at. What was said is between Varde and the recipient."""

    list_select_related = ("recipient", "organization")
    search_fields = ("recipient__first_name", "recipient__last_name", "recipient__email")
    search_help_text = _("Name or e-mail of the recipient.")
    fields = (
        "recipient",
        "organization",
        "kind_label",
        "channel",
        "state",
        "attempts",
        "failure_reason",
        "own_title",
        "own_text",
        "not_before",
        "claimed_at",
        "sent_at",
        "read_at",
        "created_at",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        row = super().get_object(request, *args, **kwargs)
        if row is not None:
            row.is_mine = row.recipient_id == request.user.pk
        return row

    @admin.display(description=_("kind"), ordering="kind")
    def kind_label(self, row: Notification) -> str:
        kind = kinds.find(row.kind)
        return str(kind.label) if kind else row.kind

    @admin.display(description=_("title"))
    def own_title(self, row: Notification) -> str:
        return row.title if getattr(row, "is_mine", False) else str(NOT_YOURS)

    @admin.display(description=_("text"))
    def own_text(self, row: Notification) -> str:
        return row.body if getattr(row, "is_mine", False) else str(NOT_YOURS)


@admin.register(Notification)
class NotificationAdmin(LedgerAdmin):
    list_display = ("created_at", "recipient", "kind_label", "channel", "state", "attempts", "sent_at", "read_at")
    list_filter = ("state", KindFilter, "channel")
    ordering = ("-id",)
    actions = None


@admin.register(NeedsAttention)
class NeedsAttentionAdmin(LedgerAdmin):
    """Those that have failed for good, to retry or to give up."""

    list_display = ("updated_at", "recipient", "kind_label", "channel", "attempts", "failure_reason")
    list_filter = (KindFilter, "channel")
    ordering = ("-updated_at", "-id")
    actions = ("retry", "give_up")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return rows.needing_attention()

    @admin.action(description=_("Try again"))
    def retry(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        done = services.retry_many(notifications=queryset, by=_person(request), at=timezone.now())
        sentence = ngettext("%d notification is sent again.", "%d notifications are sent again.", done)
        self.message_user(request, sentence % done)

    @admin.action(description=_("Give up"))
    def give_up(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        done = services.give_up_many(notifications=queryset, by=_person(request), at=timezone.now())
        sentence = ngettext("%d notification has been given up.", "%d notifications have been given up.", done)
        self.message_user(request, sentence % done)


@admin.register(Device)
class DeviceAdmin(TenantAdmin):
    """Who can be reached by push. The token opens the way to a phone and is not shown."""

    for_role = None
    list_display = ("user", "platform", "last_seen_at", "retired_at")
    list_filter = ("platform",)
    list_select_related = ("user",)
    search_fields = ("user__email", "user__last_name")
    fields = ("user", "platform", "last_seen_at", "retired_at")
    readonly_fields = fields
    ordering = ("-last_seen_at",)
    actions = ("retire",)

    @admin.action(description=_("Send nothing more to these devices"))
    def retire(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for device in queryset:
            services.retire_device(device=device, at=timezone.now())


@admin.register(Preference)
class PreferenceAdmin(TenantAdmin):
    for_role = None
    list_display = ("user", "kind", "channel")
    list_filter = ("channel",)
    list_select_related = ("user",)
    search_fields = ("user__email", "user__last_name")
    fields = ("user", "kind", "channel")
    readonly_fields = fields
    ordering = ("user__email", "kind")
    actions = None


@admin.register(ChannelHealth)
class ChannelHealthAdmin(TenantAdmin):
    """Which providers answer: the platform's business, not an organisation's."""

    for_role = None
    list_display = ("channel", "failures", "closed_until", "last_error")
    fields = ("channel", "failures", "closed_until", "last_error")
    readonly_fields = fields
    ordering = ("channel",)
    actions = None


def _person(request: HttpRequest) -> Any:
    return request.user
