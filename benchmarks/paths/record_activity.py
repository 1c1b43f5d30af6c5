"""Recording one activity, committed: our verb beside the statements that it cannot do without, badges and years too.

For a mentor with few activities and for one with 4,000; and, as a path of its own, one beside the other: it must cost
the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from django.db import connection

from accounts.keys import uuid7
from accounts.models import User
from achievements.services import recompute_stats
from benchmarks import data
from benchmarks.harness import Path, raw
from benchmarks.paths.badges import AWARD
from mentoring.enums import Source
from mentoring.services import record_activity

#: Each recording is of a day of its own, later than any before: nothing is a duplicate, every contact date moves, and
#: the figures are the mentor's so far and one more.
_days = count()

# What has to be known before the row can be written, by hand: whose mentor it is and where they belong; that type,
# contact and assignment are usable and belong together; whether the phone has sent this before, and what looks like it.
_LOCK = """
SELECT mentor.organization_id, organization.time_zone, affiliation.local_association_id
FROM accounts_mentorprofile mentor
JOIN accounts_organization organization ON organization.id = mentor.organization_id
LEFT JOIN accounts_mentoraffiliation affiliation ON affiliation.mentor_id = mentor.id AND affiliation.is_primary
WHERE mentor.id = %s FOR NO KEY UPDATE OF mentor
"""
_LOOK_UP = """
SELECT type.counts_as_contact, type.requires_contact, type.is_event, assignment.contact_id,
       assignment.local_association_id, contact.local_association_id,
       (SELECT id FROM mentoring_activity WHERE mentor_id = %(mentor)s AND client_id = %(client)s),
       ARRAY(SELECT id FROM mentoring_activity twin
             WHERE twin.mentor_id = %(mentor)s AND twin.local_date = %(day)s AND twin.type_id = type.id
               AND (twin.contact_id = assignment.contact_id OR twin.assignment_id = assignment.id)
               AND twin.deleted_at IS NULL AND twin.status <> 'rejected' AND twin.duplicate <> 'duplicate')
FROM mentoring_activitytype type
JOIN mentoring_assignment assignment ON assignment.id = %(assignment)s AND assignment.mentor_id = %(mentor)s
    AND assignment.deleted_at IS NULL
JOIN mentoring_contact contact ON contact.id = assignment.contact_id AND contact.deleted_at IS NULL
WHERE type.id = %(type)s AND type.is_active
  AND (type.organization_id IS NULL OR type.organization_id = %(organization)s)
"""
_INSERT = """
INSERT INTO mentoring_activity (id, organization_id, local_association_id, mentor_id, contact_id, assignment_id,
    type_id, occurred_at, local_date, minutes, reached, summary, is_group, event, recorded_by_id, recorded_at, source,
    status, duplicate)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 30, true, 'A walk.', false, false, %s, %s, 'self', 'submitted', 'none')
"""
_TOUCH = """
UPDATE mentoring_assignment SET last_contact_date = %s, reminder_sent_at = NULL, escalation_sent_at = NULL,
    updated_at = %s
WHERE id = %s AND (last_contact_date < %s OR last_contact_date IS NULL)
"""
# The figures, kept by hand: a later day than any before, so that counts go up by one and runs go on or begin anew. That
# the module is in use and whether the contact is new has to be asked here too.
_COUNT = """
INSERT INTO achievements_mentorstats AS stats (id, organization_id, mentor_id, activity_count, minutes, contact_count,
    longest_day_streak, latest_day_streak, longest_week_streak, latest_week_streak, longest_month_streak,
    latest_month_streak, counts_by_type, last_activity_on)
SELECT varde_uuid7(), %(organization)s, %(mentor)s, 1, 30, 1, 1, 1, 1, 1, 1, 1, '{"benchmark": 1}', %(day)s
FROM accounts_modulesetting WHERE organization_id = %(organization)s AND module = 'achievements-gamification'
    AND is_enabled
