"""Roles: granted, revoked, and what a coordinator cares for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.enums import ROLE_RANK, ChangeAction, Role
from accounts.models import CareArea, LocalAssociation, Membership, Organization, User
from accounts.services.authority import rank_of, require_role
from accounts.services.changes import log_change


class RoleTooHigh(Refusal):
    code = "role_too_high"
    sentence = _("You can only give and take roles below your own.")
    status = 403
    field = "role"


class CareAreasMissing(Refusal):
    code = "care_areas_missing"
    sentence = _("A coordinator needs at least one local association.")
    field = "care_areas"


class UnknownLocalAssociation(Refusal):
    code = "unknown_local_association"
    sentence = _("There is no such local association in the organisation.")
    field = "local_associations"


class NoCoordinator(Refusal):
    code = "no_coordinator"
    sentence = _("Only coordinators have local associations in their care.")


@transaction.atomic
def grant_role(
    *,
    user: User,
    organization: Organization,
    role: str,
    by: User | None,
    at: datetime,
    care_areas: Iterable[LocalAssociation] = (),
) -> Membership:
    """Give the user a role below one's own. A coordinator needs `care_areas`. Granting again changes nothing else."""
    require_above_role(by, organization.pk, role)
    areas = list(care_areas)
    if role == Role.COORDINATOR and not areas:
        raise CareAreasMissing
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    membership, made = Membership.objects.get_or_create(
        user=user, organization=organization, role=role, defaults={"granted_at": at, "granted_by": by}
    )
    if made:
        log_change(membership, by=by, at=at, action=ChangeAction.CREATED)
    elif not membership.is_active:
        _set_active(membership, True, by, at)
    if role == Role.COORDINATOR:
        _write_areas(membership, areas, by, at)
    _forget_access(user)
    return membership


@transaction.atomic
def revoke_role(*, membership: Membership, by: User | None, at: datetime, reason: str = "") -> Membership:
    """End a role, from the next request on. The row stays, with who ended it and when; ending it again is nothing."""
    require_above_role(by, membership.organization_id, membership.role)
    stored: Membership = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    if stored.is_active:
        _set_active(stored, False, by, at, reason)
    _forget_access(membership.user)
    return stored


@transaction.atomic
def set_care_areas(
    *, membership: Membership, care_areas: Iterable[LocalAssociation], by: User | None, at: datetime
) -> Membership:
    """Say which local associations, each with all below it, a coordinator cares for."""
    require_role(by, membership.organization_id, Role.ORG_ADMIN)
    areas = list(care_areas)
    if membership.role != Role.COORDINATOR:
        raise NoCoordinator
    if not areas:
        raise CareAreasMissing
    stored: Membership = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    _write_areas(stored, areas, by, at)
    _forget_access(membership.user)
    return stored


def require_above_role(by: User | None, organization_id: object, role: str) -> None:
    """Refuse unless `by` stands above `role` in the organisation."""
    if by is not None and rank_of(by, organization_id) <= ROLE_RANK[Role(role)]:  # type: ignore[arg-type]
        raise RoleTooHigh


def _set_active(membership: Membership, is_active: bool, by: User | None, at: datetime, reason: str = "") -> None:
    before = {"is_active": membership.is_active}
    membership.is_active = is_active
    if is_active:
        membership.granted_at, membership.granted_by = at, by
        membership.revoked_at = membership.revoked_by = None
    else:
        membership.revoked_at, membership.revoked_by = at, by
    membership.save()
    log_change(membership, by=by, at=at, before=before, reason=reason)


def _write_areas(membership: Membership, areas: list[LocalAssociation], by: User | None, at: datetime) -> None:
    if any(area.organization_id != membership.organization_id for area in areas):
        raise UnknownLocalAssociation(field="care_areas")
    wanted = {area.pk for area in areas}
    had = set(CareArea.objects.filter(membership=membership).values_list("local_association_id", flat=True))
    CareArea.objects.filter(membership=membership).exclude(local_association_id__in=wanted).delete()
    CareArea.objects.bulk_create(
        CareArea(organization_id=membership.organization_id, membership=membership, local_association_id=key)
        for key in wanted - had
    )
    if wanted != had:
        names = ", ".join(sorted(area.name for area in areas))
        log_change(membership, by=by, at=at, action=ChangeAction.CREATED, reason=_("In their care: %s") % names)


def _forget_access(user: User) -> None:
    """What was read of the person's reach is old now; only this object can have it, requests read it anew."""
    user.__dict__.pop("access", None)
