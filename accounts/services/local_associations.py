"""The tree of local associations: national association > region > local association."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.enums import ChangeAction, Level, Role
from accounts.models import LocalAssociation, Organization, User
from accounts.querysets import LocalAssociationPath
from accounts.services.authority import require_role
from accounts.services.changes import log_change
from accounts.services.organizations import apply_changes, check

_HEIGHT = {Level.NATIONAL: 3, Level.REGION: 2, Level.LOCAL: 1}


class WrongParent(Refusal):
    code = "wrong_parent"
    sentence = _("It can only belong to one of a higher level in the same organisation.")
    field = "parent"


class TreeCycle(Refusal):
    code = "tree_cycle"
    sentence = _("A local association cannot belong to itself or to one below it.")
    field = "parent"


class LevelBelowChildren(Refusal):
    code = "level_below_children"
    sentence = _("Local associations of this level or a higher one belong to it.")
    field = "level"


@transaction.atomic
def add_local_association(
    *,
    organization: Organization,
    name: str,
    level: str,
    by: User | None,
    at: datetime,
    parent: LocalAssociation | None = None,
) -> LocalAssociation:
    """Add a local association below `parent`, or at the top of the tree."""
    require_role(by, organization.pk, Role.ORG_ADMIN)
    made = LocalAssociation(organization=organization, name=name, level=level, parent=parent)
    _check_parent(made)
    check(made)
    made.save(force_insert=True)
    log_change(made, by=by, at=at, action=ChangeAction.CREATED)
    return made


@transaction.atomic
def change_local_association(
    *, local_association: LocalAssociation, by: User | None, at: datetime, **changes: Any
) -> LocalAssociation:
    """Rename, move or re-level a local association (`name`, `level`, `parent_id`)."""
    require_role(by, local_association.organization_id, Role.ORG_ADMIN)
    # One move at a time in an organisation: two at once could make a circle that neither sees.
    Organization.objects.select_for_update(no_key=True).get(pk=local_association.organization_id)
    stored: LocalAssociation = LocalAssociation.objects.select_for_update(no_key=True).get(pk=local_association.pk)
    wanted = LocalAssociation(pk=stored.pk, organization_id=stored.organization_id)
    for name in ("name", "level", "parent_id"):
        setattr(wanted, name, changes.get(name, getattr(stored, name)))
    _check_parent(wanted)
    _check_children(wanted)
    return apply_changes(stored, changes, by=by, at=at)  # type: ignore[no-any-return]


def _check_parent(made: LocalAssociation) -> None:
    if made.parent_id is None:
        return
    if _is_above(made.pk, made.parent_id):
        raise TreeCycle
    parent = LocalAssociation.objects.filter(pk=made.parent_id, organization_id=made.organization_id).first()
    if parent is None or _HEIGHT[Level(parent.level)] <= _HEIGHT[Level(made.level)]:
        raise WrongParent


def _is_above(candidate: UUID, below: UUID) -> bool:
    """Is `candidate` the association `below`, or one above it?"""
    return LocalAssociation.objects.filter(pk=candidate, pk__in=LocalAssociationPath(below)).exists()


def _check_children(made: LocalAssociation) -> None:
    levels = LocalAssociation.objects.filter(parent_id=made.pk).values_list("level", flat=True)
    if any(_HEIGHT[Level(level)] >= _HEIGHT[Level(made.level)] for level in levels):
        raise LevelBelowChildren
