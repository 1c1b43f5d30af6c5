"""The desk of activities: what was done, what has to be looked at, and registering on behalf of a mentor."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.base.desk import VerbsDecide
from accounts.base.refusals import Refusal
from accounts.models import MentorProfile, User
from mentoring import services
from mentoring.admin.desk import AreaFilter, DeskAdmin, MomentField, ReasonForm, Verb, by_of, on_fields
from mentoring.enums import ActivityStatus, Duplicate, Source
from mentoring.models import Activity, ActivityType

_FACTS = (
    "type",
    "occurred_at",
    "minutes",
    "reached",
    "contact",
    "summary",
    "is_group",
    "participant_count",
    "event",
)


class ActivityForm(VerbsDecide, forms.ModelForm[Activity]):
    occurred_at = MomentField(label=_("Took place at"))
    is_distinct = forms.BooleanField(
        label=_("This is another one, not a duplicate"),
        required=False,
        help_text=_("Tick it when the form says that there is already an activity like this on that day."),
    )

    class Meta:
        model = Activity
        fields = ("mentor", *_FACTS, "status")


def _approve(row: Activity, facts: dict[str, Any], by: User, at: datetime) -> object:
    return services.correct_activity(activity=row, status=ActivityStatus.APPROVED, by=by, at=at)


def _reject(row: Activity, facts: dict[str, Any], by: User, at: datetime) -> object:
    return services.correct_activity(activity=row, status=ActivityStatus.REJECTED, by=by, at=at)


def _is_duplicate(row: Activity, facts: dict[str, Any], by: User, at: datetime) -> object:
    return services.resolve_duplicate(activity=row, is_duplicate=True, by=by, at=at)


def _is_distinct(row: Activity, facts: dict[str, Any], by: User, at: datetime) -> object:
    return services.resolve_duplicate(activity=row, is_duplicate=False, by=by, at=at)


def _delete(row: Activity, facts: dict[str, Any], by: User, at: datetime) -> object:
    return services.delete_activity(activity=row, by=by, at=at, reason=facts["reason"])


VERBS = (
    Verb(
        "approve",
        _("Approve"),
        _approve,
        lambda n: ngettext("%d activity is approved.", "%d activities are approved.", n) % n,
        offered=lambda row: row.status != ActivityStatus.APPROVED,
    ),
    Verb(
        "reject",
        _("Reject"),
        _reject,
        lambda n: ngettext("%d activity is rejected.", "%d activities are rejected.", n) % n,
        offered=lambda row: row.status != ActivityStatus.REJECTED,
        help_text=_("A rejected activity counts nowhere; the contact date follows."),
    ),
    Verb(
        "is-duplicate",
        _("It is a duplicate"),
        _is_duplicate,
        lambda n: ngettext("%d activity is a duplicate.", "%d activities are duplicates.", n) % n,
        offered=lambda row: False,
        help_text=_("A duplicate counts nowhere."),
    ),
    Verb(
        "is-distinct",
        _("It is no duplicate"),
        _is_distinct,
        lambda n: ngettext("%d activity counts.", "%d activities count.", n) % n,
        offered=lambda row: False,
        help_text=_("They count from now on."),
    ),
    Verb(
        "delete",
        _("Delete the activity"),
        _delete,
        lambda n: ngettext("%d activity is deleted.", "%d activities are deleted.", n) % n,
        form=ReasonForm,
        help_text=_("The contact date follows, and the history says who deleted it."),
    ),
)


class PeriodFilter(admin.SimpleListFilter):
    """By the organisation's local date, which has an index beside the mentor and reads as people count."""

    title = _("date")
    parameter_name = "period"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("week", _("Past 7 days")),
            ("month", _("This month")),
            ("year", _("This year")),
            ("last_year", _("Last year")),
            ("earlier", _("Earlier")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = timezone.localdate()
        first = today.replace(month=1, day=1)
        before = first.replace(year=first.year - 1)
        spans: dict[str | None, dict[str, date]] = {
            "week": {"local_date__gt": today - timedelta(days=7)},
            "month": {"local_date__gte": today.replace(day=1)},
            "year": {"local_date__gte": first},
            "last_year": {"local_date__gte": before, "local_date__lt": first},
            "earlier": {"local_date__lt": before},
        }
        return queryset.filter(**spans.get(self.value(), {}))


@admin.register(Activity)
class ActivityAdmin(DeskAdmin):
    allow_add = True
    allow_change = True
    form = ActivityForm
    verbs = VERBS
    bulk_verbs = ("approve", "reject", "is-duplicate", "is-distinct", "delete")
    list_display = (
        "day",
        "mentor",
        "contact",
        "type",
        "minutes",
        "reached",
        "status",
        "duplicate",
        "source",
        "local_association",
    )
    list_display_links = ("day",)
    export_columns = (
        "local_date",
        "occurred_at",
        "mentor",
        "contact",
        "type",
        "minutes",
        "reached",
        "is_group",
        "participant_count",
        "event",
        "status",
        "duplicate",
        "source",
        "local_association",
    )
    list_filter = ("duplicate", "status", "reached", "type", "source", PeriodFilter, ("local_association", AreaFilter))
    search_fields = (
        "mentor__user__first_name",
        "mentor__user__last_name",
        "mentor__member_number",
        "contact__first_name",
        "contact__last_name",
        "contact__number",
    )
    search_help_text = _("Names and numbers of mentors and contacts.")
    ordering = ("-occurred_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return rows.present().with_people().select_related("recorded_by")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["mentor", *_FACTS, "is_distinct"]})]
        fieldsets = [
            (_("What took place"), {"fields": ["mentor", *_FACTS, "status"]}),
            (_("How it came here"), {"fields": ["assignment", "duplicate", "source", "recorded_by", "recorded_at"]}),
        ]
        if self.has_change_permission(request, obj):
            fieldsets[0][1]["fields"] += ["is_distinct", "version"]
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("mentor", "assignment", "duplicate", "source", "recorded_by", "recorded_at") if obj is not None else ()

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest) -> Any:
        if db_field.name == "type":
            return ActivityType.objects.visible_to(by_of(request)).order_by("name")
        return super().get_field_queryset(db, db_field, request)

    @admin.display(description=_("date"), ordering="occurred_at")
    def day(self, row: Activity) -> str:
        return date_format(row.local_date, "SHORT_DATE_FORMAT")

    # --- Saving

    def lock_for_edit(self, obj: Any) -> None:
        """The verbs of activities lock the mentor first."""
        list(MentorProfile.objects.select_for_update(no_key=True).filter(pk=obj.mentor_id).values_list("pk"))

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> Any:
        facts = {name: form.cleaned_data[name] for name in _FACTS}
        for name in ("type", "contact"):
            found = facts.pop(name)
            facts[f"{name}_id"] = found.pk if found else None
        facts["on_duplicate"] = "distinct" if form.cleaned_data["is_distinct"] else "refuse"
        by, at = by_of(request), timezone.now()
        with on_fields():
            if change:
                return self._correct(form, facts, by, at)
            mentor = form.cleaned_data["mentor"]
            recorded = services.record_activity(
                mentor_id=mentor.pk, by=by, at=at, source=Source.COORDINATOR, status=ActivityStatus.APPROVED, **facts
            )
            return recorded.activity

    def _correct(self, form: Any, facts: dict[str, Any], by: User, at: datetime) -> Activity:
        changed = {name.removesuffix("_id") for name in form.changed_data}
        facts = {
            name: value
            for name, value in facts.items()
            if name.removesuffix("_id") in changed or name == "on_duplicate"
        }
        if "contact_id" in facts:  # another contact, another assignment: the verb finds it
            facts["assignment_id"] = None
        status = form.cleaned_data["status"]
        return services.correct_activity(activity=form.instance, status=status, by=by, at=at, **facts)

    # --- Two that look alike, side by side

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.compare_view)
        return [path("<uuid:pk>/compare/", view, name="mentoring_activity_compare"), *super().get_urls()]

    def _links_to_pages(self, request: HttpRequest, object_id: str | None) -> list[dict[str, str]]:
        links = super()._links_to_pages(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        if row is not None and row.duplicate == Duplicate.SUSPECTED:
            address = reverse("admin:mentoring_activity_compare", args=[row.pk])
            links.insert(0, {"title": gettext("Compare with what it looks like"), "url": address})
        return links

    def compare_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row = self.get_queryset(request).filter(pk=pk).first()
        if row is None or not self.may_enter(request, row):
            raise Http404
        if request.method == "POST":
            return self._resolve(request, row)
        twins = self.get_queryset(request).filter(
            mentor=row.mentor_id, local_date=row.local_date, type=row.type_id, contact=row.contact_id
        )
        twins = twins.exclude(duplicate=Duplicate.DUPLICATE).exclude(status=ActivityStatus.REJECTED).exclude(pk=pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Is it the same activity?"),
            "original": row,
            "columns": [row, *twins.order_by("recorded_at")[:5]],
            "suspected": row.duplicate == Duplicate.SUSPECTED,
        }
        return TemplateResponse(request, "admin/desk/compare.html", context)

    def _resolve(self, request: HttpRequest, row: Activity) -> HttpResponse:
        is_duplicate = request.POST.get("verdict") == "duplicate"
        try:
            with transaction.atomic():
                services.resolve_duplicate(
                    activity=row, is_duplicate=is_duplicate, by=by_of(request), at=timezone.now()
                )
            sentence = _("It is marked as a duplicate.") if is_duplicate else _("Both count from now on.")
            self.message_user(request, sentence, messages.SUCCESS)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        listing = reverse("admin:mentoring_activity_changelist")
        return HttpResponseRedirect(f"{listing}?duplicate__exact={Duplicate.SUSPECTED}")
