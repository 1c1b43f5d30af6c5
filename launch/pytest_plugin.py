"""Gives the test run its own PostgreSQL and Valkey, unless DATABASE_URL or REDIS_URL name others.

Loaded with `-p launch.pytest_plugin`: it does its work at import, before pytest-django reads the settings.
"""

import atexit
import os
import re

from launch.embedded import ThrowAway

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0" * 40)

if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
    _servers = ThrowAway(os.environ)
    _owner = os.getpid()

    def _stop() -> None:
        # A test that forks must not take the servers with it when the child leaves.
        if os.getpid() == _owner:
            _servers.stop()

    os.environ.update(_servers.start())
    atexit.register(_stop)

# In a parallel run the workers share the servers of the process that started them. pytest-django gives each a
# PostgreSQL database of its own; here each gets a Redis database of its own, so that none clears the cache of another.
if (_worker := os.environ.get("PYTEST_XDIST_WORKER", "")).startswith("gw"):
    os.environ["REDIS_URL"] = re.sub(r"/0$", f"/{1 + int(_worker[2:]) % 15}", os.environ["REDIS_URL"])
