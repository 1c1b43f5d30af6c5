"""What the desk's first page says about answers."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.enums import Module
from accounts.services import organizations_with
from mentoring.admin.desk import by_of
from mentoring.admin.queue import Note
from timeline.desk import on_desk, waiting
from timeline.late import limits_at
from timeline.models import TimelineEntry
from timeline.promises import promises_of


def answer_notes(request: HttpRequest) -> list[Note]:
    """How many reflections wait, and how many of them past their day; nothing where the module is off."""
    user, at = by_of(request), timezone.now()
    in_use = organizations_with(module=Module.CERTIFICATION, user=user)
    if not in_use:
        return []
    late = Q(pk__in=[])
    for key, promise in promises_of(in_use).items():
        late |= Q(organization_id=key, waiting_since__lt=limits_at(at, promise).overdue_before)
    rows = on_desk(waiting(TimelineEntry.objects.visible_to(user)).filter(organization_id__in=in_use), user)
    counted = rows.order_by().aggregate(waiting=Count("pk"), late=Count("pk", filter=late))
    label = ngettext("reflection waits for an answer", "reflections wait for an answer", counted["waiting"])
    if counted["late"]:
        past = ngettext("%(count)d past its day", "%(count)d past their day", counted["late"])
        label = f"{label}, {past % {'count': counted['late']}}"
    address = reverse("admin:timeline_waitingreflection_changelist")
    return [Note(label, counted["waiting"], address, is_alarm=bool(counted["late"]))]
