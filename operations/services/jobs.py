"""Asking for a background job, and taking the wish back."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.models import User
from operations import jobs
from operations.doorbell import ring
from operations.enums import JobState
from operations.models import Job


class UnknownKind(Refusal):
    code = "unknown_job"
    sentence = _("Varde does not know this kind of job.")


class JobIsFinished(Refusal):
    code = "job_finished"
    sentence = _("This job is already finished.")
    status = 409


def queue_job(
    *, kind: str, params: dict[str, Any], organization_id: UUID | None, by: User | None, at: datetime, key: str = ""
) -> Job:
    """Ask for a job; a worker takes it up after the commit.

    Single flight: as long as an identical job (same kind and organisation, and same `key`, or same `params` without
    one) is unfinished, that one is returned, whoever asked for it. `params` hold ids and numbers, no personal data.
    Raises UnknownKind.
    """
    if jobs.kind(kind) is None:
        raise UnknownKind()
    wanted = Job(
        kind=kind,
        key=_key(organization_id, key or _digest(params)),
        params=params,
        organization_id=organization_id,
        requested_by=by,
        created_at=at,
    )
    ring("operations.tasks.run_jobs")
    # Between our insert that did nothing and our look the other one may finish: then ours is the first again.
    while True:
        Job.objects.bulk_create([wanted], ignore_conflicts=True)
        if found := Job.objects.unfinished().filter(kind=kind, key=wanted.key).first():
            return found


def cancel_job(*, job: Job, by: User, at: datetime) -> Job:
    """Stop a job: at once while it waits, at its next report of progress while it runs.

    Asking twice changes nothing. Raises JobIsFinished. The caller has found `job` through `visible_to(by)`.
    """
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job.pk)
        if job.state == JobState.CANCELLED or job.cancel_requested_at:
            return job
        if job.is_finished:
            raise JobIsFinished()
        job.cancel_requested_at = at
        if job.state == JobState.QUEUED:
            job.state, job.finished_at = JobState.CANCELLED, at
        job.save(update_fields=["cancel_requested_at", "state", "finished_at", "updated_at"])
    return job


def _key(organization_id: UUID | None, text: str) -> str:
    return f"{organization_id or 'all'}:{text if len(text) <= 64 else _digest(text)}"


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
