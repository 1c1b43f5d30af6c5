"""The dispatcher's clock: the database's, so that hosts whose clocks disagree agree about leases."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection

#: Answers the moment (aware) it is now.
Clock = Callable[[], datetime]


def database_clock() -> Clock:
    """A clock that reads the database's once and goes on by itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        begun_at: datetime = cursor.fetchone()[0]
    begun = time.monotonic()
    return lambda: begun_at + timedelta(seconds=time.monotonic() - begun)
