"""The trainings of one mentor, by name: what `training_count` counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounts.local_time import local_date
from accounts.models import MentorProfile, User
from certifications.models import Certificate, CertificationType
from training.models import Enrollment


@dataclass(frozen=True)
class Training:
    """A kind of certificate that was issued, or a completed course for which none is given."""

    name: str
    completed_on: date
    certification_type_id: UUID | None = None
    certification_type: str | None = None
    course_id: UUID | None = None


def trainings_of(mentor: MentorProfile, user: User) -> list[Training]:
    """What of it exists for `user`, the latest first; two queries."""
    given = Certificate.objects.visible_to(user).completed().filter(mentor=mentor)
    firsts = given.select_related("type").order_by("type_id", "issued_on", "id").distinct("type_id")
    found = [Training(str(row.type), row.issued_on, row.type_id, row.type.code) for row in firsts]
    done = Enrollment.objects.visible_to(user).filter(mentor=mentor, completed_at__isnull=False)
    by_itself = done.exclude(course__in=CertificationType.objects.exclude(course=None).values("course"))
    zone = mentor.organization.time_zone
    found += [
        Training(str(row.course), local_date(row.completed_at, zone), course_id=row.course_id)
        for row in by_itself.select_related("course")
    ]
    return sorted(found, key=lambda one: (one.completed_on, one.certification_type or "", one.name), reverse=True)
