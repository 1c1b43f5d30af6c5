"""The lines of the timeline: to look at, to export, and to have made anew. Nobody writes them by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.enums import Module
from accounts.models import Organization, User
from achievements.admin.recompute import Everybody, OrganizationForm, Outlook
from certifications.admin.desk import CareAdmin, ChoiceFilter
from mentoring.admin.desk import AreaFilter
from operations.models import Job
from timeline.backfill import ADDED, CHANGED, REDACTED, Change, Counts, glance
from timeline.enums import ActivityType, ResponseStatus
from timeline.jobs import queue_backfill
from timeline.models import TimelineEntry

WORDS_IN_LIST = 12
#: Seconds that the page about a whole association looks for what would change.
PATIENCE = 4.0


class LearningOrganizationForm(OrganizationForm):
    """Which association: those that the person administers and that use training."""

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, by=by, **kwargs)
        access = by.access
        rows = Organization.objects.visible_to(by).with_module(Module.CERTIFICATION).order_by("name")
        field: Any = self.fields["organization"]
        field.queryset = rows if access.is_platform_staff else rows.filter(pk__in=access.administers)


class ShownFilter(ChoiceFilter):
    """Lines whose row is gone are hidden everywhere else; here they can be asked for."""

    title = gettext_lazy("source")
    parameter_name = "source"
    first = gettext_lazy("Still there")
    choices_shown = (("deleted", gettext_lazy("Deleted: the line without its content")),)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(source_deleted_at__isnull=self.value() != "deleted")


class AnswerFilter(admin.SimpleListFilter):
    title = gettext_lazy("answer")
    parameter_name = "response_status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return ResponseStatus.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(response_status=self.value()) if self.value() in ResponseStatus.values else queryset


def in_words(change: Change, number: int) -> str:
    """How many lines of a type a backfill would add, change or redact."""
    match change.what:
        case "added":
            return ngettext("%d line is missing", "%d lines are missing", number) % number
        case "changed":
            return ngettext("%d line is wrong", "%d lines are wrong", number) % number
        case _:
            return ngettext("%d line has lost its source", "%d lines have lost their source", number) % number


def outlook(counts: Counts, *, is_all: bool) -> Outlook:
    """What a backfill would change, for the page that asks before it: as far as a page can look."""
    changed = sum(counts.values())
    if not changed and is_all:
        return Outlook(_("The timeline is right: nothing would change."), 0, [])
    order = {what: nth for nth, what in enumerate((ADDED, CHANGED, REDACTED))}
    found = sorted(counts.items(), key=lambda item: (item[0].activity_type, order[item[0].what]))
    lines = [(ActivityType(change.activity_type).label, in_words(change, number)) for change, number in found]
    sentence = ngettext("%d line would change.", "%d lines would change.", changed) % changed
    if not is_all:
        sentence = f"{sentence} {_('Only a part was looked at, because there is much.')}"
    return Outlook(sentence, changed or 1, lines or [(_("Timeline"), _("the rest is looked at in the background"))])


@admin.register(TimelineEntry)
class TimelineEntryAdmin(Everybody, CareAdmin):
    """Lines of the mentors in the person's care, newest first."""

    module = Module.CERTIFICATION
    everybody_title = gettext_lazy("Make the timeline anew")
    everybody_intro = gettext_lazy(
        "Holds every line against what it tells of, and puts right what differs."
        " The timeline follows by itself; this is for repair, and for what was there before it."
    )
    everybody_button = gettext_lazy("Put right")
    everybody_form = LearningOrganizationForm
    list_display = ("occurred_at", "mentor", "activity_type", "words", "video", "goal", "response_status")
    list_display_links = ("occurred_at", "activity_type")
    list_filter = (
        "activity_type",
        AnswerFilter,
        ShownFilter,
        ("mentor__affiliations__local_association", AreaFilter),
    )
    list_select_related = ()
    search_fields = ("mentor__user__first_name", "mentor__user__last_name", "mentor__member_number")
    search_help_text = gettext_lazy("Names and member numbers of mentors.")
    date_hierarchy = "activity_date"
    ordering = ("-occurred_at", "-id")
    export_columns = (
        "occurred_at",
        "activity_date",
        "mentor",
        "activity_type",
        "detail",
        "course",
        "lesson",
        "video",
        "video_timestamp_seconds",
        "quiz",
        "goal",
        "response_status",
        "waiting_since",
        "responded_at",
    )
    fields = (
        "mentor", "activity_type", "detail", "occurred_at", "activity_date", "time_zone", "recorded_at", "edited_at",
        "course", "lesson", "video", "video_timestamp_seconds", "quiz", "goal", "content", "metadata", "media_url",
        "media_type", "media_duration_seconds", "requires_response", "response_status", "waiting_since",
        "instructor_response", "responded_at", "responded_by", "source_table", "source_id", "source_deleted_at",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what the columns name, of the list and of its files; joined it would be sorted with all lines."""
        return super().get_queryset(request).with_context().prefetch_related("mentor__user", "goal")  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("text"))
    def words(self, row: TimelineEntry) -> str:
        return Truncator(row.content).words(WORDS_IN_LIST)

    def outlook(self, facts: dict[str, Any], at: datetime) -> Outlook:
        counts, is_all = glance(organization=facts["organization"], seconds=PATIENCE)
        return outlook(counts, is_all=is_all)

    def queue_everybody(self, facts: dict[str, Any], by: User, at: datetime) -> Job:
        return queue_backfill(organization_id=facts["organization"].pk, by=by, at=at)
