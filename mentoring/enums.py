"""Choices of the mentoring app, and the moves an assignment may make."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AssignmentStatus(TextChoices):
    PENDING = "pending", _("Not started")
    ACTIVE = "active", _("Active")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN = (AssignmentStatus.PENDING, AssignmentStatus.ACTIVE)

#: Which status may follow which. The last two are final.
TRANSITIONS: dict[AssignmentStatus, frozenset[AssignmentStatus]] = {
    AssignmentStatus.PENDING: frozenset(
        {AssignmentStatus.ACTIVE, AssignmentStatus.COMPLETED, AssignmentStatus.CANCELLED}
    ),
    AssignmentStatus.ACTIVE: frozenset({AssignmentStatus.COMPLETED, AssignmentStatus.CANCELLED}),
    AssignmentStatus.COMPLETED: frozenset(),
    AssignmentStatus.CANCELLED: frozenset(),
}


class Source(TextChoices):
    SELF = "self", _("The mentor")
    COORDINATOR = "coordinator", _("A coordinator")
    BULK = "bulk", _("Registered for several")
    IMPORT = "import", _("Import")


class ActivityStatus(TextChoices):
    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


class Duplicate(TextChoices):
    NONE = "none", _("No")
    SUSPECTED = "suspected", _("Suspected")
    DISTINCT = "distinct", _("Checked: not a duplicate")
    DUPLICATE = "duplicate", _("Duplicate")


class FollowUpKind(TextChoices):
    REMINDER = "reminder", _("Reminder to the mentor")
    ESCALATION = "escalation", _("Notice to the coordinator")


class Trigger(TextChoices):
    AUTOMATIC = "automatic", _("Automatic")
    MANUAL = "manual", _("By hand")


class Recommendation(TextChoices):
    NONE = "none", _("Nothing to do")
    DISPATCH_REMINDER = "dispatch_reminder", _("Remind the mentor")
    DISPATCH_ESCALATION = "dispatch_escalation", _("Tell the coordinator")
