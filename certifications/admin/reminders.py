"""The desk of renewal reminders: what goes out and to whom, what has failed for good, and what is in the archive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from certifications import services
from certifications.admin.certificates import reason_of
from certifications.admin.desk import CareAdmin, ChoiceFilter
from certifications.admin.dry_run import DryRunPage
from certifications.admin.verbs import day
from certifications.enums import EXPIRY_TYPES, OPEN_REMINDERS, ReminderStatus
from certifications.models import ArchivedReminder, CertificationType, RenewalReminder
from mentoring.admin.desk import AreaFilter, ReasonForm, Verb, VerbForm, by_of
from notifications.enums import Channel, State


def name_of(row: Any) -> str:
    return f"{row.certificate.mentor}: {row.certificate.type}, {row.get_reminder_type_display()}"


def has_failed(row: RenewalReminder) -> bool:
    """For good: nothing tries again by itself. Reads the notification, which the list has loaded."""
    failed = row.notification is not None and row.notification.state == State.FAILED
    return row.status == ReminderStatus.FAILED and failed


# --- The verbs


class ChannelForm(VerbForm):
    channel = forms.ChoiceField(label=_("Way"), choices=Channel.choices)


def _send_now(row: RenewalReminder, facts: dict[str, Any], by: User, at: datetime) -> object:
    return services.send_reminder_now(reminder=row, by=by, at=at)


def _cancel(row: RenewalReminder, facts: dict[str, Any], by: User, at: datetime) -> object:
    return services.cancel_reminder(reminder=row, by=by, at=at, reason=facts["reason"])


def _retry(row: RenewalReminder, facts: dict[str, Any], by: User, at: datetime) -> object:
    return services.retry_reminder(reminder=row, by=by, at=at)


def _send_by(row: RenewalReminder, facts: dict[str, Any], by: User, at: datetime) -> object:
    return services.retry_reminder(reminder=row, by=by, at=at, channel=Channel(facts["channel"]))


def _give_up(row: RenewalReminder, facts: dict[str, Any], by: User, at: datetime) -> object:
    return services.give_up_reminder(reminder=row, by=by, at=at)


def _goes_out_early(row: RenewalReminder) -> bool:
    waits = row.status == ReminderStatus.PENDING and row.notification_id is None
    return waits and row.reminder_type not in EXPIRY_TYPES


VERBS = (
    Verb(
        "send-now",
        _("Send now"),
        _send_now,
        lambda n: ngettext("%d reminder is on its way.", "%d reminders are on their way.", n) % n,
        offered=_goes_out_early,
        help_text=_("The mentor gets it now instead of on its day."),
    ),
    Verb(
        "cancel",
        _("Cancel the reminder"),
        _cancel,
        lambda n: ngettext("%d reminder is cancelled.", "%d reminders are cancelled.", n) % n,
        form=ReasonForm,
        offered=lambda row: row.status in OPEN_REMINDERS,
        help_text=_("Nobody is told. If the certificate expires, the mentor is paused all the same."),
    ),
    Verb(
        "retry",
        _("Try again"),
        _retry,
        lambda n: ngettext("%d reminder is tried again.", "%d reminders are tried again.", n) % n,
        offered=has_failed,
        help_text=_("With three new attempts, by the same way."),
    ),
    Verb(
        "send-by",
        _("Send another way"),
        _send_by,
        lambda n: ngettext("%d reminder goes out another way.", "%d reminders go out another way.", n) % n,
        form=ChannelForm,
        offered=has_failed,
    ),
    Verb(
        "give-up",
        _("Give up"),
        _give_up,
        lambda n: ngettext("%d reminder has been given up.", "%d reminders have been given up.", n) % n,
        offered=has_failed,
        help_text=_("For when the mentor has been told by telephone, say."),
    ),
)


# --- The lists


class WhenFilter(ChoiceFilter):
    """The calendar: what is to come, the earliest first, unless another part is asked for."""

    title = _("when")
    parameter_name = "when"
    first = _("To come")
    choices_shown = (
        ("today", _("Today")),
        ("7", _("The next 7 days")),
        ("30", _("The next 30 days")),
        ("attention", _("Needs attention")),
        ("done", _("Over")),
        ("all", _("Everything")),
    )

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if value == "attention":
            return queryset.needing_attention()
        if value == "done":
            return queryset.exclude(status=ReminderStatus.PENDING)
        if value == "all":
            return queryset
        waiting = queryset.filter(status=ReminderStatus.PENDING)
        days = {"today": 1, "7": 7, "30": 30}.get(value or "")
        return waiting.filter(scheduled_at__lt=_midnight() + timedelta(days=days)) if days else waiting


def _midnight() -> datetime:
    """As this day began, where the person at the desk is."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


