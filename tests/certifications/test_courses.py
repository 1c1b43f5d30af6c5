"""A completed course issues the certificate that it gives, or renews it: once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import Module
from accounts.models import ModuleSetting
from accounts.services.organizations import InvalidInput
from certifications import services
from certifications.models import Certificate, CertificationType, RenewalReminder
from tests.factories import CertificationTypeFactory, CourseFactory, LessonFactory
from training.models import Enrollment
from training.refusals import CourseInUse
from training.services import complete_lesson
from training.services.content import delete_course
from training.signals import course_completed

pytestmark = pytest.mark.django_db

#: Half past eleven at night in Oslo, the day before in UTC is still the same.
LATE = datetime(2026, 3, 11, 23, 30, tzinfo=UTC)


@pytest.fixture
def course(organization):
    return CourseFactory(organization=organization, title="Refresher")


@pytest.fixture
def lesson(course):
    return LessonFactory(course=course)


@pytest.fixture
def type_(organization, course):
    return CertificationTypeFactory(organization=organization, course=course, validity_months=24)


def complete(mentor, lesson, at=LATE):
    complete_lesson(mentor=mentor, lesson=lesson, by=mentor.user, at=at)


def certificates(mentor) -> list[tuple[str, date, bool]]:
    rows = Certificate.objects.filter(mentor=mentor).order_by("issued_on", "id")
    return [(row.status, row.issued_on, row.renews_id is not None) for row in rows]


def test_whoever_completes_the_course_is_issued_the_certificate_on_the_local_day(mentor, lesson, type_):
    complete(mentor, lesson)
    assert certificates(mentor) == [("active", date(2026, 3, 12), False)]
    made = Certificate.objects.get()
    assert (made.evidence, made.issued_by, made.expires_on) == ("Refresher", None, date(2028, 3, 12))
    assert RenewalReminder.objects.filter(certificate=made).count() == 7


def test_a_certificate_that_is_there_is_renewed(mentor, lesson, type_, org_admin):
    old = services.issue_certificate(mentor=mentor, type=type_, issued_on=date(2024, 9, 1), by=org_admin, at=LATE)
    complete(mentor, lesson)
    assert certificates(mentor) == [
        ("superseded", date(2024, 9, 1), False),
        ("active", date(2026, 3, 12), True),
    ]
    assert Certificate.objects.get(renews=old).issued_on == date(2026, 3, 12)


def test_a_paused_mentor_whose_certificate_had_expired_is_back(mentor, lesson, type_, org_admin):
    services.issue_certificate(
        mentor=mentor, type=type_, issued_on=date(2024, 1, 1), expires_on=date(2026, 1, 1), by=org_admin,
        at=LATE - timedelta(days=100),
    )  # fmt: skip
    services.process_due(at=LATE)
    services.sweep_organization(organization=mentor.organization, at=LATE)
    mentor.refresh_from_db()
    assert mentor.status == "paused"
    complete(mentor, lesson)
    mentor.refresh_from_db()
    assert mentor.status == "active"


def test_the_same_completion_announced_again_adds_nothing(mentor, lesson, type_):
    complete(mentor, lesson)
    complete(mentor, lesson, at=LATE + timedelta(days=3))
    enrollment = Enrollment.objects.get()
    for later in (timedelta(hours=1), timedelta(days=30)):
        with transaction.atomic():
            course_completed.send(Enrollment, enrollment=enrollment, at=LATE + later)
    assert certificates(mentor) == [("active", date(2026, 3, 12), False)]


@pytest.mark.parametrize("until", [None, date(2030, 1, 1), date(2028, 3, 12)])
def test_a_certificate_that_lasts_as_long_stays(until, mentor, lesson, type_, org_admin):
    CertificationType.objects.update(validity_months=None)
    services.issue_certificate(
        mentor=mentor, type=type_, issued_on=date(2025, 1, 1), expires_on=until, by=org_admin, at=LATE
    )
    CertificationType.objects.update(validity_months=24)
    complete(mentor, lesson)
    assert certificates(mentor) == [("active", date(2025, 1, 1), False)]


def test_one_that_ends_a_day_earlier_is_renewed(mentor, lesson, type_, org_admin):
    services.issue_certificate(
        mentor=mentor, type=type_, issued_on=date(2025, 1, 1), expires_on=date(2028, 3, 11), by=org_admin, at=LATE
    )
    complete(mentor, lesson)
    assert len(certificates(mentor)) == 2


def test_a_type_that_is_not_in_use_is_not_issued(mentor, lesson, type_):
    CertificationType.objects.update(is_active=False)
    complete(mentor, lesson)
    assert certificates(mentor) == []
    assert Enrollment.objects.get().completed_at is not None


def test_where_the_module_is_off_nothing_is_issued(mentor, lesson, type_):
    ModuleSetting.objects.filter(module=Module.CERTIFICATION).update(is_enabled=False)
    complete(mentor, lesson)
    assert certificates(mentor) == []


def test_a_course_that_no_type_names_gives_none(mentor, lesson, organization):
    CertificationTypeFactory(organization=organization)
    complete(mentor, lesson)
    assert certificates(mentor) == []


def test_a_course_may_give_two_certificates(mentor, lesson, course, type_, organization):
    CertificationTypeFactory(organization=organization, course=course, validity_months=None)
    complete(mentor, lesson)
    assert len(certificates(mentor)) == 2


# --- Naming a course


def test_a_course_of_another_association_cannot_be_named(type_, foreign, org_admin):
    strange = CourseFactory(organization=foreign.organization)
    with pytest.raises(InvalidInput):
        services.change_type(type=type_, course=strange, by=org_admin, at=LATE)
    with pytest.raises(IntegrityError), transaction.atomic():
        CertificationType.objects.update(course=strange)


def test_a_course_that_gives_a_certificate_is_not_deleted(course, type_, org_admin):
    with pytest.raises(CourseInUse):
        delete_course(course=course, by=org_admin, at=LATE)
    services.change_type(type=type_, course=None, by=org_admin, at=LATE)
    delete_course(course=course, by=org_admin, at=LATE)


def test_naming_a_course_issues_nothing_to_those_who_have_completed_it(mentor, lesson, course, organization, org_admin):
    complete(mentor, lesson)
    services.add_type(
        organization=organization, code="refresher", name="Refresher", course=course, by=org_admin, at=LATE
    )
    assert certificates(mentor) == []


URL = "/api/v1/certification-types"


def test_the_api_names_a_course_and_says_so(as_org_admin, organization, course, foreign):
    body = {"org_id": str(organization.pk), "certification_type": "basic", "name": "Basic"}
    made = as_org_admin.post(URL, body | {"course_id": str(course.pk)}, format="json").json()
    assert made["course_id"] == str(course.pk)
    one = f"{URL}/{made['certification_type_id']}"
    assert as_org_admin.patch(one, {"name": "Basics"}, format="json").json()["course_id"] == str(course.pk)
    assert as_org_admin.patch(one, {"course_id": None}, format="json").json()["course_id"] is None
    strange = CourseFactory(organization=foreign.organization)
    for key in (strange.pk, organization.pk):
        answer = as_org_admin.patch(one, {"course_id": str(key)}, format="json")
        assert (answer.status_code, list(answer.json()["errors"])) == (404, ["course_id"])
    assert as_org_admin.patch(one, {"course_id": "x"}, format="json").status_code == 400


def test_the_desk_offers_the_associations_own_courses(admin_as_org_admin, type_, course, foreign):
    strange = CourseFactory(organization=foreign.organization, title="Of the others")
    page = admin_as_org_admin.get(f"/admin/certifications/certificationtype/{type_.pk}/change/").content.decode()
    assert course.title in page
    assert strange.title not in page
