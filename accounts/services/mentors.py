"""Mentors: taken in, and the local associations they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.enums import ChangeAction, MentorStatus, PausedBy, Role
from accounts.models import (
    LocalAssociation,
    MentorAffiliation,
    MentorProfile,
    MentorStatusChange,
    Organization,
    User,
)
from accounts.services.authority import require_care, require_care_of, require_role
from accounts.services.changes import log_change
from accounts.services.organizations import apply_changes, check
from accounts.services.people import add_user, ask_in
from accounts.services.roles import UnknownLocalAssociation, grant_role

MOST_AFFILIATIONS = 5


class AlreadyMentor(Refusal):
    code = "already_mentor"
    sentence = _("This person is a mentor of the organisation already.")
    status = 409
    field = "email"


class WrongAffiliations(Refusal):
    code = "wrong_affiliations"
    sentence = _("A mentor belongs to one to five different local associations, the first of them the primary one.")
    field = "local_associations"


class MemberNumberInUse(Refusal):
    code = "member_number_in_use"
    sentence = _("Another mentor has this member number.")
    status = 409
    field = "member_number"


@transaction.atomic
def add_mentor(
    *,
    organization: Organization,
    email: str,
    first_name: str,
    last_name: str,
    local_associations: Sequence[LocalAssociation],
    by: User | None,
    at: datetime,
    member_number: str = "",
    started_on: date | None = None,
    invited: bool = True,
    **personal: Any,
) -> MentorProfile:
    """Take in a mentor: the user (made and invited when unknown), the role, the profile and one to five affiliations.

    The first of `local_associations` is the primary one; staff may only name those in their care. A person who is
    known by the e-mail address keeps what is known about them.
    """
    require_role(by, organization.pk, Role.COORDINATOR)
    _check_affiliations(organization, local_associations, by)
    known = User.objects.filter(email=email.strip().lower()).first()
    if known and MentorProfile.objects.filter(user=known, organization=organization).exists():
        raise AlreadyMentor
    user = known or add_user(email=email, first_name=first_name, last_name=last_name, **personal)
    grant_role(user=user, organization=organization, role=Role.PEER_MENTOR, by=by, at=at)
    if invited and known is None:
        ask_in(user=user, organization_id=organization.pk, at=at)
    mentor = MentorProfile(organization=organization, user=user, member_number=member_number, started_on=started_on)
    _check_member_number(mentor)
    check(mentor)
    mentor.save(force_insert=True)
    _write_affiliations(mentor, local_associations)
    _log_start(mentor, by, at)
    return mentor


@transaction.atomic
def change_mentor(*, mentor: MentorProfile, by: User | None, at: datetime, **changes: Any) -> MentorProfile:
    """Change a mentor's `member_number`, `started_on` or `is_listed`."""
    require_role(by, mentor.organization_id, Role.COORDINATOR)
    require_care_of(by, mentor)
    stored: MentorProfile = MentorProfile.objects.select_for_update(no_key=True).get(pk=mentor.pk)
    if stored.status != MentorStatus.ACTIVE:
        changes.pop("is_listed", None)
    if "is_listed" in changes:
        changes["listed_when_active"] = changes["is_listed"]
    if "member_number" in changes:
        _check_member_number(stored, changes["member_number"])
    return apply_changes(stored, changes, by=by, at=at)  # type: ignore[no-any-return]


@transaction.atomic
def change_affiliations(
    *, mentor: MentorProfile, local_associations: Sequence[LocalAssociation], by: User | None, at: datetime
) -> MentorProfile:
    """Say which one to five local associations a mentor belongs to, the primary one first."""
    require_role(by, mentor.organization_id, Role.COORDINATOR)
    require_care_of(by, mentor)
    stored: MentorProfile = MentorProfile.objects.select_for_update(no_key=True).get(pk=mentor.pk)
    had = list(stored.affiliations.order_by("-is_primary", "id").values_list("local_association_id", flat=True))
    wanted = [association.pk for association in local_associations]
    if (had[:1], set(had)) == (wanted[:1], set(wanted)) and len(had) == len(wanted):
        return stored
    added = [association for association in local_associations if association.pk not in had]
    _check_affiliations(stored.organization, local_associations, None)
    # Those outside one's care may stay or go together with the others only when one cares for what changes.
    require_care(by, stored.organization_id, {each.pk for each in added} | (set(had) - set(wanted)))
    _write_affiliations(stored, local_associations)
    names = ", ".join(association.name for association in local_associations)
    log_change(stored, by=by, at=at, action=ChangeAction.CREATED, reason=_("Belongs to: %s") % names)
    return stored


def _check_affiliations(
    organization: Organization, local_associations: Sequence[LocalAssociation], by: User | None
) -> None:
    keys = [association.pk for association in local_associations]
    if not 1 <= len(keys) <= MOST_AFFILIATIONS or len(set(keys)) != len(keys):
        raise WrongAffiliations
    if any(association.organization_id != organization.pk for association in local_associations):
        raise UnknownLocalAssociation
    require_care(by, organization.pk, keys)


def _check_member_number(mentor: MentorProfile, number: str | None = None) -> None:
    number = mentor.member_number if number is None else number
    others = MentorProfile.objects.filter(organization_id=mentor.organization_id, member_number=number)
    if number and others.exclude(pk=mentor.pk).exists():
        raise MemberNumberInUse


def _write_affiliations(mentor: MentorProfile, local_associations: Sequence[LocalAssociation]) -> None:
    """The caller holds the mentor's lock. Written anew: the primary one is unique at every moment."""
    mentor.affiliations.all().delete()
    MentorAffiliation.objects.bulk_create(
        MentorAffiliation(
            organization_id=mentor.organization_id, mentor=mentor, local_association=association, is_primary=place == 0
        )
        for place, association in enumerate(local_associations)
    )


def _log_start(mentor: MentorProfile, by: User | None, at: datetime) -> None:
    MentorStatusChange.objects.create(
        organization_id=mentor.organization_id,
        mentor=mentor,
        status_after=MentorStatus.ACTIVE,
        changed_by=PausedBy.COORDINATOR if by else PausedBy.SYSTEM,
        user=by,
        at=at,
    )
    log_change(mentor, by=by, at=at, action=ChangeAction.CREATED)
