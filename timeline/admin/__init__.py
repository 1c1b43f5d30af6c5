"""The desk of the timeline: its lines, the answer desk, and what an association promises."""

from timeline.admin import desk, desk_settings, entries, mentors

__all__ = ["desk", "desk_settings", "entries", "mentors"]
