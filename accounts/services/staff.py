"""People taken in with a role in one act."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import LocalAssociation, Membership, Organization, User
from accounts.services.people import add_user, ask_in
from accounts.services.roles import grant_role, require_above_role


@transaction.atomic
def invite_person(
    *,
    organization: Organization,
    email: str,
    first_name: str,
    last_name: str,
    role: str,
    by: User | None,
    at: datetime,
    care_areas: Iterable[LocalAssociation] = (),
    **personal: Any,
) -> Membership:
    """Give a person a role below one's own, by e-mail address; who is unknown is made and invited.

    A person who is known keeps what is known about them. Mentors are taken in with `add_mentor`.
    """
    require_above_role(by, organization.pk, role)
    known = User.objects.filter(email=email.strip().lower()).first()
    user = known or add_user(email=email, first_name=first_name, last_name=last_name, **personal)
    membership = grant_role(user=user, organization=organization, role=role, by=by, at=at, care_areas=care_areas)
    if known is None:
        ask_in(user=user, organization_id=organization.pk, at=at)
    return membership
