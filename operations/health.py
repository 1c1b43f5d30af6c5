"""For whoever watches the server: is the process alive, does all it needs answer? No details, no log-in."""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from operations.services.clockwork import BEATS

#: Seconds that a server has to answer.
PATIENCE = 2


@never_cache
@require_safe
@transaction.non_atomic_requests
def live(request: HttpRequest) -> JsonResponse:
    """The process answers. That its servers are away is no reason to restart it, so it says nothing of them."""
    return JsonResponse({"live": True})


@never_cache
@require_safe
@transaction.non_atomic_requests
def ready(request: HttpRequest) -> JsonResponse:
    """200 when database and broker answer and the clockwork runs, else 503."""
    database, beat = _database_and_beat()
    state = {"database": database, "broker": _broker_answers(), "beat": beat}
    return JsonResponse(state, status=200 if all(state.values()) else 503)


def _database_and_beat() -> tuple[bool, bool]:
    # A connection of its own: waiting for a place in the pool of a database that is away takes longer than anybody
    # who watches is willing to wait.
    database = connection.Database  # type: ignore[attr-defined]  # the stubs leave the driver out
    try:
        parameters = {**connection.get_connection_params(), "connect_timeout": PATIENCE}
        with database.connect(**parameters, autocommit=True) as own:
            return True, bool(own.execute(BEATS, {"at": timezone.now()}).fetchone()[0])
    except database.Error:
        return False, False


def _broker_answers() -> bool:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
        ) as broker:
            return bool(broker.ping())
    except redis.RedisError:
        return False
