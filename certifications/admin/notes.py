"""What the desk's first page says about certificates."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Module
from accounts.services import organizations_with
from certifications.admin.desk import cared_for
from certifications.models import Certificate, RenewalReminder
from mentoring.admin.desk import by_of
from mentoring.admin.queue import Note

#: So many days before the expiry the coordinators are told, and the first page begins to count.
SOON = 30


def certificate_notes(request: HttpRequest) -> list[Note]:
    """Reminders that need attention, what expires soon and what has lapsed; nothing where the module is off."""
    user, at = by_of(request), timezone.now()
    in_use = organizations_with(module=Module.CERTIFICATION, user=user)
    if not in_use:
        return []
    failed = RenewalReminder.objects.visible_to(user).filter(organization_id__in=in_use).needing_attention()
    rows = cared_for(Certificate.objects.visible_to(user).filter(organization_id__in=in_use), user, "mentor_id")
    certificates = reverse("admin:certifications_certificate_changelist")
    return [
        Note(
            _("Reminders of certificates that failed"),
            cared_for(failed, user, "certificate__mentor_id").count(),
            reverse("admin:certifications_renewalreminder_changelist") + "?when=attention",
        ),
        Note(
            _("Certificates that expire within 30 days"),
            rows.expiring_within(SOON, at).count(),
            f"{certificates}?validity={SOON}",
            is_alarm=False,
        ),
        Note(_("Lapsed certificates"), rows.lapsed_at(at).count(), f"{certificates}?validity=lapsed"),
    ]
