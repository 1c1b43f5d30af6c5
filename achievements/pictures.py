"""The drawings of badges as files and addresses."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.templatetags.static import static
from django.utils.translation import get_language

from achievements.icons import is_known, static_path
from achievements.starter import STARTER_SET


def address(icon: str) -> str:
    """Where a browser that is here finds it; empty when there is none of this name."""
    return static(static_path(icon)) if is_known(icon) else ""


def whole_address(icon: str) -> str:
    """The same for the app, which is somewhere else."""
    return f"{settings.SITE_URL}{address(icon)}" if is_known(icon) else ""


def drawing(icon: str) -> bytes | None:
    """The SVG itself."""
    return (Path(settings.BASE_DIR) / "static" / static_path(icon)).read_bytes() if is_known(icon) else None


def words(icon: str) -> str:
    """What it shows, in the language of the moment; its name, where no badge of the starter set has it."""
    known = {starter.icon: starter.alt_text for starter in STARTER_SET}
    return getattr(known[icon], get_language() or "nb", known[icon].nb).rstrip(".") if icon in known else icon
