"""Badges when nothing is new: for one mentor, and for all; beside one hand-written statement of the same rules."""

from __future__ import annotations

from django.db import connection, transaction

from achievements.enums import EvaluationKind
from achievements.models import BadgeEvaluation, EarnedBadge
from achievements.services import evaluate_mentor, evaluate_organization
from benchmarks import data
from benchmarks.harness import Path, raw

# The starter set by hand: what each kind of rule counts, where the stored figures hold it. A yearly badge is counted
# for whoever lacks it this year or last, and has as many activities in all.
LACKED = """
FROM achievements_mentorstats stats
JOIN accounts_modulesetting module ON module.organization_id = stats.organization_id
    AND module.module = 'achievements-gamification' AND module.is_enabled
JOIN achievements_badgedefinition definition ON definition.organization_id = stats.organization_id
    AND definition.is_active
JOIN achievements_recognitiontiers tiers ON tiers.organization_id = stats.organization_id
CROSS JOIN LATERAL unnest(CASE definition.repeats WHEN 'yearly' THEN %(years)s::text[] ELSE '{""}' END) due(period)
WHERE CASE definition.criteria ->> 'type'
        WHEN 'threshold' THEN (definition.criteria ->> 'value')::int <= CASE definition.criteria ->> 'metric'
            WHEN 'activities' THEN stats.activity_count WHEN 'contacts' THEN stats.contact_count
            WHEN 'minutes' THEN stats.minutes WHEN 'events' THEN stats.event_count
            WHEN 'assignments' THEN stats.assignment_count END
        WHEN 'streak' THEN (definition.criteria ->> 'length')::int <= CASE definition.criteria ->> 'unit'
            WHEN 'week' THEN stats.longest_week_streak WHEN 'month' THEN stats.longest_month_streak END
        WHEN 'training_completion' THEN (definition.criteria ->> 'count')::int <= stats.training_count
        WHEN 'tier' THEN tiers.gold <= stats.activity_count END
  AND NOT EXISTS (SELECT FROM achievements_earnedbadge earned
                  WHERE earned.mentor_id = stats.mentor_id AND earned.definition_id = definition.id
                    AND earned.period = due.period)
  AND (due.period = '' OR 20 <= (
      SELECT count(*) FROM mentoring_activity activity
      WHERE activity.mentor_id = stats.mentor_id AND activity.deleted_at IS NULL AND activity.status <> 'rejected'
        AND activity.duplicate IN ('none', 'distinct')
        AND activity.local_date >= make_date(due.period::int, 1, 1)
        AND activity.local_date < make_date(due.period::int + 1, 1, 1)))
"""
_ONE = f"SELECT definition.id, due.period {LACKED} AND stats.mentor_id = %(mentor)s"
AWARD = f"""
INSERT INTO achievements_earnedbadge (id, organization_id, mentor_id, definition_id, period, criteria_version,
    earned_at)
SELECT varde_uuid7(), stats.organization_id, stats.mentor_id, definition.id, due.period, definition.criteria_version,
       %(at)s
{LACKED}
"""
_ALL = f"{AWARD} AND stats.organization_id = %(organization)s ON CONFLICT DO NOTHING"
_LOG = """
INSERT INTO achievements_badgeevaluation (id, organization_id, kind, evaluated_at, definition_count, mentor_count,
    awarded_count, milliseconds)
SELECT varde_uuid7(), %s, 'request', %s, 16, count(*), 0, 0 FROM achievements_mentorstats WHERE organization_id = %s
"""


class OneMentor(Path):
    name = "badges_one"
    sentence = "a mentor with about 250 activities"
    bound = 1.5
    rounds = 300

    def set_up(self) -> None:
        self.mentor_id = data.mentor_id(3)

    def ours(self) -> None:
        assert evaluate_mentor(mentor_id=self.mentor_id, at=data.TODAY) == []

    def twin(self) -> None:
        driver = raw()
        with driver.transaction():
            values = {"mentor": self.mentor_id, "years": ["2026"]}
            assert driver.execute(_ONE, values).fetchall() == []


class ManyBesideFew(Path):
    name = "badges_one_4000_to_50"
    sentence = "ours for a mentor with 4,000 activities, beside ours for one with 50"
    bound = 1.3
    rounds = 300

    def set_up(self) -> None:
        self.many, self.few = data.mentor_id(2), data.mentor_id(1)

    def ours(self) -> None:
        assert evaluate_mentor(mentor_id=self.many, at=data.TODAY) == []

    def twin(self) -> None:
        assert evaluate_mentor(mentor_id=self.few, at=data.TODAY) == []


class AllMentors(Path):
    name = "badges_all"
    sentence = "2,000 mentors, nothing new, with the row of the evaluation log"
    bound = 1.3
    rounds = 31

    def set_up(self) -> None:
        self.organization_id = data.organization_id()
        self.earned = EarnedBadge.objects.count()

    def before(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()

    def ours(self) -> None:
        evaluate_organization(organization_id=self.organization_id, at=data.TODAY, kind=EvaluationKind.REQUEST)

    def twin(self) -> None:
        values = {"organization": self.organization_id, "at": data.TODAY, "years": ["2026", "2025"]}
        assert raw().execute(_ALL, values).rowcount == 0
        raw().execute(_LOG, [self.organization_id, data.TODAY, self.organization_id])

    def after(self) -> None:
        latest = BadgeEvaluation.objects.filter(organization_id=self.organization_id).order_by("-pk").first()
        earned = EarnedBadge.objects.count()
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)
        assert latest is not None
        assert latest.awarded_count == 0
        assert earned == self.earned, "the second time awards nothing"

    def tear_down(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE achievements_badgeevaluation")


PATHS: list[Path] = [OneMentor(), ManyBesideFew(), AllMentors()]
