"""The query language of the delivery ledger."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.base.querysets import TenantQuerySet
from notifications.enums import State

if TYPE_CHECKING:
    from accounts.access import Access
    from accounts.models import User


class NotificationQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        """Everybody sees their own; coordinators also those to the mentors in their care, for the list of failures."""
        from accounts.models import MentorAffiliation

        in_care = MentorAffiliation.objects.filter(
            mentor__user=OuterRef("recipient_id"),
            organization_id=OuterRef("organization_id"),
            local_association_id__in=access.cares_for,
        )
        return Q(recipient_id=access.user_id) | Q(Exists(in_care))

    def inbox_of(self, user: User) -> Self:
        """What `user` has been told, newest first."""
        return self.filter(recipient=user, state=State.SENT).order_by("-sent_at", "-id")

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def due(self, at: datetime) -> Self:
        """Waiting and allowed to go out, or claimed by a worker whose lease has run out."""
        return self.filter(state__in=[State.PENDING, State.SENDING], not_before__lte=at)

    def needing_attention(self) -> Self:
        """Failed for good: a person has to retry or give up."""
        return self.filter(state=State.FAILED)


class OwnRowQuerySet(QuerySet[Any]):
    """Rows that belong to one person and nobody else."""

    def visible_to(self, user: User) -> Self:
        return self if user.access.is_platform_staff else self.filter(user=user)


class PreferenceQuerySet(OwnRowQuerySet):
    pass


class DeviceQuerySet(OwnRowQuerySet):
    def live(self) -> Self:
        """Devices that can still be reached: not retired, and their log-in has not been revoked."""
        logged_in = Session.objects.filter(session_key=OuterRef("session_key"))
        return self.filter(Q(session_key="") | Exists(logged_in), retired_at=None)


class ChannelHealthQuerySet(QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """The providers are the platform's business."""
        return self if user.access.is_platform_staff else self.none()
