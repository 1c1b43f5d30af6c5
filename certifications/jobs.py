"""What staff ask for about thousands of certificates at once: done in the background, in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import MentorProfile, Organization, User
from certifications.issuing import BY_TYPE, ByType, Draft, Outcome
from certifications.models import Certificate
from certifications.services import extend_certificates, issue_certificates
from operations import jobs
from operations.models import Job
from operations.services import queue_job

EXTEND = "extend_certificates"
ISSUE = "issue_certificates"
#: So many rows are one transaction: what has been done stays when the job is stopped, and is skipped when it goes on.
PART = 200


def queue_extension(
    *, organization_id: UUID, certificates: Sequence[UUID], until: date, reason: str, by: User, at: datetime
) -> Job:
    """Ask for an extension of many certificates of one organisation."""
    params = {"certificates": [str(key) for key in certificates], "until": until.isoformat(), "reason": reason}
    return queue_job(kind=EXTEND, params=params, organization_id=organization_id, by=by, at=at)


def queue_issuing(
    *,
    organization_id: UUID,
    mentors: Sequence[UUID],
    type_id: UUID,
    issued_on: date,
    expires_on: date | None,
    by: User,
    at: datetime,
) -> Job:
    """Ask for a certificate of one type for each of many mentors of one organisation."""
    params = {
        "mentors": [str(key) for key in mentors],
        "type": str(type_id),
        "issued_on": issued_on.isoformat(),
        "expires_on": expires_on.isoformat() if expires_on else None,
    }
    return queue_job(kind=ISSUE, params=params, organization_id=organization_id, by=by, at=at)


def extend_in_background(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """The job: extend part after part. Started again it finds the first parts extended and leaves them."""
    organization, by = _asked(job)
    until, keys = date.fromisoformat(job.params["until"]), job.params["certificates"]
    done = 0
    for part in _parts(keys, progress):
        done += extend_certificates(
            organization=organization,
            certificates=_still_seen(Certificate, part, by),
            until=until,
            by=by,
            at=timezone.now(),
            reason=job.params["reason"],
        )
    return {"extended": done, "left_alone": len(keys) - done}


def issue_in_background(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """The job: issue part after part. Started again it finds the first parts issued and adds nothing."""
    organization, by = _asked(job)
    told = job.params["expires_on"]
    expires_on: date | ByType = date.fromisoformat(told) if told else BY_TYPE
    type_id, issued_on = UUID(job.params["type"]), date.fromisoformat(job.params["issued_on"])
    found: dict[str, int] = dict.fromkeys(Outcome, 0)
    for part in _parts(job.params["mentors"], progress):
        seen = _still_seen(MentorProfile, part, by)
        drafts = [Draft(key, type_id, issued_on, expires_on) for key in seen]
        for result in issue_certificates(organization=organization, drafts=drafts, by=by, at=timezone.now()):
            found[result.outcome] += 1
    return found


def _asked(job: Job) -> tuple[Organization, User]:
    return Organization.objects.get(pk=job.organization_id), User.objects.get(pk=job.requested_by_id)  # type: ignore[misc]


def _still_seen(model: Any, keys: list[UUID], by: User) -> list[UUID]:
    """Which rows the person may still touch: whose role was taken away meanwhile does nothing more."""
    return list(model.objects.visible_to(by).filter(pk__in=keys).values_list("pk", flat=True))


def _parts(keys: Sequence[str], progress: jobs.Progress) -> Iterator[list[UUID]]:
    """The keys in parts, with a report before each and one at the end."""
    for start in range(0, len(keys), PART):
        progress(start, len(keys))
        yield [UUID(key) for key in keys[start : start + PART]]
    progress(len(keys), len(keys))
