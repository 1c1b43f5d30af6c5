"""Whose year it is, and what is said where none is shown."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.enums import Module
from accounts.models import MentorProfile, User
from accounts.services.modules import organizations_with


def own_profile(user: User) -> MentorProfile | None:
    """The person's profile as a mentor where achievements are in use: the oldest; None when there is none."""
    organizations = organizations_with(module=Module.ACHIEVEMENTS, user=user)
    rows = MentorProfile.objects.filter(pk__in=user.access.mentors_as, organization_id__in=organizations)
    found: MentorProfile | None = rows.select_related("organization").order_by("started_on", "id").first()
    return found


def notice(
    request: HttpRequest, title: str, *sentences: str, status: int = 200, facts: dict[str, Any] | None = None
) -> HttpResponse:
    """A page that says something kind instead of showing a year."""
    context = {"title": title, "sentences": sentences, **(facts or {})}
    return render(request, "achievements/wrapped/notice.html", context, status=status)
