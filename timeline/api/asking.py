"""What is asked of the timeline: the query parameters, which of them go together, and the rows they mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from accounts.base.refusals import Refusal
from accounts.enums import Module
from accounts.models import MentorProfile, ModuleSetting, User
from accounts.services.modules import ModuleDisabled, organizations_with
from timeline.enums import ActivityType, ResponseStatus
from timeline.models import TimelineEntry
from training.models import Goal, Video

#: How each parameter is read.
PARAMETERS: dict[str, serializers.Field[Any, Any, Any, Any]] = {
    "student": serializers.UUIDField(),
    "video": serializers.UUIDField(),
    "day": serializers.DateField(),
    "week": serializers.DateField(),
    "goal": serializers.UUIDField(),
    "response_status": serializers.ChoiceField(ResponseStatus.choices),
    "activity_type": serializers.ChoiceField(ActivityType.choices),
}
#: What a list is about: one of these, or all that a learner did. The other parameters narrow it.
CONTEXTS = ("video", "day", "week", "goal")

STUDENT = OpenApiParameter(
    "student", OpenApiTypes.UUID, description="A mentor whom the caller may see; mentors need not name themselves."
)
DOCUMENTED = [
    STUDENT,
    OpenApiParameter("video", OpenApiTypes.UUID, description="What happened on a video, by position."),
    OpenApiParameter("day", OpenApiTypes.DATE, description="A local day, from morning to evening."),
    OpenApiParameter("week", OpenApiTypes.DATE, description="This day and the six before, newest first."),
    OpenApiParameter("goal", OpenApiTypes.UUID, description="What was done while a goal was theirs, in order."),
    OpenApiParameter("response_status", {"type": "string", "enum": ResponseStatus.values}),
    OpenApiParameter("activity_type", {"type": "string", "enum": ActivityType.values}),
]


class WhichStudent(Refusal):
    code = "student_required"
    sentence = _("Say which mentor, video or goal.")
    field = "student"


class NotTogether(Refusal):
    code = "filters_do_not_combine"
    sentence = _("Ask for a video, a day, a week or a goal, not for several of them.")


@dataclass(frozen=True)
class Asked:
    """The query parameters, read."""

    student: UUID | None = None
    video: UUID | None = None
    day: date | None = None
    week: date | None = None
    goal: UUID | None = None
    response_status: str | None = None
    activity_type: str | None = None


def asked(request: Request) -> Asked:
    """What the request asks for; 400 with everything that is wrong with it."""
    given: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for name, said in request.query_params.items():
        field = PARAMETERS.get(name)
        if field is None:
            continue  # the page's own
        try:
            given[name] = field.run_validation(said)
        except ValidationError as problem:
            errors[name] = problem.detail
    if errors:
        raise ValidationError(errors)
    if sum(name in given for name in CONTEXTS) > 1:
        raise NotTogether(field=next(name for name in CONTEXTS if name in given))
    return Asked(**given)


def student_of(user: User, student: UUID | None) -> UUID:
    """The learner who is meant: whoever asks, when they are one mentor and do not say."""
    own = user.access.mentors_as
    if student is None:
        if len(own) != 1:
            require_in_use(user)
            raise WhichStudent
        return next(iter(own))
    return student


def settled(user: User, want: Asked) -> Asked:
    """The same with the learner, unless it is everybody on a video or whoever a goal belongs to."""
    if want.goal or is_about_everybody(user, want):
        return want
    return replace(want, student=student_of(user, want.student))


def is_about_everybody(user: User, want: Asked) -> bool:
    """Staff see all learners of a video, as far as they look after them."""
    return bool(want.video) and not want.student and user.access.is_staff


def lines_asked(user: User, want: Asked) -> QuerySet[Any]:
    """The lines that are wanted, as far as they exist for `user`, in the order of their context.

    Whether `user` may see them, and their organisation uses the module, is asked in the same statement, before the
    first line is read.
    """
    lines = _in_context(user, want)
    if want.response_status:
        lines = lines.answered(want.response_status)
    if want.activity_type:
        lines = lines.filter(activity_type=want.activity_type)
    return lines


def _in_context(user: User, want: Asked) -> Any:
    lines = TimelineEntry.objects.all()
    if want.goal:
        goals = in_use(Goal.objects.filter(pk=want.goal)).visible_to(user).values("mentor_id")
        towards = lines.towards(want.goal, Subquery(goals))
        return towards.filter(mentor=want.student) if want.student else towards
    if want.student is None:
        return lines.on_video(want.video).filter(Exists(in_use(Video.objects.filter(pk=want.video)))).visible_to(user)
    student = want.student
    lines = lines.filter(door_to(user, student))
    if want.video:
        return lines.on_video(want.video, student)
    if want.day:
        return lines.on_day(student, want.day)
    if want.week:
        return lines.in_week(student, want.week)
    return lines.of_mentor(student)


def door_to(user: User, student: UUID) -> Exists:
    """Does the learner exist for `user`, in an organisation that uses the module?"""
    mentors = in_use(MentorProfile.objects.filter(pk=student))
    return Exists(mentors if student in user.access.mentors_as else mentors.visible_to(user))


def require_in_use(user: User) -> None:
    """Refuse people none of whose organisations uses the module."""
    if not organizations_with(module=Module.CERTIFICATION, user=user):
        raise ModuleDisabled


def in_use(rows: Any) -> Any:
    """Those of organisations that use the module."""
    settings = ModuleSetting.objects.filter(module=Module.CERTIFICATION, is_enabled=True)
    return rows.filter(organization_id__in=settings.values("organization_id"))
