"""A certification that mentors need, and a clock that ticks."""

from datetime import date, datetime, time, timedelta

import pytest

from accounts.local_time import moment_at
from certifications import services
from certifications.models import RenewalReminder
from tests.factories import CertificationTypeFactory

OSLO = "Europe/Oslo"


@pytest.fixture
def course(organization):
    """The basic course: two years, required."""
    return CertificationTypeFactory(organization=organization, code="basic", name="Basic course")


@pytest.fixture
def issue(mentor, course, org_admin, now):
    """Issue a certificate to the mentor; `expires_in` days from now."""

    def do(expires_in: int, *, type=course, to=mentor, at: datetime = now, issued_on: date = date(2024, 5, 2), **facts):
        expires_on = at.date() + timedelta(days=expires_in)
        return services.issue_certificate(
            mentor=to, type=type, issued_on=issued_on, expires_on=expires_on, by=org_admin, at=at, **facts
        )

    return do


def tick(day: date, hour: int = 8, minute: int = 1) -> datetime:
    """The clockwork at a local time: sweep, then decide."""
    at = moment_at(day, time(hour, minute), OSLO)
    services.sweep_due_organizations(at=at)
    services.process_due(at=at)
    return at


def series_of(certificate) -> dict[str, tuple[str, str]]:
    """Status and reason of each reminder."""
    rows = RenewalReminder.objects.filter(certificate=certificate).order_by("scheduled_at")
    return {row.reminder_type: (row.status, row.failure_reason) for row in rows}
