"""Who may import a roster."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.models import LocalAssociation, Organization, User


class ImportNotAllowed(Refusal):
    code = "import_not_allowed"
    sentence = _(
        "Only administrators, and coordinators with the whole organisation in their care, may import a roster."
    )
    status = 403


def may_import(user: User, organization: Organization) -> bool:
    """A roster reaches everybody, so whoever brings it in must care for every top of the tree."""
    access = user.access
    if access.is_platform_staff or organization.pk in access.administers:
        return True
    tops = set(LocalAssociation.objects.filter(organization=organization, parent=None).values_list("pk", flat=True))
    return bool(tops) and organization.pk in access.coordinates and tops <= access.cares_for


def require_may_import(user: User, organization: Organization) -> None:
    """Refuse with `ImportNotAllowed`."""
    if not may_import(user, organization):
        raise ImportNotAllowed


def importable(user: User) -> list[Organization]:
    """The organisations that `user` may import a roster into, by name."""
    return [each for each in Organization.objects.visible_to(user).order_by("name") if may_import(user, each)]
