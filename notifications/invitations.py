"""The mail that asks somebody to set a password and come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.invitations import set_password_path
from accounts.models import User
from notifications.delivery import Delivery
from notifications.kinds import Message

INVITATION = "invitation"


def compose_invitations(deliveries: Sequence[Delivery]) -> Mapping[UUID, Message]:
    """One query. The link is made as the mail goes out, stands in the mail alone, and works from then on."""
    people = User.objects.in_bulk([delivery.recipient_id for delivery in deliveries])
    return {delivery.id: _message(delivery, people[delivery.recipient_id]) for delivery in deliveries}


def _message(delivery: Delivery, user: User) -> Message:
    days = settings.PASSWORD_RESET_TIMEOUT // 86400
    begun = _("%(organization)s has given you access to Varde. The link below is where you choose a password.")
    lasts = ngettext("The link works once, for one day.", "The link works once, for %(days)d days.", days)
    later = _("After that, choose “Forgot your password?” on the log-in page.")
    body = "\n\n".join([begun % {"organization": delivery.organization_name}, f"{lasts % {'days': days}} {later}"])
    return Message(_("Welcome to Varde"), body, set_password_path(user), path_is_secret=True)
