"""What a completed course is worth: the certificates of the types that name it."""

from __future__ import annotations

import logging
from datetime import date, datetime

from django.db import transaction

from accounts.enums import Module
from accounts.local_time import local_date
from accounts.models import Organization
from certifications.issuing import BY_TYPE, Draft, Issued, expiry_of
from certifications.models import Certificate, CertificationType
from certifications.rules import expiry_moment
from certifications.services.issuing import issue_certificates
from certifications.services.locking import lock_mentors
from training.models import Enrollment

logger = logging.getLogger(__name__)


@transaction.atomic(savepoint=False)
def certify_completion(*, enrollment: Enrollment, at: datetime) -> list[Issued]:
    """Issue the certificates that a completed course gives, or renew what the mentor has of them.

    Issued on the local day of the completion, so that doing it again adds nothing. A certificate that is valid for as
    long already stays as it is. Nothing where the module is off or the type not in use. Locks the mentor.
    """
    organization = enrollment.organization
    types = list(CertificationType.objects.in_use().filter(course=enrollment.course_id).order_by("pk"))
    uses = Organization.objects.with_module(Module.CERTIFICATION).filter(pk=organization.pk)
    if not types or enrollment.completed_at is None or not uses.exists():
        return []
    lock_mentors([enrollment.mentor_id])
    day = local_date(enrollment.completed_at, organization.time_zone)
    evidence = enrollment.course.title
    drafts = [
        Draft(enrollment.mentor_id, type_.pk, day, BY_TYPE, "", evidence)
        for type_ in types
        if not _lasts_as_long(enrollment, type_, day)
    ]
    done = issue_certificates(organization=organization, drafts=drafts, by=None, at=at) if drafts else []
    for one in done:
        if one.refusal is not None:  # the course is completed all the same
            logger.warning("A completed course has given no certificate: %s", one.refusal.code)
    return done


def _lasts_as_long(enrollment: Enrollment, type_: CertificationType, day: date) -> bool:
    """Has the mentor a certificate of the type that holds at least as long as the new one would?"""
    current = Certificate.objects.current().filter(mentor=enrollment.mentor_id, type=type_).first()
    if current is None:
        return False
    if current.expires_at is None:
        return True
    until = expiry_of(day, BY_TYPE, type_.validity_months)
    return until is not None and current.expires_at >= expiry_moment(until, enrollment.organization.time_zone)
