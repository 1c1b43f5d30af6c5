"""The icons badges may have: our own drawings, one SVG file each in `static/achievements/badges/`."""

from __future__ import annotations

#: From the first stone to the golden cairn. A new one is a drawing, a name here and nothing else.
ICONS = (
    "first-stone",
    "small-cairn",
    "tall-cairn",
    "ridge",
    "summit",
    "bridge",
    "windows",
    "three-paths",
    "footprints",
    "moons",
    "campfire",
    "stone-circle",
    "sunrise",
    "open-book",
    "year-tree",
    "golden-cairn",
)


def is_known(icon: str) -> bool:
    """Is there a drawing of this name?"""
    return icon in ICONS


def static_path(icon: str) -> str:
    """Where the drawing is, for the template tag `static` and for whoever reads the file."""
    return f"achievements/badges/{icon}.svg"
