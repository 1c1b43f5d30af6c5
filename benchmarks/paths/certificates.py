"""Certificates with their series, and what follows for figures and badges: 2,000, and one; beside the same by hand.

Each run is rolled back, so that every run finds the same rows; commit is left out on both sides.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

from django.db import connection, transaction

from accounts.keys import uuid7
from accounts.models import MentorProfile, Organization, User
from benchmarks import data
from benchmarks.harness import Path, raw
from benchmarks.paths.badges import AWARD
from certifications.models import Certificate, CertificationType, RenewalReminder
from certifications.services import Draft, Outcome, issue_certificate, issue_certificates

ISSUED_ON = date(2026, 1, 12)
#: Sixty days on which they expire, as courses of a year are spread.
EXPIRY_DATES = [date(2028, 1, 12) + timedelta(days=7 * week) for week in range(60)]

_SERIES = """
INSERT INTO certifications_renewalreminder (id, organization_id, certificate_id, user_id, reminder_type, scheduled_at,
    status, certificate_expiry_date)
SELECT varde_uuid7(), %(organization)s, issued.id, mentor.user_id, slot.reminder_type,
       ((issued.expires_at AT TIME ZONE 'Europe/Oslo')::date - slot.days + time '08:00') AT TIME ZONE 'Europe/Oslo',
       'pending', issued.expires_at
FROM issued JOIN accounts_mentorprofile mentor ON mentor.id = issued.mentor_id
CROSS JOIN (VALUES ('90_days_before', 90), ('60_days_before', 60), ('30_days_before', 30), ('14_days_before', 14),
                   ('7_days_before', 7), ('1_day_before', 1), ('on_expiry', 0)) AS slot(reminder_type, days)
ON CONFLICT (certificate_id, reminder_type) DO NOTHING
"""

_ONE_STATEMENT = f"""
WITH issued AS (
    INSERT INTO certifications_certificate (id, organization_id, mentor_id, type_id, number, check_code, status,
        issued_on, expires_at, issued_by_id, evidence, revocation_reason)
    SELECT id, %(organization)s, mentor_id, %(type)s, number, check_code, 'active', %(issued_on)s,
           expires_on::timestamp AT TIME ZONE 'Europe/Oslo', %(by)s, '', ''
    FROM unnest(%(ids)s::uuid[], %(mentors)s::uuid[], %(numbers)s::text[], %(codes)s::text[], %(expires_ons)s::date[])
        AS draft(id, mentor_id, number, check_code, expires_on)
    ON CONFLICT DO NOTHING
    RETURNING id, mentor_id, expires_at
)
{_SERIES}
"""  # noqa: S608 (a constant of ours)
# What follows from it: everybody's trainings are counted, and one is held against the badges at once, many by a job.
_COUNT = """
UPDATE achievements_mentorstats stats
SET training_count = completed.count, computed_at = now(), updated_at = now()
FROM (SELECT mentor_id, count(DISTINCT type_id) AS count FROM certifications_certificate
      WHERE mentor_id = ANY(%(mentors)s) AND status <> 'revoked' GROUP BY mentor_id) completed
WHERE stats.mentor_id = completed.mentor_id AND EXISTS (
    SELECT FROM accounts_modulesetting module WHERE module.organization_id = stats.organization_id
      AND module.module = 'achievements-gamification' AND module.is_enabled)
"""
_EVALUATE = f"{AWARD} AND stats.mentor_id = ANY(%(mentors)s) ON CONFLICT DO NOTHING"
_QUEUE = """
INSERT INTO operations_job (id, organization_id, kind, key, params, state, done_count, total_count, result, error,
    attempts)
VALUES (varde_uuid7(), %s, 'evaluate_badges', 'benchmark', '{}', 'queued', 0, 0, '{}', '', 0)
"""


class Issuing(Path):
    """A new type of certificate, of which each run issues `count`."""

    count: int

    def set_up(self) -> None:
        self.organization = Organization.objects.get(pk=data.organization_id())
        self.by = User.objects.filter(email__startswith="coordinator1.1@").get()
        self.mentors = list(MentorProfile.objects.filter(organization=self.organization).order_by("pk"))
        CertificationType.objects.filter(code="benchmark").delete()
        self.type = CertificationType.objects.create(
            organization=self.organization, code="benchmark", name="Benchmark", validity_months=24
        )

    def before(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM certifications_certificate, certifications_renewalreminder, accounts_changeentry")
        self.block = transaction.atomic()
        self.block.__enter__()

    def after(self) -> None:
        issued = Certificate.objects.filter(type=self.type)
        found = issued.count(), RenewalReminder.objects.filter(certificate__in=issued).count()
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)
        assert found == (self.count, self.count * 7), found

    def tear_down(self) -> None:
        self.type.delete()

    def write(self, mentors: list[MentorProfile]) -> None:
        """The twin's statements."""
        codes = [uuid4().hex[:16] for _ in mentors]
        raw().execute(
            _ONE_STATEMENT,
            {
                "organization": self.organization.pk,
                "type": self.type.pk,
                "issued_on": ISSUED_ON,
                "by": self.by.pk,
                "ids": [uuid7() for _ in mentors],
                "mentors": [mentor.pk for mentor in mentors],
                "numbers": codes,
                "codes": codes,
                "expires_ons": [EXPIRY_DATES[number % 60] for number in range(len(mentors))],
            },
        )
        values = {"mentors": [mentor.pk for mentor in mentors], "at": data.TODAY, "years": [str(data.TODAY.year)]}
        raw().execute(_COUNT, values)
        if len(mentors) == 1:
            raw().execute(_EVALUATE, values)
        else:
            raw().execute(_QUEUE, [self.organization.pk])


class IssueCertificates(Issuing):
    name = "issue_certificates"
    sentence = "2,000 certificates with 14,000 reminders"
    bound = 1.3
    rounds = 11

    def set_up(self) -> None:
        super().set_up()
        self.count = len(self.mentors)
        self.drafts = [
            Draft(mentor.pk, self.type.pk, ISSUED_ON, EXPIRY_DATES[number % 60], f"X-{number}")
            for number, mentor in enumerate(self.mentors)
        ]

    def ours(self) -> None:
        issue_certificates(organization=self.organization, drafts=self.drafts, by=self.by, at=data.TODAY)

    def twin(self) -> None:
        self.write(self.mentors)

    def tear_down(self) -> None:
        self._process_again()
        super().tear_down()

    def _process_again(self) -> None:
        """The same list once more adds nothing."""
        with transaction.atomic():
            self.ours()
            rows = RenewalReminder.objects.count()
            again = issue_certificates(organization=self.organization, drafts=self.drafts, by=self.by, at=data.TODAY)
            assert {result.outcome for result in again} == {Outcome.UNCHANGED}
            assert RenewalReminder.objects.count() == rows
            transaction.set_rollback(True)


class IssueOne(Issuing):
    name = "issue_one"
    sentence = "one certificate with its seven reminders"
    bound = 2.5
    rounds = 101
    count = 1

    def ours(self) -> None:
        issue_certificate(
            mentor=self.mentors[0],
            type=self.type,
            issued_on=ISSUED_ON,
            expires_on=EXPIRY_DATES[0],
            by=self.by,
            at=data.TODAY,
        )

    def twin(self) -> None:
        self.write(self.mentors[:1])


PATHS: list[Path] = [IssueCertificates(), IssueOne()]
