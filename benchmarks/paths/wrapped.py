"""The year in review of every mentor, and of 500: claims and chunks included, beside one hand-written statement.

The twin is one ordered pass (runs of days as islands, one grouping by mentor) with INSERT … ON CONFLICT. It has the
same outcome: it also finds the highlights and counts the badges, and it is written to be fast, with the same packed
numbers for "the best, and the earliest of equals". It is simpler where the data allow it: one year that is over, one
profile for each user, at most one badge. Each run is rolled back, so that every run finds the same rows.

And, as a path of its own, ours for every mentor beside ours for half of them: twice the work in hardly more than twice
the time. It is most telling with `--scale 10`, where a plan that grows faster than the data would show.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction

from accounts.models import MentorProfile
from achievements import generation
from achievements.highlights import MILESTONES
from achievements.models import AnnualSummary
from achievements.services import generate_pending
from achievements.services.summaries import CHUNK
from benchmarks import data
from benchmarks.harness import Path, raw

YEAR = 2025

_MONTHS = ", ".join(f"count(*) FILTER (WHERE month = {month})" for month in range(1, 13))
_COLUMNS = (
    "total_activities",
    "total_hours",
    "total_contacts_reached",
    "total_events_attended",
    "badges_earned_count",
    "top_activity_type",
    "streak_days",
    "most_active_month",
    "monthly_activity_counts",
    "highlight_moments",
)
_ONE_STATEMENT = f"""
INSERT INTO achievements_annualsummary AS summary (id, organization_id, user_id, mentor_id, year, generation_status,
    generated_at, done_version, {", ".join(_COLUMNS)})
SELECT varde_uuid7(), mentor.organization_id, mentor.user_id, mentor.id, 2025, 'ready', %(at)s, 1, done.activities,
       done.hours, done.contacts, done.events, coalesce(earned.badges, 0), type.slug, done.longest / 512,
       array_position(months, best), done.months, to_jsonb((array_remove(ARRAY[
           CASE WHEN milestone IS NOT NULL THEN jsonb_build_object('type', 'milestone',
               'date', date '2025-01-01' + (milestone & 511), 'count', milestone / 512) END,
           CASE WHEN longest / 512 >= 2 THEN jsonb_build_object('type', 'longest_streak',
               'date', date '2025-01-01' + (511 - (longest & 511)), 'days', longest / 512) END,
           earned.moments[1],
           jsonb_build_object('type', 'most_active_month', 'date', make_date(2025, array_position(months, best), 1),
                              'month', array_position(months, best), 'count', best),
           CASE WHEN first_event IS NOT NULL THEN jsonb_build_object('type', 'first_event', 'date', first_event) END,
           CASE WHEN busiest / 512 >= 2 THEN jsonb_build_object('type', 'busiest_day',
               'date', date '2025-01-01' + (511 - (busiest & 511)), 'count', busiest / 512) END,
           jsonb_build_object('type', 'first_activity', 'date', first_day)], NULL) || earned.moments[2:])[1:5])
