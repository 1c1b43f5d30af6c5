"""Importing a roster on the desk: upload, preview, confirm, watch, fetch the refused rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.base.admin import TenantAdmin
from accounts.base.refusals import Refusal
from accounts.models import Organization, User
from mentoring.models import RosterUpload
from mentoring.roster import UnreadableFile, read_table, refused_as_csv
from mentoring.roster.permission import ImportNotAllowed, importable, may_import
from mentoring.roster.uploads import (
    MOST_BYTES,
    MOST_FILES,
    discard_upload,
    refused_of,
    start_import,
    store_upload,
)
from operations.enums import JobState

#: So many refused rows are shown on the page; the file to download has them all.
SHOWN = 50


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """A field that takes several files at once."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if isinstance(data, (list, tuple)) else [data]
        return [super(SeveralFilesField, self).clean(file, initial) for file in files or [None]]


class UploadForm(forms.Form):
    """The files of a roster, and whose they are."""

    required_css_class = "required"

    organization = forms.ModelChoiceField(queryset=Organization.objects.none(), label=gettext_lazy("Organisation"))
    files = SeveralFilesField(
        label=gettext_lazy("Files"),
        help_text=gettext_lazy(
            "CSV files with local associations, mentors, contacts and activities, as your member system exports them. "
            "You can choose several at once. Nothing is written before you have seen what would be done."
        ),
    )

    def __init__(self, *args: Any, organizations: list[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organization"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Organization.objects.filter(pk__in=[each.pk for each in organizations]).order_by("name")
        if len(organizations) == 1:
            field.initial, field.widget = organizations[0], forms.HiddenInput()
        self.fields["files"].widget.attrs["accept"] = ".csv,.txt,.tsv"

    def clean_files(self) -> list[tuple[str, bytes]]:
        """Names and contents. Every file that cannot be used is named with its reason."""
        files: list[UploadedFile] = self.cleaned_data["files"]
        sizes = [file.size or 0 for file in files]
        if len(files) > MOST_FILES or sum(sizes) > 2 * MOST_BYTES:
            raise forms.ValidationError(_("Upload at most ten files, of 20 MB together."), code="too_much")
        if len({file.name for file in files}) != len(files):
            raise forms.ValidationError(_("Two of the files have the same name."), code="same_name")
        contents, problems = [], []
        for file, size in zip(files, sizes, strict=True):
            name = str(file.name)[-200:]
            try:
                if size > MOST_BYTES:
                    raise UnreadableFile("too_big", _("The file is larger than 10 MB."))
                content = file.read()
                read_table(name, content)
                contents.append((name, content))
            except UnreadableFile as problem:
                problems.append(forms.ValidationError(f"{name}: {problem.message}", code=problem.code))
        if problems:
            raise forms.ValidationError(problems)
        return contents


@admin.register(RosterUpload)
class RosterUploadAdmin(TenantAdmin):
    """Uploads, the newest first. One's own page leads from the preview to the result."""

    list_display = ["created_at", "organization", "uploaded_by", "state"]
    list_select_related = ["organization", "uploaded_by", "job"]
    ordering = ["-created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_enter(request) and bool(importable(_user(request)))

    @admin.display(description=gettext_lazy("state"))
    def state(self, upload: RosterUpload) -> str:
        return upload.job.get_state_display() if upload.job else _("Not started")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<uuid:pk>/refused.csv", wrap(self.refused_view), name="mentoring_rosterupload_refused"),
            path("<uuid:pk>/start/", wrap(self.start_view), name="mentoring_rosterupload_start"),
            path("<uuid:pk>/discard/", wrap(self.discard_view), name="mentoring_rosterupload_discard"),
        ]
        return [*own, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Upload. Then the preview."""
        if not self.may_enter(request):
            raise PermissionDenied
        organizations = importable(_user(request))
        if not organizations:
            return self._page(request, "upload.html", _("Import a roster"), status=403, refusal=ImportNotAllowed())
        posted = request.method == "POST"
        form = UploadForm(
            request.POST if posted else None, request.FILES if posted else None, organizations=organizations
        )
        if posted and form.is_valid():
            try:
                upload = store_upload(
                    organization=form.cleaned_data["organization"],
                    files=form.cleaned_data["files"],
                    by=_user(request),
                    at=timezone.now(),
                )
                return HttpResponseRedirect(self._address(upload.pk))
            except Refusal as refusal:
                form.add_error(None, str(refusal))
        return self._page(request, "upload.html", _("Import a roster"), form=form)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Preview, progress or result, as far as the upload has come."""
        upload = self._upload(request, object_id)
        job = upload.job
        refused = refused_of(upload)
        done = job is not None and job.state == JobState.DONE
        stopped = job is not None and job.state in (JobState.FAILED, JobState.CANCELLED)
        return self._page(
            request,
            "result.html" if job else "preview.html",
            _("What the import did") if done else _("The import") if job else _("What the import would do"),
            upload=upload,
            job=job,
            done=done,
            stopped=stopped,
            running=job is not None and not done and not stopped,
            report=upload.report,
            figures=upload.report.get("figures", []),
            refused=refused[:SHOWN],
            hidden_count=max(0, upload.report.get("refused_count", 0) - SHOWN),
        )

    def start_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """The confirmation: start the import."""
        upload = self._upload(request, pk)
        if request.method == "POST":
            try:
                invite = "invite" in request.POST
                start_import(upload=upload, invite=invite, by=_user(request), at=timezone.now())
            except Refusal as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
        return HttpResponseRedirect(self._address(upload.pk))

    def discard_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Throw an upload away."""
        upload = self._upload(request, pk)
        if request.method != "POST":
            return HttpResponseRedirect(self._address(upload.pk))
        try:
            discard_upload(upload=upload)
            self.message_user(request, _("The files have been thrown away."), messages.SUCCESS)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(self._address(upload.pk))
        return HttpResponseRedirect(reverse("admin:mentoring_rosterupload_changelist"))

    def refused_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """The refused rows as CSV."""
        upload = self._upload(request, pk)
        response = HttpResponse(refused_as_csv(refused_of(upload)), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="refused.csv"'
        return response

    def _upload(self, request: HttpRequest, pk: Any) -> RosterUpload:
        """The upload, if the person may see it and may still import."""
        upload = self.get_object(request, str(pk))
        if upload is None or not self.may_enter(request, upload):
            raise Http404
        if not may_import(_user(request), upload.organization):
            raise PermissionDenied
        return upload  # type: ignore[no-any-return]

    def _page(
        self, request: HttpRequest, template: str, title: str, status: int = 200, **context: Any
    ) -> TemplateResponse:
        everything = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **context}
        return TemplateResponse(request, f"mentoring/roster/{template}", everything, status=status)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
