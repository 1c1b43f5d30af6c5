"""Who may do what to whom: ranks inside one organisation."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.enums import ROLE_RANK, Role
from accounts.models import MentorProfile, User


class NotAllowed(Refusal):
    code = "not_allowed"
    sentence = _("Your role does not allow this.")
    status = 403


class OutsideCare(Refusal):
    code = "outside_care"
    sentence = _("This local association is not in your care.")
    status = 403


def rank_of(user: User, organization_id: UUID) -> int:
    """The height of the person's highest role in the organisation: 0 none, 1 mentor … 4 platform staff."""
    access = user.access
    if access.is_platform_staff:
        return max(ROLE_RANK.values()) + 1
    if organization_id in access.administers:
        return ROLE_RANK[Role.ORG_ADMIN]
    if organization_id in access.coordinates:
        return ROLE_RANK[Role.COORDINATOR]
    return ROLE_RANK[Role.PEER_MENTOR] if organization_id in access.organizations else 0


def require_role(by: User | None, organization_id: UUID, role: Role) -> None:
    """Refuse unless `by` has `role` or a higher one in the organisation. None is Varde itself, which may."""
    if by is not None and rank_of(by, organization_id) < ROLE_RANK[role]:
        raise NotAllowed


def require_platform_staff(by: User | None) -> None:
    if by is not None and not by.access.is_platform_staff:
        raise NotAllowed


def require_care(by: User | None, organization_id: UUID, local_associations: Iterable[UUID]) -> None:
    """Refuse unless `by` cares for every one of the local associations."""
    if by is None:
        return
    if not all(by.access.may_care_for(organization_id, key) for key in local_associations):
        raise OutsideCare


def require_care_of(by: User | None, mentor: MentorProfile) -> None:
    """Refuse unless one of the mentor's local associations lies in the care of `by`.

    A mentor who belongs nowhere (any more) is in the administrators' care.
    """
    if by is None:
        return
    areas = mentor.affiliations.values_list("local_association_id", flat=True)
    if not any(by.access.may_care_for(mentor.organization_id, area) for area in [None, *areas]):
        raise OutsideCare
