"""Ringing for the dispatcher."""

from operations.doorbell import ring

DISPATCH_TASK = "notifications.tasks.dispatch_notifications"


def ring_for_dispatch() -> None:
    """Ask a worker to look at the ledger once the transaction has committed; without one the sweep does."""
    ring(DISPATCH_TASK)
