"""The clockwork of certificates."""

from celery import shared_task
from django.utils import timezone

from certifications import services


@shared_task
def process_due_reminders() -> None:
    """Decide about every reminder that is due, and act on lapses."""
    services.process_due(at=timezone.now())


@shared_task
def sweep_expiries() -> None:
    """Catch, in every organisation whose local hour has come, the lapses that no reminder has caught."""
    services.sweep_due_organizations(at=timezone.now())


@shared_task
def archive_reminders() -> None:
    """Move reminders that have been final for more than a year to the archive."""
    services.archive_reminders(at=timezone.now())
