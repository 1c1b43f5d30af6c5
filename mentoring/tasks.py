"""Mentoring's clockwork."""

from celery import shared_task
from django.utils import timezone

from mentoring import services


@shared_task
def evaluate_follow_ups() -> None:
    """Evaluate every organisation whose local morning has come."""
    services.evaluate_due_organizations(at=timezone.now())