class TypeFilter(admin.SimpleListFilter):
    """By certification, of the associations that the person works for."""

    title = _("certification type")
    parameter_name = "type"
    MOST = 80

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        rows = CertificationType.objects.visible_to(by_of(request)).order_by("name", "pk")[: self.MOST]
        return [(str(row.pk), str(row)) for row in rows]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        known = {key for key, __ in self.lookup_choices}
        return queryset.filter(certificate__type_id=self.value()) if self.value() in known else queryset


class ReminderAdmin(CareAdmin):
    """What both tables of reminders show."""

    mentor_path = "certificate__mentor_id"
    search_fields = (
        "certificate__mentor__user__first_name",
        "certificate__mentor__user__last_name",
        "certificate__number",
    )
    search_help_text = _("Names of mentors, and numbers of certificates.")
    date_hierarchy = "scheduled_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return rows.with_people()

    def name_of(self, row: Any) -> str:
        return name_of(row)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @admin.display(description=_("mentor"), ordering="certificate__mentor__user__first_name")
    def mentor(self, row: Any) -> str:
        return str(row.certificate.mentor)

    @admin.display(description=_("certification type"), ordering="certificate__type__name")
    def type(self, row: Any) -> str:
        return str(row.certificate.type)

    @admin.display(description=_("certificate"))
    def certificate_link(self, row: Any) -> str:
        address = reverse("admin:certifications_certificate_change", args=[row.certificate_id])
        return format_html('<a href="{}">{}</a>', address, row.certificate.number)

    @admin.display(description=_("expires on"), ordering="certificate_expiry_date")
    def expires(self, row: Any) -> str:
        return day(row.certificate.expires_on)

    @admin.display(description=_("why"))
    def reason(self, row: Any) -> str:
        return reason_of(row) or "–"


@admin.register(RenewalReminder)
class RenewalReminderAdmin(DryRunPage, ReminderAdmin):
    verbs = VERBS
    bulk_verbs = ("send-now", "cancel", "retry", "send-by", "give-up")
    change_list_template = "certifications/reminder_change_list.html"
    list_display = ("scheduled_at", "mentor", "type", "reminder_type", "expires", "status", "channel", "reason")
    list_filter = (
        WhenFilter,
        "status",
        "reminder_type",
        TypeFilter,
        ("certificate__mentor__affiliations__local_association", AreaFilter),
    )
    fields = (
        "mentor",
        "type",
        "certificate_link",
        "expires",
        "reminder_type",
        "scheduled_at",
        "status",
        "reason",
        "channel",
        "sent_at",
        "retry_count",
        "coordinator_notified",
        "auto_pause_triggered",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related(
                "certificate__type",
                "certificate__mentor__user",
                "organization",
                "certificate__organization",
                "notification",
            )
        )

    def get_ordering(self, request: HttpRequest) -> Sequence[str]:
        """What is to come: the earliest first. What is over: the latest."""
        over = request.GET.get("when") in ("attention", "done", "all")
        return ("-scheduled_at", "-id") if over else ("scheduled_at", "id")


@admin.register(ArchivedReminder)
class ArchivedReminderAdmin(ReminderAdmin):
    """Final for more than a year: to look at."""

    actions = None
    list_display = ("scheduled_at", "mentor", "type", "reminder_type", "status", "reason", "sent_at", "archived_at")
    list_filter = ("status", "reminder_type", TypeFilter)
    fields = (
        "mentor",
        "type",
        "certificate_link",
        "reminder_type",
        "certificate_expiry_date",
        "scheduled_at",
        "status",
        "reason",
        "channel",
        "sent_at",
        "retry_count",
        "coordinator_notified",
        "auto_pause_triggered",
        "archived_at",
    )
    ordering = ("-scheduled_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related("certificate__type", "certificate__mentor__user", "certificate__organization")
        )
