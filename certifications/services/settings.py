"""The verbs of an association's settings and its certification types."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.local_time import local_date
from accounts.models import MentorProfile, Organization, User
from accounts.services import log_change
from accounts.services.organizations import apply_changes, check
from certifications.enums import EXPIRY_TYPES, CertificateStatus
from certifications.models import Certificate, CertificationSettings, CertificationType, RenewalReminder
from certifications.models.settings import DEFAULT_HOUR
from certifications.refusals import CodeTaken
from certifications.rules import OFFSETS
from certifications.series import Schedule, complete_series, move_hour
from certifications.services.announcing import announce_change
from training.models import Enrollment


def reminder_hour_of(organization_id: UUID) -> int:
    """The local hour at which an organisation's reminders come due: its own, or 8."""
    rows = CertificationSettings.objects.filter(organization_id=organization_id)
    return rows.values_list("reminder_hour", flat=True).first() or DEFAULT_HOUR


def settings_of(organization: Organization) -> CertificationSettings:
    """The organisation's settings; the defaults, not saved, when it has none."""
    found = CertificationSettings.objects.filter(organization=organization).first()
    return found or CertificationSettings(organization=organization)


@transaction.atomic
def change_settings(
    *, organization: Organization, by: User | None, at: datetime, **changes: Any
) -> CertificationSettings:
    """Change `reminder_hour`, `check_page_names_mentor`, `publishes_mentors`. Waiting reminders move to a new hour."""
    stored, __ = CertificationSettings.objects.select_for_update().get_or_create(organization=organization)
    hour = stored.reminder_hour
    apply_changes(stored, changes, by=by, at=at)
    if stored.reminder_hour != hour:
        rows = _active(organization)
        _move(organization, rows, stored.reminder_hour, at)
    return stored


@transaction.atomic
def add_type(
    *, organization: Organization, code: str, name: str, by: User | None, at: datetime, **facts: Any
) -> CertificationType:
    """Make a certification type. Refuses a code that is taken, and what the model does not allow."""
    made = CertificationType(organization=organization, code=code, name=name, **facts)
    if CertificationType.objects.filter(organization=organization, code=code).exists():
        raise CodeTaken
    check(made)
    if made.course_id:
        _hold_mentors(organization)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        if "certification_type_code_once" in str(error):
            raise CodeTaken from error
        raise
    log_change(made, by=by, at=at, action="created")
    _tell_of_courses({made.course_id}, by, at)
    return made


@transaction.atomic
def change_type(*, type: CertificationType, by: User | None, at: datetime, **changes: Any) -> CertificationType:
    """Change what a type demands, from now on; its organisation and code stay.

    With other days before, waiting reminders go or come at once. What it means for who is paused, the next daily sweep
    works out; the dry run shows it before. Another course gives it from now on: nobody is issued anything who has
    completed that before. Locks the mentors of the organisation then.
    """
    stored: CertificationType = CertificationType.objects.select_for_update(no_key=True).get(pk=type.pk)
    days, course_id = sorted(stored.reminder_days), stored.course_id
    if "course" in changes and changes["course"] != stored.course:
        _hold_mentors(stored.organization)
    apply_changes(stored, changes, by=by, at=at)
    if sorted(stored.reminder_days) != days:
        _follow_days(stored, at)
    if stored.course_id != course_id:
        _tell_of_courses({course_id, stored.course_id}, by, at)
    return stored


def _hold_mentors(organization: Organization) -> None:
    """Nobody completes a course meanwhile: whoever did before is seen, whoever does afterwards sees the type."""
    rows = MentorProfile.objects.filter(organization=organization).order_by("pk").select_for_update(no_key=True)
    list(rows.values_list("pk"))


def _tell_of_courses(courses: Collection[UUID | None], by: User | None, at: datetime) -> None:
    """A course has begun or ceased to give a certificate, so it counts otherwise for those who have completed it."""
    done = Enrollment.objects.filter(course_id__in=[key for key in courses if key], completed_at__isnull=False)
    if mentors := set(done.values_list("mentor_id", flat=True)):
        announce_change(mentors, by=by, at=at)


def _follow_days(type_: CertificationType, at: datetime) -> None:
    """Let the waiting reminders follow the days before: what is not wanted any more never was."""
    wanted = [OFFSETS[days] for days in type_.reminder_days]
    rows = Certificate.objects.filter(type=type_, status=CertificateStatus.ACTIVE, expires_at__gt=at)
    unwanted = RenewalReminder.objects.undecided().filter(certificate__in=rows)
    unwanted.exclude(reminder_type__in=[*wanted, *EXPIRY_TYPES]).delete()
    organization = type_.organization
    schedule = _schedule(organization, reminder_hour_of(organization.pk), [type_])
    complete_series(list(rows.values_list("pk", flat=True)), schedule, _expiries(rows, organization), at=at)


def _move(organization: Organization, rows: Any, hour: int, at: datetime) -> None:
    types = CertificationType.objects.filter(organization=organization)
    schedule = _schedule(organization, hour, types)
    move_hour(list(rows.values_list("pk", flat=True)), schedule, _expiries(rows, organization), at=at)


def _active(organization: Organization) -> Any:
    return Certificate.objects.filter(
        organization=organization, status=CertificateStatus.ACTIVE, expires_at__isnull=False
    )


def _schedule(organization: Organization, hour: int, types: Iterable[CertificationType]) -> Schedule:
    return Schedule(organization.time_zone, hour, {type_.pk: type_.reminder_days for type_ in types})


def _expiries(rows: Any, organization: Organization) -> Collection[tuple[UUID, date]]:
    found = rows.values_list("type_id", "expires_at").distinct()
    return {(type_id, local_date(moment, organization.time_zone)) for type_id, moment in found}
