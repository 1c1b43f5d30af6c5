"""Organisations and the modules they use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import signals
from accounts.base.refusals import Refusal
from accounts.enums import ChangeAction, Module, Role
from accounts.models import ModuleSetting, Organization, User
from accounts.services.authority import require_platform_staff, require_role
from accounts.services.changes import log_change

#: What an organisation's administrators may change; name, slug and number are the platform's.
SETTINGS = frozenset({"locale", "time_zone", "quiet_from", "quiet_to", "mentor_term", "contact_term"})
IDENTITY = frozenset({"name", "slug", "organisation_number", "is_test"})


class InvalidInput(Refusal):
    """The model's own checks found something wrong; `field` says where."""

    code = "invalid"
    sentence = _("This cannot be stored.")


@transaction.atomic
def create_organization(
    *,
    name: str,
    slug: str,
    by: User | None,
    at: datetime,
    modules: Iterable[str] = tuple(Module),
    **settings: Any,
) -> Organization:
    """Make an organisation, with every module in use unless `modules` names fewer. Platform staff only."""
    require_platform_staff(by)
    organization = Organization(name=name, slug=slug, **settings)
    check(organization)
    organization.save(force_insert=True)
    used = set(modules)
    ModuleSetting.objects.bulk_create(
        ModuleSetting(organization=organization, module=module, is_enabled=module in used) for module in Module
    )
    log_change(organization, by=by, at=at, action=ChangeAction.CREATED)
    for module in sorted(used):
        _announce(organization, module, by, at)
    return organization


@transaction.atomic
def change_organization(*, organization: Organization, by: User | None, at: datetime, **changes: Any) -> Organization:
    """Change settings of an organisation (`SETTINGS`; platform staff also its identity). Nothing new, nothing done."""
    require_role(by, organization.pk, Role.ORG_ADMIN)
    stored: Organization = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    changed = {name: value for name, value in changes.items() if getattr(stored, name) != value}
    if set(changed) - SETTINGS:
        require_platform_staff(by)
    stored = apply_changes(stored, changed, by=by, at=at)
    if "time_zone" in changed:
        signals.time_zone_changed.send(Organization, organization=stored, by=by, at=at)
    return stored


@transaction.atomic
def set_module(
    *, organization: Organization, module: str, is_enabled: bool, by: User | None, at: datetime
) -> ModuleSetting:
    """Switch a module on or off for an organisation. Its data stays."""
    require_role(by, organization.pk, Role.ORG_ADMIN)
    setting, __ = ModuleSetting.objects.select_for_update(no_key=True).get_or_create(
        organization=organization, module=module, defaults={"is_enabled": False}
    )
    was_enabled = setting.is_enabled
    stored: ModuleSetting = apply_changes(setting, {"is_enabled": is_enabled}, by=by, at=at)
    if is_enabled and not was_enabled:
        _announce(organization, module, by, at)
    if was_enabled and not is_enabled:
        signals.module_disabled.send(ModuleSetting, organization=organization, module=module, by=by, at=at)
    return stored


def _announce(organization: Organization, module: str, by: User | None, at: datetime) -> None:
    signals.module_enabled.send(ModuleSetting, organization=organization, module=module, by=by, at=at)


def apply_changes(stored: Any, changes: dict[str, Any], *, by: User | None, at: datetime, reason: str = "") -> Any:
    """Write what differs to a locked row and its history; refuse with `InvalidInput` what the model does not allow."""
    changed = {name: value for name, value in changes.items() if getattr(stored, name) != value}
    if not changed:
        return stored
    before = {name: getattr(stored, name) for name in changed}
    for name, value in changed.items():
        setattr(stored, name, value)
    check(stored)
    stored.save(update_fields=[*changed, "updated_at"])
    log_change(stored, by=by, at=at, before=before, reason=reason)
    return stored


def check(row: Any) -> None:
    """The model's own checks, as a refusal that names the first field that fails."""
    try:
        row.full_clean()
    except ValidationError as problem:
        field, sentences = next(iter(problem.message_dict.items()))
        raise InvalidInput(sentences[0], field=None if field == "__all__" else field) from problem
