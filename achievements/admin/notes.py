"""What the desk's first page says about achievements."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Module
from accounts.services import organizations_with
from achievements.enums import GenerationStatus
from achievements.models import AnnualSummary
from certifications.admin.desk import cared_for
from mentoring.admin.desk import by_of
from mentoring.admin.queue import Note


def summary_notes(request: HttpRequest) -> list[Note]:
    """Summaries that could not be made, when there are any. Everything else about achievements can wait."""
    user = by_of(request)
    in_use = organizations_with(module=Module.ACHIEVEMENTS, user=user)
    rows = AnnualSummary.objects.visible_to(user).filter(organization_id__in=in_use)
    failed = cared_for(rows.filter(generation_status=GenerationStatus.FAILED), user, "mentor_id").count()
    address = reverse("admin:achievements_annualsummary_changelist")
    return [Note(_("Annual summaries that failed"), failed, f"{address}?state=attention")] if failed else []
