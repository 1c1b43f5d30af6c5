"""Rules of badges: everything that is wrong is said at once, whatever the JSON, and what is right can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from achievements.criteria import Unreadable, problems, read

ACTIVITIES = {"type": "threshold", "metric": "activities", "value": 3}


def rule(**facts):
    return {"version": 1} | facts


def group(depth):
    return {"type": "all", "of": [group(depth - 1)]} if depth else ACTIVITIES


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (rule(**ACTIVITIES), []),
        (rule(type="streak", unit="month", length=12), []),
        (rule(type="training_completion", courses=["first-aid"]), []),
        (rule(type="tier", tier="gold"), []),
        (rule(type="any", of=[ACTIVITIES, {"type": "tier", "tier": "gold"}]), []),
        (rule(**group(3)), []),
        (rule(**group(4)), [("of[0].of[0].of[0]", "too_deep")]),
        (rule(type="any", of=[ACTIVITIES] * 21), [("", "too_many_conditions")]),
        (rule(type="any", of=[]), [("of", "not_a_list")]),
        (ACTIVITIES, [("version", "required")]),
        (rule(**ACTIVITIES) | {"version": True}, [("version", "unknown_version")]),
        (rule(**ACTIVITIES) | {"value": True}, [("value", "not_a_number")]),
        (rule(**ACTIVITIES) | {"value": 3.0}, [("value", "not_a_number")]),
        (rule(**ACTIVITIES) | {"value": 10**400}, [("value", "out_of_range")]),
        (rule(**ACTIVITIES) | {"value": 0}, [("value", "out_of_range")]),
        (rule(**ACTIVITIES) | {"window": "month"}, [("window", "unknown_choice")]),
        (rule(**ACTIVITIES) | {"if": 1}, [("if", "unknown_key")]),
        (rule(**ACTIVITIES) | {"activity_types": ["walk", "gone", "walk"]},
         [("activity_types[1]", "unknown_name"), ("activity_types[2]", "named_twice")]),
        (rule(type="training_completion", count=1, courses=["first-aid"]), [("", "count_or_courses")]),
        (rule(type="all", of=[{"type": "streak", "unit": "hour"}, 3, ACTIVITIES | {"version": 1}]),
         [("of[0].unit", "unknown_choice"), ("of[0].length", "required"), ("of[1]", "not_an_object"),
          ("of[2].version", "unknown_key")]),
        ([], [("", "not_an_object")]),
        (None, [("", "not_an_object")]),
    ],
)  # fmt: skip
def test_everything_that_is_wrong_is_said_at_once(raw, found):
    said = problems(raw, activity_types={"walk"}, trainings={"first-aid"})
    assert [(each.path, each.code) for each in said] == found


def test_a_badge_that_is_earned_anew_each_year_counts_within_it():
    assert read(rule(**ACTIVITIES), yearly=True).figure.span == "year"
    (said,) = problems(rule(**ACTIVITIES, window="lifetime"), yearly=True)
    assert said.code == "not_for_a_yearly_badge"
    (said,) = problems(rule(type="streak", unit="month", length=13), yearly=True)
    assert said.code == "out_of_range"


words = st.sampled_from(
    ["version", "type", "threshold", "streak", "tier", "all", "any", "of", "metric", "value", "unit", "day", "length",
     "activities", "window", "year", "activity_types", "count", "courses", "training_completion", "gold"]
)  # fmt: skip
values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | words | st.just(1)
hostile = st.recursive(values, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | st.text(), inner))


@given(hostile | st.dictionaries(words, hostile).map(lambda raw: rule(**raw)))
def test_no_json_is_too_strange_to_be_answered(raw):
    if problems(raw):
        with pytest.raises(Unreadable):
            read(raw)
    else:
        read(raw)
