"""The query language of certificates and their reminders."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When

from accounts.base.querysets import TenantQuerySet, mentor_in_care
from accounts.enums import MentorStatus
from certifications.enums import CURRENT, CertificateStatus, ReminderStatus, Validity
from notifications.enums import State

if TYPE_CHECKING:
    from accounts.access import Access


class CertificationTypeQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        """Everybody in the organisation knows what it certifies."""
        return Q(organization_id__in=access.organizations)

    def in_use(self) -> Self:
        return self.filter(is_active=True)


class CertificateQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        return mentor_in_care(access, "mentor_id")

    def current(self) -> Self:
        """Those that count: neither renewed nor revoked."""
        return self.filter(status__in=CURRENT)

    def valid_at(self, at: datetime) -> Self:
        """Neither renewed nor revoked, and not yet expired."""
        return self.current().filter(Q(expires_at=None) | Q(expires_at__gt=at))

    def completed(self) -> Self:
        """Those that show a completed training, for good: all but the revoked."""
        return self.exclude(status=CertificateStatus.REVOKED)

    def lapsed_at(self, at: datetime) -> Self:
        """Expired without having been renewed."""
        return self.current().filter(expires_at__lte=at)

    def expiring_within(self, days: int, at: datetime) -> Self:
        """Valid now, and not any more in so many days."""
        return self.current().filter(expires_at__gt=at, expires_at__lte=at + timedelta(days=days))

    def required(self) -> Self:
        """Of a type that active mentors need."""
        return self.filter(type__required_for_active=True)

    def of_paused_mentors(self) -> Self:
        return self.filter(mentor__status=MentorStatus.PAUSED)

    def with_people(self) -> Self:
        """With mentor, type and organisation in one join."""
        return self.select_related("mentor__user", "type", "organization")

    def with_validity(self, at: datetime) -> Self:
        """Annotate `validity` at `at` (`enums.Validity`)."""
        due = [
            When(expires_at__lte=at + timedelta(days=days), then=Value(validity))
            for days, validity in ((7, Validity.DUE_7), (30, Validity.DUE_30), (90, Validity.DUE_90))
        ]
        return self.annotate(
            validity=Case(
                When(status=CertificateStatus.REVOKED, then=Value(Validity.REVOKED)),
                When(status=CertificateStatus.SUPERSEDED, then=Value(Validity.SUPERSEDED)),
                When(expires_at=None, then=Value(Validity.VALID)),
                When(expires_at__lte=at, then=Value(Validity.LAPSED)),
                *due,
                default=Value(Validity.VALID),
                output_field=models.CharField(),
            )
        )


class _ReminderQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        """Mentors see the reminders of their own certificates, coordinators those of the mentors in their care."""
        from accounts.models import MentorAffiliation

        in_care = MentorAffiliation.objects.filter(
            mentor=OuterRef("certificate__mentor_id"), local_association_id__in=access.cares_for
        )
        return Q(user_id=access.user_id) | Q(Exists(in_care))

    def with_people(self) -> Self:
        """With certificate, type, mentor and organisation in one join."""
        return self.select_related(
            "certificate__type", "certificate__mentor__user", "certificate__organization", "organization", "user"
        )


class RenewalReminderQuerySet(_ReminderQuerySet):
    def undecided(self) -> Self:
        """Waiting for their day, or due and not looked at yet."""
        return self.filter(status=ReminderStatus.PENDING, notification=None)

    def due(self, at: datetime) -> Self:
        """Those the clockwork has to decide about."""
        return self.undecided().filter(scheduled_at__lte=at)

    def needing_attention(self) -> Self:
        """Failed for good: nothing tries again until somebody looks."""
        return self.filter(status=ReminderStatus.FAILED, notification__state=State.FAILED)


class ArchivedReminderQuerySet(_ReminderQuerySet):
    pass


class CertificationSettingsQuerySet(TenantQuerySet):
    """Administrators only: they are about the whole association."""


class ExpirySweepQuerySet(TenantQuerySet):
    pass
