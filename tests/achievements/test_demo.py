"""The demo's figures are those of its two years."""

from datetime import UTC, datetime

import pytest

from achievements import kinds
from achievements.models import AnnualSummary, EarnedBadge, MentorStats
from mentoring.demo import MENTORS, build_demo
from notifications.models import Notification
from operations import duties
from operations.models import Job

pytestmark = pytest.mark.django_db


AT = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)


def test_the_demo(subtests, caplog):
    build_demo(at=AT)
    with subtests.test("has figures of every mentor, and they are right"):
        has_figures_of_every_mentor()
    with subtests.test("has last year whole and this year so far of every mentor"):
        has_two_years_of_every_mentor()
    with subtests.test("has no warning, which a newcomer reads first, about what is as it should be"):
        said = {record.levelname for record in caplog.records if record.name == "achievements.moments"}
        assert said == {"INFO"}


def has_figures_of_every_mentor():
    broken = [one.invariant.name for one in duties.check(at=AT) if not one.holds]
    assert "stats_are_derived" not in broken
    assert MentorStats.objects.filter(activity_count__gt=0, assignment_count__gt=0).count() == len(MENTORS)


def has_two_years_of_every_mentor():
    years = AnnualSummary.objects.filter(total_activities__gt=0)
    assert years.filter(year=2025, generation_status="ready").count() == len(MENTORS)
    assert years.filter(year=2026, as_of="2026-03-11").exists()
    assert not AnnualSummary.objects.to_generate().exists()


def test_everybody_in_the_demo_has_been_told_in_the_app_and_has_read_what_is_long_ago():
    build_demo(at=datetime(2026, 3, 11, 1, 30, tzinfo=UTC))  # at night, when phones are quiet
    told = Notification.objects.filter(kind__startswith="badge_earned")
    assert told.count() == EarnedBadge.objects.count()
    assert set(told.values_list("channel", "state")) == {("in_app", "sent")}
    assert not told.filter(kind=kinds.EARLIER_BADGE, read_at=None).exists()
    assert told.filter(kind=kinds.BADGE, read_at=None).exists()
    assert not Job.objects.exists()