ON CONFLICT (mentor_id) DO UPDATE SET
    activity_count = stats.activity_count + 1, minutes = stats.minutes + 30,
    contact_count = stats.contact_count + CASE WHEN EXISTS (
        SELECT FROM mentoring_activity earlier
        WHERE earlier.contact_id = %(contact)s AND earlier.mentor_id = %(mentor)s AND earlier.reached
          AND earlier.id <> %(activity)s AND earlier.deleted_at IS NULL AND earlier.status <> 'rejected'
          AND earlier.duplicate IN ('none', 'distinct')) THEN 0 ELSE 1 END,
    latest_day_streak = CASE WHEN stats.last_activity_on = %(day)s THEN stats.latest_day_streak
        WHEN stats.last_activity_on = %(day)s::date - 1 THEN stats.latest_day_streak + 1 ELSE 1 END,
    longest_day_streak = greatest(stats.longest_day_streak,
        CASE WHEN stats.last_activity_on = %(day)s::date - 1 THEN stats.latest_day_streak + 1 ELSE 1 END),
    latest_week_streak = CASE date_trunc('week', %(day)s::date) - date_trunc('week', stats.last_activity_on)
        WHEN interval '0' THEN stats.latest_week_streak WHEN interval '7 days' THEN stats.latest_week_streak + 1
        ELSE 1 END,
    longest_week_streak = greatest(stats.longest_week_streak,
        CASE date_trunc('week', %(day)s::date) - date_trunc('week', stats.last_activity_on)
        WHEN interval '7 days' THEN stats.latest_week_streak + 1 ELSE 1 END),
    latest_month_streak = CASE date_trunc('month', %(day)s::date)
        WHEN date_trunc('month', stats.last_activity_on) THEN stats.latest_month_streak
        WHEN date_trunc('month', stats.last_activity_on) + interval '1 month' THEN stats.latest_month_streak + 1
        ELSE 1 END,
    longest_month_streak = greatest(stats.longest_month_streak, CASE date_trunc('month', %(day)s::date)
        WHEN date_trunc('month', stats.last_activity_on) + interval '1 month' THEN stats.latest_month_streak + 1
        ELSE 1 END),
    counts_by_type = stats.counts_by_type || jsonb_build_object('benchmark',
        coalesce((stats.counts_by_type ->> 'benchmark')::int, 0) + 1),
    last_activity_on = %(day)s, computed_at = now()
"""
# What the figures now say of badges, and that the year's summary is to be made, unless it waits already.
_AWARD = f"{AWARD} AND stats.mentor_id = %(mentor)s ON CONFLICT DO NOTHING"
_MARK = """
INSERT INTO achievements_annualsummary AS summary (id, organization_id, user_id, mentor_id, year)
SELECT varde_uuid7(), mentor.organization_id, mentor.user_id, mentor.id, %(year)s
FROM accounts_mentorprofile mentor JOIN accounts_modulesetting module
    ON module.organization_id = mentor.organization_id AND module.module = 'achievements-gamification'
    AND module.is_enabled
WHERE mentor.id = %(mentor)s
ON CONFLICT (user_id, year) DO UPDATE SET requested_version = summary.requested_version + 1,
    generation_status = 'pending', claimed_version = NULL, claimed_at = NULL, attempts = 0, failure = ''
