"""The coordinators' desk for mentoring: who supports whom, what was done, and who has been forgotten."""

from mentoring.admin import activities, assignments, contacts, followup, roster, types

__all__ = ["activities", "assignments", "contacts", "followup", "roster", "types"]
