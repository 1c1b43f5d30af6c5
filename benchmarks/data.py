"""The data: associations of 2,000 mentors, 20,000 open assignments and 500,000 activities each, made in SQL.

The 600,000 lines of the timeline of each, and the training that they tell of, are in `benchmarks.training`.

Reproducible: the random numbers start from a fixed seed. Activities per mentor are log-normal, as in real life, and
stored in the order of time, so that one mentor's rows lie scattered. In the first association mentor 1 has exactly 50
activities and mentor 2 exactly 4,000.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection, transaction

from accounts.models import Organization
from achievements.enums import EvaluationKind
from achievements.services import add_starter_set, evaluate_organization, recompute_stats
from benchmarks import training

#: Change it when the data changes: a database with an older one is filled anew.
VERSION = 5

MENTORS = 2_000
ACTIVITIES = 500_000
OPEN_ASSIGNMENTS_EACH = 10
ENDED_ASSIGNMENTS_EACH = 5
#: Notifications that went out long ago, in each association.
SENT = 20_000
#: Certificates of each mentor: so many types, each renewed so often. With seven reminders each: 700,000.
CERTIFICATION_TYPES = 10
CERTIFICATES_EACH_TYPE = 5

#: The morning on which the measurements take place; the last activity is from the year before.
TODAY = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)

# Emptying the organisations empties the activity types with them; those for everybody come from a migration.
_EMPTY = """
CREATE TEMP TABLE kept ON COMMIT DROP AS
    SELECT * FROM mentoring_activitytype WHERE organization_id IS NULL AND slug <> 'benchmark';
TRUNCATE timeline_timelineentry, training_course, training_goal, achievements_mentorstats,
    certifications_archivedreminder, certifications_renewalreminder, certifications_certificate,
    certifications_certificationtype, certifications_certificationsettings, certifications_expirysweep,
    mentoring_followupreminder, mentoring_evaluationrun, mentoring_activity, mentoring_assignment,
    mentoring_contact, mentoring_reminderconfig, notifications_notification, notifications_preference,
    accounts_changeentry, accounts_carearea, accounts_membership, accounts_mentoraffiliation, accounts_mentorprofile,
    accounts_modulesetting, accounts_localassociation, accounts_organization, accounts_user CASCADE;
INSERT INTO mentoring_activitytype SELECT * FROM kept;
"""

_PEOPLE = """
CREATE TEMP TABLE place ON COMMIT DROP AS
    SELECT org.number AS org, org.id AS organization_id, local.number, varde_uuid7() AS id
    FROM bench_org org, generate_series(1, 20) local(number);
INSERT INTO accounts_localassociation (id, organization_id, name, level, parent_id)
    SELECT id, organization_id, 'Local ' || number, 'local', NULL FROM place;
INSERT INTO accounts_modulesetting (id, organization_id, module, is_enabled)
    SELECT varde_uuid7(), id, module, true
    FROM bench_org, (VALUES ('assignment-follow-up'), ('certification-training'), ('achievements-gamification'))
        AS used(module);

CREATE TEMP TABLE person ON COMMIT DROP AS
    SELECT place.org, place.organization_id, place.id AS place_id, varde_uuid7() AS id, varde_uuid7() AS profile_id,
           varde_uuid7() AS membership_id, kind.role, kind.number
    FROM (
        SELECT 'coordinator' AS role, number, number AS place FROM generate_series(1, 20) number
        UNION ALL SELECT 'peer_mentor', number, 1 + number % 20 FROM generate_series(1, %(mentors)s) number
    ) kind JOIN place ON place.number = kind.place;
INSERT INTO accounts_user (id, password, email, first_name, last_name, phone, language, time_zone,
        is_active, is_superuser)
    SELECT id, '!', role || number || '.' || org || '@bench.invalid', 'Given' || number, 'Family' || number, '',
           CASE WHEN number % 10 = 0 THEN 'nn' ELSE 'nb' END, '', true, false FROM person;
INSERT INTO accounts_membership (id, organization_id, user_id, role, is_active, granted_at)
    SELECT membership_id, organization_id, id, role, true, '2022-12-01' FROM person;
