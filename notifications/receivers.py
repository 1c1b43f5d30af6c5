"""What notifications do when accounts, below them, have news."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import person_invited
from notifications.invitations import INVITATION
from notifications.services import notify


@receiver(person_invited, dispatch_uid="notifications.invite")
def invite(user: User, organization_id: UUID, at: datetime, **_: Any) -> None:
    notify(
        organization_id=organization_id,
        recipient_id=user.pk,
        kind=INVITATION,
        subject_id=user.pk,
        occasion=at.isoformat(),
        at=at,
    )
