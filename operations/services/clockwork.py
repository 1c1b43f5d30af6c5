"""The clockwork: its schedule, the heartbeat of each periodic task, and whether one is late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from operations import duties
from operations.enums import JobState
from operations.models import Heartbeat, Job


@dataclass(frozen=True)
class LateTask:
    """A periodic task that should have been done by now."""

    task: str
    finished_at: datetime | None
    interval: timedelta


@dataclass(frozen=True)
class BrokenInvariants:
    """What the latest nightly check found broken: the job, and the checks' names with their counts."""

    job: Job
    counts: dict[str, int]


@dataclass(frozen=True)
class ClockworkState:
    """Whether Varde runs as it should: late tasks, the age of the oldest due duty, and what the last check found."""

    late: list[LateTask]
    oldest_due: timedelta | None
    broken: BrokenInvariants | None

    @property
    def is_well(self) -> bool:
        return not self.late and self.broken is None


def clockwork_state(*, at: datetime) -> ClockworkState:
    """Read the state for the admin's first page (a handful of indexed queries)."""
    due = duties.oldest_due(at=at)
    return ClockworkState(
        late=[LateTask(beat.task, beat.finished_at, beat.interval) for beat in Heartbeat.objects.late(at)],
        oldest_due=None if due is None else max(at - due, timedelta()),
        broken=_broken(),
    )


def _broken() -> BrokenInvariants | None:
    last = Job.objects.filter(kind="check_invariants", state=JobState.DONE).order_by("-created_at").first()
    counts = {one["name"]: one["count"] for one in last.result.get("broken", [])} if last else {}
    return BrokenInvariants(last, counts) if last and counts else None


def sync_schedule(entries: Mapping[str, Mapping[str, Any]]) -> None:
    """Bring the rows that beat reads, and the heartbeats, into line with the schedule in the code.

    `entries` has Celery's shape: name -> task, schedule (seconds), options. A task that staff have paused stays
    paused; rows that staff made themselves are left alone; those of tasks no longer in the schedule go.
    """
    with transaction.atomic():
        known = list(Heartbeat.objects.values_list("task", flat=True))
        PeriodicTask.objects.filter(task__in=known).exclude(name__in=entries).delete()
        Heartbeat.objects.exclude(task__in=[entry["task"] for entry in entries.values()]).delete()
        for name, entry in entries.items():
            _sync_entry(name, entry)


def _sync_entry(name: str, entry: Mapping[str, Any]) -> None:
    seconds = int(entry["schedule"])
    interval, _ = IntervalSchedule.objects.get_or_create(every=seconds, period=IntervalSchedule.SECONDS)
    wanted = {
        "task": entry["task"],
        "interval": interval,
        "crontab": None,
        "expire_seconds": entry.get("options", {}).get("expire_seconds"),
    }
    row = PeriodicTask.objects.filter(name=name).first() or PeriodicTask(name=name)
    # Saving tells beat to read everything again, so only what differs is saved.
    if row.pk is None or any(getattr(row, field) != value for field, value in wanted.items()):
        for field, value in wanted.items():
            setattr(row, field, value)
        row.save()
    Heartbeat.objects.update_or_create(task=entry["task"], defaults={"interval": timedelta(seconds=seconds)})


def note_start(*, task: str, at: datetime) -> None:
    """A periodic task has begun. A task that is not in the schedule has no row, and nothing is written."""
    Heartbeat.objects.filter(task=task).update(started_at=at)


def note_end(*, task: str, at: datetime, failure: str = "") -> None:
    """A periodic task has ended; `failure` is the error's name. One that failed has not been done."""
    if failure:
        Heartbeat.objects.filter(task=task).update(failure=failure[:100])
    else:
        Heartbeat.objects.filter(task=task).update(finished_at=at, failure="")


def beats(*, at: datetime) -> bool:
    """Whether any periodic task in use was begun lately: beat, broker and a worker are alive."""
    with connection.cursor() as cursor:
        cursor.execute(BEATS, {"at": at})
        return bool(cursor.fetchone()[0])


#: True when nothing is in use, or the latest beginning lies less than three minutes (or three intervals) back.
BEATS = """
SELECT coalesce(
    max(greatest(beat.started_at, beat.expected_since))
        > %(at)s - greatest(3 * min(beat.interval), interval '3 minutes'),
    true)
FROM operations_heartbeat beat
WHERE EXISTS (SELECT FROM django_celery_beat_periodictask entry WHERE entry.task = beat.task AND entry.enabled)
"""
