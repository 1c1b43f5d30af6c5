"""The desk of annual summaries: the numbers of the mentors in one's care, what failed, and making them anew.

The story itself is the mentor's, and so is whether it is shared: here are the numbers, and until when it is shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dates import MONTHS, MONTHS_3
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import Module
from accounts.models import User
from achievements import services
from achievements.admin.overview import Overview
from achievements.admin.recompute import SHOWN, Everybody, OrganizationForm, Outlook
from achievements.enums import GenerationStatus
from achievements.models import AnnualSummary
from achievements.models.summaries import EARLIEST_YEAR, LATEST_YEAR
from achievements.words import Words
from certifications.admin.desk import CareAdmin
from mentoring.admin.desk import AreaFilter, Verb
from operations.models import Job

#: So many summaries are compared at a time.
PART = 500

#: How loud a state is, in the words of the style sheet.
_LOUDNESS = {GenerationStatus.FAILED: "is-long", GenerationStatus.GENERATING: "is-overdue"}


# --- The verbs


def difference(drift: Any) -> str:
    """What would change of a summary, in a line. Highlights have no place in one."""
    fields = AnnualSummary._meta
    return "; ".join(
        f"{fields.get_field(name).verbose_name} {_in_short(name, old)} → {_in_short(name, new)}"
        if name != "highlight_moments"
        else str(fields.get_field(name).verbose_name)
        for name, (old, new) in drift.changes.items()
    )


def _in_short(name: str, value: Any) -> str:
    if value in (None, ""):
        return "–"
    if name == "most_active_month":
        return str(MONTHS[value])
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _preview(rows: Sequence[AnnualSummary], facts: dict[str, Any]) -> list[tuple[Any, str, bool]]:
    found = {drift.summary.pk: drift for drift in services.preview_summaries(ids=[row.pk for row in rows])}
    lines: list[tuple[Any, str, bool]] = []
    for row in rows:
        drift, waits = found.get(row.pk), row.generation_status == GenerationStatus.FAILED
        words = {"summary": row, "what": difference(drift) if drift else ""}
        if drift:
            sentence = gettext("%(summary)s: %(what)s")
        elif waits:
            sentence = gettext("%(summary)s: is made again, with the same numbers")
        else:
            sentence = gettext("%(summary)s: is right already")
        lines.append((row, sentence % words, bool(drift or waits)))
    return sorted(lines, key=lambda line: not line[2])


def _recompute(row: AnnualSummary, facts: dict[str, Any], by: User, at: datetime) -> object:
    return services.recompute_summaries(summaries=[row], by=by, at=at)


def _recompute_all(rows: Sequence[AnnualSummary], facts: dict[str, Any], by: User, at: datetime) -> int:
    services.recompute_summaries(summaries=rows, by=by, at=at)
    return len(rows)


RECOMPUTE = Verb(
    "recompute",
    _("Recompute"),
    _recompute,
    lambda n: ngettext("%d summary is made anew.", "%d summaries are made anew.", n) % n,
    preview=_preview,
    run_all=_recompute_all,
    help_text=_("It is made within minutes. Summaries follow every correction by themselves; this is for repair."),
)
RETRY = Verb(
    "retry",
    _("Try again"),
    _recompute,
    lambda n: ngettext("%d summary is tried again.", "%d summaries are tried again.", n) % n,
    run_all=_recompute_all,
    offered=lambda row: row.generation_status == GenerationStatus.FAILED,
    help_text=_("With new attempts, within minutes."),
)


# --- A whole year


class YearForm(OrganizationForm):
    """Which year of which association; the last one that is over, unless another is chosen."""

    year = forms.IntegerField(label=_("Year"), min_value=EARLIEST_YEAR, max_value=LATEST_YEAR)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, by=by, **kwargs)
        this_year = timezone.localdate().year
        self.fields["year"].initial = this_year - 1
        self.fields["year"].widget.attrs["max"] = this_year

    def clean_year(self) -> int:
        year: int = self.cleaned_data["year"]
        if year > timezone.localdate().year:
            raise forms.ValidationError(_("This year has not begun."))
        return year


class WholeYear(Everybody):
    """Everything about a year of an association, compared and made anew in the background."""

    everybody_title = _("Recompute a whole year")
    everybody_intro = _(
        "Makes the summaries of all mentors of a year anew. They follow every correction by themselves."
    )
    everybody_form = YearForm

    def outlook(self, facts: dict[str, Any], at: datetime) -> Outlook:
        rows = AnnualSummary.objects.filter(organization=facts["organization"], year=facts["year"])
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        parts = (keys[start : start + PART] for start in range(0, len(keys), PART))
        drifts = [drift for part in parts for drift in services.preview_summaries(ids=part)]
        shown = rows.with_people().in_bulk([drift.summary.pk for drift in drifts[:SHOWN]])
        lines = [(shown[drift.summary.pk].mentor, difference(drift)) for drift in drifts[:SHOWN]]
        return Outlook(_would_change(len(drifts), len(keys)), len(drifts), lines)

    def queue_everybody(self, facts: dict[str, Any], by: User, at: datetime) -> Job:
        return services.queue_recompute_summaries(
            organization_id=facts["organization"].pk, year=facts["year"], by=by, at=at
        )


def _would_change(changed: int, summaries: int) -> str:
    if changed:
        return ngettext("%d summary would change.", "%d summaries would change.", changed) % changed
    if not summaries:
        return gettext("There are no summaries of this year.")
    return (
        ngettext(
            "%d summary is right: nothing would change.", "All %d summaries are right: nothing would change.", summaries
        )
        % summaries
    )


# --- The list


class YearFilter(admin.SimpleListFilter):
    """The years that the person's mentors have summaries of."""

    title = _("year")
    parameter_name = "year"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        years = model_admin.get_queryset(request).order_by("-year").values_list("year", flat=True).distinct()
        return [(str(year), str(year)) for year in years]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        known = {key for key, __ in self.lookup_choices}
        return queryset.filter(year=self.value()) if self.value() in known else queryset


