"""The mathematics of delivery: how often, how long to wait, when a provider counts as down. Pure."""

from datetime import timedelta

#: Attempts at delivery before a person has to look at it.
MAX_ATTEMPTS = 3

#: How long to wait after the first, second, … attempt that failed for the moment.
BACK_OFF = (timedelta(minutes=5), timedelta(hours=1))

#: So many failures of the provider in a row close the channel.
FAILURES_TO_CLOSE = 5

#: How long a row waits whose provider did not answer, while the channel is still open.
PAUSE = timedelta(minutes=1)

FIRST_CLOSURE = timedelta(minutes=1)
LONGEST_CLOSURE = timedelta(minutes=15)


def back_off(attempts: int) -> timedelta | None:
    """How long to wait after the `attempts`-th failed attempt, or None when it was the last."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return BACK_OFF[min(attempts, len(BACK_OFF)) - 1] if attempts else PAUSE


def closure(failures: int) -> timedelta | None:
    """For how long `failures` in a row close a channel: 1, 2, 4, 8, then 15 minutes; None below five."""
    if failures < FAILURES_TO_CLOSE:
        return None
    doublings = min(failures - FAILURES_TO_CLOSE, 10)
    return min(FIRST_CLOSURE * (1 << doublings), LONGEST_CLOSURE)
