"""The query language of background jobs and heartbeats."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django_celery_beat.models import PeriodicTask

from accounts.base.querysets import TenantQuerySet
from operations.enums import UNFINISHED, JobState

if TYPE_CHECKING:
    from accounts.access import Access


class JobQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        """A coordinator sees the jobs they asked for themselves."""
        return Q(requested_by_id=access.user_id)

    def waiting(self, at: datetime) -> Self:
        """Queued ones, and running ones whose worker has not been heard of since its lease ran out."""
        return self.filter(Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lte=at))

    def unfinished(self) -> Self:
        """Those that are still to be done, running ones included."""
        return self.filter(state__in=UNFINISHED)


class HeartbeatQuerySet(QuerySet[Any]):
    def in_use(self) -> Self:
        """Tasks that staff have not paused."""
        return self.filter(Exists(PeriodicTask.objects.filter(task=OuterRef("task"), enabled=True)))

    def late(self, at: datetime) -> Self:
        """Tasks in use that were last done, or first expected, more than three intervals before `at`."""
        last = Greatest(Coalesce("finished_at", "expected_since"), "expected_since")
        return self.in_use().annotate(last=last).filter(last__lt=at - F("interval") * 3).order_by("task")
