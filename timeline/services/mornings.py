"""Telling people on working mornings what waits too long."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.enums import Module
from accounts.local_time import local_date
from accounts.models import Organization
from notifications.services import Wanted, notify_many
from timeline.kinds import ANSWERS_LATE
from timeline.late import limits_at, whom_to_tell
from timeline.models import AnswerMorning
from timeline.promises import promise_of
from timeline.rules import Promise, may_tell, next_morning


def tell_due_organizations(*, at: datetime) -> int:
    """Tell every organisation whose working morning has come what waits too long; answers how many were told.

    After any gap each is told once. Organisations without the module are skipped.
    """
    mornings = AnswerMorning.objects.filter(organization=OuterRef("pk"))
    due = Q(Exists(mornings.filter(next_at__lte=at))) | ~Q(Exists(mornings))
    organizations = Organization.objects.with_module(Module.CERTIFICATION).filter(due).order_by("pk")
    return sum(tell_organization(organization=organization, at=at) for organization in organizations)


@transaction.atomic
def tell_organization(*, organization: Organization, at: datetime) -> bool:
    """Tell an organisation's people what waits too long, once a working day and by day; True when this call did it.

    Of two workers one gets the morning's row; the other leaves it alone. Whoever is told gets one notification that
    counts all of theirs. Missed in the evening, it waits for the next working morning.
    """
    AnswerMorning.objects.get_or_create(organization=organization, defaults={"next_at": at})
    mornings = AnswerMorning.objects.select_for_update(skip_locked=True, no_key=True)
    morning = mornings.filter(organization=organization, next_at__lte=at).first()
    if morning is None:
        return False
    promise = promise_of(organization.pk)
    tells = may_tell(at, promise.zone, promise.holidays) and morning.told_on != local_date(at, promise.zone)
    if tells:
        _tell(morning, promise, at)
    morning.next_at = next_morning(at, promise.zone, promise.holidays)
    morning.save()
    return tells


def _tell(morning: AnswerMorning, promise: Promise, at: datetime) -> None:
    limits = limits_at(at, promise)
    late = whom_to_tell({morning.organization_id: limits})
    today = local_date(at, promise.zone)
    notify_many(
        kind=ANSWERS_LATE,
        wanted=[
            Wanted(
                morning.organization_id,
                each.recipient_id,
                morning.organization_id,
                today.isoformat(),
                {"on": today.isoformat()},
            )
            for each in late
            if each.recipient_id is not None
        ],
        at=at,
    )
    is_unheard = any(each.recipient_id is None and each.escalated for each in late)
    morning.told_on = today
    morning.escalated_before = limits.escalated_before
    morning.unheard_since = (morning.unheard_since or at) if is_unheard else None
