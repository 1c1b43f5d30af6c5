"""Goals, their milestones, and which of them a mentor works on."""

from datetime import date, timedelta

import pytest

from accounts.models import ChangeEntry
from tests.factories import GoalFactory
from training import refusals, services
from training.models import Goal, GoalMilestone, GoalSwitch
from training.services.goals import current_goal_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_goal(mentor, now):
    def set_goal(title="Five home visits", **facts):
        return services.set_goal(**{"mentor": mentor, "title": title, "by": mentor.user, "at": now} | facts)

    return set_goal


def choices(mentor):
    return [choice.goal and choice.goal.title for choice in GoalSwitch.objects.filter(mentor=mentor).order_by("at")]


def test_the_first_goal_is_what_a_mentor_works_on_from_now_on(set_goal, mentor, now):
    goal = set_goal(" Five home visits ", description="…", target_on=date(2026, 6, 1), milestones=["One", "Two"])
    goal.refresh_from_db()
    assert (goal.title, goal.target_on, goal.set_at) == ("Five home visits", date(2026, 6, 1), now)
    assert list(goal.goalmilestones.values_list("title", "position")) == [("One", 0), ("Two", 1)]
    set_goal("Another one")
    assert choices(mentor) == ["Five home visits"]


def test_the_same_goal_is_not_set_twice(set_goal, mentor, now):
    first = set_goal(milestones=["One"])
    assert set_goal(milestones=["One"]) == first
    services.complete_goal(goal=first, by=mentor.user, at=now)
    assert set_goal() != first
    assert (Goal.objects.count(), GoalMilestone.objects.count()) == (2, 1)


def test_what_a_goal_cannot_be(set_goal, now):
    for refusal, facts in (
        (refusals.TitleRequired, {"title": "  "}),
        (refusals.TextTooLong, {"title": "x" * 201}),
        (refusals.TextTooLong, {"description": "x" * 4001}),
        (refusals.TitleRequired, {"milestones": ["One", " "]}),
        (refusals.TooManyMilestones, {"milestones": [str(n) for n in range(51)]}),
        (refusals.TargetOutOfRange, {"target_on": date(2026, 3, 10)}),
        (refusals.TargetOutOfRange, {"target_on": date(2060, 3, 10)}),
    ):
        with pytest.raises(refusal):
            set_goal(**facts)
    assert not Goal.objects.exists()
    assert set_goal(target_on=date(2026, 3, 11))  # today


def test_a_choice_is_added_behind_the_others_and_none_when_nothing_changes(set_goal, mentor, now):
    first, second = set_goal("First"), set_goal("Second")

    def switch(goal, at):
        return services.switch_goal(mentor=mentor, goal=goal, by=mentor.user, at=at)

    switch(second, now)  # at the same moment as the first choice
    switch(second, now + timedelta(days=1))
    switch(first, now - timedelta(days=1))  # a server whose clock is slow
    switch(None, now + timedelta(days=1))
    assert choices(mentor) == ["First", "Second", "First", None]
    assert Goal.objects.with_current(now).get(pk=first.pk).current_goal_id == first.pk


def test_no_goal_is_no_choice_for_somebody_who_never_had_one(mentor, now):
    assert services.switch_goal(mentor=mentor, goal=None, by=mentor.user, at=now) is None
    assert choices(mentor) == []


def test_a_goal_that_is_reached_is_not_worked_on_any_more(set_goal, mentor, now):
    goal = set_goal()
    services.complete_goal(goal=goal, by=mentor.user, at=now + timedelta(days=9))
    goal.refresh_from_db()
    assert (goal.completed_at, choices(mentor)) == (now + timedelta(days=9), ["Five home visits", None])
    services.complete_goal(goal=goal, by=mentor.user, at=now + timedelta(days=10))
    goal.refresh_from_db()
    assert goal.completed_at == now + timedelta(days=9)


def test_another_goal_that_is_given_up_changes_no_choice(set_goal, mentor, now):
    goal, other = set_goal(), set_goal("Another one")
    services.abandon_goal(goal=other, by=mentor.user, at=now)
    assert current_goal_id(mentor) == goal.pk


