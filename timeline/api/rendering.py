"""Pages of lines as JSON: written by orjson, which knows ids, days and moments itself."""

from __future__ import annotations

from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer


class FastJSON(JSONRenderer):
    """What DRF's own renderer says, several times as fast; moments are in UTC."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=str)
