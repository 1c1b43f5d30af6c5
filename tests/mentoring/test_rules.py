"""The follow-up rule, by itself."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentoring.rules import DEFAULT, Facts, Silence, Thresholds, evaluate

TODAY = date(2026, 3, 11)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def decide(**facts):
    return evaluate(Facts(**{"started_on": ago(100), **facts}), DEFAULT, TODAY)


@pytest.mark.parametrize(
    ("days", "recommendation"),
    [
        (0, "none"),
        (9, "none"),
        (10, "dispatch_reminder"),
        (19, "dispatch_reminder"),
        (20, "dispatch_escalation"),
        (400, "dispatch_escalation"),
    ],
)
def test_boundary_days_are_included(days, recommendation):
    evaluation = decide(last_contact_on=ago(days))
    assert (evaluation.days_since_contact, evaluation.recommendation) == (days, recommendation)


def test_an_escalation_does_not_spare_the_mentor_the_reminder():
    evaluation = decide(last_contact_on=ago(20))
    assert (evaluation.reminder_due, evaluation.escalation_due) == (True, True)


@pytest.mark.parametrize(("started", "overdue"), [(9, False), (10, True)])
def test_without_a_contact_yet_the_clock_starts_on_the_first_day(started, overdue):
    evaluation = decide(started_on=ago(started))
    assert (evaluation.days_since_contact, evaluation.days, evaluation.reminder_due) == (None, started, overdue)


def test_an_assignment_that_begins_next_week_is_not_overdue():
    assert decide(started_on=ago(-7)).days == 0


@pytest.mark.parametrize(("reminded", "again"), [(0, False), (8, False), (9, True), (30, True)])
def test_the_same_reminder_is_not_repeated_within_nine_days(reminded, again):
    evaluation = decide(last_contact_on=ago(40), last_reminded_on=ago(reminded), last_escalated_on=ago(reminded))
    assert (evaluation.reminder_due, evaluation.escalation_due) == (again, again)
    assert evaluation.silence == (None if again else Silence.REMINDED_LATELY)


def test_with_a_threshold_of_one_day_nobody_is_reminded_twice_on_a_day():
    facts = Facts(started_on=ago(5), last_reminded_on=TODAY, last_escalated_on=TODAY)
    assert evaluate(facts, Thresholds(1, 1), TODAY).recommendation == "none"


def test_a_paused_mentor_is_not_nagged_and_the_coordinator_is_told():
    evaluation = decide(last_contact_on=ago(10), mentor_is_active=False)
    assert (evaluation.reminder_due, evaluation.escalation_due) == (False, True)


@pytest.mark.parametrize(("until", "silent"), [(-1, True), (0, False), (1, False)])
def test_a_snooze_is_over_on_the_day_it_names(until, silent):
    evaluation = decide(last_contact_on=ago(30), snoozed_until=ago(until))
    assert (evaluation.silence == Silence.SNOOZED) is silent
    assert (evaluation.recommendation == "none") is silent


def test_an_ended_assignment_is_silent():
    evaluation = decide(last_contact_on=ago(300), is_open=False)
    assert (evaluation.silence, evaluation.recommendation, evaluation.is_overdue) == (Silence.CLOSED, "none", False)


days = st.integers(min_value=0, max_value=60)
past = st.one_of(st.none(), days.map(ago))
facts = st.builds(
    Facts,
    started_on=days.map(ago),
    last_contact_on=past,
    last_reminded_on=past,
    last_escalated_on=past,
    snoozed_until=st.one_of(st.none(), st.integers(-5, 5).map(ago)),
    is_open=st.booleans(),
    mentor_is_active=st.booleans(),
)


@given(facts, st.integers(1, 30), st.integers(0, 30))
def test_something_is_due_exactly_when_nothing_silences_it(fact, reminder, more):
    evaluation = evaluate(fact, Thresholds(reminder, reminder + more), TODAY)
    assert (evaluation.silence is None) == (evaluation.reminder_due or evaluation.escalation_due)
