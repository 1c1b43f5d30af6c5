"""What mentoring does when accounts, below it, has news."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.models import Organization
from accounts.signals import time_zone_changed
from mentoring.services.days import redate_activities


@receiver(time_zone_changed, dispatch_uid="mentoring.follow_time_zone")
def follow_time_zone(organization: Organization, at: datetime, **_: Any) -> None:
    redate_activities(organization=organization, at=at)
