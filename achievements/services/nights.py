"""The night's evaluation: each organisation's badges once after two at night, whoever looks at the clock.

It repairs what a fact should have awarded and did not, so it looks at all rules and all mentors.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.enums import Module
from accounts.local_time import local_date, moment_at
from accounts.models import Organization
from achievements.enums import EvaluationKind
from achievements.models import BadgeNight
from achievements.services.evaluation import evaluate_organization

#: The local hour from which the night's evaluation is due.
NIGHT = time(2)

#: A night that was claimed so long ago and is not done is free again: longer than any task may run.
LEASE = timedelta(minutes=20)


def evaluate_due_organizations(*, at: datetime) -> int:
    """Evaluate every organisation whose last night has not been evaluated yet; answers how many.

    After any gap of the clock each is evaluated once. Organisations without the module are skipped.
    """
    return sum(
        evaluate_night(organization=organization, at=at)
        for organization in Organization.objects.with_module(Module.ACHIEVEMENTS).order_by("pk")
    )


def evaluate_night(*, organization: Organization, at: datetime) -> bool:
    """Evaluate an organisation for its local night, once; True when this call did it.

    The night is claimed by a conditional upsert that is committed before the work begins, because the work is many
    transactions: of two that try, one does it. Whoever dies over it leaves a claim that runs out.
    """
    tonight = local_date(at, organization.time_zone)
    if at < moment_at(tonight, NIGHT, organization.time_zone) or not _claim(organization, tonight, at):
        return False
    evaluate_organization(organization_id=organization.pk, at=at, kind=EvaluationKind.NIGHTLY)
    BadgeNight.objects.filter(organization=organization, claimed_at=at).update(claimed_at=None)
    return True


@transaction.atomic
def _claim(organization: Organization, tonight: date, at: datetime) -> bool:
    row, created = BadgeNight.objects.get_or_create(
        organization=organization, defaults={"night": tonight, "claimed_at": at}
    )
    free = Q(night__lt=tonight) | Q(night=tonight, claimed_at__lte=at - LEASE)
    return created or bool(BadgeNight.objects.filter(free, pk=row.pk).update(night=tonight, claimed_at=at))
