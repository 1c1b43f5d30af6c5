"""Trainings: kinds of certificate, and completed courses for which none is given, in every way they are counted."""

from datetime import UTC, date, datetime, timedelta

import pytest

from achievements import services
from achievements.counting import counted
from achievements.criteria import LIFETIME, YEAR, Figure
from achievements.models import EarnedBadge, MentorStats
from achievements.moments import reached
from achievements.services import recompute_stats
from certifications import services as certifications
from operations import duties
from tests.factories import (
    BadgeDefinitionFactory,
    CertificationTypeFactory,
    CourseFactory,
    EnrollmentFactory,
    LessonFactory,
    MentorProfileFactory,
)
from training.services import complete_lesson

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 4, 2, 11, 0, tzinfo=UTC)
ALL = Figure("trainings", LIFETIME)


@pytest.fixture
def course(organization):
    return CourseFactory(organization=organization, slug="listening", title="Listening")


@pytest.fixture
def lesson(course):
    return LessonFactory(course=course)


def complete(mentor, lesson, at=NOW):
    complete_lesson(mentor=mentor, lesson=lesson, by=mentor.user, at=at)


def training_count(mentor) -> int:
    return MentorStats.objects.filter(mentor=mentor).values_list("training_count", flat=True).first() or 0


def drift() -> int:
    return next(one.count for one in duties.check(at=NOW) if one.invariant.name == "stats_are_derived")


def certify(mentor, type_, day=date(2026, 4, 1)):
    return certifications.issue_certificate(mentor=mentor, type=type_, issued_on=day, by=None, at=NOW)


def test_a_completed_course_is_a_training(mentor, lesson, course):
    other = LessonFactory(course=course)
    complete(mentor, lesson)
    assert training_count(mentor) == 0
    complete(mentor, other)
    complete(mentor, other)
    assert training_count(mentor) == 1
    assert drift() == 0


def test_a_course_that_gives_a_certificate_counts_as_the_certificate_alone(mentor, lesson, course, organization):
    type_ = CertificationTypeFactory(organization=organization, course=course)
    certify(mentor, CertificationTypeFactory(organization=organization))
    complete(mentor, lesson)
    assert mentor.certificates.count() == 2
    assert training_count(mentor) == 2
    assert counted([mentor.pk], [ALL]) == {ALL: {mentor.pk: 2}}
    assert drift() == 0
    made = mentor.certificates.get(type=type_)
    certifications.revoke_certificate(certificate=made, reason="Mistaken.", by=None, at=NOW)
    assert training_count(mentor) == 1
    assert drift() == 0


def test_naming_a_course_and_no_longer_naming_it_moves_the_count(mentor, lesson, course, organization, org_admin):
    complete(mentor, lesson)
    facts = {"by": org_admin, "at": NOW}
    type_ = certifications.add_type(organization=organization, code="l", name="L", course=course, **facts)
    assert (training_count(mentor), drift()) == (0, 0)
    certifications.change_type(type=type_, course=None, **facts)
    assert (training_count(mentor), drift()) == (1, 0)
    certifications.change_type(type=type_, course=course, **facts)
    assert (training_count(mentor), drift()) == (0, 0)


def test_what_is_derived_anew_is_what_was_counted(mentor, lesson, organization):
    complete(mentor, lesson)
    certify(mentor, CertificationTypeFactory(organization=organization))
    MentorStats.objects.update(training_count=9)
    assert drift() == 1
    recompute_stats(mentors=[mentor.pk])
    assert training_count(mentor) == 2


def test_a_mentor_without_figures_whose_course_was_entered_by_hand_is_found(mentor, course):
    EnrollmentFactory(mentor=mentor, course=course, completed_at=NOW)
    assert drift() == 1
    recompute_stats(mentors=[mentor.pk])
    assert (training_count(mentor), drift()) == (1, 0)


def test_a_colleagues_course_is_not_mine(mentor, lesson, organization):
    other = MentorProfileFactory(organization=organization)
    complete(other, lesson)
    assert (training_count(mentor), training_count(other)) == (0, 1)
    assert counted([mentor.pk, other.pk], [ALL]) == {ALL: {other.pk: 1}}


# --- Figures that are not stored, and moments


def test_trainings_of_a_year_and_the_best_year(mentor, organization):
    for moment in (
        datetime(2024, 12, 31, 23, 30, tzinfo=UTC),  # the new year already in Oslo
        datetime(2025, 6, 1, tzinfo=UTC),
        datetime(2024, 6, 1, tzinfo=UTC),
    ):
        EnrollmentFactory(mentor=mentor, completed_at=moment, enrolled_at=datetime(2023, 1, 1, tzinfo=UTC))
    type_ = CertificationTypeFactory(organization=organization, validity_months=None)
    certify(mentor, type_, date(2025, 2, 1))
    spans = {span: Figure("trainings", span) for span in (LIFETIME, YEAR, 2024, 2025, 2026)}
    found = counted([mentor.pk], spans.values())
    assert {span: found[figure].get(mentor.pk, 0) for span, figure in spans.items()} == {
        LIFETIME: 4, YEAR: 3, 2024: 1, 2025: 3, 2026: 0,
    }  # fmt: skip