INSERT INTO accounts_carearea (id, organization_id, membership_id, local_association_id)
    SELECT varde_uuid7(), organization_id, membership_id, place_id FROM person WHERE role = 'coordinator';
INSERT INTO accounts_mentorprofile
        (id, organization_id, user_id, member_number, status, paused_by, pause_reason, pause_note, is_listed)
    SELECT profile_id, organization_id, id, number::text, 'active', '', '', '', true
    FROM person WHERE role = 'peer_mentor';
INSERT INTO accounts_mentoraffiliation (id, organization_id, mentor_id, local_association_id, is_primary)
    SELECT varde_uuid7(), organization_id, profile_id, place_id, true FROM person WHERE role = 'peer_mentor';
"""

_PAIRS = """
CREATE TEMP TABLE pair ON COMMIT DROP AS
    SELECT mentor.org, mentor.organization_id, mentor.number AS mentor, mentor.profile_id AS mentor_id, mentor.place_id,
           coordinator.id AS coordinator_id, sequence, varde_uuid7() AS id, varde_uuid7() AS contact_id,
           sequence > %(ended)s AS is_open
    FROM person mentor
    JOIN person coordinator ON coordinator.place_id = mentor.place_id AND coordinator.role = 'coordinator'
    CROSS JOIN generate_series(1, %(ended)s + %(open)s) sequence
    WHERE mentor.role = 'peer_mentor';
INSERT INTO mentoring_contact (id, organization_id, local_association_id, number, first_name, last_name, phone, email)
    SELECT contact_id, organization_id, place_id, mentor || '-' || sequence, 'Contact' || mentor,
           'No' || sequence, '', ''
    FROM pair;
INSERT INTO mentoring_assignment (id, organization_id, mentor_id, contact_id, coordinator_id, local_association_id,
        status, start_date, sequence, completed_at, snooze_reason)
    SELECT id, organization_id, mentor_id, contact_id, coordinator_id, place_id,
           CASE WHEN is_open THEN 'active' ELSE 'completed' END, '2023-01-01', sequence,
           CASE WHEN is_open THEN NULL ELSE timestamptz '2025-12-31' END, '' FROM pair;
"""

_ACTIVITIES = """
CREATE TEMP TABLE share ON COMMIT DROP AS
    SELECT org, mentor, CASE WHEN org = 1 AND mentor = 1 THEN 50 WHEN org = 1 AND mentor = 2 THEN 4000
        ELSE floor(weight / sum(weight) FILTER (WHERE org > 1 OR mentor > 2) OVER (PARTITION BY org)
            * (%(activities)s - CASE WHEN org = 1 THEN 4050 ELSE 0 END))::int END AS count
    FROM (SELECT org.number AS org, mentor, exp(0.8 * (random() + random() + random() + random() - 2) * 1.73) AS weight
          FROM bench_org org, generate_series(1, %(mentors)s) mentor) weighed;
UPDATE share SET count = count + %(activities)s - (SELECT sum(count) FROM share other WHERE other.org = share.org)
    WHERE mentor = 3;
INSERT INTO mentoring_activity (id, organization_id, local_association_id, mentor_id, contact_id, assignment_id,
        type_id, occurred_at, local_date, minutes, reached, summary, is_group, event, recorded_at, source,
        status, duplicate)
    SELECT varde_uuid7(), pair.organization_id, pair.place_id, pair.mentor_id, pair.contact_id, pair.id, type.id,
           drawn.occurred_at, (drawn.occurred_at AT TIME ZONE 'Europe/Oslo')::date, drawn.minutes, drawn.reached, '',
           false, false, drawn.occurred_at, 'self', 'submitted', 'distinct'
    FROM (
        SELECT share.org, share.mentor, 1 + floor(random() * (%(ended)s + %(open)s))::int AS sequence,
               timestamptz '2023-01-01 00:00Z' + random() * interval '1095 days' AS occurred_at,
               15 + floor(random() * 100)::int AS minutes, random() < 0.9 AS reached,
               floor(random() * 1000)::int AS type
        FROM share, generate_series(1, share.count)
    ) drawn
    JOIN pair ON pair.org = drawn.org AND pair.mentor = drawn.mentor AND pair.sequence = drawn.sequence
    JOIN (SELECT id, row_number() OVER (ORDER BY slug) - 1 AS number, count(*) OVER () AS types
          FROM mentoring_activitytype
          WHERE counts_as_contact AND organization_id IS NULL) type ON type.number = drawn.type % type.types
    ORDER BY drawn.occurred_at;
