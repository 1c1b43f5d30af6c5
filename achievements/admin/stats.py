"""The desk of mentors' figures: to look at, and to have derived anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import Module
from accounts.local_time import local_date
from accounts.models import MentorProfile, Organization, User
from achievements import rules, services
from achievements.admin.awarding import AWARD
from achievements.admin.missing import AWARD_MISSING
from achievements.admin.recompute import SHOWN, Everybody, Outlook
from achievements.jobs import PART
from achievements.models import MentorStats
from certifications.admin.desk import CareAdmin
from mentoring.admin.desk import AreaFilter, Verb
from operations.models import Job


def difference(drift: services.Drift) -> str:
    """What would change of a mentor's figures, in a line."""
    fields = MentorStats._meta
    return "; ".join(
        f"{fields.get_field(name).verbose_name} {_shown(old)} → {_shown(new)}"
        for name, (old, new) in drift.changes.items()
    )


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in sorted(value.items())) or "–"
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    return "–" if value is None else str(value)


# --- The verb


def _recompute(row: MentorStats, facts: dict[str, Any], by: User, at: datetime) -> object:
    return services.recompute_stats(mentors=[row.mentor_id])


def _preview(rows: Sequence[MentorStats], facts: dict[str, Any]) -> list[tuple[Any, str, bool]]:
    found = {drift.mentor_id: drift for drift in services.preview_recompute(mentors=[row.mentor_id for row in rows])}
    lines: list[tuple[Any, str, bool]] = []
    for row in rows:
        drift = found.get(row.mentor_id)
        words = {"mentor": row.mentor, "what": difference(drift) if drift else ""}
        sentence = gettext("%(mentor)s: %(what)s") if drift else gettext("%(mentor)s: is right already")
        lines.append((row, sentence % words, drift is not None))
    return sorted(lines, key=lambda line: not line[2])


RECOMPUTE = Verb(
    "recompute",
    _("Recompute"),
    _recompute,
    lambda n: ngettext("The figures of %d mentor are right.", "The figures of %d mentors are right.", n) % n,
    preview=_preview,
    help_text=_("Counts all activities again. The figures follow every activity by themselves; this is for repair."),
)


# --- The whole association


def outlook(organization: Organization) -> Outlook:
    """What recomputing everybody would change."""
    mentors = MentorProfile.objects.filter(organization=organization)
    keys = list(mentors.order_by("pk").values_list("pk", flat=True))
    parts = (keys[start : start + PART] for start in range(0, len(keys), PART))
    drifts = [drift for part in parts for drift in services.preview_recompute(mentors=part)]
    names = mentors.select_related("user").in_bulk([drift.mentor_id for drift in drifts[:SHOWN]])
    lines = [(names[drift.mentor_id], difference(drift)) for drift in drifts[:SHOWN]]
    return Outlook(_in_a_sentence(len(drifts), len(keys)), len(drifts), lines)


def _in_a_sentence(changed: int, mentors: int) -> str:
    if changed:
        return (
            ngettext("The figures of %d mentor would change.", "The figures of %d mentors would change.", changed)
            % changed
        )
    return (
        ngettext(
            "The figures of %d mentor are right: nothing would change.",
            "The figures of all %d mentors are right: nothing would change.",
            mentors,
        )
        % mentors
    )


# --- The list


@admin.register(MentorStats)
class MentorStatsAdmin(Everybody, CareAdmin):
    module = Module.ACHIEVEMENTS
    verbs = (RECOMPUTE, AWARD_MISSING, AWARD)
    bulk_verbs = ("recompute", "award_missing", "award")
    everybody_title = _("Recompute the figures of everybody")
    everybody_intro = _(
        "Counts all activities of every mentor again."
        " The figures follow every activity by themselves; this is for repair."
    )
    list_display = (
        "mentor",
        "activity_count",
        "hours",
        "contact_count",
        "assignment_count",
        "event_count",
        "current_day_streak",
        "current_week_streak",
        "longest_day_streak",
        "longest_week_streak",
        "last_activity_on",
    )
    list_filter = (("mentor__affiliations__local_association", AreaFilter),)
    search_fields = ("mentor__user__first_name", "mentor__user__last_name", "mentor__member_number")
    search_help_text = _("Names and member numbers of mentors.")
    date_hierarchy = "last_activity_on"
    ordering = ("mentor__user__first_name", "mentor__user__last_name", "id")
    fields = (
        "mentor",
        "activity_count",
        "minutes",
        "contact_count",
        "assignment_count",
        "event_count",
        "training_count",
        "types",
        "current_day_streak",
        "longest_day_streak",
        "current_week_streak",
        "longest_week_streak",
        "current_month_streak",
        "longest_month_streak",
        "last_activity_on",
        "computed_at",
    )

    def outlook(self, facts: dict[str, Any], at: datetime) -> Outlook:
        return outlook(facts["organization"])

    def queue_everybody(self, facts: dict[str, Any], by: User, at: datetime) -> Job:
        return services.queue_recompute(organization_id=facts["organization"].pk, by=by, at=at)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("mentor__user", "organization")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @admin.display(description=_("hours"), ordering="minutes")
    def hours(self, row: MentorStats) -> float:
        return round(row.minutes / 60, 1)

    @admin.display(description=_("activities by type"))
    def types(self, row: MentorStats) -> str:
        return _shown(row.counts_by_type)

    @admin.display(description=_("streak in days"))
    def current_day_streak(self, row: MentorStats) -> int:
        return _current(row, "day")

    @admin.display(description=_("streak in weeks"))
    def current_week_streak(self, row: MentorStats) -> int:
        return _current(row, "week")

    @admin.display(description=_("streak in months"))
    def current_month_streak(self, row: MentorStats) -> int:
        return _current(row, "month")


def _current(row: MentorStats, unit: rules.Unit) -> int:
    return row.streaks(local_date(timezone.now(), row.organization.time_zone))[unit][0]
