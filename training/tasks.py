"""Tasks of training."""

from celery import shared_task
from django.utils import timezone

from training import services


@shared_task
def remove_lost_files() -> None:
    """Delete the files that no row names: what a power cut has left between a file and its row."""
    services.remove_lost_files(at=timezone.now())
