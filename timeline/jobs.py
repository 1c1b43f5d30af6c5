"""What is done for a whole organisation in the background."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import User
from operations import jobs
from operations.models import Job
from operations.services import queue_job
from timeline.backfill import ADDED, CHANGED, REDACTED, Counts, backfill
from timeline.capture.sources import SOURCES, Source

#: The kind of job that makes the timeline of an organisation what the rows say.
BACKFILL = "backfill_timeline"


def queue_backfill(*, organization_id: UUID, by: User | None, at: datetime) -> Job:
    """Ask for the timeline of an organisation to be put right, in the background."""
    return queue_job(kind=BACKFILL, params={}, organization_id=organization_id, by=by, at=at)


def backfill_in_background(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """The job: source after source. Taken up again it goes on where it was."""

    def report(source: Source, done: int, total: int) -> None:
        """In parts of a hundred for each source, because their sizes are not known beforehand."""
        progress(100 * SOURCES.index(source) + (100 * min(done, total) // total if total else 100), 100 * len(SOURCES))

    return by_what(backfill(organization=job.organization, progress=report))


def by_what(counts: Counts) -> dict[str, int]:
    """How many lines were added, changed and redacted."""
    return {
        what: sum(number for change, number in counts.items() if change.what == what)
        for what in (ADDED, CHANGED, REDACTED)
    }
