"""What certifications do when the apps below have news. Each is one call; where the module is off it writes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from certifications import services
from training.models import Enrollment
from training.signals import course_completed


@receiver(course_completed, dispatch_uid="certifications.certify_completion")
def certify_completion(enrollment: Enrollment, at: datetime, **_: Any) -> None:
    services.certify_completion(enrollment=enrollment, at=at)
