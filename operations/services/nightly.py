"""The nightly look at the invariants: a job like any other, so its result stands in the list of jobs."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.local_time import local_date
from operations import duties, rules
from operations.jobs import Progress
from operations.models import Job
from operations.services.jobs import queue_job

logger = logging.getLogger(__name__)


def queue_nightly_check(*, at: datetime) -> Job | None:
    """Queue tonight's check if it is time and there has been none; at any hour if last night's was missed."""
    last = Job.objects.filter(kind="check_invariants").order_by("-created_at").first()
    last_on = local_date(last.created_at, settings.TIME_ZONE) if last else None
    if not rules.is_check_due(at.astimezone(timezone.get_default_timezone()), last_on):
        return None
    return queue_job(kind="check_invariants", params={}, organization_id=None, by=None, at=at)


def check_invariants(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's handler: the broken ones with counts and ids, and how many were checked."""
    found = duties.check(at=timezone.now())
    broken = [one.as_dict() for one in found if not one.holds]
    for one in broken:
        logger.error("Invariant %s is broken by %s rows.", one["name"], one["count"])
    progress(len(found), len(found))
    return {"checked": len(found), "broken": broken}