FROM (
    SELECT *, (SELECT max(month) FROM unnest(months) month) AS best
    FROM (
        SELECT mentor_id, count(*) AS activities, round(sum(minutes) / 60.0, 2) AS hours,
               count(DISTINCT contact_id) FILTER (WHERE reached) AS contacts, count(*) FILTER (WHERE event) AS events,
               mode() WITHIN GROUP (ORDER BY type_id) AS type_id, ARRAY[{_MONTHS}]::int[] AS months,
               min(local_date) AS first_day, min(local_date) FILTER (WHERE event) AS first_event,
               max((local_date - island_from + 1) * 512 + 511 - day) AS longest,
               max((number - first_of_day + 1) * 512 + 511 - day) AS busiest,
               max(number * 512 + day) FILTER (WHERE number IN ({", ".join(map(str, MILESTONES))})) AS milestone
        FROM (
            SELECT *, min(local_date) OVER (PARTITION BY mentor_id, island) AS island_from
            FROM (
                SELECT mentor_id, local_date, type_id, contact_id, minutes, reached, event,
                       date_part('month', local_date)::int AS month, local_date - date '2025-01-01' AS day,
                       local_date - (dense_rank() OVER by_day)::int AS island,
                       (row_number() OVER by_day)::int AS number, (rank() OVER by_day)::int AS first_of_day
                FROM mentoring_activity
                WHERE mentor_id = ANY(%(mentors)s) AND local_date >= '2025-01-01' AND local_date < '2026-01-01'
                  AND deleted_at IS NULL AND status <> 'rejected' AND duplicate IN ('none', 'distinct')
                WINDOW by_day AS (PARTITION BY mentor_id ORDER BY local_date)
            ) numbered
        ) islands
        GROUP BY mentor_id
    ) counted
) done
JOIN accounts_mentorprofile mentor ON mentor.id = done.mentor_id
JOIN mentoring_activitytype type ON type.id = done.type_id
LEFT JOIN (
    SELECT badge.mentor_id, count(*) AS badges, array_agg(jsonb_build_object('type', 'badge', 'slug', definition.slug,
           'date', (badge.earned_at AT TIME ZONE 'Europe/Oslo')::date)
           ORDER BY badge.earned_at, definition.slug) AS moments
    FROM achievements_earnedbadge badge
    JOIN achievements_badgedefinition definition ON definition.id = badge.definition_id
    WHERE badge.mentor_id = ANY(%(mentors)s) AND badge.revoked_at IS NULL
      AND date_part('year', badge.earned_at AT TIME ZONE 'Europe/Oslo') = 2025
    GROUP BY badge.mentor_id
) earned ON earned.mentor_id = done.mentor_id
ON CONFLICT (user_id, year) DO UPDATE SET
    ({", ".join(_COLUMNS)}, generation_status, generated_at, done_version, updated_at)
    = ({", ".join(f"EXCLUDED.{name}" for name in _COLUMNS)}, 'ready', EXCLUDED.generated_at,
       summary.requested_version, now())
"""  # noqa: S608 (constants of ours)


class Wrapped(Path):
    """All rows of a year wait; afterwards all are ready."""

    mentors: list[UUID]

    def set_up(self) -> None:
        self.mentors = self.of_whom()
        self.sums: set[tuple[object, ...]] = set()
        AnnualSummary.objects.all().delete()
        generation.mark([(mentor, YEAR) for mentor in self.mentors])

    def of_whom(self) -> list[UUID]:
        raise NotImplementedError

    def before(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE achievements_annualsummary")
        self.block = transaction.atomic()
        self.block.__enter__()

    def ours(self) -> None:
        while generate_pending(at=data.TODAY):
            pass

    def twin(self) -> None:
        raw().execute(_ONE_STATEMENT, {"mentors": self.mentors, "at": data.TODAY})

    def after(self) -> None:
        self.check()
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def check(self) -> None:
        """Both ways have the same outcome, and every run has."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), sum(total_activities), sum(total_hours), sum(total_contacts_reached),"
                " sum(streak_days), sum(most_active_month), sum(monthly_activity_counts[7]),"
                " sum(badges_earned_count), sum(hashtext(highlight_moments::text))"
                " FROM achievements_annualsummary WHERE generation_status = 'ready'"
            )
            self.sums.add(cursor.fetchone())
        if len(self.sums) != 1:
            raise AssertionError(f"The two ways did not write the same: {self.sums}")

    def tear_down(self) -> None:
        AnnualSummary.objects.all().delete()


class WrappedAll(Wrapped):
    name = "wrapped_all"
    sentence = "every mentor's year"
    bound = 1.2
    rounds = 9

    def of_whom(self) -> list[UUID]:
        return list(MentorProfile.objects.order_by("pk").values_list("pk", flat=True))


class AllBesideHalf(WrappedAll):
    name = "wrapped_all_to_half"
    sentence = "ours for every mentor, beside ours for half of them"
    bound = 2.5
    rounds = 5

    def ours(self) -> None:
        self.make(len(self.mentors))

    def twin(self) -> None:
        self.make(len(self.mentors) // 2)

    def make(self, count: int) -> None:
        """In whole parts, so that they are of the same size on both sides."""
        self.wanted = count
        for _ in range(count // CHUNK):
            generate_pending(at=data.TODAY)

    def check(self) -> None:
        ready = AnnualSummary.objects.filter(generation_status="ready").count()
        if ready != self.wanted:
            raise AssertionError(f"{ready} summaries were made, not {self.wanted}.")


class WrappedPending(Wrapped):
    name = "wrapped_pending"
    sentence = "the year of 500 mentors"
    bound = 1.5
    rounds = 15

    def of_whom(self) -> list[UUID]:
        rows = MentorProfile.objects.filter(organization=data.organization_id()).order_by("pk")
        return list(rows.values_list("pk", flat=True)[:500])


PATHS: list[Path] = [WrappedAll(), AllBesideHalf(), WrappedPending()]
