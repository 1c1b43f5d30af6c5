"""Contacts, assignments, activities and the reminders that follow up on them."""

from mentoring.models.activities import Activity, ActivityType
from mentoring.models.assignments import Assignment
from mentoring.models.contacts import Contact
from mentoring.models.followup import EvaluationRun, FollowUpReminder, ReminderConfig
from mentoring.models.roster import RosterFile, RosterUpload

__all__ = [
    "Activity",
    "ActivityType",
    "Assignment",
    "Contact",
    "EvaluationRun",
    "FollowUpReminder",
    "ReminderConfig",
    "RosterFile",
    "RosterUpload",
]
