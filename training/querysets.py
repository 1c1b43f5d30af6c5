"""The query language of training."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db.models import OuterRef, Q, Subquery

from accounts.base.querysets import TenantQuerySet, mentor_in_care

if TYPE_CHECKING:
    from accounts.access import Access


class CourseQuerySet(TenantQuerySet):
    #: The way from a row to its course.
    COURSE = ""

    def scope(self, access: Access) -> Q:
        """Staff see what they write, everybody else in the organisation what is published."""
        published = Q(**{f"{self.COURSE}is_published": True}, organization_id__in=access.organizations)
        return Q(organization_id__in=access.coordinates) | published

    def published(self) -> Self:
        return self.filter(**{f"{self.COURSE}is_published": True})


class LessonQuerySet(CourseQuerySet):
    COURSE = "course__"


class InLessonQuerySet(CourseQuerySet):
    COURSE = "lesson__course__"


class CheckpointQuerySet(CourseQuerySet):
    COURSE = "video__lesson__course__"


class AnswerKeyQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        """Only staff: the rows say which answer is right."""
        return Q(organization_id__in=access.coordinates)


class LearnersQuerySet(TenantQuerySet):
    """What mentors have done."""

    def scope(self, access: Access) -> Q:
        return mentor_in_care(access)

    def with_people(self) -> Self:
        return self.select_related("mentor__user", "organization")


class ReflectionReplyQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        return mentor_in_care(access, "reflection__mentor_id")

    def in_turn(self) -> Self:
        """As they were written."""
        return self.select_related("author").order_by("written_at", "id")


class GoalQuerySet(LearnersQuerySet):
    def open(self) -> Self:
        """Neither reached nor given up."""
        return self.filter(completed_at=None, abandoned_at=None)

    def with_current(self, at: datetime) -> Self:
        """Annotate `current_goal_id`: the goal its mentor works on at `at`, which may be another one."""
        from training.models import GoalSwitch

        latest = GoalSwitch.objects.filter(mentor=OuterRef("mentor_id"), at__lte=at).order_by("-at").values("goal")[:1]
        return self.annotate(current_goal_id=Subquery(latest))
