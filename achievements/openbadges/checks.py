"""What `manage.py check` says of the key for Open Badges."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from achievements.openbadges.keys import BadKey, keys


@register("openbadges")
def check_key(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.PRODUCTION and not settings.OPEN_BADGES_KEY.strip():
        return [
            Warning(
                "OPEN_BADGES_KEY is not set: badges are signed with a key that is lost when SECRET_KEY changes.",
                hint="docs/deploy.md says how to make one.",
                id="achievements.W001",
            )
        ]
    try:
        keys()
    except BadKey as error:
        return [Error(f"OPEN_BADGES_KEY cannot be used. {error}", id="achievements.E001")]
    return []
