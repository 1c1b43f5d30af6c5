"""Which organisations use a module."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.enums import Module
from accounts.models import ModuleSetting, User


class ModuleDisabled(Refusal):
    code = "module_disabled"
    sentence = _("Your organisation does not use this module.")
    status = 403


def organizations_with(*, module: str, user: User) -> frozenset[UUID]:
    """The user's organisations that use `module` (platform staff: all that use it)."""
    in_use = ModuleSetting.objects.visible_to(user).filter(module=module, is_enabled=True)
    return frozenset(in_use.values_list("organization_id", flat=True))


def require_module(*, module: str, organization_id: UUID) -> None:
    """Refuse with `ModuleDisabled` when the organisation does not use `module`."""
    if not ModuleSetting.objects.filter(organization_id=organization_id, module=module, is_enabled=True).exists():
        raise ModuleDisabled


def module_is_on_sql(module: Module, organization: str) -> str:
    """A condition in SQL: does the organisation, a key in SQL, use `module`?"""
    return f"""
EXISTS (SELECT FROM accounts_modulesetting module WHERE module.organization_id = {organization}
        AND module.module = '{module.value}' AND module.is_enabled)
"""
