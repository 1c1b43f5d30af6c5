"""What beat rings for. Each asks the clock and calls one verb."""

from celery import shared_task
from django.utils import timezone

from operations import services


@shared_task(name="operations.tasks.run_jobs")
def run_jobs() -> None:
    services.run_waiting_jobs(clock=timezone.now)


@shared_task(name="operations.tasks.check_invariants")
def check_invariants() -> None:
    services.queue_nightly_check(at=timezone.now())
