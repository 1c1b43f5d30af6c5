"""Goals, their milestones and messages; daily notes; what shows success."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.pagination import SignedCursor
from training import services
from training.api import filters, lookups
from training.api.lookups import heard
from training.api.serializers import writing as shapes
from training.api.views.base import TrainingViewSet, code_of
from training.api.views.courses import FILE
from training.api.views.reflections import JSON_OR_FORM, InTurn, NewestReflection
from training.models import DailyNote, Goal, GoalMessage, GoalMilestone, SuccessProof
from training.serving import file_answer

FIVE_VISITS = OpenApiExample(
    "Five home visits",
    value={"title": "My first five home visits", "target_on": "2026-06-30", "milestones": ["The first", "The third"]},
    request_only=True,
)


class GoalViewSet(TrainingViewSet):
    queryset = Goal.objects.select_related("mentor__user", "mentor__organization").prefetch_related("goalmilestones")
    filterset_class = filters.GoalFilters
    serializer_class = shapes.GoalRow

    def rows(self) -> Any:
        return super().rows().with_current(timezone.now()).order_by("-set_at", "-id")

    @extend_schema(responses=shapes.GoalRow(many=True))
    def list(self, request: Request) -> Response:
        """One's own, newest first; for staff also those of the mentors in their care."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.GoalRow(page, many=True).data)

    @extend_schema(responses=shapes.GoalRow)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return self._said(pk)

    @extend_schema(request=shapes.NewGoal, responses={201: shapes.GoalRow, 200: shapes.GoalRow}, examples=[FIVE_VISITS])
    def create(self, request: Request) -> Response:
        """Set a goal. A mentor who works on none yet works on this one from now on.

        An open goal that says exactly the same is not set again: 200 with that goal, as with a `client_id` that is
        known already.
        """
        given = heard(shapes.NewGoal, request)
        mentor = self.own_profile(key=given.pop("peer_mentor_id", None))
        made = services.set_goal(mentor=mentor, by=request.user, at=timezone.now(), **given)
        return self._said(made.pk, code_of(made))

    @extend_schema(request=shapes.GoalChange, responses=shapes.GoalRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        goal = self.get_object()
        given = heard(shapes.GoalChange, request)
        services.edit_goal(goal=goal, by=request.user, at=timezone.now(), **given)
        return self._said(pk)

    @extend_schema(request=None, responses=shapes.GoalRow)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: UUID) -> Response:
        """The goal is reached. Whoever worked on it works on none until they choose another."""
        services.complete_goal(goal=self.get_object(), by=request.user, at=timezone.now())
        return self._said(pk)

    @extend_schema(request=None, responses=shapes.GoalRow)
    @action(detail=True, methods=["post"])
    def abandon(self, request: Request, pk: UUID) -> Response:
        """The goal is given up."""
        services.abandon_goal(goal=self.get_object(), by=request.user, at=timezone.now())
        return self._said(pk)

    @extend_schema(request=None, responses=shapes.GoalRow)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: UUID) -> Response:
        """It was too early to say so."""
        services.reopen_goal(goal=self.get_object(), by=request.user, at=timezone.now())
        return self._said(pk)

    @extend_schema(request=shapes.GoalChoice, responses=shapes.ChosenGoal)
    @action(detail=False, methods=["put"])
    def current(self, request: Request) -> Response:
        """From now on the caller works on this goal, or on none. What was done before stays with its goal."""
        given = heard(shapes.GoalChoice, request)
        goal = lookups.goal_of(request.user, self.enabled_organizations, given["goal_id"])
        mentor = self.own_profile(goal and goal.organization_id, given.get("peer_mentor_id"))
        chosen = services.switch_goal(mentor=mentor, goal=goal, by=request.user, at=timezone.now())
        said = {"goal_id": chosen.goal_id, "at": chosen.at} if chosen else {"goal_id": None, "at": None}
        return Response(shapes.ChosenGoal(said).data)

    @extend_schema(request=shapes.NewMilestone, responses={201: shapes.MilestoneRow, 200: shapes.MilestoneRow})
    @action(detail=True, methods=["post"])
    def milestones(self, request: Request, pk: UUID) -> Response:
        """One more step, at the end: 201. One that has the same title, or the same `client_id`: 200."""
        goal = self.get_object()
        given = heard(shapes.NewMilestone, request)
        made = services.add_milestone(goal=goal, by=request.user, at=timezone.now(), **given)
        return Response(shapes.MilestoneRow(made).data, status=code_of(made))

    @extend_schema(responses=shapes.MessageRow(many=True), filters=False)
    @action(detail=True, filterset_class=None, pagination_class=InTurn)
    def messages(self, request: Request, pk: UUID) -> Response:
        """The conversation about the goal, as it was written."""
        rows = GoalMessage.objects.filter(goal=self.get_object()).select_related("author")
        return self.get_paginated_response(shapes.MessageRow(self.paginate_queryset(rows), many=True).data)

    @extend_schema(request=shapes.NewMessage, responses={201: shapes.MessageRow, 200: shapes.MessageRow})
    @messages.mapping.post
    def write_message(self, request: Request, pk: UUID) -> Response:
        """Write in it, the mentor or staff: 201. With a `client_id` that is known already: 200."""
        goal = self.get_object()
        given = heard(shapes.NewMessage, request)
        made = services.write_goal_message(goal=goal, by=request.user, at=timezone.now(), **given)
        return Response(shapes.MessageRow(made).data, status=code_of(made))

    def _said(self, key: Any, code: int = status.HTTP_200_OK) -> Response:
        self.kwargs["pk"] = key
        return Response(shapes.GoalRow(self.get_object()).data, status=code)


