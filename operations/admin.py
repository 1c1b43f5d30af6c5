"""Background jobs and heartbeats on the coordinators' desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_celery_beat.admin import PeriodicTaskAdmin, PeriodicTaskForm
from django_celery_beat.models import PeriodicTask

from accounts.base.admin import RowPage, TenantAdmin
from operations import jobs, services
from operations.models import Heartbeat, Job


class JobAdmin(TenantAdmin):
    """What is being worked on: how far it is, what came out, and who asked. A page about running work renews itself."""

    list_display = ["title", "state", "progress", "requested_by", "created_at", "finished_at", "error"]
    list_filter = ["state"]
    list_select_related = ["requested_by", "organization"]
    fields = [
        "title",
        "organization",
        "requested_by",
        "state",
        "progress",
        "created_at",
        "started_at",
        "finished_at",
        "attempts",
        "outcome",
        "error",
    ]
    readonly_fields = fields
    change_form_template = "operations/job_change_form.html"
    change_list_template = "operations/job_change_list.html"
    row_pages = [
        RowPage(
            name="cancel",
            title=gettext_lazy("Stop this job"),
            form=forms.Form,
            act="cancel",
            help_text=gettext_lazy("What has been done so far stays."),
            offered=lambda job: not job.is_finished and job.cancel_requested_at is None,
        )
    ]

    def cancel(self, request: HttpRequest, row: Job, data: dict[str, Any]) -> str:
        job = services.cancel_job(job=row, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return _("The job has been stopped.") if job.is_finished else _("The job stops as soon as it can.")

    @admin.display(description=gettext_lazy("job"))
    def title(self, job: Job) -> str:
        known = jobs.kind(job.kind)
        return str(known.title) if known else job.kind

    @admin.display(description=gettext_lazy("progress"))
    def progress(self, job: Job) -> str:
        if not job.total_count:
            return str(job.done_count or "–")
        label = _("%(done)s of %(total)s") % {"done": job.done_count, "total": job.total_count}
        return format_html(
            '<progress value="{}" max="{}" aria-label="{}"></progress> {}',
            job.done_count,
            job.total_count,
            label,
            label,
        )

    @admin.display(description=gettext_lazy("result"))
    def outcome(self, job: Job) -> str:
        rows = [(name, value) for name, value in job.result.items() if not isinstance(value, (dict, list))]
        lists = [(name, len(value)) for name, value in job.result.items() if isinstance(value, (dict, list))]
        return format_html_join("\n", "<div>{}: {}</div>", [*rows, *lists]) or "–"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        job = self.get_object(request, object_id)
        refresh = job is not None and not job.is_finished and request.method == "GET"
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "refresh": refresh})

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        refresh = self.get_queryset(request).unfinished().exists()  # type: ignore[attr-defined]
        return super().changelist_view(request, {**(extra_context or {}), "refresh": refresh})


class HeartbeatAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """When each periodic task was last done. For platform staff, who alone have Django's permissions."""

    list_display = ["task", "interval", "started_at", "finished_at", "in_time", "failure"]

    @admin.display(description=gettext_lazy("in time"), boolean=True)
    def in_time(self, beat: Heartbeat) -> bool:
        return not beat.late

    def get_queryset(self, request: HttpRequest) -> Any:
        late = Heartbeat.objects.late(timezone.now()).order_by().values("pk")
        return super().get_queryset(request).annotate(late=Q(pk__in=late))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EntryForm(PeriodicTaskForm):
    """The package's form, which breaks on a task whose name is too long and on arguments that are nested too deeply."""

    def clean(self) -> Any:
        if "task" in self.errors:
            self.cleaned_data["task"] = self.data.get("task")
        return super().clean()

    def _clean_json(self, field: str) -> Any:
        try:
            return super()._clean_json(field)
        except RecursionError as error:
            raise forms.ValidationError(_("This is not JSON as we understand it.")) from error


class EntryAdmin(PeriodicTaskAdmin):
    """The schedule: platform staff see it here and pause what they like. Its entries come from the code."""

    form = EntryForm


admin.site.unregister(PeriodicTask)
admin.site.register(PeriodicTask, EntryAdmin)
admin.site.register(Job, JobAdmin)
admin.site.register(Heartbeat, HeartbeatAdmin)
