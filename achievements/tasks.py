"""The clockwork of achievements."""

from celery import shared_task
from django.utils import timezone

from achievements import services


@shared_task
def generate_summaries() -> None:
    """Make the annual summaries that are to be made, part after part, until there is none left."""
    while services.generate_pending(at=timezone.now()):
        pass


@shared_task
def turn_year() -> None:
    """From 2 January on, ask for the year that has ended; at any other time there is nothing to ask for."""
    services.turn_year(at=timezone.now())


@shared_task
def evaluate_badges() -> None:
    """Hold all rules against all mentors of every organisation whose night has not been evaluated yet."""
    services.evaluate_due_organizations(at=timezone.now())
