"""The desk of organisations and people."""

from accounts.admin import mentors, organizations, people

__all__ = ["mentors", "organizations", "people"]
