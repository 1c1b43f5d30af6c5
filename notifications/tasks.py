"""The clockwork of notifications."""

from celery import shared_task

from notifications.dispatch import database_clock, dispatch


@shared_task
def dispatch_notifications() -> None:
    """Deliver what is due. Every minute, and whenever somebody rings."""
    dispatch(clock=database_clock())