WHERE NOT (summary.generation_status = 'pending' AND summary.requested_version > summary.done_version)
"""
_FORGET = """
WITH earned AS (
    DELETE FROM achievements_earnedbadge WHERE mentor_id = %(mentor)s AND earned_at >= %(since)s RETURNING id
), told AS (
    DELETE FROM notifications_notification WHERE subject_id IN (SELECT id FROM earned)
)
DELETE FROM achievements_annualsummary WHERE mentor_id = %(mentor)s
"""


class Recording:
    """One mentor, their latest assignment, and a type that only the measurement uses."""

    def __init__(self, mentor: int) -> None:
        self.mentor = mentor

    def set_up(self) -> None:
        self.mentor_id = data.mentor_id(self.mentor)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO mentoring_activitytype (id, slug, name, name_nn, name_en, counts_as_contact,"
                " requires_contact, is_event, is_active) VALUES (varde_uuid7(), 'benchmark', 'Benchmark', '', '',"
                " true, true, false, true) ON CONFLICT DO NOTHING"
            )
            cursor.execute("SELECT id FROM mentoring_activitytype WHERE slug = 'benchmark' AND organization_id IS NULL")
            self.type_id: UUID = cursor.fetchone()[0]
            cursor.execute(
                "SELECT a.id, mentor.user_id, a.last_contact_date FROM mentoring_assignment a"
                " JOIN accounts_mentorprofile mentor ON mentor.id = a.mentor_id"
                " WHERE a.mentor_id = %s ORDER BY sequence DESC LIMIT 1",
                [self.mentor_id],
            )
            self.assignment_id, self.user_id, self.contact_at = cursor.fetchone()
            cursor.execute(
                "UPDATE mentoring_assignment SET last_contact_date = NULL WHERE id = %s", [self.assignment_id]
            )

        self.user = User.objects.get(pk=self.user_id)

    def tear_down(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM mentoring_activity WHERE type_id = %s", [self.type_id])
            cursor.execute(_FORGET, {"mentor": self.mentor_id, "since": data.TODAY})
            cursor.execute(
                "UPDATE mentoring_assignment SET last_contact_date = %s WHERE id = %s",
                [self.contact_at, self.assignment_id],
            )
        recompute_stats(mentors=[self.mentor_id])
        with connection.cursor() as cursor:
            cursor.execute(
                "VACUUM ANALYZE mentoring_activity, mentoring_assignment, achievements_mentorstats,"
                " achievements_earnedbadge, achievements_annualsummary"
            )

    def by_verb(self) -> None:
        moment = _next_moment()
        record_activity(
            mentor_id=self.mentor_id,
            by=self.user,
            at=moment,
            source=Source.SELF,
            type_id=self.type_id,
            assignment_id=self.assignment_id,
            occurred_at=moment,
            summary="A walk.",
        )

    def by_statements(self) -> None:
        moment = at = _next_moment()
        day, key = moment.date(), uuid7()
        driver = raw()
        with driver.transaction(), driver.cursor() as cursor:
            organization, _zone, _home = cursor.execute(_LOCK, [self.mentor_id]).fetchone()  # type: ignore[misc]
            found = {
                "mentor": self.mentor_id,
                "client": None,
                "day": day,
                "assignment": self.assignment_id,
                "type": self.type_id,
                "organization": organization,
            }
            row = cursor.execute(_LOOK_UP, found).fetchone()
            assert row is not None
            contact, place = row[3:5]
            cursor.execute(
                _INSERT,
                [key, organization, place, self.mentor_id, contact, self.assignment_id, self.type_id, moment, day,
                 self.user_id, at],
            )  # fmt: skip
            cursor.execute(_TOUCH, [moment, at, self.assignment_id, moment])
            cursor.execute(_COUNT, found | {"contact": contact, "activity": key})
            cursor.execute(_AWARD, {"mentor": self.mentor_id, "at": moment, "years": [str(day.year)]})
            cursor.execute(_MARK, {"mentor": self.mentor_id, "year": day.year})


def _next_moment() -> datetime:
    return data.TODAY + timedelta(days=next(_days))


class RecordActivity(Path):
    bound = 2.0
    rounds = 200

    def __init__(self, name: str, mentor: int, sentence: str) -> None:
        self.name, self.sentence = name, sentence
        self.recording = Recording(mentor)

    def set_up(self) -> None:
        self.recording.set_up()

    def ours(self) -> None:
        self.recording.by_verb()

    def twin(self) -> None:
        self.recording.by_statements()

    def tear_down(self) -> None:
        self.recording.tear_down()


class ManyBesideFew(Path):
    name = "record_activity_4000_to_50"
    sentence = "ours for a mentor with 4,000 activities, beside ours for one with 50"
    bound = 1.3
    rounds = 200

    def __init__(self) -> None:
        self.many, self.few = Recording(2), Recording(1)

    def set_up(self) -> None:
        self.many.set_up()
        self.few.set_up()

    def ours(self) -> None:
        self.many.by_verb()

    def twin(self) -> None:
        self.few.by_verb()

    def tear_down(self) -> None:
        self.many.tear_down()
        self.few.tear_down()


PATHS: list[Path] = [
    RecordActivity("record_activity", 3, "a mentor with about 250 activities"),
    RecordActivity("record_activity_50", 1, "a mentor with 50 activities"),
    RecordActivity("record_activity_4000", 2, "a mentor with 4,000 activities"),
    ManyBesideFew(),
]
