"""How Varde runs: background jobs that people asked for, and the heartbeat of the clockwork."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.base.models import Row
from accounts.models import Organization, User
from operations.enums import UNFINISHED, JobState
from operations.querysets import HeartbeatQuerySet, JobQuerySet


class Job(Row):
    """A long action that a person started: who, what, how far it is, and what came out.

    The row is the queue: a worker claims it, keeps the lease while it reports progress, and a job whose worker died is
    taken up again. `attempts` is also the worker's token: whoever holds an older number has lost the job. `params` and
    `result` hold ids, numbers and sentences for the requester, no personal data.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(_("key"), max_length=120, blank=True, editable=False)
    params = models.JSONField(_("parameters"), default=dict)
    requested_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("requested by")
    )
    state = models.CharField(_("state"), max_length=10, choices=JobState, default=JobState.QUEUED)
    done_count = models.PositiveIntegerField(_("done"), default=0)
    total_count = models.PositiveIntegerField(_("of"), default=0)
    result = models.JSONField(_("result"), default=dict)
    error = models.CharField(_("error"), max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    cancel_requested_at = models.DateTimeField(_("cancellation asked for at"), null=True)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("background job")
        verbose_name_plural = _("background jobs")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=UNFINISHED),
                name="job_waiting",
            )
        ]
        constraints = [
            # Single flight: asked for twice, it is the same job as long as it is not finished.
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=Q(state__in=UNFINISHED) & ~Q(key=""),
                name="job_one_at_a_time",
            ),
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(
                condition=Q(state=JobState.RUNNING, lease_until__isnull=False)
                | ~Q(state=JobState.RUNNING) & Q(lease_until=None),
                name="job_running_has_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.get_state_display()})"

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED


class Heartbeat(models.Model):
    """When a periodic task last began and ended. The admin's first page says when one is late."""

    task = models.CharField(_("task"), max_length=100, primary_key=True)
    interval = models.DurationField(_("interval"))
    expected_since = models.DateTimeField(_("expected since"), db_default=Now())
    started_at = models.DateTimeField(_("last started"), null=True)
    finished_at = models.DateTimeField(_("last finished"), null=True)
    failure = models.CharField(_("last failure"), max_length=100, blank=True)

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.task
