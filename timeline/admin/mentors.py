"""The way from the desk's page about a mentor to their timeline."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.admin.mentors import PAGES_ELSEWHERE
from accounts.enums import Module
from accounts.models import MentorProfile, User
from accounts.services.modules import organizations_with


def timeline_of(request: HttpRequest, mentor: MentorProfile) -> dict[str, str] | None:
    """The timeline's page, where the mentor's association uses the module."""
    assert isinstance(request.user, User)
    if mentor.organization_id not in organizations_with(module=Module.CERTIFICATION, user=request.user):
        return None
    return {"title": _("Timeline"), "url": reverse("mentor-timeline", args=[mentor.pk])}


PAGES_ELSEWHERE.append(timeline_of)
