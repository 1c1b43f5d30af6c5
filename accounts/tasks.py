"""The clockwork of the accounts app: read the clock, call a verb."""

from celery import shared_task
from django.utils import timezone

from accounts import services


@shared_task
def end_leaves() -> None:
    """Mentors whose leave is over on their organisation's local day become active again."""
    services.end_leaves(at=timezone.now())