class StateFilter(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "state"
    CHOSEN = {
        "attention": Q(generation_status=GenerationStatus.FAILED),
        "waiting": Q(requested_version__gt=F("done_version")) & ~Q(generation_status=GenerationStatus.FAILED),
        "running": Q(as_of__isnull=False),
        "ready": Q(generation_status=GenerationStatus.READY),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        labels = {
            "attention": _("Could not be made"),
            "waiting": _("Waiting"),
            "running": _("Of a running year"),
            "ready": _("Ready"),
        }
        return list(labels.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.CHOSEN.get(self.value() or "")
        return queryset.filter(chosen) if chosen else queryset


@admin.register(AnnualSummary)
class AnnualSummaryAdmin(Overview, WholeYear, CareAdmin):
    module = Module.ACHIEVEMENTS
    verbs = (RECOMPUTE, RETRY)
    bulk_verbs = ("recompute", "retry")
    change_list_template = "achievements/annualsummary_change_list.html"
    # As many as fit beside the filters on a small screen; the file has the others too.
    list_display = (
        "mentor",
        "year",
        "state",
        "total_activities",
        "hours",
        "total_contacts_reached",
        "badges_earned_count",
    )
    export_columns = (*list_display, "total_events_attended", "streak_days", "made_at")
    list_filter = (StateFilter, YearFilter, ("mentor__affiliations__local_association", AreaFilter))
    search_fields = ("user__first_name", "user__last_name", "mentor__member_number")
    search_help_text = _("Names and member numbers of mentors.")
    ordering = ("-year", "user__first_name", "user__last_name", "id")
    _numbers = (
        "total_activities",
        "total_hours",
        "total_contacts_reached",
        "total_events_attended",
        "badges_earned_count",
        "top_type",
        "best_month",
        "streak_days",
    )
    _course = ("generated_at", "attempts", "failure", "viewed_at", "shared_until")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return rows.with_people()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [
            (None, {"fields": ["mentor", "year", "state"]}),
            (_("The numbers"), {"fields": [*self._numbers]}),
            (_("Month by month"), {"fields": ["months"]}),
            (_("Highlights"), {"fields": ["highlights"]}),
            (_("What became of it"), {"fields": [*self._course]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("mentor", "year", "state", *self._numbers, "months", "highlights", *self._course)

    # --- Columns

    @admin.display(description=_("status"), ordering="generation_status")
    def state(self, row: AnnualSummary) -> str:
        label = str(GenerationStatus(row.generation_status).label)
        if row.as_of and row.generation_status == GenerationStatus.PENDING:
            label = gettext("So far, %(day)s") % {"day": date_format(row.as_of, "SHORT_DATE_FORMAT")}
        loud = _LOUDNESS.get(GenerationStatus(row.generation_status), "")
        return format_html('<span class="{}"><span class="state">{}</span></span>', loud, label)

    @admin.display(description=_("hours"), ordering="total_hours")
    def hours(self, row: AnnualSummary) -> Any:
        return row.total_hours

    @admin.display(description=_("generated at"), ordering="generated_at")
    def made_at(self, row: AnnualSummary) -> Any:
        return row.generated_at

    @admin.display(description=_("most frequent type"))
    def top_type(self, row: AnnualSummary) -> str:
        return Words([row]).top_activity_type(row) or "–"

    @admin.display(description=_("most active month"))
    def best_month(self, row: AnnualSummary) -> str:
        return str(MONTHS[row.most_active_month]) if row.most_active_month else "–"

    @admin.display(description=_("activities by month"))
    def months(self, row: AnnualSummary) -> str:
        names = [MONTHS_3[month].capitalize() for month in range(1, 13)]
        return format_html(
            '<table class="months"><thead><tr>{}</tr></thead><tbody><tr>{}</tr></tbody></table>',
            format_html_join("", '<th scope="col">{}</th>', ((name,) for name in names)),
            format_html_join("", "<td>{}</td>", ((number_format(count),) for count in row.monthly_activity_counts)),
        )

    @admin.display(description=_("highlights"))
    def highlights(self, row: AnnualSummary) -> str:
        sentences = [each["description"] for each in Words([row]).highlights(row)]
        lines = format_html_join("", "<li>{}</li>", ((one,) for one in sentences))
        return format_html("<ul>{}</ul>", lines) if lines else "–"

    @admin.display(description=_("shared"))
    def shared_until(self, row: AnnualSummary) -> str:
        share = row.shares.live(timezone.now()).first()
        if share is None:
            return gettext("Not shared")
        day = date_format(timezone.localtime(share.expires_at), "SHORT_DATETIME_FORMAT")
        return gettext("Shared until %(when)s") % {"when": day}
