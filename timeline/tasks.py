"""The clockwork of the answer desk."""

from celery import shared_task
from django.utils import timezone

from timeline import services


@shared_task
def tell_late_answers() -> None:
    """Tell, in every organisation whose working morning has come, what waits too long for an answer."""
    services.tell_due_organizations(at=timezone.now())
