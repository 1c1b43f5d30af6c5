"""From an id in a request to a row that exists for the caller, and to the mentor whose name is written in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from accounts.base.refusals import Refusal
from accounts.models import MentorProfile, User
from mentoring.api.lookups import RowNotFound
from training.models import Course, Goal, Lesson, Video


class NotAMentor(Refusal):
    code = "not_a_mentor"
    sentence = _("Only mentors do this, each in their own name.")
    status = 403


class WhichMentor(Refusal):
    code = "required"
    sentence = _("You are a mentor in several organisations: say in which.")
    field = "peer_mentor_id"


def heard(shape: Any, request: Request) -> dict[str, Any]:
    """The body of a request, as `shape` understands it."""
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def own_profile(
    user: User, organizations: Collection[UUID], organization_id: UUID | None = None, key: UUID | None = None
) -> MentorProfile:
    """The caller's own profile, in the organisation of what they write about, or the one they name."""
    rows = MentorProfile.objects.filter(pk__in=user.access.mentors_as, organization_id__in=organizations)
    if organization_id is not None:
        rows = rows.filter(organization_id=organization_id)
    own = list(rows.select_related("user", "organization"))
    if not own:
        raise NotAMentor
    if key is not None:
        own = [profile for profile in own if profile.pk == key]
        if not own:
            raise RowNotFound(field="peer_mentor_id")
    if len(own) > 1:
        raise WhichMentor
    found: MentorProfile = own[0]
    return found


def course_of(user: User, organizations: Collection[UUID], key: UUID) -> Course:
    return _one(Course.objects.all(), user, organizations, key, "course_id")


def lesson_of(user: User, organizations: Collection[UUID], key: UUID | None) -> Lesson | None:
    rows = Lesson.objects.select_related("course")
    return None if key is None else _one(rows, user, organizations, key, "lesson_id")


def video_of(user: User, organizations: Collection[UUID], key: UUID | None) -> Video | None:
    rows = Video.objects.select_related("lesson__course")
    return None if key is None else _one(rows, user, organizations, key, "video_id")


def goal_of(user: User, organizations: Collection[UUID], key: UUID | None) -> Goal | None:
    rows = Goal.objects.select_related("mentor__user", "mentor__organization")
    return None if key is None else _one(rows, user, organizations, key, "goal_id")


def _one(rows: Any, user: User, organizations: Collection[UUID], key: UUID, field: str) -> Any:
    found = rows.filter(pk=key, organization_id__in=organizations).visible_to(user).first()
    if found is None:
        raise RowNotFound(field=field)
    return found
