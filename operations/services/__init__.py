"""The verbs of operations: background jobs, the schedule and the state of the clockwork."""

from operations.services.clockwork import (
    BrokenInvariants,
    ClockworkState,
    LateTask,
    clockwork_state,
    note_end,
    note_start,
    sync_schedule,
)
from operations.services.jobs import JobIsFinished, UnknownKind, cancel_job, queue_job
from operations.services.nightly import queue_nightly_check
from operations.services.running import run_waiting_jobs

__all__ = [
    "BrokenInvariants",
    "ClockworkState",
    "JobIsFinished",
    "LateTask",
    "UnknownKind",
    "cancel_job",
    "clockwork_state",
    "note_end",
    "note_start",
    "queue_job",
    "queue_nightly_check",
    "run_waiting_jobs",
    "sync_schedule",
]