class MilestoneViewSet(TrainingViewSet):
    queryset = GoalMilestone.objects.select_related("goal__mentor__user", "goal__mentor__organization")
    serializer_class = shapes.MilestoneRow

    @extend_schema(request=shapes.MilestoneTitle, responses=shapes.MilestoneRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        milestone = self.get_object()
        given = heard(shapes.MilestoneTitle, request)
        changed = services.edit_milestone(milestone=milestone, by=request.user, at=timezone.now(), **given)
        return Response(shapes.MilestoneRow(changed).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        services.delete_milestone(milestone=self.get_object(), by=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=shapes.MilestoneRow)
    @action(detail=True, methods=["post"])
    def reach(self, request: Request, pk: UUID) -> Response:
        """The step is done. Said again, the first moment stays."""
        done = services.reach_milestone(milestone=self.get_object(), by=request.user, at=timezone.now())
        return Response(shapes.MilestoneRow(done).data)

    @extend_schema(request=None, responses={200: shapes.MilestoneRow})
    @reach.mapping.delete
    def unreach(self, request: Request, pk: UUID) -> Response:
        """It was a mistake: the step is still to be done."""
        undone = services.unreach_milestone(milestone=self.get_object(), by=request.user, at=timezone.now())
        return Response(shapes.MilestoneRow(undone).data)


class DailyNoteViewSet(TrainingViewSet):
    queryset = DailyNote.objects.select_related("mentor__user", "mentor__organization")
    filterset_class = filters.DailyNoteFilters
    pagination_class = NewestReflection
    serializer_class = shapes.DailyNoteRow

    @extend_schema(responses=shapes.DailyNoteRow(many=True))
    def list(self, request: Request) -> Response:
        """One's own, newest first; for staff also those of the mentors in their care."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.DailyNoteRow(page, many=True).data)

    @extend_schema(responses=shapes.DailyNoteRow)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return Response(shapes.DailyNoteRow(self.get_object()).data)

    @extend_schema(request=shapes.NewDailyNote, responses={201: shapes.DailyNoteRow, 200: shapes.DailyNoteRow})
    def create(self, request: Request) -> Response:
        """Write about the day: 201. With a `client_id` that is known already: 200 and the note as it is."""
        given = heard(shapes.NewDailyNote, request)
        mentor = self.own_profile(key=given.pop("peer_mentor_id", None))
        made = services.write_daily_note(mentor=mentor, by=request.user, at=timezone.now(), **given)
        return Response(shapes.DailyNoteRow(self.get_queryset().get(pk=made.pk)).data, status=code_of(made))

    @extend_schema(request=shapes.NewText, responses=shapes.DailyNoteRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        note = self.get_object()
        given = heard(shapes.NewText, request)
        services.edit_daily_note(note=note, by=request.user, at=timezone.now(), **given)
        return Response(shapes.DailyNoteRow(self.get_object()).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        services.delete_daily_note(note=self.get_object(), by=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class NewestProof(SignedCursor):
    ordering = ("-submitted_at", "-id")


class ProofViewSet(TrainingViewSet):
    queryset = SuccessProof.objects.select_related("mentor__user", "mentor__organization")
    filterset_class = filters.ProofFilters
    pagination_class = NewestProof
    serializer_class = shapes.ProofRow

    def get_parsers(self) -> list[Any]:
        takes_files = getattr(self, "action_map", {}).get("post") == "create"
        return [parser() for parser in (JSON_OR_FORM if takes_files else self.parser_classes)]

    @extend_schema(responses=shapes.ProofRow(many=True))
    def list(self, request: Request) -> Response:
        """One's own, newest first; for staff also those of the mentors in their care."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.ProofRow(page, many=True).data)

    @extend_schema(responses=shapes.ProofRow)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return Response(shapes.ProofRow(self.get_object()).data)

    @extend_schema(
        request={"application/json": shapes.NewProof, "multipart/form-data": shapes.NewProofWithFile},
        responses={201: shapes.ProofRow, 200: shapes.ProofRow},
    )
    def create(self, request: Request) -> Response:
        """Show that a goal comes closer: 201. With a `client_id` that is known already: 200."""
        given = heard(shapes.NewProofWithFile if request.FILES else shapes.NewProof, request)
        goal = lookups.goal_of(request.user, self.enabled_organizations, given.pop("goal_id"))
        assert goal is not None
        mentor = self.own_profile(goal.organization_id)
        made = services.submit_proof(mentor=mentor, goal=goal, by=request.user, at=timezone.now(), **given)
        return Response(shapes.ProofRow(self.get_queryset().get(pk=made.pk)).data, status=code_of(made))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Take it back, with its file."""
        services.delete_proof(proof=self.get_object(), by=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=FILE, filters=False)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def media(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The file, whole or the bytes that `Range` asks for. 404 when there is none."""
        return file_answer(self.get_object().media_file, request)
