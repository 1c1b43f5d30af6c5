"""Doing background jobs: claim, work, report, settle.

The claim is a short transaction that counts the attempt and takes a lease; the handler works outside of it; every
report extends the lease. A worker that dies leaves a lease that runs out, and the job is taken up again, three times at
most. The attempt's number is the worker's token: what it writes after it has lost the job matches no row.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from contextlib import closing, nullcontext
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections, transaction
from django.db.models import F

from accounts.base.refusals import Refusal
from operations import jobs
from operations.enums import JobState
from operations.models import Job

logger = logging.getLogger(__name__)

#: A worker that has reported nothing for this long is taken for dead.
LEASE = timedelta(minutes=5)
ATTEMPTS = 3
#: A report within this many seconds after the one before is left out: a row a second is enough for people.
SECONDS_BETWEEN_REPORTS = 1.0

# Two workers that count at the same time must not both find a free place. Any number will do, it is only ours.
_PLACES_LOCK = 0x7661726465


def run_waiting_jobs(*, clock: Callable[[], datetime], seconds: float = 60) -> int:
    """Do waiting jobs, one after the other and the oldest first; returns how many came to an end.

    No job is begun when `seconds` have passed. At most `settings.JOBS_AT_ONCE` run at a time, over all workers, so that
    long jobs never keep the sweeps from a worker. A failing job is recorded on its row and stops nobody.
    """
    give_up_dead_jobs(at=clock())
    done, began = 0, time.monotonic()
    while time.monotonic() - began < seconds and (job := claim_next(at=clock())):
        done += run_claimed(job, clock=clock)
    return done


def give_up_dead_jobs(*, at: datetime) -> int:
    """Fail the jobs whose workers have died as often as is allowed. Returns how many."""
    dead = Job.objects.filter(state=JobState.RUNNING, lease_until__lte=at, attempts__gte=ATTEMPTS)
    return sum(_settle(job, JobState.FAILED, at=at, error="worker_died") for job in dead)


def claim_next(*, at: datetime) -> Job | None:
    """Take the oldest waiting job, or None when there is none or enough are running."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PLACES_LOCK])
        if Job.objects.filter(state=JobState.RUNNING, lease_until__gt=at).count() >= settings.JOBS_AT_ONCE:
            return None
        job = (
            Job.objects.waiting(at)
            .filter(attempts__lt=ATTEMPTS)
            .order_by("created_at", "id")
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .first()
        )
        if job is None:
            return None
        job.state, job.attempts, job.lease_until = JobState.RUNNING, job.attempts + 1, at + LEASE
        job.started_at = job.started_at or at
        job.save(update_fields=["state", "attempts", "lease_until", "started_at", "updated_at"])
        return job


def run_claimed(job: Job, *, clock: Callable[[], datetime]) -> bool:
    """Let the job's handler work and settle the row; False when the job was lost or is to be tried again."""
    state, result, error = JobState.DONE, {}, ""
    known = jobs.kind(job.kind)
    if known is None:  # queued by a newer version: an expired claim leaves it to a worker that knows it
        return False
    try:
        result = known.handler(job, Reporter(job, clock)) or {}
    except jobs.Cancelled:
        state = JobState.CANCELLED
    except jobs.Lost:
        logger.warning("Job %s was taken by another worker.", job.pk)
        return False
    except Refusal as refusal:
        state, error = JobState.FAILED, str(refusal.sentence)
    except SoftTimeLimitExceeded:
        state, error = JobState.FAILED, "took_too_long"
    except (OperationalError, InterfaceError) as failure:
        _log(job, failure)  # the database's trouble, not the job's: the lease brings it back
        return False
    except Exception as failure:
        _log(job, failure)
        state, error = JobState.FAILED, type(failure).__name__
    return _settle(job, state, at=clock(), result=result, error=error)


class Reporter:
    """`progress(done, total)` for a handler.

    It writes through a connection of its own, so that people see the numbers and the lease holds while the handler's
    transaction is still open. A job that was itself claimed inside a transaction is not visible to anybody else; then
    the same connection must do.
    """

    def __init__(self, job: Job, clock: Callable[[], datetime]) -> None:
        self.job = job
        self.clock = clock
        self.inside = connection.in_atomic_block
        self.reported = float("-inf")

    def __call__(self, done: int, total: int | None = None) -> None:
        """Store the counts, extend the lease. Raises Cancelled or Lost."""
        if time.monotonic() - self.reported < SECONDS_BETWEEN_REPORTS and done != total:
            return
        self.reported = time.monotonic()
        with self._connection() as own, own.cursor() as cursor:
            cursor.execute(
                """
                UPDATE operations_job
                SET done_count = %s, total_count = coalesce(%s, total_count), lease_until = %s, updated_at = now()
                WHERE id = %s AND state = 'running' AND attempts = %s
                RETURNING cancel_requested_at
                """,
                [done, total, self.clock() + LEASE, self.job.pk, self.job.attempts],
            )
            row = cursor.fetchone()
        if row is None:
            raise jobs.Lost
        if row[0] is not None:
            raise jobs.Cancelled

    def _connection(self) -> Any:
        if self.inside:
            return nullcontext(connection)
        return closing(connections.create_connection(DEFAULT_DB_ALIAS))


def _settle(job: Job, state: str, *, at: datetime, result: dict[str, Any] | None = None, error: str = "") -> bool:
    """Write how it ended, if the job is still ours."""
    counts = {"done_count": F("total_count")} if state == JobState.DONE else {}
    ours = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts).update(
        state=state,
        result=result or {},
        error=error[:200],
        lease_until=None,
        finished_at=at,
        updated_at=at,
        **counts,
    )
    return bool(ours)


def _log(job: Job, failure: BaseException) -> None:
    # Where it failed and the error's name; its text may hold values of rows.
    where = "".join(traceback.format_tb(failure.__traceback__))
    logger.error("Job %s (%s) failed: %s\n%s", job.pk, job.kind, type(failure).__name__, where)
