"""The query language of mentoring."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.db.models import (
    DateField,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.expressions import Combinable, OuterRef
from django.db.models.functions import Cast, Coalesce, Greatest

from accounts.base.querysets import TenantQuerySet
from mentoring import rules
from mentoring.enums import OPEN, ActivityStatus, Duplicate

if TYPE_CHECKING:
    from accounts.access import Access
    from accounts.models import User

#: The one rule for what counts, in contact dates, figures, badges, streaks and summaries alike.
COUNTABLE = (
    Q(deleted_at=None) & ~Q(status=ActivityStatus.REJECTED) & Q(duplicate__in=[Duplicate.NONE, Duplicate.DISTINCT])
)

#: The same rule in raw statements, about a row of activities that is called `activity`.
COUNTABLE_SQL = (
    "activity.deleted_at IS NULL AND activity.status <> 'rejected' AND activity.duplicate IN ('none', 'distinct')"
)


def local_date_of(moment: str | Combinable, zone: str) -> Cast:
    """The local date of a moment, in the time zone that the field `zone` names."""
    return Cast(Func(F(zone), moment, function="timezone"), DateField())


def days_between(earlier: Combinable, later: Combinable) -> Func:
    """Whole days from one date to another, as PostgreSQL subtracts dates (Django would make an interval of them)."""
    return Func(later, earlier, template="(%(expressions)s)", arg_joiner=" - ", output_field=IntegerField())


class ContactQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        """Mentors see the contacts they have or had, coordinators those of the associations in their care."""
        from mentoring.models import Assignment

        own = Assignment.objects.filter(mentor_id__in=access.mentors_as, deleted_at=None).values("contact_id")
        return Q(pk__in=own) | Q(local_association_id__in=access.cares_for)

    def present(self) -> Self:
        return self.filter(deleted_at=None)


class AssignmentQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        return Q(mentor_id__in=access.mentors_as) | Q(local_association_id__in=access.cares_for)

    def present(self) -> Self:
        """Not deleted."""
        return self.filter(deleted_at=None)

    def open(self) -> Self:
        """Neither ended nor deleted."""
        return self.filter(status__in=OPEN, deleted_at=None)

    def without_contact_since(self, cutoff: datetime) -> Self:
        """Last contact strictly before `cutoff`, or never (b4's getAssignmentsWithNoContactSince)."""
        return self.filter(Q(last_contact_date__lt=cutoff) | Q(last_contact_date=None))

    def with_participants(self) -> Self:
        """With mentor, contact and coordinator in one join (b4's getAssignmentWithParticipants)."""
        return self.select_related("mentor__user", "contact", "coordinator", "organization", "local_association")

    def with_days(self, at: datetime) -> Self:
        """Annotate what the follow-up rule needs: `today`, `counted_days`, and the thresholds that hold.

        `counted_days` is what the queue is ordered by: local days since the last contact, or since the start.
        """
        from mentoring.models import ReminderConfig

        config = ReminderConfig.objects.filter(organization_id=OuterRef("organization_id"))
        today = local_date_of(Value(at), "organization__time_zone")
        since = Coalesce(local_date_of(F("last_contact_date"), "organization__time_zone"), F("start_date"))
        return self.annotate(
            today=today,
            counted_days=Greatest(days_between(since, today), 0),
            remind_after=Coalesce(
                "reminder_days", Subquery(config.values("reminder_days")), Value(rules.DEFAULT.reminder)
            ),
            escalate_after=Coalesce(
                "escalation_days", Subquery(config.values("escalation_days")), Value(rules.DEFAULT.escalation)
            ),
        )

    def overdue(self, at: datetime) -> Self:
        """Open ones whose reminder threshold has been reached, the longest without contact first."""
        found = self.open().with_days(at).filter(counted_days__gte=F("remind_after"))
        return found.order_by("-counted_days", "id")

    def touch(self, assignment_id: UUID, contact_at: datetime, at: datetime) -> int:
        """Move the contact date forward to `contact_at`, never back; a newer contact ends the reminder cycle.

        Returns 1 when it moved, else 0. Locks the row until the end of the transaction.
        """
        return (self.filter(Q(last_contact_date__lt=contact_at) | Q(last_contact_date=None), pk=assignment_id)).update(
            last_contact_date=contact_at, reminder_sent_at=None, escalation_sent_at=None, updated_at=at
        )


class ActivityTypeQuerySet(QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """Those for everybody, and those of the user's organisations."""
        access = user.access
        if access.is_platform_staff:
            return self
        return self.filter(Q(organization=None) | Q(organization_id__in=access.organizations))

    def usable_in(self, organization_id: UUID) -> Self:
        return self.filter(Q(organization=None) | Q(organization_id=organization_id), is_active=True)


class ActivityQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        return Q(mentor_id__in=access.mentors_as) | Q(local_association_id__in=access.cares_for)

    def present(self) -> Self:
        return self.filter(deleted_at=None)

    def countable(self) -> Self:
        """Not deleted, not rejected, not a suspected or confirmed duplicate."""
        return self.filter(COUNTABLE)

    def contacts(self) -> Self:
        """The countable ones that were contact: reached, and of a type that counts as contact."""
        return self.countable().filter(reached=True, type__counts_as_contact=True)

    def suspected(self) -> Self:
        """Possible duplicates that nobody has looked at yet."""
        return self.filter(duplicate=Duplicate.SUSPECTED, deleted_at=None)

    def with_people(self) -> Self:
        return self.select_related("mentor__user", "contact", "type", "local_association", "organization")


class ReminderConfigQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        return Q(organization_id__in=access.coordinates)


class FollowUpReminderQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        """Coordinators see the history of the assignments in their care; mentors what went to themselves."""
        return Q(recipient_id=access.user_id) | Q(assignment__local_association_id__in=access.cares_for)

    def with_delivery(self) -> Self:
        """With the notification, for `state` and `opened_at`, and the people."""
        return self.select_related("notification", "recipient", "assignment__contact", "assignment__mentor__user", "by")


class RosterUploadQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        """Coordinators see what they uploaded themselves."""
        return Q(uploaded_by_id=access.user_id)
