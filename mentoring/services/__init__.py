"""The verbs of mentoring: every change of contacts, assignments, activities and reminders is one of these."""

from mentoring.services.activities import (
    PossibleDuplicate,
    Recorded,
    RowResult,
    correct_activity,
    delete_activity,
    record_activity,
    record_for_mentors,
    record_rows,
    resolve_duplicate,
)
from mentoring.services.assignments import (
    change_coordinator,
    change_status,
    delete_assignment,
    hand_over,
    open_assignment,
    preview_handover,
    report_contact,
    set_thresholds,
    snooze,
    wake,
)
from mentoring.services.contact_date import recompute_contact_dates
from mentoring.services.contacts import create_contact, delete_contact, update_contact
from mentoring.services.followup import (
    evaluate_due_organizations,
    evaluate_organization,
    overseers_of,
    remind_by_hand,
    reset_reminder_config,
    set_reminder_config,
)
from mentoring.services.types import create_activity_type, update_activity_type

__all__ = [
    "PossibleDuplicate",
    "Recorded",
    "RowResult",
    "change_coordinator",
    "change_status",
    "correct_activity",
    "create_activity_type",
    "create_contact",
    "delete_activity",
    "delete_assignment",
    "delete_contact",
    "evaluate_due_organizations",
    "evaluate_organization",
    "hand_over",
    "open_assignment",
    "overseers_of",
    "preview_handover",
    "recompute_contact_dates",
    "record_activity",
    "record_for_mentors",
    "record_rows",
    "remind_by_hand",
    "report_contact",
    "reset_reminder_config",
    "resolve_duplicate",
    "set_reminder_config",
    "set_thresholds",
    "snooze",
    "update_activity_type",
    "update_contact",
    "wake",
]
