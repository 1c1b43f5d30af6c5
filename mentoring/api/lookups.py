"""From an id in a request to a row: through `visible_to`, and "not found" for all that is not there for the caller."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.models import LocalAssociation, MentorProfile, Organization, User
from mentoring.models import Activity, Assignment, Contact


class RowNotFound(Refusal):
    code = "not_found"
    sentence = _("There is no such row.")
    status = 404


class NotInYourCare(Refusal):
    code = "permission_denied"
    sentence = _("Only those who look after this local association may do this.")
    status = 403


class NotYourOrganization(Refusal):
    code = "permission_denied"
    sentence = _("Only administrators of the organisation may do this.")
    status = 403


def mentor_of(user: User, key: UUID, field: str = "peer_mentor_id") -> MentorProfile:
    return _one(MentorProfile.objects.select_related("user", "organization"), user, key, field)


def contact_of(user: User, key: UUID, field: str = "contact_id") -> Contact:
    return _one(Contact.objects.present(), user, key, field)


def assignment_of(user: User, key: UUID, field: str = "assignment_id") -> Assignment:
    return _one(Assignment.objects.present().with_participants(), user, key, field)


def activity_of(user: User, key: UUID, field: str = "activity_id") -> Activity:
    return _one(Activity.objects.present().select_related("type"), user, key, field)


def organization_of(user: User, key: UUID, field: str = "org_id") -> Organization:
    return _one(Organization.objects.all(), user, key, field)


def local_association_of(user: User, key: UUID, field: str = "local_association_id") -> LocalAssociation:
    return _one(LocalAssociation.objects.all(), user, key, field)


def coordinator_for(contact: Contact, key: UUID) -> User:
    """Somebody who may look after the contact's assignments. Whether another account exists is nobody's business."""
    people = User.objects.coordinators_of(contact.organization_id, contact.local_association_id)
    people |= User.objects.administrators_of(contact.organization_id)
    found: User | None = people.filter(pk=key).first()
    if found is None:
        raise RowNotFound(field="coordinator_id")
    return found


def visible_keys(rows: Any, user: User, keys: Iterable[UUID | None]) -> frozenset[UUID]:
    """Those of `keys` that exist for `user`, in one query."""
    wanted = {key for key in keys if key}
    return (
        frozenset(rows.filter(pk__in=wanted).visible_to(user).values_list("pk", flat=True)) if wanted else frozenset()
    )


def require_care(user: User, row: Any) -> None:
    """Refuse unless the row's local association is in the care of `user`."""
    if not user.access.may_care_for(row.organization_id, row.local_association_id):
        raise NotInYourCare


def require_administrator(user: User, organization_id: UUID) -> None:
    access = user.access
    if not (access.is_platform_staff or organization_id in access.administers):
        raise NotYourOrganization


def _one(rows: Any, user: User, key: UUID, field: str) -> Any:
    found = rows.filter(pk=key).visible_to(user).first()
    if found is None:
        raise RowNotFound(field=field)
    return found