def test_named_trainings_are_certificates_by_code_and_courses_by_short_name(mentor, lesson, course, organization):
    certify(mentor, CertificationTypeFactory(organization=organization, code="first-aid"))
    complete(mentor, lesson)
    figures = {
        names: Figure("trainings", LIFETIME, courses=names)
        for names in (("first-aid",), ("listening",), ("first-aid", "listening"), ("other",))
    }
    found = counted([mentor.pk], figures.values())
    assert [found[figure].get(mentor.pk, 0) for figure in figures.values()] == [1, 1, 2, 0]


def test_a_certificate_and_a_course_of_one_name_are_one_named_training(mentor, lesson, organization):
    certify(mentor, CertificationTypeFactory(organization=organization, code="listening"))
    complete(mentor, lesson)
    two = Figure("trainings", LIFETIME, courses=("listening", "first-aid"))
    assert counted([mentor.pk], [two]) == {two: {mentor.pk: 1}}
    assert reached([mentor.pk], two, 2) == {}
    assert training_count(mentor) == 2


def test_the_moment_is_that_of_the_training_that_made_it(mentor, lesson, organization):
    certify(mentor, CertificationTypeFactory(organization=organization), date(2026, 3, 1))
    complete(mentor, lesson, NOW - timedelta(days=3))
    assert reached([mentor.pk], ALL, 1)[mentor.pk].at == datetime(2026, 2, 28, 23, tzinfo=UTC)
    second = reached([mentor.pk], ALL, 2)[mentor.pk]
    assert (second.at, second.activity_id) == (NOW - timedelta(days=3), None)


# --- Badges


@pytest.mark.parametrize("rule", [{"count": 2}, {"courses": ["first-aid", "listening"]}])
def test_a_course_earns_the_badge_of_its_rule_in_the_same_transaction(rule, mentor, lesson, organization):
    criteria = {"version": 1, "type": "training_completion", **rule}
    badge = BadgeDefinitionFactory(organization=organization, criteria=criteria)
    certify(mentor, CertificationTypeFactory(organization=organization, code="first-aid"))
    assert EarnedBadge.objects.count() == 0
    complete(mentor, lesson, NOW - timedelta(hours=5))
    earned = EarnedBadge.objects.get()
    assert (earned.mentor, earned.definition, earned.earned_at) == (mentor, badge, NOW - timedelta(hours=5))


def test_a_rule_may_name_a_course_by_its_short_name_unless_it_gives_a_certificate(organization, course, org_admin):
    criteria = {"version": 1, "type": "training_completion", "courses": ["listening"]}
    badge = BadgeDefinitionFactory.build(organization=organization, criteria=criteria, is_active=False)
    assert services.definitions.errors_of(badge, None) == {}
    CertificationTypeFactory(organization=organization, course=course)
    assert list(services.definitions.errors_of(badge, None)) == ["criteria.courses[0]"]


def test_a_badge_says_the_course_by_its_title(mentor, course, organization):
    criteria = {"version": 1, "type": "training_completion", "courses": ["listening"]}
    badge = BadgeDefinitionFactory(organization=organization, criteria=criteria)
    (standing,) = [one for one in services.standings(mentor=mentor, at=NOW) if one.definition.pk == badge.pk]
    assert "Listening" in standing.sentence


# --- The API


def test_the_api_lists_certificates_and_courses(mentor, as_mentor, as_stranger, lesson, course, organization):
    given = CertificationTypeFactory(organization=organization, code="first-aid", name="First aid")
    certify(mentor, given, date(2026, 3, 1))
    complete(mentor, lesson, datetime(2026, 3, 31, 22, 30, tzinfo=UTC))  # the first of April in Oslo
    address = f"/api/v1/peer-mentor-stats/{mentor.pk}/training-completions"
    said = as_mentor.get(address).json()
    assert said["training_count"] == training_count(mentor) == 2
    assert said["trainings"] == [
        {
            "certification_type_id": None,
            "certification_type": None,
            "course_id": str(course.pk),
            "name": "Listening",
            "completed_on": "2026-04-01",
        },
        {
            "certification_type_id": str(given.pk),
            "certification_type": "first-aid",
            "course_id": None,
            "name": "First aid",
            "completed_on": "2026-03-01",
        },
    ]
    assert as_stranger.get(address).status_code == 404
