"""The order of locks: the mentor, then the certificate, then look again."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from accounts.models import MentorProfile
from certifications.models import Certificate


def lock_mentors(mentors: Collection[UUID], organization_id: UUID | None = None) -> dict[UUID, MentorProfile]:
    """Lock mentors (of one organisation, if it is given) in the order of their keys, by key."""
    rows = MentorProfile.objects.select_for_update(no_key=True).filter(pk__in=mentors).order_by("pk")
    if organization_id is not None:
        rows = rows.filter(organization_id=organization_id)
    return {mentor.pk: mentor for mentor in rows}


def lock_certificate(certificate: Certificate) -> Certificate:
    """Lock the certificate's mentor, then the certificate; answers it as it now stands, with its people."""
    lock_mentors([certificate.mentor_id])
    return lock_certificates([certificate.pk])[0]


def lock_certificates(certificates: Collection[UUID]) -> list[Certificate]:
    """Lock certificates, whose mentors the caller has locked; answers them as they now stand, with their people."""
    rows = Certificate.objects.with_people().select_for_update(no_key=True, of=("self",))
    return list(rows.filter(pk__in=certificates).order_by("pk"))
