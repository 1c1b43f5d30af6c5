"""Ringing for a worker. The row says what is due; the message only shortens the wait for the next sweep."""

import logging

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)


def ring(task: str) -> None:
    """Ask for `task` (a name, no arguments) once the transaction has committed.

    What was saved is saved: a broker that does not answer costs the caller nothing but the wait for the sweep.
    """
    transaction.on_commit(lambda: _publish(task), robust=True)


def _publish(task: str) -> None:
    try:
        current_app.send_task(task, retry=False, expires=60)
    except Exception as error:
        logger.warning("Could not ring for %s (%s); the next sweep does it.", task, type(error).__name__)
