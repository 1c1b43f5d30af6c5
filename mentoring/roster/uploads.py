"""Rosters that staff upload: kept, previewed, and imported by a background job."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.models import Organization, User
from mentoring.models import RosterFile, RosterUpload
from mentoring.roster.kinds import Table, kinds, read_table
from mentoring.roster.permission import require_may_import
from mentoring.roster.report import RefusedRow, Report
from mentoring.roster.run import run_import
from operations import jobs
from operations.enums import JobState
from operations.models import Job
from operations.services import queue_job

JOB_KIND = "import_roster"
#: One file may be this large, all files of an upload together twice as much.
MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 10
#: What nobody confirmed in this time is thrown away: it holds names and addresses.
UNCONFIRMED_LIVES = timedelta(days=1)
#: So many refused rows are kept with the upload.
MOST_KEPT = 5_000


class NothingToImport(Refusal):
    code = "nothing_to_import"
    sentence = _("The files of this import have been thrown away. Upload them again.")
    status = 409


class ImportStarted(Refusal):
    code = "import_started"
    sentence = _("This import has been started already.")
    status = 409


@transaction.atomic
def store_upload(
    *, organization: Organization, files: Iterable[tuple[str, bytes]], by: User, at: datetime
) -> RosterUpload:
    """Keep uploaded files with what importing them would do. Raises `ImportNotAllowed` and `UnreadableFile`."""
    require_may_import(by, organization)
    files = list(files)
    tables = [read_table(name, content) for name, content in files]
    RosterUpload.objects.filter(organization=organization, job=None, created_at__lt=at - UNCONFIRMED_LIVES).delete()
    upload: RosterUpload = RosterUpload.objects.create(organization=organization, uploaded_by=by)
    RosterFile.objects.bulk_create(RosterFile(upload=upload, name=name, content=content) for name, content in files)
    upload.report = kept(run_import(tables, organization=organization, by=by, at=at, dry_run=True))
    upload.save(update_fields=["report", "updated_at"])
    return upload


@transaction.atomic
def start_import(*, upload: RosterUpload, invite: bool, by: User, at: datetime) -> Job:
    """Queue the import of an upload. One that failed may be started again: what it had done stays and is skipped."""
    stored: RosterUpload = (
        RosterUpload.objects.select_related("organization", "job").select_for_update(of=("self",)).get(pk=upload.pk)
    )
    require_may_import(by, stored.organization)
    if stored.job and stored.job.state not in (JobState.FAILED, JobState.CANCELLED):
        raise ImportStarted
    if not stored.files.exists():
        raise NothingToImport
    stored.job = queue_job(
        kind=JOB_KIND,
        params={"upload": str(stored.pk), "invite": invite},
        organization_id=stored.organization_id,
        by=by,
        at=at,
    )
    stored.save(update_fields=["job", "updated_at"])
    return stored.job


@transaction.atomic
def discard_upload(*, upload: RosterUpload) -> None:
    """Throw away an upload that has not been imported."""
    stored: RosterUpload = RosterUpload.objects.select_for_update().get(pk=upload.pk)
    if stored.job_id:
        raise ImportStarted
    stored.delete()


def import_upload(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """The background job: import, keep the report, and throw the files away."""
    upload = RosterUpload.objects.select_related("organization").filter(pk=job.params["upload"]).first()
    by = User.objects.get(pk=job.requested_by_id)
    if upload is None or not upload.files.exists():
        raise NothingToImport
    require_may_import(by, upload.organization)
    with translation.override(by.language):
        report = run_import(
            read_upload(upload),
            organization=upload.organization,
            by=by,
            at=timezone.now(),
            invite=job.params.get("invite", False),
            progress=progress,
        )
        upload.report = kept(report)
    with transaction.atomic():
        upload.save(update_fields=["report", "updated_at"])
        upload.files.all().delete()
    return {key: tally.created for key, tally in report.tallies.items()} | {"refused": report.refused_count}


def read_upload(upload: RosterUpload) -> list[Table]:
    """The recognised files of an upload, in the order of their names."""
    return [read_table(file.name, bytes(file.content)) for file in upload.files.order_by("name")]


def kept(report: Report) -> dict[str, Any]:
    """A report as it is kept with an upload: the figures, and the first refused rows."""
    titles = {kind.key: str(kind.title) for kind in kinds()}
    figures = [
        {
            "kind": titles[key],
            "created": tally.created,
            "updated": tally.updated,
            "unchanged": tally.unchanged,
            "suspected": tally.suspected_duplicates,
            "skipped": tally.skipped,
            "refused": tally.refused_count,
        }
        for key, tally in report.tallies.items()
    ]
    refused = [[row.file, row.line, row.column, row.code, row.message] for row in report.refused[:MOST_KEPT]]
    return {
        "figures": figures,
        "refused": refused,
        "refused_count": report.refused_count,
        "unchanged": report.is_unchanged,
        "notes": report.notes,
    }


def refused_of(upload: RosterUpload) -> list[RefusedRow]:
    """The refused rows that were kept."""
    return [RefusedRow(*row) for row in upload.report.get("refused", [])]
