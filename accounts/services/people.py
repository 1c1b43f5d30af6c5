"""Users: made known, invited, changed, disabled."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import signals
from accounts.base.refusals import Refusal
from accounts.enums import ROLE_RANK, ChangeAction
from accounts.models import Membership, User
from accounts.services.authority import NotAllowed, rank_of
from accounts.services.changes import log_change
from accounts.services.devices import sign_out_everywhere
from accounts.services.organizations import apply_changes, check

#: What people may change about themselves, and their administrators about them.
PERSONAL = frozenset({"first_name", "last_name", "phone", "language", "time_zone"})


class EmailInUse(Refusal):
    code = "email_in_use"
    sentence = _("This e-mail address is in use.")
    status = 409
    field = "email"


class NoRole(Refusal):
    code = "no_role"
    sentence = _("This person has no role. Give them one first.")
    status = 409


class OwnAccount(Refusal):
    code = "own_account"
    sentence = _("You cannot disable your own account.")


@transaction.atomic
def add_user(*, email: str, first_name: str, last_name: str, **personal: Any) -> User:
    """Make a user without a password.

    Alone the user may do nothing: grant a role next, and `ask_in`. Called by the verbs that do.
    """
    user = User(email=email.strip().lower(), first_name=first_name, last_name=last_name, **personal)
    if User.objects.filter(email=user.email).exists():
        raise EmailInUse
    user.set_unusable_password()
    check(user)
    user.save(force_insert=True)
    return user


def ask_in(*, user: User, organization_id: UUID, at: datetime) -> None:
    """Have a member of an organisation invited: they are sent a link that sets their password."""
    signals.person_invited.send(User, user=user, organization_id=organization_id, at=at)


@transaction.atomic
def change_user(*, user: User, by: User | None, at: datetime, **changes: Any) -> User:
    """Change what is known about a user (`PERSONAL`): by themselves, or by staff above them."""
    if by is not None and by.pk != user.pk:
        require_above(by, user)
    unknown = set(changes) - PERSONAL
    if unknown:
        raise NotAllowed(field=min(unknown))
    stored: User = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    return apply_changes(stored, changes, by=by, at=at)  # type: ignore[no-any-return]


@transaction.atomic
def disable_user(*, user: User, by: User | None, at: datetime, reason: str = "") -> User:
    """Shut a user out, on all devices and from the next request on. Their roles and rows stay."""
    if by is not None and by.pk == user.pk:
        raise OwnAccount
    if by is not None:
        require_above(by, user)
    stored: User = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    apply_changes(stored, {"is_active": False}, by=by, at=at, reason=reason)
    sign_out_everywhere(user=stored)
    return stored


@transaction.atomic
def enable_user(*, user: User, by: User | None, at: datetime, reason: str = "") -> User:
    """Let a disabled user log in again. Old devices stay signed out."""
    if by is not None:
        require_above(by, user)
    stored: User = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    sign_out_everywhere(user=stored)
    return apply_changes(stored, {"is_active": True}, by=by, at=at, reason=reason)  # type: ignore[no-any-return]


@transaction.atomic
def reset_second_factor(*, user: User, by: User | None, at: datetime, reason: str) -> None:
    """Forget the authenticator app, passkeys and recovery codes of somebody who lost them, and sign them out.

    Staff must set up a new one at their next log-in.
    """
    if by is not None:
        require_above(by, user)
    Authenticator.objects.filter(user=user).delete()
    log_change(user, by=by, at=at, action=ChangeAction.DELETED, reason=f"{_('Second factor')}: {reason}")
    sign_out_everywhere(user=user)


@transaction.atomic
def send_invitation(*, user: User, by: User, at: datetime) -> None:
    """Send the link to set a password once more. Refuses somebody without a role, who could do nothing with it."""
    require_above(by, user)
    membership = Membership.objects.filter(user=user, is_active=True).order_by("id").first()
    if membership is None:
        raise NoRole
    log_change(user, by=by, at=at, action=ChangeAction.CREATED, reason=_("Invited again"))
    ask_in(user=user, organization_id=membership.organization_id, at=at)


def require_above(by: User, user: User) -> None:
    """Refuse unless `by` stands above the user in every organisation that the user belongs to."""
    if by.access.is_platform_staff:
        return
    memberships = list(Membership.objects.filter(user=user, is_active=True))
    if user.is_superuser or not memberships:
        raise NotAllowed
    if any(rank_of(by, row.organization_id) <= ROLE_RANK[row.role] for row in memberships):  # type: ignore[index]
        raise NotAllowed