UPDATE mentoring_assignment a SET last_contact_date = latest.at
    FROM (SELECT assignment_id, max(occurred_at) AS at FROM mentoring_activity WHERE reached GROUP BY 1) latest
    WHERE latest.assignment_id = a.id;
"""

# Every mentor has ten certificates that count, one of them required, which expire in the two years from the morning of
# the measurement on, and four earlier ones of each. What was due before that morning has been dealt with.
_CERTIFICATES = """
CREATE TEMP TABLE course ON COMMIT DROP AS
    SELECT org.number AS org, org.id AS organization_id, nth.number, varde_uuid7() AS id
    FROM bench_org org, generate_series(1, %(types)s) nth(number);
INSERT INTO certifications_certificationtype (id, organization_id, code, name, name_nn, name_en, validity_months,
        required_for_active, reminder_days, grace_days, renewal_course, renewal_url, is_active)
    SELECT id, organization_id, 'course-' || number, 'Course ' || number, '', '', 24, number = 1,
           '{90,60,30,14,7,1}', 0, '', '', true FROM course;
CREATE TEMP TABLE proof ON COMMIT DROP AS
    SELECT varde_uuid7() AS id, person.organization_id, person.profile_id, person.id AS user_id, course.id AS type_id,
           nth, nth = %(each)s AS is_current, (expiry AT TIME ZONE 'Europe/Oslo') AS expires_at, expiry::date AS day,
           row_number() OVER () AS number
    FROM person JOIN course ON course.org = person.org
    CROSS JOIN LATERAL (SELECT '2026-01-13'::date + floor(random() * 730)::int AS last, person.id, course.id) chance
    CROSS JOIN generate_series(1, %(each)s) nth
    CROSS JOIN LATERAL (SELECT (chance.last - (%(each)s - nth) * 730)::timestamp AS expiry) dated
    WHERE person.role = 'peer_mentor';
INSERT INTO certifications_certificate (id, organization_id, mentor_id, type_id, number, check_code, status, issued_on,
        expires_at, evidence, revocation_reason)
    SELECT id, organization_id, profile_id, type_id, 'B-' || number, lpad(number::text, 16, '0'),
           CASE WHEN is_current THEN 'active' ELSE 'superseded' END, day - 730, expires_at, '', '' FROM proof;
INSERT INTO certifications_renewalreminder (id, organization_id, certificate_id, user_id, reminder_type, scheduled_at,
        status, sent_at, failure_reason, certificate_expiry_date)
    SELECT varde_uuid7(), organization_id, certificate_id, user_id, reminder_type, due_at,
           CASE WHEN is_done THEN CASE WHEN is_renewed THEN 'cancelled' ELSE 'sent' END ELSE 'pending' END,
           CASE WHEN is_done AND NOT is_renewed THEN due_at END, CASE WHEN is_renewed THEN 'renewed' ELSE '' END,
           expires_at
    FROM (
        SELECT proof.organization_id, proof.id AS certificate_id, proof.user_id, slot.reminder_type, proof.expires_at,
               moment.due_at, NOT proof.is_current OR moment.due_at <= '2026-01-12 09:00Z' AS is_done,
               NOT proof.is_current AND slot.days < 14 AS is_renewed
        FROM proof
        CROSS JOIN (VALUES ('90_days_before', 90), ('60_days_before', 60), ('30_days_before', 30),
                           ('14_days_before', 14), ('7_days_before', 7), ('1_day_before', 1), ('on_expiry', 0))
            AS slot(reminder_type, days)
        CROSS JOIN LATERAL (
            SELECT (proof.day - slot.days + time '08:00') AT TIME ZONE 'Europe/Oslo' AS due_at
        ) moment
    ) series
    ORDER BY due_at;
