"""Whose timeline a page shows, and to whom: a mentor's own, or that of a mentor in the reader's care."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Module
from accounts.local_time import local_date
from accounts.models import MentorProfile, User
from accounts.services.modules import ModuleDisabled, organizations_with
from training.models import Video


@dataclass(frozen=True)
class Whose:
    """The learner of a page. Their own pages have addresses without a name, those for staff name the mentor."""

    mentor: MentorProfile
    is_own: bool
    #: The reader's other profiles, for a mentor of several associations.
    others: tuple[MentorProfile, ...] = ()
    by_name: bool = False

    def address(self, page: str, *args: Any) -> str:
        if self.by_name:
            return reverse(f"mentor-{page}", args=[self.mentor.pk, *args])
        return reverse(f"own-{page}", args=args)

    def today(self, at: datetime) -> Any:
        return local_date(at, self.mentor.organization.time_zone)


class Closed(Exception):
    """There is nothing here for the reader: what a page says instead, and with which status."""

    def __init__(self, title: str, sentence: str, status: int) -> None:
        self.title, self.sentence, self.status = title, sentence, status
        super().__init__(title)


def whose(user: User, mentor_id: UUID | None) -> Whose:
    """The learner that is named, or who reads when none is; `Closed` when there is none for the reader."""
    organizations = organizations_with(module=Module.CERTIFICATION, user=user)
    rows = MentorProfile.objects.filter(organization_id__in=organizations).select_related("organization", "user")
    own = rows.filter(pk__in=user.access.mentors_as).order_by("started_on", "id")
    if mentor_id is None:
        profiles = tuple(own)
        if not profiles:
            raise _none_of_ones_own(user)
        return Whose(profiles[0], is_own=True, others=profiles[1:])
    found: MentorProfile | None = rows.filter(pk=mentor_id).visible_to(user).first()
    if found is None:
        raise no_such_page()
    is_own = found.pk in user.access.mentors_as
    others = tuple(each for each in own if each.pk != found.pk) if is_own else ()
    return Whose(found, is_own, others, by_name=True)


def video_for(user: User, video_id: UUID) -> Video:
    """A video of an association that uses the module; a mentor finds what is published, staff everything."""
    organizations = organizations_with(module=Module.CERTIFICATION, user=user)
    rows = Video.objects.filter(pk=video_id, organization_id__in=organizations).select_related("lesson__course")
    found: Video | None = rows.visible_to(user).first()
    if found is None:
        raise no_such_page()
    return found


def no_such_page() -> Closed:
    return Closed(_("There is no such page"), _("Perhaps it is not there any more, or not for you."), 404)


def _none_of_ones_own(user: User) -> Closed:
    title = _("No timeline here")
    if user.access.mentors_as:
        return Closed(title, str(ModuleDisabled.sentence), 403)
    return Closed(title, _("A timeline is a mentor's. You are not registered as one."), 404)


def closed(request: HttpRequest, reason: Closed) -> HttpResponse:
    """The page that says so kindly."""
    context = {"title": reason.title, "sentence": reason.sentence}
    return render(request, "timeline/notice.html", context, status=reason.status)
