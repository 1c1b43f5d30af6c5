"""What achievements do when the apps below have news. Each is one call; where the module is off it writes nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from accounts.models import Organization, User
from accounts.signals import module_disabled, module_enabled, time_zone_changed
from achievements import services
from certifications.signals import certificates_changed
from mentoring.models import Activity, Assignment
from mentoring.signals import (
    activity_corrected,
    activity_deleted,
    activity_recorded,
    assignment_ended,
    assignment_handed_over,
    assignment_opened,
    history_recorded,
)
from training.models import Enrollment
from training.signals import course_completed


@receiver(activity_recorded, dispatch_uid="achievements.follow_activity")
def follow_activity(activity: Activity, at: datetime, **_: Any) -> None:
    services.follow_activity(activity=activity, at=at)


@receiver(history_recorded, dispatch_uid="achievements.follow_history")
def follow_history(mentor_id: UUID, activities: list[Activity], at: datetime, **_: Any) -> None:
    services.follow_history(mentor_id=mentor_id, activities=activities, at=at)


@receiver(activity_corrected, dispatch_uid="achievements.follow_correction")
def follow_correction(activity: Activity, before: dict[str, Any], at: datetime, **_: Any) -> None:
    services.follow_correction(activity=activity, before=before, at=at)


@receiver(activity_deleted, dispatch_uid="achievements.follow_deletion")
def follow_deletion(activity: Activity, at: datetime, **_: Any) -> None:
    services.follow_deletion(activity=activity, at=at)


@receiver([assignment_opened, assignment_ended], dispatch_uid="achievements.follow_assignments")
def follow_assignments(assignment: Assignment, at: datetime, **_: Any) -> None:
    services.follow_assignments(mentors=[assignment.mentor_id], at=at)


@receiver(assignment_handed_over, dispatch_uid="achievements.follow_assignments_of_both")
def follow_assignments_of_both(assignment: Assignment, mentor_before: UUID, at: datetime, **_: Any) -> None:
    services.follow_assignments(mentors=[assignment.mentor_id, mentor_before], at=at)


@receiver(certificates_changed, dispatch_uid="achievements.follow_certificates")
def follow_certificates(mentor_ids: Collection[UUID], by: User | None, at: datetime, **_: Any) -> None:
    services.follow_certificates(mentors=mentor_ids, by=by, at=at)


@receiver(course_completed, dispatch_uid="achievements.follow_course")
def follow_course(enrollment: Enrollment, at: datetime, **_: Any) -> None:
    services.follow_certificates(mentors=[enrollment.mentor_id], by=None, at=at)


@receiver(module_enabled, dispatch_uid="achievements.make_whole")
def make_whole(organization: Organization, module: str, by: User | None, at: datetime, **_: Any) -> None:
    services.make_whole(organization=organization, module=module, by=by, at=at)


@receiver(module_disabled, dispatch_uid="achievements.hand_over_years")
def hand_over_years(organization: Organization, module: str, at: datetime, **_: Any) -> None:
    services.hand_over_years(organization=organization, module=module, at=at)


@receiver(time_zone_changed, dispatch_uid="achievements.follow_time_zone")
def follow_time_zone(organization: Organization, by: User | None, at: datetime, **_: Any) -> None:
    services.follow_time_zone(organization=organization, by=by, at=at)