"""

_HISTORY = """
INSERT INTO notifications_notification
        (id, organization_id, recipient_id, kind, dedupe_key, channel, title, body, state, attempts, not_before,
         sent_at)
    SELECT varde_uuid7(), person.organization_id, person.id, 'history', 'history:' || person.org || ':' || nth,
           'email', 'Long ago', 'A text of about the usual length, so that rows have about the usual width.', 'sent', 1,
           moment, moment
    FROM generate_series(1, %(sent)s) nth
    CROSS JOIN LATERAL (SELECT timestamptz '2023-01-01' + nth * interval '1 minute' AS moment) at
    JOIN bench_org org ON true
    JOIN person ON person.org = org.number AND person.role = 'peer_mentor' AND person.number = 1 + nth % %(mentors)s;
"""


def ensure(scale: int, *, say: Callable[[str], None]) -> None:
    """Fill the database unless it holds this version of the data at this scale."""
    if _holds(scale):
        return
    say(f"Making the data at scale {scale} ({scale * ACTIVITIES:,} activities) ...")
    began = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("DROP TABLE IF EXISTS benchmark_data")
        cursor.execute(_EMPTY)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT setseed(0.42)")
        _make_organizations(cursor, scale)
        values = {
            "mentors": MENTORS,
            "open": OPEN_ASSIGNMENTS_EACH,
            "ended": ENDED_ASSIGNMENTS_EACH,
            "activities": ACTIVITIES,
            "sent": SENT,
            "types": CERTIFICATION_TYPES,
            "each": CERTIFICATES_EACH_TYPE,
        }
        for part in (_PEOPLE, _PAIRS, _ACTIVITIES, _CERTIFICATES, _HISTORY):
            cursor.execute(_filled(part, values))
            cursor.execute("ANALYZE")
        training.fill(cursor, scale=scale)
        cursor.execute("SELECT count(*) FROM mentoring_activity")
        assert cursor.fetchone() == (scale * ACTIVITIES,)
        for organization in Organization.objects.all():
            recompute_stats(organization=organization)
            add_starter_set(organization=organization, at=TODAY)
            evaluate_organization(organization_id=organization.pk, at=TODAY, kind=EvaluationKind.REQUEST)
        cursor.execute("CREATE TABLE benchmark_data AS SELECT %s::int AS version, %s::int AS scale", [VERSION, scale])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    say(f"... made in {time.monotonic() - began:.0f} s.")


def _filled(script: str, values: dict[str, int]) -> str:
    """The server takes several statements at a time only without values beside them; these are our own numbers."""
    for name, value in values.items():
        script = script.replace(f"%({name})s", str(value))
    return script


def _make_organizations(cursor: object, scale: int) -> None:
    execute = cursor.execute  # type: ignore[attr-defined]
    execute("CREATE TEMP TABLE bench_org ON COMMIT DROP AS SELECT number, varde_uuid7() AS id"
            " FROM generate_series(1, %s) number", [scale])  # fmt: skip
    execute(
        "INSERT INTO accounts_organization"
        " (id, name, slug, organisation_number, locale, time_zone, mentor_term, contact_term, is_test)"
        " SELECT id, 'Bench ' || number, 'bench-' || number, '', 'nb', 'Europe/Oslo', 'peer_mentor', 'contact', true"
        " FROM bench_org"
    )


def _holds(scale: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('benchmark_data') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT version, scale FROM benchmark_data")
        return cursor.fetchone() == (VERSION, scale)


def organization_id() -> UUID:
    """The association that is measured."""
    return _one("SELECT id FROM accounts_organization WHERE slug = 'bench-1'")


def mentor_id(number: int) -> UUID:
    """A mentor of the measured association: 1 has 50 activities, 2 has 4,000, the others what chance gave them."""
    return _one(
        "SELECT mentor.id FROM accounts_mentorprofile mentor JOIN accounts_organization org"
        " ON org.id = mentor.organization_id AND org.slug = 'bench-1' WHERE mentor.member_number = %s",
        str(number),
    )


def _one(statement: str, *values: str) -> UUID:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: UUID = cursor.fetchone()[0]
    return found
