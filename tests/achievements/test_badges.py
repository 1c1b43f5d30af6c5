"""Badges: awarded once, for what was done, when it was done."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override

from achievements import services
from achievements.enums import EvaluationKind
from achievements.models import BadgeDefinition, BadgeEvaluation, CriteriaVersion, EarnedBadge
from achievements.refusals import InvalidDefinition, MentorNotInCare, NoteRequired
from notifications.models import Notification
from tests.achievements.conftest import NOW, record, threshold
from tests.factories import ActivityFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_other_badges")]


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


def test_the_activity_that_crosses_a_threshold_awards_the_badge_and_tells_once(pair, define):
    badge = define("three", threshold("activities", 3))
    for days in (3, 2):
        record(pair, NOW - timedelta(days=days))
    assert not EarnedBadge.objects.exists()
    last = record(pair, NOW - timedelta(days=1))
    earned = EarnedBadge.objects.get()
    assert (earned.definition, earned.earned_at, earned.period) == (badge, last.occurred_at, "")
    assert earned.evidence == {"metric": "activities", "current": 3, "required": 3, "activity": str(last.pk)}
    record(pair, NOW)
    assert EarnedBadge.objects.count() == 1
    told = Notification.objects.get(kind="badge_earned")
    assert (told.recipient, told.subject_id, told.channel) == (pair.mentor.user, earned.pk, "push")


def test_whoever_jumps_over_a_threshold_has_it_too_from_when_it_fell(pair, define):
    past = [
        ActivityFactory(
            assignment=pair,
            mentor=pair.mentor,
            organization=pair.organization,
            contact=pair.contact,
            occurred_at=NOW - timedelta(days=90 - n),
        )
        for n in range(4)
    ]
    services.recompute_stats(mentors=[pair.mentor_id])
    badge = define("third", threshold("activities", 3))
    done = services.evaluate_organization(organization_id=pair.organization_id, at=NOW, kind=EvaluationKind.NIGHTLY)
    earned = EarnedBadge.objects.get()
    assert (earned.definition, earned.earned_at) == (badge, past[2].occurred_at)
    assert done.outcome == {"badges": 1, "mentors": 1, "awarded": 1}
    assert Notification.objects.get(subject_id=earned.pk).kind == "badge_earned_earlier"
    again = services.evaluate_organization(organization_id=pair.organization_id, at=NOW, kind=EvaluationKind.NIGHTLY)
    assert (again.awarded_count, BadgeEvaluation.objects.count()) == (0, 2)


def test_what_staff_revoke_stays_revoked_until_they_award_it_again(pair, define, coordinator, stranger):
    define("one", threshold("activities", 1))
    record(pair, NOW)
    earned = EarnedBadge.objects.get()
    with pytest.raises(MentorNotInCare):
        services.revoke_badge(earned=earned, by=stranger, at=NOW, reason="No")
    services.revoke_badge(earned=earned, by=coordinator, at=NOW, reason="By mistake")
    record(pair, NOW + timedelta(days=1))
    services.evaluate_organization(organization_id=pair.organization_id, at=NOW, kind=EvaluationKind.REQUEST)
    assert not EarnedBadge.objects.get().is_valid
    back = services.award_badge(
        mentor=pair.mentor, definition=earned.definition, by=coordinator, at=NOW, note="It was right after all"
    )
    assert (back.pk, back.is_valid, back.earned_at) == (earned.pk, True, earned.earned_at)


def test_the_second_who_awards_by_hand_gets_the_first_award(pair, define, coordinator, org_admin):
    badge = define("by-hand", None)
    with pytest.raises(NoteRequired):
        services.award_badge(mentor=pair.mentor, definition=badge, by=coordinator, at=NOW, note=" ")
    first = services.award_badge(mentor=pair.mentor, definition=badge, by=coordinator, at=NOW, note="Thanks")
    second = services.award_badge(mentor=pair.mentor, definition=badge, by=org_admin, at=NOW, note="Thanks too")
    assert (second.pk, second.note, second.awarded_by_user) == (first.pk, "Thanks", coordinator)
    assert Notification.objects.filter(kind="badge_earned").count() == 1
    assert services.explain(earned=first) == "Awarded by those who look after you: Thanks"


def test_a_yearly_badge_belongs_to_the_local_year_on_new_years_night(pair, define):
    define("two-a-year", threshold("activities", 2), repeats="yearly")
    record(pair, datetime(2025, 12, 31, 22, 58, tzinfo=UTC))
    record(pair, datetime(2025, 12, 31, 23, 0, tzinfo=UTC))  # the new year in Oslo
    assert not EarnedBadge.objects.exists()
    late = record(pair, datetime(2025, 12, 31, 22, 59, tzinfo=UTC))
    assert EarnedBadge.objects.get().period == "2025"
    assert EarnedBadge.objects.get().earned_at == late.occurred_at
    record(pair, datetime(2026, 1, 3, 11, 0, tzinfo=UTC))
    assert list(EarnedBadge.objects.order_by("period").values_list("period", flat=True)) == ["2025", "2026"]


def test_a_changed_rule_is_a_new_version_and_old_awards_keep_theirs(pair, define):
    badge = define("one", threshold("activities", 1))
    record(pair, NOW)
    badge.criteria = threshold("activities", 5)
    services.save_definition(definition=badge, by=None, at=NOW)
    assert list(
        CriteriaVersion.objects.filter(definition=badge).order_by("version").values_list("version", flat=True)
    ) == [1, 2]
    assert badge.criteria_version == 2
    assert services.explain(earned=EarnedBadge.objects.get()) == "Awarded for 1 activity."


def test_everything_that_is_wrong_with_a_definition_is_said_at_once(organization):
    made = BadgeDefinition(
        organization=organization, slug="x y", name="", icon="nothing", category="sport",
        criteria={"version": 2, "type": "all", "of": [{"type": "streak", "unit": "hour", "length": True}, 3]},
    )  # fmt: skip
    with pytest.raises(InvalidDefinition) as refused:
        services.save_definition(definition=made, by=None, at=NOW)
    assert set(refused.value.errors) == {
        "slug", "name", "icon", "category", "criteria.version", "criteria.of[0].unit", "criteria.of[0].length",
        "criteria.of[1]",
    }  # fmt: skip


def test_standings_say_how_far_it_is_and_preview_who_would_earn_it(pair, organization, define):
    for days in (1, 2):
        record(pair, NOW - timedelta(days=days))
    badge = define("five", {"version": 1, "type": "threshold", "metric": "activities", "value": 5,
                            "activity_types": ["home_visit"], "window": "year"})  # fmt: skip
    streak = define("streak", {"version": 1, "type": "streak", "unit": "day", "length": 2}, active=False)
    (one,) = services.standings(mentor=pair.mentor, at=NOW)
    assert (one.definition, one.earned, one.current, one.required) == (badge, None, 2, 5)
    assert one.sentence.endswith("in one calendar year: 2 so far, 3 to go.")
    seen = services.preview_definition(definition=streak, organization=organization, at=NOW)
    assert (seen.count, seen.sample) == (1, [pair.mentor])
    assert not EarnedBadge.objects.exists()
