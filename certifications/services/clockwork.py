"""What the clock asks: what is due, which lapses has nothing caught, what has become of the messages."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time
from uuid import UUID

from django.db import transaction

from accounts.enums import Module
from accounts.local_time import local_date, moment_at
from accounts.models import MentorProfile, Organization
from certifications import due
from certifications.lapses import catch_lapses
from certifications.models import ExpirySweep
from certifications.services.lapses import handle_lapses
from certifications.services.returns import bring_back
from certifications.services.settings import reminder_hour_of
from notifications.services.bell import ring_for_dispatch


def process_due(*, at: datetime) -> int:
    """Decide about every reminder that is due, act on lapses, and write the messages; answers how many were decided.

    Batch after batch, each a transaction of its own. Organisations without the module are skipped. After any gap of
    the clock a certificate gets one message before its expiry at most; notices at 30 days and lapses always happen.
    """
    organizations = list(Organization.objects.with_module(Module.CERTIFICATION).values_list("pk", flat=True))
    total = 0
    while decided := process_batch(organizations, at=at):
        total += decided
    due.copy_outcomes(at=at)
    return total


@transaction.atomic
def process_batch(organizations: Collection[UUID], *, at: datetime) -> int:
    """Decide about the longest due reminders of some organisations; 0 when there is nothing that could be taken."""
    mentors = due.lock_mentors_due(organizations, at=at)
    if not mentors:
        return 0
    if expiring := [mentor.id for mentor in mentors if mentor.expires]:
        handle_lapses(expiring, at=at)
    decided = due.hand_over([mentor.id for mentor in mentors], at=at)
    ring_for_dispatch()
    return decided


def sweep_due_organizations(*, at: datetime) -> int:
    """Sweep every organisation whose local hour has come since its last sweep; answers how many.

    After any gap each is swept once. Organisations without the module are skipped.
    """
    return sum(
        sweep_organization(organization=organization, at=at)
        for organization in Organization.objects.with_module(Module.CERTIFICATION).order_by("pk")
    )


@transaction.atomic
def sweep_organization(*, organization: Organization, at: datetime) -> bool:
    """Catch an organisation's lapses, and bring back whom nothing keeps paused, once a local day; True when done."""
    today = local_date(at, organization.time_zone)
    hour = time(reminder_hour_of(organization.pk))
    if at < moment_at(today, hour, organization.time_zone) or not _claim_day(organization, today):
        return False
    sweep(organization=organization, at=at)
    return True


def sweep(*, organization: Organization, at: datetime) -> None:
    """What a sweep does, whether or not it was done today. The reminders it makes are due at once."""
    catch_lapses(organization.pk, at=at)
    paused = MentorProfile.objects.filter(
        organization=organization, status="paused", paused_by="system", pause_reason="certification_expired"
    )
    bring_back(list(paused.values_list("pk", flat=True)), at=at)


def _claim_day(organization: Organization, today: object) -> bool:
    run, created = ExpirySweep.objects.select_for_update().get_or_create(
        organization=organization, defaults={"swept_on": today}
    )
    return created or bool(ExpirySweep.objects.filter(pk=run.pk, swept_on__lt=today).update(swept_on=today))