def test_a_goal_that_is_closed_stays_as_it_is_until_it_is_opened_again(set_goal, mentor, now):
    goal = set_goal(milestones=["One"])
    step = goal.goalmilestones.get()
    services.abandon_goal(goal=goal, by=mentor.user, at=now)
    own = {"by": mentor.user, "at": now}
    for verb, more in (
        (services.complete_goal, {"goal": goal}),
        (services.edit_goal, {"goal": goal, "title": "x"}),
        (services.add_milestone, {"goal": goal, "title": "x"}),
        (services.edit_milestone, {"milestone": step, "title": "x"}),
        (services.reach_milestone, {"milestone": step}),
        (services.delete_milestone, {"milestone": step}),
        (services.switch_goal, {"mentor": mentor, "goal": goal}),
    ):
        with pytest.raises(refusals.GoalClosed):
            verb(**own, **more)
    services.reopen_goal(goal=goal, **own)
    assert services.complete_goal(goal=goal, **own).completed_at == now


def test_changes_are_noted_without_their_words(set_goal, mentor, now):
    goal = set_goal()
    services.edit_goal(goal=goal, title="Six home visits", by=mentor.user, at=now)
    entry = ChangeEntry.objects.get(subject_id=goal.pk)
    assert entry.after == {"title": "•••"}
    services.edit_goal(goal=goal, title="Six home visits", by=mentor.user, at=now)
    assert ChangeEntry.objects.filter(subject_id=goal.pk).count() == 1


def test_a_goal_whose_day_has_passed_can_still_be_said_in_other_words(set_goal, mentor, now):
    goal = set_goal(target_on=date(2026, 3, 20))
    later = {"by": mentor.user, "at": now + timedelta(days=30)}
    edited = services.edit_goal(goal=goal, title="Six home visits", target_on=date(2026, 3, 20), **later)
    assert (edited.title, edited.target_on) == ("Six home visits", date(2026, 3, 20))
    with pytest.raises(refusals.TargetOutOfRange):
        services.edit_goal(goal=goal, target_on=date(2026, 3, 21), **later)


def test_milestones_are_added_at_the_end_reached_once_and_taken_back(set_goal, mentor, now):
    goal, own = set_goal(milestones=["One"]), {"by": mentor.user, "at": now}
    two = services.add_milestone(goal=goal, title="Two", **own)
    assert services.add_milestone(goal=goal, title=" Two ", **own) == two
    assert two.position == 1
    services.reach_milestone(milestone=two, **own)
    services.reach_milestone(milestone=two, by=mentor.user, at=now + timedelta(days=1))
    two.refresh_from_db()
    assert two.reached_at == now
    assert services.unreach_milestone(milestone=two, **own).reached_at is None
    services.edit_milestone(milestone=two, title="Zwei", **own)
    services.delete_milestone(milestone=goal.goalmilestones.first(), **own)
    assert list(goal.goalmilestones.values_list("title", flat=True)) == ["Zwei"]


def test_a_goal_has_at_most_fifty_milestones(set_goal, mentor, now):
    goal = set_goal(milestones=[str(n) for n in range(50)])
    with pytest.raises(refusals.TooManyMilestones):
        services.add_milestone(goal=goal, title="One more", by=mentor.user, at=now)


def test_goals_are_the_mentors_own(set_goal, mentor, coordinator, now):
    goal = set_goal(milestones=["One"])
    step = goal.goalmilestones.get()
    for verb, more in (
        (services.set_goal, {"mentor": mentor, "title": "x"}),
        (services.edit_goal, {"goal": goal, "title": "x"}),
        (services.complete_goal, {"goal": goal}),
        (services.abandon_goal, {"goal": goal}),
        (services.reopen_goal, {"goal": goal}),
        (services.switch_goal, {"mentor": mentor, "goal": None}),
        (services.add_milestone, {"goal": goal, "title": "x"}),
        (services.reach_milestone, {"milestone": step}),
    ):
        with pytest.raises(refusals.NotTheirOwn):
            verb(by=coordinator, at=now, **more)
    with pytest.raises(refusals.OtherOrganization):
        services.switch_goal(mentor=mentor, goal=GoalFactory(), by=mentor.user, at=now)
