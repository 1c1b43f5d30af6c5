"""The verbs of goals: set one, work on it, reach it or give it up.

All of them hold the mentor's row, so that choices of a goal come one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.local_time import local_date
from accounts.models import MentorProfile, User
from accounts.services import log_change
from training.models import Goal, GoalMilestone, GoalSwitch
from training.refusals import (
    GoalClosed,
    OtherOrganization,
    TargetOutOfRange,
    TextTooLong,
    TitleRequired,
    TooManyMilestones,
)
from training.services.learners import checked_text, lock_mentor, require_own, still_there

LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 4000
MOST_MILESTONES = 50
LATEST_TARGET = timedelta(days=20 * 366)
_FACTS = ("title", "description", "target_on")


@transaction.atomic
def set_goal(
    *,
    mentor: MentorProfile,
    title: str,
    description: str = "",
    target_on: date | None = None,
    milestones: Sequence[str] = (),
    client_id: UUID | None = None,
    by: User | None,
    at: datetime,
) -> Goal:
    """Set a goal with its milestones. A mentor who works on none yet works on this one from now on.

    The same goal is not set twice: one that is open and says exactly the same is the answer, and so is the one that
    the mentor has sent under this `client_id` before.
    """
    require_own(by, mentor)
    lock_mentor(mentor)
    if (known := Goal.known(client_id, mentor=mentor)) is not None:
        return known
    facts = _checked(mentor, {"title": title, "description": description, "target_on": target_on}, at)
    steps = [_title(step, "milestones") for step in milestones]
    _check_count(len(steps))
    same: Goal | None = Goal.objects.open().filter(mentor=mentor, **facts).first()
    if same is not None:
        same.was_there = True
        return same
    goal: Goal = Goal.objects.create(
        organization_id=mentor.organization_id, mentor=mentor, client_id=client_id, set_at=at, **facts
    )
    GoalMilestone.objects.bulk_create(_milestone(goal, step, position) for position, step in enumerate(steps))
    if current_goal_id(mentor) is None:
        _switch(mentor, goal, at)
    return goal


@transaction.atomic
def edit_goal(*, goal: Goal, by: User | None, at: datetime, **changes: Any) -> Goal:
    """Change `title`, `description` or `target_on` of an open goal."""
    stored = _open(goal, by)
    if "target_on" in changes and changes["target_on"] == stored.target_on:
        del changes["target_on"]  # said again, perhaps when the day has passed
    facts = _checked(stored.mentor, changes, at)
    before = {name: getattr(stored, name) for name in facts if getattr(stored, name) != facts[name]}
    if not before:
        return stored
    for name in before:
        setattr(stored, name, facts[name])
    stored.save(update_fields=[*before, "updated_at"])
    log_change(stored, by=by, at=at, before=before)
    return stored


@transaction.atomic
def switch_goal(*, mentor: MentorProfile, goal: Goal | None, by: User | None, at: datetime) -> GoalSwitch | None:
    """From now on the mentor works on `goal`, or on none. What was done before stays with the goal it was done for.

    Answers the choice that holds now; None when the mentor has never had a goal and wants none.
    """
    require_own(by, mentor)
    lock_mentor(mentor)
    if goal is not None:
        goal = still_there(Goal.objects.all(), goal.pk)
        if goal.mentor_id != mentor.pk:
            raise OtherOrganization
        _require_open(goal)
    return _switch(mentor, goal, at)


@transaction.atomic
def complete_goal(*, goal: Goal, by: User | None, at: datetime) -> Goal:
    """The goal is reached. Whoever worked on it works on none until they choose another."""
    return _close(goal, "completed_at", by, at)


@transaction.atomic
def abandon_goal(*, goal: Goal, by: User | None, at: datetime) -> Goal:
    """The goal is given up, and stays with all that was done for it."""
    return _close(goal, "abandoned_at", by, at)


@transaction.atomic
def reopen_goal(*, goal: Goal, by: User | None, at: datetime) -> Goal:
    """It was too early to say so: the goal is open again. Which goal the mentor works on does not change."""
    stored = _locked(goal, by)
    if _is_open(stored):
        return stored
    before = {name: getattr(stored, name) for name in ("completed_at", "abandoned_at")}
    stored.completed_at = stored.abandoned_at = None
    stored.save(update_fields=["completed_at", "abandoned_at", "updated_at"])
    log_change(stored, by=by, at=at, before=before)
    return stored


@transaction.atomic
def add_milestone(
    *, goal: Goal, title: str, client_id: UUID | None = None, by: User | None, at: datetime
) -> GoalMilestone:
    """One more step, at the end; one that has the same title, or was sent under this `client_id`, is the answer."""
    stored = _locked(goal, by)
    if (known := GoalMilestone.known(client_id, mentor=stored.mentor)) is not None:
        return known
    _require_open(stored)
    name = _title(title)
    steps = list(GoalMilestone.objects.filter(goal=stored))
    same = next((step for step in steps if step.title == name), None)
    if same is not None:
        same.was_there = True
        return same
    _check_count(len(steps) + 1)
    step = _milestone(stored, name, max((step.position for step in steps), default=-1) + 1)
    step.client_id = client_id
    step.save(force_insert=True)
    return step


@transaction.atomic
def edit_milestone(*, milestone: GoalMilestone, title: str, by: User | None, at: datetime) -> GoalMilestone:
    step = _step(milestone, by)
    before, step.title = step.title, _title(title)
    step.save(update_fields=["title", "updated_at"])
    log_change(step, by=by, at=at, before={"title": before})
    return step


@transaction.atomic
def delete_milestone(*, milestone: GoalMilestone, by: User | None, at: datetime) -> None:
    step = _step(milestone, by)
    log_change(step, by=by, at=at, action="deleted")
    step.delete()


@transaction.atomic
def reach_milestone(*, milestone: GoalMilestone, by: User | None, at: datetime) -> GoalMilestone:
    """The step is done; the first moment stays."""
    step = _step(milestone, by)
    if step.reached_at is None:
        step.reached_at = at
        step.save(update_fields=["reached_at", "updated_at"])
    return step


@transaction.atomic
def unreach_milestone(*, milestone: GoalMilestone, by: User | None, at: datetime) -> GoalMilestone:
    """It was a mistake: the step is still to be done."""
    step = _step(milestone, by)
    if step.reached_at is not None:
        before = {"reached_at": step.reached_at}
        step.reached_at = None
        step.save(update_fields=["reached_at", "updated_at"])
        log_change(step, by=by, at=at, before=before)
    return step


def current_goal_id(mentor: MentorProfile) -> Any:
    """The goal that the mentor works on now, or None."""
    latest = _latest(mentor)
    return latest.goal_id if latest else None


# --- What they are made of --------------------------------------------------------------------------------------------


def _latest(mentor: MentorProfile) -> GoalSwitch | None:
    found: GoalSwitch | None = GoalSwitch.objects.filter(mentor=mentor).order_by("-at").first()
    return found


def _switch(mentor: MentorProfile, goal: Goal | None, at: datetime) -> GoalSwitch | None:
    """Add a choice behind the latest, so that what was true of a moment stays true of it."""
    latest = _latest(mentor)
    if (latest.goal_id if latest else None) == (goal.pk if goal else None):
        return latest
    moment = max(at, latest.at + timedelta(microseconds=1)) if latest else at
    choice: GoalSwitch = GoalSwitch.objects.create(
        organization_id=mentor.organization_id, mentor=mentor, goal=goal, at=moment
    )
    return choice


def _close(goal: Goal, field: str, by: User | None, at: datetime) -> Goal:
    stored = _locked(goal, by)
    if getattr(stored, field) is not None:
        return stored
    _require_open(stored)
    setattr(stored, field, max(at, stored.set_at))
    stored.save(update_fields=[field, "updated_at"])
    if current_goal_id(stored.mentor) == stored.pk:
        _switch(stored.mentor, None, at)
    return stored


def _locked(goal: Goal, by: User | None) -> Goal:
    require_own(by, goal.mentor)
    lock_mentor(goal.mentor)
    found: Goal = still_there(Goal.objects.select_related("mentor__organization"), goal.pk)
    return found


def _open(goal: Goal, by: User | None) -> Goal:
    stored = _locked(goal, by)
    _require_open(stored)
    return stored


def _step(milestone: GoalMilestone, by: User | None) -> GoalMilestone:
    _open(milestone.goal, by)
    found: GoalMilestone = still_there(GoalMilestone.objects.all(), milestone.pk)
    return found


def _is_open(goal: Goal) -> bool:
    return goal.completed_at is None and goal.abandoned_at is None


def _require_open(goal: Goal) -> None:
    if not _is_open(goal):
        raise GoalClosed


def _milestone(goal: Goal, title: str, position: int) -> GoalMilestone:
    return GoalMilestone(
        organization_id=goal.organization_id, mentor_id=goal.mentor_id, goal=goal, title=title, position=position
    )


def _checked(mentor: MentorProfile, facts: dict[str, Any], at: datetime) -> dict[str, Any]:
    if unknown := facts.keys() - set(_FACTS):
        raise TypeError(f"A goal has no {', '.join(sorted(unknown))}.")
    made = dict(facts)
    if "title" in made:
        made["title"] = _title(made["title"])
    if "description" in made:
        made["description"] = checked_text(made["description"], required=False, longest=LONGEST_DESCRIPTION)
    target, today = made.get("target_on"), local_date(at, mentor.organization.time_zone)
    if target is not None and not today <= target <= today + LATEST_TARGET:
        raise TargetOutOfRange
    return made


def _title(title: str, field: str = "title") -> str:
    stripped = title.strip()
    if not stripped:
        raise TitleRequired(field=field)
    if len(stripped) > LONGEST_TITLE:
        raise TextTooLong(field=field, longest=LONGEST_TITLE)
    return stripped


def _check_count(milestones: int) -> None:
    if milestones > MOST_MILESTONES:
        raise TooManyMilestones
